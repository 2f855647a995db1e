using Strata.Core;
using Strata.Core.Trees;
using Strata.Testing;

namespace Strata.Formats.Tests.Squashfs;

/// <summary>A part of this machine's files as a tree, as <c>find</c> sees them.</summary>
internal static class HostTree
{
    private const long MaxFileSize = 1 << 20;

    /// <summary>The first files of a folder in ordinal order, with their directories and all links between them.</summary>
    public static FileTree Read(string root, int maxFiles, Contents contents)
    {
        (_, string found) = Oracle.Run("find", root, "-mindepth", "1", "-printf", @"%P\0%y\0%m\0%U\0%G\0%i\0%s\0%l\0");
        string[][] entries = [.. found.Split('\0').Chunk(8).Where(c => c.Length == 8).OrderBy(c => c[0], StringComparer.Ordinal)];
        FileTree tree = new();
        Dictionary<string, TreeNode> byInode = [];
        int files = 0;
        foreach (string[] entry in entries)
        {
            if (entry[1] == "f" && long.Parse(entry[6]) > MaxFileSize)
            {
                continue;
            }
            if (entry[1] == "f" && ++files > maxFiles)
            {
                break;
            }
            GuestPath path = GuestPath.Parse("/" + entry[0]);
            // the directory stands for the package: neighbours belong together
            tree.Add(path, Node(Path.Combine(root, entry[0]), entry, byInode, contents), new Origin(null, path.Parent.IsRoot ? null : path.Relative.Split('/')[0], "host"));
        }
        return tree;
    }

    private static TreeNode Node(string path, string[] entry, Dictionary<string, TreeNode> byInode, Contents contents)
    {
        int permissions = Convert.ToInt32(entry[2], 8);
        (uint uid, uint gid) = (uint.Parse(entry[3]), uint.Parse(entry[4]));
        switch (entry[1])
        {
            case "d":
                return new DirectoryNode { Permissions = permissions, Uid = uid, Gid = gid };
            case "l":
                return new SymlinkNode { Permissions = permissions, Uid = uid, Gid = gid, Target = entry[7] };
            default:
                if (!byInode.TryGetValue(entry[5], out TreeNode? node))
                {
                    node = new FileNode { Permissions = permissions, Uid = uid, Gid = gid, Content = contents.AddFile(path) };
                    byInode.Add(entry[5], node);
                }
                return node;
        }
    }
}
