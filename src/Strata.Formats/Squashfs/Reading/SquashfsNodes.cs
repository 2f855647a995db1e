using Strata.Core.Trees;

namespace Strata.Formats.Squashfs.Reading;

/// <summary>Inodes as nodes of a tree.</summary>
internal static class SquashfsNodes
{
    /// <param name="inode">The inode.</param>
    /// <param name="content">Of a file; null for everything else.</param>
    public static TreeNode NodeOf(SquashfsInode inode, StoredContent? content) => inode.Kind switch
    {
        SquashfsKind.Directory => new DirectoryNode { Permissions = inode.Permissions, Uid = inode.Uid, Gid = inode.Gid },
        SquashfsKind.File => new FileNode { Permissions = inode.Permissions, Uid = inode.Uid, Gid = inode.Gid, Content = content! },
        SquashfsKind.Symlink => new SymlinkNode { Permissions = inode.Permissions, Uid = inode.Uid, Gid = inode.Gid, Target = inode.Target },
        SquashfsKind.BlockDevice => Special(inode, SpecialKind.BlockDevice),
        SquashfsKind.CharacterDevice => Special(inode, SpecialKind.CharacterDevice),
        SquashfsKind.Fifo => Special(inode, SpecialKind.Fifo),
        _ => Special(inode, SpecialKind.Socket),
    };

    private static SpecialNode Special(SquashfsInode inode, SpecialKind kind) => new()
    {
        Permissions = inode.Permissions,
        Uid = inode.Uid,
        Gid = inode.Gid,
        Kind = kind,
        Major = inode.Device.Major,
        Minor = inode.Device.Minor,
    };
}
