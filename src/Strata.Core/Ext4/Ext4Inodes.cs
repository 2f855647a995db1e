using System.Text;

namespace Strata.Core.Ext4;

/// <summary>What an inode says of a file or folder.</summary>
internal readonly ref struct Ext4Inode
{
    public required int Number { get; init; }

    /// <summary>Kind and permissions.</summary>
    public required int Mode { get; init; }

    public uint Uid { get; init; }

    public uint Gid { get; init; }

    public required int Links { get; init; }

    public required long Size { get; init; }

    public required ReadOnlySpan<Ext4Extent> Extents { get; init; }

    /// <summary>Where its block of extents lies; 0 without one.</summary>
    public uint ExtentBlock { get; init; }
}

/// <summary>Writes inodes into the table of the first group (Documentation/filesystems/ext4/inodes.rst).</summary>
internal sealed class Ext4InodeTable(int inodes, uint seed, uint time)
{
    public byte[] Bytes { get; } = new byte[inodes * Ext4Layout.InodeSize];

    /// <summary>Field i_block of an inode.</summary>
    public ReadOnlyMemory<byte> BlocksOf(int number) =>
        Bytes.AsMemory(((number - 1) * Ext4Layout.InodeSize) + Ext4Layout.Inode.Blocks, Ext4Layout.Inode.BlocksLength);

    public void Write(in Ext4Inode node)
    {
        Span<byte> inode = Bytes.AsSpan((node.Number - 1) * Ext4Layout.InodeSize, Ext4Layout.InodeSize);
        long blocks = node.ExtentBlock != 0 ? 1 : 0;
        foreach (Ext4Extent extent in node.Extents)
        {
            blocks += extent.Count;
        }
        Ext4Structures.Short(inode, Ext4Layout.Inode.Mode, (uint)node.Mode);
        Ext4Structures.Short(inode, Ext4Layout.Inode.Uid, node.Uid & 0xFFFF);
        Ext4Structures.Short(inode, Ext4Layout.Inode.UidHigh, node.Uid >> 16);
        Ext4Structures.Short(inode, Ext4Layout.Inode.Gid, node.Gid & 0xFFFF);
        Ext4Structures.Short(inode, Ext4Layout.Inode.GidHigh, node.Gid >> 16);
        Ext4Structures.Number(inode, Ext4Layout.Inode.Size, (uint)(node.Size & uint.MaxValue));
        Ext4Structures.Number(inode, Ext4Layout.Inode.SizeHigh, (uint)(node.Size >> 32));
        foreach (int at in (ReadOnlySpan<int>)[
            Ext4Layout.Inode.AccessTime, Ext4Layout.Inode.ChangeTime, Ext4Layout.Inode.ModifyTime, Ext4Layout.Inode.MadeTime])
        {
            Ext4Structures.Number(inode, at, time);
        }
        Ext4Structures.Short(inode, Ext4Layout.Inode.Links, (uint)node.Links);
        Ext4Structures.Number(inode, Ext4Layout.Inode.Sectors, (uint)(blocks * (Ext4Layout.BlockSize / 512)));
        Ext4Structures.Number(inode, Ext4Layout.Inode.Flags, Ext4Layout.ExtentsFlag);
        Ext4Structures.Extents(inode, node.Extents, node.ExtentBlock);
        Ext4Structures.Short(inode, Ext4Layout.Inode.ExtraSize, Ext4Layout.ExtraInodeSize);
        uint sum = Ext4Layout.Checksum(Ext4Layout.InodeSeed(seed, (uint)node.Number), inode); // its own field is zero yet
        Ext4Structures.Short(inode, Ext4Layout.Inode.ChecksumLow, sum & 0xFFFF);
        Ext4Structures.Short(inode, Ext4Layout.Inode.ChecksumHigh, sum >> 16);
    }
}

/// <summary>Writes names into a block of a folder (Documentation/filesystems/ext4/directory.rst).</summary>
internal ref struct Ext4DirectoryWriter(Span<byte> block)
{
    /// <summary>EXT4_FT_REG_FILE.</summary>
    public const byte FileType = 1;

    /// <summary>EXT4_FT_DIR.</summary>
    public const byte FolderType = 2;

    private readonly Span<byte> _block = block;
    private int _last = -1;
    private int _end;

    /// <summary>Bytes that a name of a folder takes.</summary>
    public static int LengthOf(int nameBytes) => (8 + nameBytes + 3) & ~3;

    /// <summary>Adds a name.</summary>
    public void Add(int inode, string name, byte type)
    {
        _last = _end;
        Span<byte> entry = _block[_end..];
        int bytes = Encoding.UTF8.GetBytes(name, entry[8..]);
        int length = LengthOf(bytes);
        Ext4Structures.Number(entry, 0, (uint)inode);
        Ext4Structures.Short(entry, 4, (uint)length);
        entry[6] = (byte)bytes;
        entry[7] = type;
        _end += length;
    }

    /// <summary>Gives the rest of the block to the last name, or to none, and writes the checksum at the end.</summary>
    public readonly void Finish(uint inodeSeed)
    {
        int tail = Ext4Layout.BlockSize - Ext4Layout.DirectoryTail;
        Ext4Structures.Short(_block, Math.Max(_last, 0) + 4, (uint)(tail - Math.Max(_last, 0)));
        Ext4Structures.Short(_block, tail + 4, Ext4Layout.DirectoryTail);
        _block[tail + 7] = Ext4Layout.DirectoryTailType;
        Ext4Structures.Number(_block, tail + 8, Ext4Layout.Checksum(inodeSeed, _block[..tail]));
    }
}
