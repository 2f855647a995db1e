using System.Text;
using Strata.Composition.Kernels;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Images.DevicePrograms;
using Strata.Updates.Releases;
using Strata.Updates.State;

namespace Strata.Images.Packing;

/// <summary>What the initrd of a layered edition holds.</summary>
internal sealed record InitrdParts
{
    /// <summary>The early init (<see cref="DeviceProgramBuilder"/>).</summary>
    public required FileContent Init { get; init; }

    /// <summary>The release; null when it stands in an archive of its own (<see cref="InitrdTree.OfRelease"/>).</summary>
    public Release? Release { get; init; }

    /// <summary>
    /// Kernel modules that the early init loads, by name, in the order of <see cref="ModuleOrder"/>; none for a kernel that has all built
    /// in.
    /// </summary>
    public IReadOnlyList<(string Name, FileContent Module)> Modules { get; init; } = [];

    /// <summary>What outlives a restart; null for nothing.</summary>
    public StatePlan? State { get; init; }

    /// <summary>A shell for <c>strata.debug</c>: a static BusyBox; null for none.</summary>
    public FileContent? Shell { get; init; }

    /// <summary>Images of layers to carry along, for a system without a medium; named by their digests.</summary>
    public IReadOnlyList<FileContent> Layers { get; init; } = [];
}

/// <summary>The initrd's tree.</summary>
internal static class InitrdTree
{
    private const int ProgramMode = Modes.Program;
    private const int FileMode = Modes.File;

    private static readonly Origin s_origin = new(null, null, "early init");

    // the kernel opens /dev/console for process 1 before anything is mounted
    private static readonly string[] s_folders = ["/dev", "/proc", "/run", "/strata/root", "/sys"];

    /// <summary>Puts the parts where the early init looks for them (<c>docs/init.md</c>).</summary>
    public static FileTree Of(InitrdParts parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        FileTree tree = new();
        foreach (string folder in s_folders)
        {
            tree.Add(GuestPath.Parse(folder), new DirectoryNode { Permissions = ProgramMode }, s_origin);
        }
        SpecialNode console = new() { Permissions = Modes.SecretFile, Kind = SpecialKind.CharacterDevice, Major = 5, Minor = 1 };
        tree.Add(GuestPath.Parse("/dev/console"), console, s_origin);
        AddFile("/init", parts.Init, ProgramMode);
        if (parts.Release is not null)
        {
            AddRelease(tree, parts.Release);
        }
        if (parts.State is not null)
        {
            AddFile(StatePlan.InitrdPath, new InlineContent(StatePlanText.Write(parts.State)), FileMode);
        }
        AddModules(tree, parts.Modules);
        if (parts.Shell is not null)
        {
            AddFile("/bin/busybox", parts.Shell, ProgramMode);
            tree.Add(GuestPath.Parse("/bin/sh"), new SymlinkNode { Permissions = Modes.Link, Target = "busybox" }, s_origin);
        }
        foreach (FileContent layer in parts.Layers)
        {
            AddFile("/" + Medium.PathOf(layer.Digest), layer, FileMode);
        }
        return tree;

        void AddFile(string path, FileContent content, int mode) =>
            tree.Add(GuestPath.Parse(path), new FileNode { Permissions = mode, Content = content }, s_origin);
    }

    /// <summary>
    /// Puts the early init before the init of a system that is all in the initramfs: it opens the state and starts that one then.
    /// </summary>
    /// <param name="system">The system; it stays as it is.</param>
    /// <param name="init">The early init.</param>
    /// <param name="modules">Kernel modules that it loads.</param>
    /// <param name="planFor">What outlives a restart, for the program that was to be started.</param>
    public static FileTree Before(
        FileTree system, FileContent init, IReadOnlyList<(string Name, FileContent Module)> modules, Func<string, StatePlan> planFor)
    {
        ArgumentNullException.ThrowIfNull(system);
        ArgumentNullException.ThrowIfNull(planFor);
        FileTree tree = new();
        GuestPath first = GuestPath.Parse("/init");
        GuestPath moved = GuestPath.Parse("/strata/init");
        string program = "/sbin/init";
        foreach (TreeEntry entry in system.Entries)
        {
            if (entry.Path != first)
            {
                tree.Add(entry.Path, entry.Node, entry.Origin);
                continue;
            }
            program = entry.Node is SymlinkNode link ? first.Parent.ResolveLink(link.Target).ToString() : moved.ToString();
            if (entry.Node is not SymlinkNode)
            {
                tree.Add(moved, entry.Node, entry.Origin);
            }
        }
        tree.Add(first, new FileNode { Permissions = ProgramMode, Content = init }, s_origin);
        InlineContent plan = new(StatePlanText.Write(planFor(program)));
        tree.Add(GuestPath.Parse(StatePlan.InitrdPath), new FileNode { Permissions = FileMode, Content = plan }, s_origin);
        AddModules(tree, modules);
        return tree;
    }

    private static void AddModules(FileTree tree, IReadOnlyList<(string Name, FileContent Module)> modules)
    {
        StringBuilder list = new();
        foreach ((string name, FileContent module) in modules)
        {
            string path = $"/strata/lib/{name}.ko";
            tree.Add(GuestPath.Parse(path), new FileNode { Permissions = FileMode, Content = module }, s_origin);
            list.Append(path).Append('\n');
        }
        if (modules.Count > 0)
        {
            FileNode file = new() { Permissions = FileMode, Content = InlineContent.FromText(list.ToString()) };
            tree.Add(GuestPath.Parse("/strata/modules"), file, s_origin);
        }
    }

    /// <summary>The release alone. Whoever signs the initrd signs the root hashes in it.</summary>
    public static FileTree OfRelease(Release release)
    {
        ArgumentNullException.ThrowIfNull(release);
        FileTree tree = new();
        AddRelease(tree, release);
        return tree;
    }

    private static void AddRelease(FileTree tree, Release release)
    {
        FileNode file = new() { Permissions = FileMode, Content = new InlineContent(ReleaseWriter.Write(release)) };
        tree.Add(GuestPath.Parse(Release.InitrdPath), file, s_origin);
    }
}
