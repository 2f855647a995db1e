using System.Diagnostics;
using SharpFuzz;

namespace Strata.Fuzz;

/// <summary>A copy of this program whose readers count their branches, and a run of it.</summary>
/// <remarks>Only a copy is changed: what is built stays what it is, and no instrumented assembly can get into anything that is
/// delivered.</remarks>
internal static class InstrumentedCopy
{
    /// <summary>The word that the copy is started with.</summary>
    public const string Argument = "--instrumented";

    /// <summary>Makes the copy in <paramref name="folder"/>, runs it with the same arguments and returns its exit code.</summary>
    public static async Task<int> RunAsync(string folder, IEnumerable<string> arguments)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
        Directory.CreateDirectory(folder);
        foreach (string file in Directory.EnumerateFiles(AppContext.BaseDirectory))
        {
            string copy = Path.Combine(folder, Path.GetFileName(file));
            File.Copy(file, copy);
            if (IsReader(Path.GetFileName(file)))
            {
                _ = Fuzzer.Instrument(copy, static _ => true, Options.Value).ToArray(); // it works while it is enumerated
            }
        }
        ProcessStartInfo start = new(Environment.ProcessPath ?? "dotnet");
        foreach (string argument in (IEnumerable<string>)[Path.Combine(folder, "Strata.Fuzz.dll"), .. arguments, Argument])
        {
            start.ArgumentList.Add(argument);
        }
        using Process process = Process.Start(start)!;
        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    private static bool IsReader(string file) =>
        file.StartsWith("Strata.", StringComparison.Ordinal) && file.EndsWith(".dll", StringComparison.Ordinal)
            && file is not ("Strata.Fuzz.dll" or "Strata.Testing.dll");
}
