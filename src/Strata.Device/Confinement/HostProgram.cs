namespace Strata.Device.Confinement;

/// <summary>A program of the host, wherever hosts have programs.</summary>
public static class HostProgram
{
    /// <summary>Where hosts have libraries; those of Nix and Guix have their own folders for everything.</summary>
    private static readonly string[] s_libraries =
        ["/usr/lib", "/usr/lib64", "/lib", "/lib64", "/nix/store", "/gnu/store", "/etc/ld.so.cache"];

    /// <summary>Where hosts have programs.</summary>
    private static readonly string[] s_programs = [.. s_libraries, "/usr", "/bin", "/sbin", "/lib32", "/opt"];

    /// <summary>Full path of a program, found as a shell finds it; the name itself when it is a path or is not found.</summary>
    public static string Find(string program)
    {
        ArgumentNullException.ThrowIfNull(program);
        return program.Contains('/', StringComparison.Ordinal)
            ? program
            : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Where(f => f.StartsWith('/')).Append("/usr/bin")
                .Select(f => Path.Combine(f, program)).FirstOrDefault(File.Exists) ?? program;
    }

    /// <summary>What a program needs to be started, whatever it is, and one folder to work in.</summary>
    public static ProcessView ViewOf(string program, string folder) =>
        new() { Reads = [.. s_programs, .. InstalledWith(program)], Writes = [folder] };

    /// <summary>Files and folders that a small program of the system needs to be started: itself and the libraries.</summary>
    internal static IEnumerable<string> NeedsOf(string program) => [program, .. s_libraries];

    /// <summary>What Conda and Homebrew have beside a program's folder, wherever they are.</summary>
    private static IEnumerable<string> InstalledWith(string program) =>
        Path.GetDirectoryName(program) is string folder && Path.GetFileName(folder) == "bin"
            ? ((string[])["bin", "lib", "Cellar"]).Select(n => Path.Combine(folder, "..", n)) : [];
}
