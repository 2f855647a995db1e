using System.Text;
using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Formats.Squashfs.Writing;

/// <summary>An inode to be written, with all its names.</summary>
internal sealed class PlannedInode(TreeNode node, GuestPath firstPath)
{
    /// <summary>What it is.</summary>
    public TreeNode Node { get; } = node;

    /// <summary>Its first name in path order.</summary>
    public GuestPath FirstPath { get; } = firstPath;

    /// <summary>Number of names; of a directory 2 and one for each directory in it.</summary>
    public uint LinkCount { get; set; }

    /// <summary>1 … number of inodes, rising with the position in the inode table.</summary>
    public uint Number { get; set; }

    /// <summary>The directory it is in; null for the root.</summary>
    public PlannedInode? Parent { get; set; }

    /// <summary>Names in a directory, in the order of their UTF-8 bytes.</summary>
    public List<(byte[] Name, PlannedInode Inode)> Children { get; } = [];

    /// <summary>Start of its metadata block in the inode table, and offset in it; known once it is written.</summary>
    public (long Block, int Offset) Position { get; set; } = (-1, 0);
}

/// <summary>Inodes of a tree in the order they are written: all of one directory side by side, each before the directory that names it.</summary>
internal sealed class InodePlan
{
    private InodePlan(PlannedInode root, List<PlannedInode> directories, uint count) => (Root, Directories, Count) = (root, directories, count);

    /// <summary>The root directory, written last.</summary>
    public PlannedInode Root { get; }

    /// <summary>All directories, every one before its parent.</summary>
    public IReadOnlyList<PlannedInode> Directories { get; }

    /// <summary>Number of inodes.</summary>
    public uint Count { get; }

    /// <summary>Numbers the nodes of a tree.</summary>
    /// <exception cref="StrataException">One directory node has two names.</exception>
    public static InodePlan Of(FileTree tree)
    {
        Dictionary<TreeNode, PlannedInode> inodes = new(ReferenceEqualityComparer.Instance);
        Dictionary<GuestPath, PlannedInode> directories = [];
        List<PlannedInode> inPathOrder = [];
        foreach (TreeEntry entry in tree.Entries)
        {
            PlannedInode inode = AddName(inodes, entry);
            if (entry.Node is DirectoryNode)
            {
                directories.Add(entry.Path, inode);
                inPathOrder.Add(inode);
            }
            if (!entry.Path.IsRoot)
            {
                PlannedInode parent = directories[entry.Path.Parent];
                parent.Children.Add((Encoding.UTF8.GetBytes(entry.Path.Name), inode));
                if (entry.Node is DirectoryNode)
                {
                    inode.Parent = parent;
                    parent.LinkCount++;
                }
            }
        }
        inPathOrder.Reverse(); // a path is longer than its parent's, so it comes before it now
        uint number = 0;
        foreach (PlannedInode directory in inPathOrder)
        {
            directory.Children.Sort((a, b) => a.Name.AsSpan().SequenceCompareTo(b.Name));
            foreach ((_, PlannedInode child) in directory.Children)
            {
                if (child.Number == 0)
                {
                    child.Number = ++number;
                }
            }
        }
        PlannedInode root = directories[GuestPath.Root];
        root.Number = ++number;
        return new InodePlan(root, inPathOrder, number);
    }

    private static PlannedInode AddName(Dictionary<TreeNode, PlannedInode> inodes, TreeEntry entry)
    {
        if (!inodes.TryGetValue(entry.Node, out PlannedInode? inode))
        {
            inode = new PlannedInode(entry.Node, entry.Path) { LinkCount = entry.Node is DirectoryNode ? 2u : 1u };
            inodes.Add(entry.Node, inode);
        }
        else if (entry.Node is DirectoryNode)
        {
            throw new StrataException(
                $"cannot pack {entry.Path}: it is the same directory as {inode.FirstPath}, and directories have one name only");
        }
        else
        {
            inode.LinkCount++;
        }
        return inode;
    }
}
