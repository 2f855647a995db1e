using System.Diagnostics;
using Strata.Core;
using Strata.Toolbox;

namespace Strata.Kernel.Building;

/// <summary>A folder that looks like a root: hard links of the tools and of what is only read, the writable folder moved inside for the time.</summary>
/// <remarks>
/// For root alone. Nothing is mounted, so it works where mounting is forbidden; hard links cost no room. They are the files of the store
/// itself, so what is built runs as somebody who owns none of them and has no capability. Network and processes are the host's.
/// </remarks>
internal sealed class ChangedRoot : IDisposable
{
    private const string Nobody = "65534"; // the overflow id: in every user namespace, and owner of nothing
    private const int Rounds = 100;

    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(10);
    private static readonly (string Name, string Minor)[] s_devices = [("null", "3"), ("zero", "5"), ("full", "7"), ("random", "8"), ("urandom", "9")];
    private static readonly string[] s_merged = ["bin", "sbin", "lib", "lib64"];

    private readonly ToolTree _tools;
    private readonly string _root;
    private readonly List<(string Inside, string Home)> _moved = [];

    private ChangedRoot(ToolTree tools, string root)
    {
        _tools = tools;
        _root = Run(tools, "usr/bin/realpath", root).TrimEnd('\n'); // as /proc has it
    }

    /// <summary>Fills the folder.</summary>
    /// <exception cref="StrataException">A device or a link cannot be made.</exception>
    public static ChangedRoot Make(
        ToolTree tools, IReadOnlyList<RoomFolder> folders, string scratch, IReadOnlyList<(string Name, string Program)> alternatives)
    {
        Directory.CreateDirectory(scratch);
        ChangedRoot made = new(tools, scratch);
        try
        {
            foreach (string folder in (string[])["dev", "etc", "proc", "tmp", "tools"])
            {
                Directory.CreateDirectory(Path.Combine(scratch, folder));
                SetMode(Path.Combine(scratch, folder), folder == "tmp" ? Modes.SharedFolder : Modes.Folder); // whatever the umask is
            }
            SetMode(scratch, Modes.Program);
            foreach (string name in s_merged)
            {
                File.CreateSymbolicLink(Path.Combine(scratch, name), "usr/" + name);
            }
            foreach ((string name, string program) in alternatives)
            {
                File.CreateSymbolicLink(Path.Combine(scratch, "tools", name), program);
            }
            foreach ((string name, string minor) in s_devices)
            {
                Run(tools, "usr/bin/mknod", "--mode=0666", Path.Combine(scratch, "dev", name), "c", "1", minor);
            }
            Run(tools, "usr/bin/cp", "--archive", "--link", tools.PathOf("usr"), Path.Combine(scratch, "usr"));
            foreach (RoomFolder folder in folders)
            {
                made.Show(tools, folder);
            }
            // a umask of 077 has made the tools unreadable for others
            Run(tools, "usr/sbin/chroot", [.. made.Arguments(), "/usr/bin/true"]);
            return made;
        }
        catch
        {
            made.Dispose();
            throw;
        }
    }

    /// <summary>The arguments of chroot(8) up to the program: what is started has no capability and gains none.</summary>
    public List<string> Arguments() =>
    [
        _root, "/usr/bin/setpriv", "--reuid=" + Nobody, "--regid=" + Nobody, "--clear-groups", "--inh-caps=-all", "--bounding-set=-all",
        "--no-new-privs",
    ];

    /// <summary>Ends what still runs inside, moves writable folders home and removes the rest.</summary>
    /// <exception cref="StrataException">Something inside does not end, or what lies at the place of a folder is none.</exception>
    public void Dispose()
    {
        EndAll();
        foreach ((string inside, string home) in _moved.ToArray())
        {
            _moved.Remove((inside, home));
            if (new DirectoryInfo(inside) is not { Exists: true, LinkTarget: null })
            {
                throw new StrataException($"cannot take {home} back from a build: it is no folder any more");
            }
            Directory.Move(inside, home);
            // owners of links, not of what they lead to; names of one file are of the build or of root already
            Run(_tools, "usr/bin/chown", "--recursive", "--no-dereference", "0:0", home);
        }
        if (Directory.Exists(_root))
        {
            Directory.Delete(_root, recursive: true);
        }
    }

    /// <summary>Kills every process whose root this folder is; a build may leave some behind, and nothing else ends them.</summary>
    private void EndAll()
    {
        for (int round = 0; round < Rounds; round++)
        {
            int[] inside = [.. Directory.EnumerateDirectories("/proc").Select(f => int.TryParse(Path.GetFileName(f), out int id) ? id : 0)
                .Where(id => id > 0 && IsInside(id))];
            if (inside.Length == 0)
            {
                return;
            }
            foreach (int id in inside)
            {
                try
                {
                    using Process left = Process.GetProcessById(id);
                    left.Kill();
                    left.WaitForExit(TimeSpan.FromMilliseconds(100));
                }
                catch (Exception e) when (e is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
                {
                    continue; // it ended by itself meanwhile
                }
            }
        }
        throw new StrataException($"cannot end the programs that a build left running in {_root}");
    }

    private bool IsInside(int id)
    {
        try
        {
            return new FileInfo($"/proc/{id}/root").LinkTarget == _root;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // it has ended
        }
    }

    private void Show(ToolTree tools, RoomFolder folder)
    {
        string inside = Path.Combine(_root, folder.At.TrimStart('/'));
        Directory.CreateDirectory(Path.GetDirectoryName(inside)!);
        if (folder.IsWritable)
        {
            Directory.Move(folder.Folder, inside);
            _moved.Add((inside, folder.Folder));
            // not what has a second name: it may be a file of the tools that an earlier build in this folder gave one
            Run(
                tools, "usr/sbin/chroot", _root, "/usr/bin/find", folder.At, "-xdev", "(", "-type", "d", "-o", "-type", "f", "-links", "1",
                ")",
                "-exec", "/usr/bin/chown", "--no-dereference", Nobody + ":" + Nobody, "{}", "+");
        }
        else
        {
            Run(tools, "usr/bin/cp", "--archive", "--link", folder.Folder, inside);
        }
    }

    private static void SetMode(string folder, int mode) => File.SetUnixFileMode(folder, (UnixFileMode)mode);

    private static string Run(ToolTree tools, string program, params string[] arguments)
    {
        ProcessStartInfo start = tools.Command(program, arguments);
        ToolResult result = ToolRun.ToEnd(start, s_deadline);
        if (result.ExitCode != 0)
        {
            throw new StrataException(
                $"cannot give a kernel build a root of its own: {Path.GetFileName(program)} ended with {result.ExitCode}: {result.Errors.Trim()}",
                NamespaceHint.Find());
        }
        return result.Output;
    }
}
