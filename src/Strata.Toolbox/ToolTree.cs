using System.Diagnostics;
using Strata.Core;
using Strata.Core.Progress;
using Strata.Device.Confinement;

namespace Strata.Toolbox;

/// <summary>Debian packages unpacked below one folder, whose programs run on any host through their own loader and libraries.</summary>
/// <param name="root">Folder that stands for <c>/</c> of the packages.</param>
/// <param name="progress">Told when a host has no room for tools; null tells nobody.</param>
/// <param name="libraryFolders">
/// More folders with libraries, relative to the root: a program that names such a folder as a full path (RUNPATH) would look on the host.
/// </param>
public sealed class ToolTree(string root, IProgressReporter? progress = null, IReadOnlyList<string>? libraryFolders = null)
{
    /// <summary>Ends bubblewrap's own arguments; the command of the tool follows.</summary>
    internal const string RoomEnd = "--";

    internal const string QemuModules = "QEMU_MODULE_DIR"; // QEMU's util/module.c

    private static readonly string[] s_libraryFolders =
    [
        "usr/lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu/pulseaudio", "usr/lib/x86_64-linux-gnu/systemd",
        "usr/lib/x86_64-linux-gnu/swtpm", "usr/lib", "usr/lib64",
    ];

    private static readonly string[] s_programFolders = ["usr/bin", "usr/sbin"];

    /// <summary>Folder that stands for <c>/</c> of the packages.</summary>
    public string Root { get; } = Path.GetFullPath(root);

    /// <summary>
    /// Folders in which QEMU looks for firmware, option ROMs and keymaps: those of Debian's packages <c>qemu-system-data</c>,
    /// <c>seabios</c> and <c>ipxe-qemu</c>.
    /// </summary>
    public IReadOnlyList<string> QemuDataFolders => [PathOf("usr/share/qemu"), PathOf("usr/share/seabios"), PathOf("usr/lib/ipxe/qemu")];

    /// <summary>Full path of the folder with the shared libraries of packages.</summary>
    public string LibraryFolder => PathOf(s_libraryFolders[0]);

    /// <summary>Full path of something in the tree.</summary>
    /// <param name="relative">Without a leading slash: <c>usr/share/OVMF/OVMF_CODE_4M.fd</c>.</param>
    public string PathOf(string relative) => Path.Combine(Root, relative);

    internal string Loader => PathOf("usr/lib64/ld-linux-x86-64.so.2");

    /// <summary>
    /// How to start a program of the tree: its loader, the library path, the program, the arguments. It may do whatever this user may; what
    /// reads somebody else's data is started by <see cref="InRoom"/>.
    /// </summary>
    /// <param name="program">Without a leading slash: <c>usr/bin/qemu-system-x86_64</c>.</param>
    /// <param name="arguments">Passed as they are.</param>
    /// <exception cref="StrataException">The tree has no such program.</exception>
    public ProcessStartInfo Command(string program, params IEnumerable<string> arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        string path = PathOf(program);
        if (!File.Exists(path))
        {
            throw new StrataException(
                $"cannot start {program}: it is not in the toolbox tree "
                + $"{Root}{NearMiss.Suggestion(Path.GetFileName(program), ProgramNames())}");
        }
        ProcessStartInfo start = new(Loader);
        start.ArgumentList.Add("--library-path");
        start.ArgumentList.Add(string.Join(':', s_libraryFolders.Concat(libraryFolders ?? []).Select(PathOf)));
        start.ArgumentList.Add(path);
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }
        start.Environment[QemuModules] = PathOf("usr/lib/x86_64-linux-gnu/qemu"); // else it loads modules of a QEMU the host may have
        start.Environment.Remove("LD_LIBRARY_PATH");
        start.Environment.Remove("LD_PRELOAD");
        return start;
    }

    /// <summary>
    /// The same in a room: without capabilities, new privileges, network, environment, and view of anything but its tree and what it is
    /// given. Where the host allows no namespaces it is started as <see cref="Confined"/> does, which is told once.
    /// </summary>
    /// <param name="view">What it sees of the host.</param>
    /// <param name="program">Without a leading slash: <c>usr/bin/gzip</c>.</param>
    /// <param name="arguments">Passed as they are.</param>
    /// <exception cref="StrataException">The tree has no such program, or no bubblewrap.</exception>
    public ToolStart InRoom(ToolView view, string program, params IEnumerable<string> arguments)
        => InRoomOf(this, view, program, arguments);

    /// <summary>As <see cref="InRoom"/>, for a tree that has no bubblewrap of its own.</summary>
    /// <param name="room">The tree whose bubblewrap makes the room.</param>
    /// <param name="view">What it sees of the host.</param>
    /// <param name="program">Without a leading slash, in this tree.</param>
    /// <param name="arguments">Passed as they are.</param>
    /// <exception cref="StrataException">This tree has no such program, or the other no bubblewrap.</exception>
    public ToolStart InRoomOf(ToolTree room, ToolView view, string program, params IEnumerable<string> arguments)
    {
        ArgumentNullException.ThrowIfNull(room);
        ArgumentNullException.ThrowIfNull(view);
        return ToolRoom.Around(room, this, view, program, arguments, progress ?? SilentProgress.Instance);
    }

    /// <summary>
    /// The same without a room, for what needs the host's network, devices or accounts: without capabilities and new privileges, without
    /// the host's environment, and, where the kernel has Landlock, with no more of the host than its tree and a view.
    /// </summary>
    /// <param name="view">What it may use. With <see cref="ProcessView.Whole"/> it keeps the environment too.</param>
    /// <param name="program">Without a leading slash: <c>usr/bin/ssh</c>.</param>
    /// <param name="arguments">Passed as they are.</param>
    /// <exception cref="StrataException">The tree has no such program.</exception>
    public ToolStart Confined(ProcessView view, string program, params IEnumerable<string> arguments)
    {
        ArgumentNullException.ThrowIfNull(view);
        ProcessStartInfo command = Command(program, arguments);
        if (view.IsWhole)
        {
            return new ToolStart(command, view);
        }
        string? modules = command.Environment[QemuModules];
        command.Environment.Clear(); // no tool needs any of it, and a CI keeps its tokens there
        command.Environment[QemuModules] = modules;
        return new ToolStart(command, view with { Reads = [.. view.Reads, Root] });
    }

    /// <summary>Why tools have no room on this host, in bubblewrap's words; null when they have one.</summary>
    /// <exception cref="StrataException">The tree has no bubblewrap.</exception>
    public string? RoomProblem() => ToolRoom.ProblemOf(this);

    /// <summary>What stands between the host and tools where no room can be made; a sentence without its end.</summary>
    /// <param name="problem">From <see cref="RoomProblem"/>.</param>
    public static string WithoutRoom(string problem) => ToolRoom.WithoutIt(problem);

    /// <summary>
    /// The same for a person who knows the program from a host of their own: it may be a bare name, and what would look for its data
    /// in the host's folders is told where the tree has them.
    /// </summary>
    /// <param name="nameOrPath">A name such as <c>sgdisk</c>, or a path in the tree without a leading slash.</param>
    /// <param name="arguments">Passed as they are.</param>
    /// <exception cref="StrataException">The tree has no such program.</exception>
    public ProcessStartInfo CommandAsInstalled(string nameOrPath, params IEnumerable<string> arguments)
    {
        ArgumentException.ThrowIfNullOrEmpty(nameOrPath);
        string program = nameOrPath.Contains('/', StringComparison.Ordinal)
            ? nameOrPath
            : s_programFolders.Select(f => $"{f}/{nameOrPath}").FirstOrDefault(p => File.Exists(PathOf(p))) ?? nameOrPath;
        bool isMachine = Path.GetFileName(program).StartsWith("qemu-system-", StringComparison.Ordinal);
        return Command(program, [.. isMachine ? QemuDataFolders.SelectMany(f => new[] { "-L", f }) : [], .. arguments]);
    }

    /// <summary>True for a command of a tree, be it in a room or not.</summary>
    internal static bool IsTool(ProcessStartInfo start) => start.ArgumentList is ["--library-path", _, _, ..];

    /// <summary>The tool's own name: what is started is its loader, and in a room that of bubblewrap.</summary>
    internal static string NameOf(ProcessStartInfo start)
    {
        if (!IsTool(start))
        {
            return start.FileName;
        }
        string[] line = [.. start.ArgumentList];
        bool isRoom = line[2].EndsWith("/" + Bubblewrap.Program, StringComparison.Ordinal);
        return Path.GetFileName(isRoom && line[(Array.IndexOf(line, RoomEnd) + 1)..] is [_, "--library-path", _, string tool, ..] ? tool : line[2]);
    }

    private IEnumerable<string> ProgramNames() =>
        s_programFolders.Select(PathOf).Where(Directory.Exists).SelectMany(Directory.EnumerateFiles)
            .Select(f => Path.GetFileName(f)).Distinct(StringComparer.Ordinal);
}
