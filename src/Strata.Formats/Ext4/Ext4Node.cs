using System.Text;
using Strata.Core;
using Strata.Core.Ext4;
using Strata.Core.Trees;

namespace Strata.Formats.Ext4;

/// <summary>A file or folder of a planned volume.</summary>
internal sealed class Ext4Node
{
    public required GuestPath Path { get; init; }

    public required int Inode { get; init; }

    public required int Mode { get; init; }

    public uint Uid { get; init; }

    public uint Gid { get; init; }

    /// <summary>The bytes of a file; null for a folder.</summary>
    public FileContent? Content { get; init; }

    /// <summary>The folder that it is in; the root is its own.</summary>
    public Ext4Node? Parent { get; init; }

    /// <summary>What is in a folder, in ordinal order of names.</summary>
    public List<Ext4Node> Children { get; } = [];

    /// <summary>Blocks that a folder has at least.</summary>
    public int LeastBlocks { get; init; } = 1;

    /// <summary>Where its bytes lie.</summary>
    public Ext4Extent[] Extents { get; set; } = [];

    /// <summary>Where its block of extents lies; 0 without one.</summary>
    public uint ExtentBlock { get; set; }

    public bool IsFolder => Content is null;

    public long Blocks => Content is FileContent content
        ? (content.Size + Ext4Layout.BlockSize - 1) / Ext4Layout.BlockSize : Math.Max(LeastBlocks, FolderBlocks().Count);

    public long Size => Content?.Size ?? Blocks * Ext4Layout.BlockSize;

    /// <summary>Its own name and the one in its parent; folders in it have one for it each.</summary>
    public int Links => IsFolder ? 2 + Children.Count(c => c.IsFolder) : 1;

    /// <summary>The names of a folder as they are spread over its blocks.</summary>
    private List<List<Ext4Node>> FolderBlocks()
    {
        List<List<Ext4Node>> blocks = [[]];
        int room = Ext4Layout.BlockSize - Ext4Layout.DirectoryTail;
        int used = Ext4DirectoryWriter.LengthOf(1) + Ext4DirectoryWriter.LengthOf(2); // "." and ".."
        foreach (Ext4Node child in Children)
        {
            int length = Ext4DirectoryWriter.LengthOf(Encoding.UTF8.GetByteCount(child.Path.Name));
            if (used + length > room)
            {
                blocks.Add([]);
                used = 0;
            }
            blocks[^1].Add(child);
            used += length;
        }
        return blocks;
    }

    /// <summary>The blocks of a folder.</summary>
    public byte[] FolderBytes(uint seed)
    {
        List<List<Ext4Node>> names = FolderBlocks();
        byte[] bytes = new byte[Size];
        for (int i = 0; i < bytes.Length / Ext4Layout.BlockSize; i++)
        {
            Ext4DirectoryWriter entries = new(bytes.AsSpan(i * Ext4Layout.BlockSize, Ext4Layout.BlockSize));
            if (i == 0)
            {
                entries.Add(Inode, ".", Ext4DirectoryWriter.FolderType);
                entries.Add((Parent ?? this).Inode, "..", Ext4DirectoryWriter.FolderType);
            }
            foreach (Ext4Node child in i < names.Count ? names[i] : [])
            {
                entries.Add(child.Inode, child.Path.Name, child.IsFolder ? Ext4DirectoryWriter.FolderType : Ext4DirectoryWriter.FileType);
            }
            entries.Finish(Ext4Layout.InodeSeed(seed, (uint)Inode));
        }
        return bytes;
    }
}
