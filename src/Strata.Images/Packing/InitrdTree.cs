using System.Text;
using Strata.Composition.Kernels;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Images.DevicePrograms;
using Strata.Updates.Releases;

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
        StringBuilder list = new();
        foreach ((string name, FileContent module) in parts.Modules)
        {
            string path = $"/strata/lib/{name}.ko";
            AddFile(path, module, FileMode);
            list.Append(path).Append('\n');
        }
        if (parts.Modules.Count > 0)
        {
            AddFile("/strata/modules", InlineContent.FromText(list.ToString()), FileMode);
        }
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
