using Strata.Device.Confinement;

namespace Strata.Packages.Releases;

/// <summary>A program of the host, wherever hosts have programs.</summary>
internal static class HostProgram
{
    /// <summary>Where hosts have programs and their libraries; those of Nix and Guix have their own.</summary>
    private static readonly string[] s_programs =
        ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/opt", "/nix/store", "/gnu/store", "/etc/ld.so.cache"];

    /// <summary>Full path of a program, found as a shell finds it; the name itself when it is a path or is not found.</summary>
    public static string Find(string program) => program.Contains('/', StringComparison.Ordinal)
        ? program
        : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Where(f => f.StartsWith('/')).Append("/usr/bin")
            .Select(f => Path.Combine(f, program)).FirstOrDefault(File.Exists) ?? program;

    /// <summary>What it needs to be started, and one folder to work in.</summary>
    public static ProcessView ViewOf(string program, string folder) =>
        new() { Reads = [.. s_programs, .. InstalledWith(program)], Writes = [folder] };

    /// <summary>What Conda and Homebrew have beside a program's folder, wherever they are.</summary>
    private static IEnumerable<string> InstalledWith(string program) =>
        Path.GetDirectoryName(program) is string folder && Path.GetFileName(folder) == "bin"
            ? ((string[])["bin", "lib", "Cellar"]).Select(n => Path.Combine(folder, "..", n)) : [];
}
