using System.Diagnostics;
using System.Runtime.InteropServices;
using Strata.Core;

namespace Strata.Packages.Releases;

/// <summary>
/// Starts a program of the host that reads bytes of strangers: without capabilities, with none to gain, and with Landlock, where the kernel
/// has it, without files of this user and without TCP. Nobody has to be root for that, and no tool has to be there.
/// </summary>
/// <remarks>
/// All of it binds the thread that asks for it and what that thread starts (prctl(2), capset(2), landlock(7)). So a thread of its own asks,
/// starts and ends; it loads code of this program meanwhile, so the program's own folders stay readable.
/// </remarks>
internal static partial class BareStart
{
    private const int NoNewPrivileges = 38; // PR_SET_NO_NEW_PRIVS
    private const uint CapabilityVersion = 0x2008_0522; // _LINUX_CAPABILITY_VERSION_3

    /// <summary>Where hosts have programs and their libraries; those of Nix and Guix have their own.</summary>
    private static readonly string[] s_programs = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/opt", "/nix/store", "/gnu/store"];

    private static readonly string[] s_lists = ["/etc/ld.so.cache", "/dev/null", "/dev/zero", "/dev/random", "/dev/urandom"];

    /// <summary>Starts it.</summary>
    /// <param name="start">The program, by a full path; its arguments and its whole environment.</param>
    /// <param name="folder">The one folder that it may write in.</param>
    /// <exception cref="StrataException">The kernel has Landlock and refuses the rules.</exception>
    /// <exception cref="System.ComponentModel.Win32Exception">It does not start.</exception>
    public static Process? Start(ProcessStartInfo start, string folder)
    {
        TaskCompletionSource<Process?> started = new();
        Thread thread = new(() =>
        {
            try
            {
                GiveUp(start.FileName, folder);
                started.SetResult(Process.Start(start));
            }
            catch (Exception e)
            {
                started.SetException(e);
            }
        })
        {
            IsBackground = true,
            Name = "bare start",
        };
        thread.Start();
        thread.Join();
        return started.Task.GetAwaiter().GetResult();
    }

    /// <summary>Full path of a program, found as a shell finds it; the name itself when it is a path or is not found.</summary>
    public static string Find(string program) => program.Contains('/', StringComparison.Ordinal)
        ? program
        : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Where(f => f.StartsWith('/')).Append("/usr/bin")
            .Select(f => Path.Combine(f, program)).FirstOrDefault(File.Exists) ?? program;

    private static void GiveUp(string program, string folder)
    {
        Check(prctl(NoNewPrivileges, 1, 0, 0, 0), "give up new privileges");
        if (Landlock.IsThere)
        {
            using Landlock rules = new();
            string[] own = [AppContext.BaseDirectory, RuntimeEnvironment.GetRuntimeDirectory(), program];
            foreach (string readable in (string[])[.. s_programs, .. own, .. InstalledWith(program), .. s_lists])
            {
                rules.Allow(readable, Landlock.Reading);
            }
            rules.Allow("/dev/null", Landlock.Reading | Landlock.Writing);
            rules.Allow(folder, Landlock.Everything);
            rules.Enforce();
        }
        // with no new privileges, a program of root gains none on its start either: capabilities(7)
        CapabilityHeader header = new() { Version = CapabilityVersion };
        Check(capset(in header, new uint[6]), "give up capabilities");
    }

    /// <summary>What Conda and Homebrew have beside a program's folder, wherever they are.</summary>
    private static IEnumerable<string> InstalledWith(string program) =>
        Path.GetDirectoryName(program) is string folder && Path.GetFileName(folder) == "bin"
            ? ((string[])["bin", "lib", "Cellar"]).Select(n => Path.Combine(folder, "..", n)) : [];

    private static void Check(long result, string what)
    {
        if (result < 0)
        {
            throw new StrataException($"cannot {what} for a program: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int prctl(int option, nuint second, nuint third, nuint fourth, nuint fifth);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int capset(in CapabilityHeader header, [In] uint[] sets);

    /// <summary>capset(2): of the thread that calls.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct CapabilityHeader
    {
        public uint Version;
        public int Process;
    }
}
