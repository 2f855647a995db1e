using System.Diagnostics;

namespace Strata.Boot.Tests;

/// <summary>The built program, started as a person would.</summary>
internal static class StrataProgram
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(45); // some compile a kernel, beside others

    /// <summary>What a run said.</summary>
    internal sealed record Outcome(int ExitCode, string Output, string Errors)
    {
        public string All => $"exit code {ExitCode}\n{Output}\n{Errors}";
    }

    /// <summary>Runs it to its end in a folder; the environment can be changed, a null value removes a variable.</summary>
    public static Outcome Run(string folder, IReadOnlyDictionary<string, string?>? environment, params IEnumerable<string> arguments)
    {
        using Process process = Start(folder, environment, arguments);
        return ToItsEnd(process);
    }

    /// <summary>The same through another program that starts it.</summary>
    public static Outcome RunAs(string program, string folder, IReadOnlyDictionary<string, string?> environment, params IEnumerable<string> arguments)
    {
        using Process process = StartAs(program, folder, environment, arguments);
        return ToItsEnd(process);
    }

    private static Outcome ToItsEnd(Process process)
    {
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(s_deadline))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"strata did not end within {s_deadline}");
        }
        return new Outcome(process.ExitCode, output.Result, errors.Result);
    }

    /// <summary>Runs it with the store that everybody uses.</summary>
    public static Outcome Run(string folder, params IEnumerable<string> arguments) => Run(folder, null, arguments);

    /// <summary>Starts it; the caller reads both outputs and sees to its end.</summary>
    public static Process Start(string folder, IReadOnlyDictionary<string, string?>? environment, params IEnumerable<string> arguments)
    {
        string? program = Environment.GetEnvironmentVariable("STRATA_PROGRAM");
        Skip.If(program is null, "STRATA_PROGRAM is not set; './test' sets it");
        // a shell's background job ignores SIGINT and so would all that it starts, the program among them: tests interrupt it on purpose
        return StartAs("env", folder, environment, ["--default-signal=INT", program!, .. arguments]);
    }

    private static Process StartAs(string program, string folder, IReadOnlyDictionary<string, string?>? environment, IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new(program)
        {
            WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }
        foreach ((string name, string? value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[name] = value;
        }
        Process process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }
}
