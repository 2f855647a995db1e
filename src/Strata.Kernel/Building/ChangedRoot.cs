using System.Diagnostics;
using Strata.Core;
using Strata.Toolbox;

namespace Strata.Kernel.Building;

/// <summary>A folder that looks like a root: hard links of the tools and of what is only read, the writable folder moved inside for the time.</summary>
/// <remarks>For root alone. Nothing is mounted, so it works where mounting is forbidden; hard links cost no room.</remarks>
internal sealed class ChangedRoot : IDisposable
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(10);
    private static readonly (string Name, string Minor)[] s_devices = [("null", "3"), ("zero", "5"), ("full", "7"), ("random", "8"), ("urandom", "9")];
    private static readonly string[] s_merged = ["bin", "sbin", "lib", "lib64"];

    private readonly string _root;
    private readonly List<(string Inside, string Home)> _moved = [];

    private ChangedRoot(string root) => _root = root;

    /// <summary>Fills the folder.</summary>
    /// <exception cref="StrataException">A device or a link cannot be made.</exception>
    public static ChangedRoot Make(
        ToolTree tools, IReadOnlyList<RoomFolder> folders, string scratch, IReadOnlyList<(string Name, string Program)> alternatives)
    {
        ChangedRoot made = new(scratch);
        try
        {
            foreach (string folder in (string[])["dev", "etc", "proc", "tmp", "tools"])
            {
                Directory.CreateDirectory(Path.Combine(scratch, folder));
            }
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
            return made;
        }
        catch
        {
            made.Dispose();
            throw;
        }
    }

    /// <summary>The arguments of chroot(8) up to the program.</summary>
    public List<string> Arguments() => [_root];

    /// <summary>Moves writable folders home and removes the rest.</summary>
    public void Dispose()
    {
        foreach ((string inside, string home) in _moved)
        {
            Directory.Move(inside, home);
        }
        _moved.Clear();
        if (Directory.Exists(_root))
        {
            Directory.Delete(_root, recursive: true);
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
        }
        else
        {
            Run(tools, "usr/bin/cp", "--archive", "--link", folder.Folder, inside);
        }
    }

    private static void Run(ToolTree tools, string program, params string[] arguments)
    {
        ProcessStartInfo start = tools.Command(program, arguments);
        ToolResult result = ToolRun.ToEnd(start, s_deadline);
        if (result.ExitCode != 0)
        {
            throw new StrataException(
                $"cannot give a kernel build a root of its own: {Path.GetFileName(program)} ended with {result.ExitCode}: {result.Errors.Trim()}",
                NamespaceHint.Find());
        }
    }
}
