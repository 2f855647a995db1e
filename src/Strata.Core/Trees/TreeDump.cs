using System.Text;

namespace Strata.Core.Trees;

/// <summary>A tree as lines of text, for tests and for people: path, type, mode, owner where not root, content.</summary>
/// <remarks>
/// <c>/etc/ dir 0755</c> · <c>/etc/hostname file 0644 9d8f48db</c> · <c>/lib symlink usr/lib</c> · <c>/dev/null c 0666 1:3</c>; further names of
/// one node end in <c>= /first/name</c>. Contents are shown by the first 8 digits of their SHA-256.
/// </remarks>
public static class TreeDump
{
    /// <summary>One line a name, ordinal order, each ended by a line feed; the root only when it is not 0755 root.</summary>
    public static string Of(FileTree tree)
    {
        ArgumentNullException.ThrowIfNull(tree);
        StringBuilder text = new();
        Dictionary<TreeNode, GuestPath> first = new(ReferenceEqualityComparer.Instance);
        foreach (TreeEntry entry in tree.Entries)
        {
            if (entry.Path.IsRoot && entry.Node is { Permissions: Modes.Program, Uid: 0, Gid: 0 })
            {
                continue;
            }
            text.Append(entry.Path).Append(entry.Node is DirectoryNode && !entry.Path.IsRoot ? "/ " : " ").Append(Describe(entry.Node));
            if (entry.Node.Uid != 0 || entry.Node.Gid != 0)
            {
                text.Append(' ').Append(entry.Node.Uid).Append(':').Append(entry.Node.Gid);
            }
            if (!first.TryAdd(entry.Node, entry.Path))
            {
                text.Append(" = ").Append(first[entry.Node]);
            }
            text.Append('\n');
        }
        return text.ToString();
    }

    private static string Describe(TreeNode node)
    {
        string mode = Convert.ToString(node.Permissions, 8).PadLeft(4, '0');
        return node switch
        {
            DirectoryNode => $"dir {mode}",
            FileNode file => $"file {mode} {file.Content.Digest.ToString()[..8]}",
            SymlinkNode link => $"symlink {link.Target}",
            SpecialNode { Kind: SpecialKind.CharacterDevice } d => $"c {mode} {d.Major}:{d.Minor}",
            SpecialNode { Kind: SpecialKind.BlockDevice } d => $"b {mode} {d.Major}:{d.Minor}",
            SpecialNode d => $"{(d.Kind == SpecialKind.Fifo ? "fifo" : "socket")} {mode}",
            _ => node.GetType().Name,
        };
    }
}
