using System.Text;
using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Formats.Cpio;

/// <summary>Writes a file tree as a cpio archive in the "newc" format, which Linux unpacks as initramfs.</summary>
/// <remarks>
/// Directories, links and devices come first, then files in the order in which their contents are cheapest to read. Inode numbers count from 1 in
/// that order. The content of a file with several names stands with the first of them, the others have size 0: Linux links them to it
/// (<c>maybe_link</c> in init/initramfs.c), and so do GNU cpio and libarchive. Links with several names become several links, because
/// Linux does not link them. No file of 4 GiB or more, no name that ends up as <c>TRAILER!!!</c>.
/// </remarks>
public static class CpioWriter
{
    private static readonly byte[] s_padding = new byte[4];

    /// <summary>Writes the whole archive, ended by its trailer.</summary>
    /// <param name="tree">What to write.</param>
    /// <param name="contents">Opens the contents of files.</param>
    /// <param name="target">Where to write; stays open. Its length is a multiple of 4 if it was one before.</param>
    /// <param name="modified">Time stamp of every entry, seconds since 1970.</param>
    /// <param name="cancellationToken">Looked at between entries.</param>
    /// <exception cref="StrataException">The tree cannot be said in this format.</exception>
    public static void Write(FileTree tree, IContentReader contents, Stream target, uint modified = 0, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tree);
        ArgumentNullException.ThrowIfNull(contents);
        ArgumentNullException.ThrowIfNull(target);
        Dictionary<TreeNode, uint> names = CountNames(tree);
        Dictionary<TreeNode, uint> inodes = new(ReferenceEqualityComparer.Instance);
        uint lastInode = 0;
        foreach (TreeEntry entry in tree.InContentOrder())
        {
            cancellationToken.ThrowIfCancellationRequested();
            bool isFirstName = !inodes.TryGetValue(entry.Node, out uint inode) || entry.Node is SymlinkNode;
            if (isFirstName)
            {
                inode = ++lastInode;
                inodes[entry.Node] = inode;
            }
            FileContent? content = isFirstName ? (entry.Node as FileNode)?.Content : null;
            byte[] linkTarget = entry.Node is SymlinkNode link ? Encoding.UTF8.GetBytes(link.Target) : [];
            CpioEntry header = Describe(entry, content?.Size ?? linkTarget.Length) with
            {
                Inode = inode,
                Links = entry.Node is DirectoryNode ? 2 : entry.Node is SymlinkNode ? 1 : names[entry.Node],
                Modified = modified,
            };
            WriteEntryHeader(target, header);
            target.Write(linkTarget);
            if (content is not null)
            {
                CopyContent(contents, content, entry.Path, target);
            }
            Pad(target, header.Size);
        }
        WriteEntryHeader(target, new CpioEntry { Name = CpioFormat.Trailer, Links = 1 });
    }

    private static Dictionary<TreeNode, uint> CountNames(FileTree tree)
    {
        Dictionary<TreeNode, uint> names = new(ReferenceEqualityComparer.Instance);
        foreach (TreeEntry entry in tree.Entries)
        {
            names[entry.Node] = names.GetValueOrDefault(entry.Node) + 1;
        }
        return names;
    }

    private static CpioEntry Describe(TreeEntry entry, long size)
    {
        if (size > uint.MaxValue)
        {
            throw new StrataException(
                $"cannot write {entry.Path} into a cpio archive: it has {new ByteSize(size)}, the format holds less than 4 GiB a file",
                "Move the file from the initramfs into a layer.");
        }
        string name = entry.Path.IsRoot ? "." : entry.Path.Relative;
        if (name == CpioFormat.Trailer)
        {
            throw new StrataException($"cannot write {entry.Path} into a cpio archive: the format takes this name for the end of the archive");
        }
        SpecialNode? special = entry.Node as SpecialNode;
        return new CpioEntry
        {
            Name = name,
            Mode = TypeOf(entry.Node) | (uint)entry.Node.Permissions,
            Uid = entry.Node.Uid,
            Gid = entry.Node.Gid,
            Size = (uint)size,
            DeviceMajor = special?.Major ?? 0,
            DeviceMinor = special?.Minor ?? 0,
        };
    }

    private static uint TypeOf(TreeNode node) => node switch
    {
        DirectoryNode => CpioFormat.TypeDirectory,
        FileNode => CpioFormat.TypeFile,
        SymlinkNode => CpioFormat.TypeSymlink,
        SpecialNode { Kind: SpecialKind.CharacterDevice } => CpioFormat.TypeCharacterDevice,
        SpecialNode { Kind: SpecialKind.BlockDevice } => CpioFormat.TypeBlockDevice,
        SpecialNode { Kind: SpecialKind.Fifo } => CpioFormat.TypeFifo,
        SpecialNode { Kind: SpecialKind.Socket } => CpioFormat.TypeSocket,
        _ => throw new ArgumentException($"a {node.GetType().Name} has no place in a cpio archive", nameof(node)),
    };

    private static void WriteEntryHeader(Stream target, in CpioEntry entry)
    {
        byte[] name = Encoding.UTF8.GetBytes(entry.Name + "\0");
        Span<byte> header = stackalloc byte[CpioFormat.HeaderSize];
        CpioFormat.WriteHeader(header, entry, name.Length);
        target.Write(header);
        target.Write(name);
        Pad(target, CpioFormat.HeaderSize + name.Length);
    }

    private static void CopyContent(IContentReader contents, FileContent content, GuestPath path, Stream target)
    {
        using Stream source = contents.Open(content);
        byte[] buffer = new byte[64 * 1024];
        long copied = 0;
        for (int read; (read = source.Read(buffer)) > 0; copied += read)
        {
            target.Write(buffer, 0, read);
        }
        if (copied != content.Size)
        {
            throw new StrataException($"cannot write {path} into a cpio archive: its content has {copied} bytes, expected {content.Size}");
        }
    }

    private static void Pad(Stream target, long length) => target.Write(s_padding, 0, CpioFormat.PaddingOf(length));
}
