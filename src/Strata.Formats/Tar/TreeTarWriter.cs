using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Formats.Tar;

/// <summary>Writes a file tree as a tar archive, as OCI layers want it (image-spec, layer.md): parents first, names without a leading slash.</summary>
/// <remarks>
/// Directories, links and devices come first, then files in the order in which their contents are cheapest to read. Further names of a file are hard
/// links to the first. The root has an entry only when it is not 0755 owned by root: unpackers make that one by themselves.
/// </remarks>
public static class TreeTarWriter
{
    /// <summary>Writes the whole archive with the two blocks that end it.</summary>
    /// <param name="tree">What to write.</param>
    /// <param name="contents">Opens the contents of files.</param>
    /// <param name="target">Where to write; stays open.</param>
    /// <param name="cancellationToken">Looked at between entries.</param>
    /// <exception cref="StrataException">The tree holds a socket, which tar cannot say.</exception>
    public static void Write(FileTree tree, IContentReader contents, Stream target, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tree);
        ArgumentNullException.ThrowIfNull(contents);
        using TarWriter writer = new(target, leaveOpen: true);
        Dictionary<TreeNode, string> firstNames = new(ReferenceEqualityComparer.Instance);
        foreach (TreeEntry entry in tree.InContentOrder())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (entry.Path.IsRoot && entry.Node is { Permissions: Modes.Program, Uid: 0, Gid: 0 })
            {
                continue;
            }
            string name = entry.Path.IsRoot ? "./" : entry.Path.Relative;
            TarEntry header = new() { Name = name, Kind = TarKind.File, Mode = entry.Node.Permissions, Uid = entry.Node.Uid, Gid = entry.Node.Gid };
            switch (entry.Node)
            {
                case FileNode when firstNames.TryGetValue(entry.Node, out string? first):
                    writer.Write(header with { Kind = TarKind.HardLink, LinkName = first });
                    break;
                case FileNode file:
                    firstNames.Add(file, name);
                    using (Stream content = contents.Open(file.Content))
                    {
                        writer.Write(header with { Size = file.Content.Size }, content);
                    }
                    break;
                case DirectoryNode:
                    writer.Write(header with { Kind = TarKind.Directory, Name = name.TrimEnd('/') + "/" });
                    break;
                case SymlinkNode link:
                    writer.Write(header with { Kind = TarKind.Symlink, LinkName = link.Target });
                    break;
                case SpecialNode special:
                    writer.Write(header with { Kind = KindOf(special, entry.Path), DeviceMajor = special.Major, DeviceMinor = special.Minor });
                    break;
                default:
                    throw new ArgumentException($"a {entry.Node.GetType().Name} has no place in a tar archive", nameof(tree));
            }
        }
        writer.Finish();
    }

    private static TarKind KindOf(SpecialNode special, GuestPath path) => special.Kind switch
    {
        SpecialKind.CharacterDevice => TarKind.CharacterDevice,
        SpecialKind.BlockDevice => TarKind.BlockDevice,
        SpecialKind.Fifo => TarKind.Fifo,
        _ => throw new StrataException($"cannot write {path} into a tar archive: the format knows no sockets", "The program that listens there makes it when it starts."),
    };
}
