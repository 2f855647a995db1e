using System.Diagnostics;
using Xunit;

namespace Strata.Testing;

/// <summary>Somebody else's program as the judge of what we wrote.</summary>
/// <remarks>
/// Looked up in the folder <c>STRATA_ORACLES</c> (made by <c>./test</c>), then on the PATH. A missing one skips the test on a developer's machine
/// and fails it in CI.
/// </remarks>
public static class Oracle
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(5);

    /// <summary>Runs it to its end; output and errors are returned together.</summary>
    public static (int ExitCode, string Output) Run(string program, params IEnumerable<string> arguments)
    {
        string path = Find(program);
        ProcessStartInfo start = new(path)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        start.Environment["LC_ALL"] = "C";
        start.Environment["PATH"] = string.Join(':', Folders()); // judges that start judges find the same ones
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }
        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"{path} did not start");
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(s_deadline))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} did not end within {s_deadline}");
        }
        return (process.ExitCode, output.Result + errors.Result);
    }

    /// <summary>Full path of a program that './test' does not install; skips the test when it is nowhere, in CI too.</summary>
    public static string FindOptional(string program) => Find(program, isOptional: true);

    /// <summary>Full path of a program; skips the test when it is nowhere (fails it in CI).</summary>
    public static string Find(string program) => Find(program, isOptional: false);

    private static string Find(string program, bool isOptional)
    {
        string? path = Folders().Select(f => Path.Combine(f, program)).FirstOrDefault(File.Exists);
        if (path is null && !isOptional && Environment.GetEnvironmentVariable("CI") is { Length: > 0 })
        {
            throw new InvalidOperationException($"the judge '{program}' is missing; './test' installs it under STRATA_ORACLES");
        }
        Skip.If(path is null, $"'{program}' is not here");
        return path!;
    }

    private static IEnumerable<string> Folders()
    {
        IEnumerable<string> folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Concat(["/usr/sbin", "/sbin"]);
        return Environment.GetEnvironmentVariable("STRATA_ORACLES") is { Length: > 0 } oracles ? folders.Prepend(oracles) : folders;
    }
}
