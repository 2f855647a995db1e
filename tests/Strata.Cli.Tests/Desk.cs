using System.Reflection;
using Strata.Cli.Output;
using Strata.Testing;

namespace Strata.Cli.Tests;

/// <summary>A person at an empty folder: what they type runs in this process, and what they read is kept.</summary>
/// <remarks>Both outputs go to a file in the eyes of the program, so there are no colours and tables are lines with tabs.</remarks>
internal sealed class Desk : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _before = Environment.CurrentDirectory;
    private readonly TextWriter _output = Console.Out;
    private readonly TextWriter _errors = Console.Error;
    private readonly Dictionary<string, string?> _environment = new(StringComparer.Ordinal);

    public Desk()
    {
        Environment.CurrentDirectory = _folder.Path;
        foreach (FieldInfo warnings in typeof(RecordedWarnings).GetFields(BindingFlags.NonPublic | BindingFlags.Static))
        {
            (warnings.GetValue(null) as List<string>)?.Clear(); // a program forgets them when it ends, this process does not
        }
        Set("STRATA_STORE", _folder["store"]);
        foreach (string name in (string[])["STRATA_MIRROR", "STRATA_SECURITY_MIRROR", "STRATA_KEYRING", "STRATA_CACHE", "STRATA_DEBUG"])
        {
            Set(name, null);
        }
        Set("STRATA_APT_ROOT", _folder["apt"]); // what this machine's apt says is not for tests
    }

    /// <summary>What a run said.</summary>
    internal sealed record Outcome(int ExitCode, string Output, string Errors)
    {
        /// <summary>Lines of the result.</summary>
        public string[] Lines => Output.Length == 0 ? [] : Output.TrimEnd('\n').Split('\n');

        /// <summary>Lines beside the result.</summary>
        public string[] Said => Errors.Length == 0 ? [] : Errors.TrimEnd('\n').Split('\n');
    }

    /// <summary>Full path of something in the folder.</summary>
    public string this[string relative] => _folder[relative];

    /// <summary>Writes a file, and the folders above it.</summary>
    public string Write(string relative, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(this[relative])!);
        File.WriteAllText(this[relative], text);
        return this[relative];
    }

    /// <summary>Sets a variable of the environment, or takes it away, until the end of the test.</summary>
    public void Set(string name, string? value)
    {
        _environment.TryAdd(name, Environment.GetEnvironmentVariable(name));
        Environment.SetEnvironmentVariable(name, value);
    }

    /// <summary>Runs the program with these words.</summary>
    public async Task<Outcome> RunAsync(params string[] words) => await CaughtAsync(() => Program.Main(words));

    /// <summary>Runs the program with the words of a line.</summary>
    public Task<Outcome> TypeAsync(string line) => RunAsync(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    /// <summary>What a part of the program prints.</summary>
    public static Outcome Caught(Action work)
    {
        using StringWriter output = new();
        using StringWriter errors = new();
        (TextWriter before, TextWriter errorsBefore) = (Console.Out, Console.Error);
        try
        {
            Console.SetOut(output);
            Console.SetError(errors);
            work();
        }
        finally
        {
            Console.SetOut(before);
            Console.SetError(errorsBefore);
        }
        return new Outcome(0, output.ToString(), errors.ToString());
    }

    public void Dispose()
    {
        Console.SetOut(_output);
        Console.SetError(_errors);
        Environment.CurrentDirectory = _before;
        foreach ((string name, string? value) in _environment)
        {
            Environment.SetEnvironmentVariable(name, value);
        }
        _folder.Dispose();
    }

    private async Task<Outcome> CaughtAsync(Func<Task<int>> work)
    {
        using StringWriter output = new();
        using StringWriter errors = new();
        try
        {
            Console.SetOut(output);
            Console.SetError(errors);
            int code = await work();
            return new Outcome(code, output.ToString(), errors.ToString());
        }
        finally
        {
            Console.SetOut(_output);
            Console.SetError(_errors);
        }
    }
}
