using System.Buffers.Binary;

namespace Strata.Core.Ext4;

/// <summary>Blocks of a file that lie in one piece.</summary>
/// <param name="Logical">The first one's number in the file.</param>
/// <param name="Count">How many: 1 to <see cref="Ext4Layout.MostInExtent"/>.</param>
/// <param name="Start">The first one's number in the file system.</param>
internal readonly record struct Ext4Extent(uint Logical, int Count, uint Start);

/// <summary>What the superblock says of a whole file system.</summary>
internal sealed record Ext4Facts
{
    public required long Blocks { get; init; }

    public required long FreeBlocks { get; init; }

    public required int Groups { get; init; }

    public required int InodesPerGroup { get; init; }

    /// <summary>Inodes that are taken, all in the first group.</summary>
    public required int UsedInodes { get; init; }

    /// <summary>Compatible features.</summary>
    public required uint Compatible { get; init; }

    public required string Label { get; init; }

    public required Guid Id { get; init; }

    public required Guid HashSeed { get; init; }

    public required uint Time { get; init; }

    public required long JournalSize { get; init; }

    /// <summary>Field i_block of the journal's inode.</summary>
    public required ReadOnlyMemory<byte> JournalBlocks { get; init; }
}

/// <summary>A group of blocks, as its descriptor has it.</summary>
internal sealed record Ext4Group
{
    public required int Number { get; init; }

    public required uint BlockBitmapBlock { get; init; }

    public required uint InodeBitmapBlock { get; init; }

    public required uint InodeTableBlock { get; init; }

    public required int FreeBlocks { get; init; }

    public required int FreeInodes { get; init; }

    public required int Folders { get; init; }

    public required ReadOnlyMemory<byte> BlockBitmap { get; init; }

    /// <summary>The part of its bitmap that has a bit for each inode.</summary>
    public required ReadOnlyMemory<byte> InodeBitmap { get; init; }
}

/// <summary>Writes the structures of ext4 (Linux, Documentation/filesystems/ext4). What they are written to is zero before.</summary>
internal static class Ext4Structures
{
    // struct ext4_extent_header, ext4_extent, ext4_extent_idx (ifork.rst): 12 bytes each
    private const int ExtentSize = 12;
    private const ushort InodesZeroed = 0x4; // EXT4_BG_INODE_ZEROED

    /// <summary>The superblock; the one of a group further on is a copy that says so.</summary>
    public static void Superblock(Span<byte> super, Ext4Facts facts, int group)
    {
        Number(super, Ext4Layout.Super.InodesCount, (uint)(facts.Groups * facts.InodesPerGroup));
        Number(super, Ext4Layout.Super.BlocksCount, (uint)facts.Blocks);
        Number(super, Ext4Layout.Super.FreeBlocks, (uint)facts.FreeBlocks);
        Number(super, Ext4Layout.Super.FreeInodes, (uint)((facts.Groups * facts.InodesPerGroup) - facts.UsedInodes));
        Number(super, Ext4Layout.Super.LogBlockSize, 2); // 1024 << 2
        Number(super, Ext4Layout.Super.LogClusterSize, 2);
        Number(super, Ext4Layout.Super.BlocksPerGroup, Ext4Layout.BlocksPerGroup);
        Number(super, Ext4Layout.Super.ClustersPerGroup, Ext4Layout.BlocksPerGroup);
        Number(super, Ext4Layout.Super.InodesPerGroup, (uint)facts.InodesPerGroup);
        Number(super, Ext4Layout.Super.WriteTime, facts.Time);
        Short(super, Ext4Layout.Super.MaxMountCount, 0xFFFF); // no check after so many mounts
        Short(super, Ext4Layout.Super.Magic, Ext4Layout.Magic);
        Short(super, Ext4Layout.Super.State, Ext4Layout.StateClean);
        Short(super, Ext4Layout.Super.Errors, 2); // EXT4_ERRORS_RO: what is damaged is not written to any more
        Number(super, Ext4Layout.Super.LastCheck, facts.Time);
        Number(super, Ext4Layout.Super.Revision, 1);
        Number(super, Ext4Layout.Super.FirstInode, Ext4Layout.LostInode);
        Short(super, Ext4Layout.Super.InodeSize, Ext4Layout.InodeSize);
        Short(super, Ext4Layout.Super.BlockGroup, (uint)group);
        Number(super, Ext4Layout.Super.Compatible, facts.Compatible);
        Number(super, Ext4Layout.Super.Incompatible, Ext4Layout.Incompatible);
        Number(super, Ext4Layout.Super.ReadOnlyCompatible, Ext4Layout.ReadOnlyCompatible);
        facts.Id.TryWriteBytes(super[Ext4Layout.Super.Id..], bigEndian: true, out _);
        System.Text.Encoding.ASCII.GetBytes(facts.Label, super.Slice(Ext4Layout.Super.Label, 16));
        Number(super, Ext4Layout.Super.JournalInode, Ext4Layout.JournalInode);
        facts.HashSeed.TryWriteBytes(super[Ext4Layout.Super.HashSeed..], bigEndian: true, out _);
        super[Ext4Layout.Super.HashVersion] = 1; // half MD4
        super[Ext4Layout.Super.JournalBackupType] = 1; // the field after next is a copy of the journal's inode
        Short(super, Ext4Layout.Super.DescriptorSize, Ext4Layout.DescriptorSize);
        Number(super, Ext4Layout.Super.DefaultMountOptions, 0xC); // user_xattr, acl
        Number(super, Ext4Layout.Super.MadeTime, facts.Time);
        facts.JournalBlocks.Span.CopyTo(super[Ext4Layout.Super.JournalBlocks..]);
        Number(super, Ext4Layout.Super.JournalBlocks + (16 * sizeof(uint)), (uint)facts.JournalSize);
        Short(super, Ext4Layout.Super.MinExtraInodeSize, Ext4Layout.ExtraInodeSize);
        Short(super, Ext4Layout.Super.WantExtraInodeSize, Ext4Layout.ExtraInodeSize);
        Number(super, Ext4Layout.Super.Flags, 2); // hashes of bytes without a sign, whatever the processor
        super[Ext4Layout.Super.LogGroupsPerFlex] = 4;
        super[Ext4Layout.Super.ChecksumType] = 1; // CRC-32C
        Number(super, Ext4Layout.Super.Checksum, Ext4Layout.Checksum(uint.MaxValue, super[..Ext4Layout.Super.Checksum]));
    }

    /// <summary>The descriptor of a group.</summary>
    public static void Descriptor(Span<byte> descriptor, uint seed, Ext4Group group)
    {
        Number(descriptor, Ext4Layout.Group.BlockBitmap, group.BlockBitmapBlock);
        Number(descriptor, Ext4Layout.Group.InodeBitmap, group.InodeBitmapBlock);
        Number(descriptor, Ext4Layout.Group.InodeTable, group.InodeTableBlock);
        Short(descriptor, Ext4Layout.Group.FreeBlocks, (uint)group.FreeBlocks);
        Short(descriptor, Ext4Layout.Group.FreeInodes, (uint)group.FreeInodes);
        Short(descriptor, Ext4Layout.Group.UsedFolders, (uint)group.Folders);
        Short(descriptor, Ext4Layout.Group.Flags, InodesZeroed);
        Short(descriptor, Ext4Layout.Group.UnusedInodes, (uint)group.FreeInodes); // the first ones are taken
        uint ofBlocks = Ext4Layout.Checksum(seed, group.BlockBitmap.Span);
        uint ofInodes = Ext4Layout.Checksum(seed, group.InodeBitmap.Span);
        Short(descriptor, Ext4Layout.Group.BlockBitmapChecksum, ofBlocks & 0xFFFF);
        Short(descriptor, Ext4Layout.Group.BlockBitmapChecksumHigh, ofBlocks >> 16);
        Short(descriptor, Ext4Layout.Group.InodeBitmapChecksum, ofInodes & 0xFFFF);
        Short(descriptor, Ext4Layout.Group.InodeBitmapChecksumHigh, ofInodes >> 16);
        Short(descriptor, Ext4Layout.Group.Checksum, Ext4Layout.GroupChecksum(seed, group.Number, descriptor) & 0xFFFF);
    }

    /// <summary>A block of bits: the first ones are set, and those of what is not there.</summary>
    public static byte[] Bitmap(int used, int there)
    {
        byte[] bits = new byte[Ext4Layout.BlockSize];
        for (int i = 0; i < bits.Length * 8; i++)
        {
            if (i < used || i >= there)
            {
                bits[i / 8] |= (byte)(1 << (i % 8));
            }
        }
        return bits;
    }

    /// <summary>
    /// The places of a file: up to four extents in the inode; with more, one entry there that names a block of extents
    /// (<see cref="ExtentBlock"/>).
    /// </summary>
    /// <param name="inode">The inode.</param>
    /// <param name="extents">The extents, in their order.</param>
    /// <param name="block">Where the block of extents lies; 0 without one.</param>
    public static void Extents(Span<byte> inode, ReadOnlySpan<Ext4Extent> extents, uint block)
    {
        Span<byte> root = inode.Slice(Ext4Layout.Inode.Blocks, Ext4Layout.Inode.BlocksLength);
        if (block == 0)
        {
            Header(root, extents.Length, Ext4Layout.ExtentsInInode, depth: 0);
            Write(root, extents);
            return;
        }
        Header(root, 1, Ext4Layout.ExtentsInInode, depth: 1);
        Number(root, ExtentSize + 4, block); // ei_leaf_lo; ei_block is 0
    }

    /// <summary>A block of extents, with its checksum.</summary>
    public static byte[] ExtentBlock(ReadOnlySpan<Ext4Extent> extents, uint inodeSeed)
    {
        byte[] bytes = new byte[Ext4Layout.BlockSize];
        Header(bytes, extents.Length, Ext4Layout.ExtentsInBlock, depth: 0);
        Write(bytes, extents);
        Number(bytes, Ext4Layout.ExtentTail, Ext4Layout.Checksum(inodeSeed, bytes.AsSpan(0, Ext4Layout.ExtentTail)));
        return bytes;
    }

    private static void Header(Span<byte> bytes, int count, int most, int depth)
    {
        Short(bytes, 0, Ext4Layout.ExtentMagic);
        Short(bytes, 2, (uint)count); // eh_entries
        Short(bytes, 4, (uint)most); // eh_max
        Short(bytes, 6, (uint)depth);
    }

    private static void Write(Span<byte> bytes, ReadOnlySpan<Ext4Extent> extents)
    {
        for (int i = 0; i < extents.Length; i++)
        {
            Span<byte> entry = bytes.Slice((i + 1) * ExtentSize, ExtentSize);
            Number(entry, 0, extents[i].Logical); // ee_block
            Short(entry, 4, (uint)extents[i].Count); // ee_len
            Number(entry, 8, extents[i].Start); // ee_start_lo
        }
    }

    /// <summary>The journal's own superblock (journal.rst); the high byte of numbers comes first.</summary>
    public static byte[] JournalHead(Guid id, int blocks)
    {
        byte[] head = new byte[Ext4Layout.BlockSize];
        Write(0x0, 0xC03B3998); // h_magic
        Write(0x4, 4); // h_blocktype: superblock, version 2
        Write(0xC, Ext4Layout.BlockSize);
        Write(0x10, (uint)blocks);
        Write(0x14, 1); // s_first
        Write(0x18, 1); // s_sequence
        id.TryWriteBytes(head.AsSpan(0x30), bigEndian: true, out _);
        Write(0x40, 1); // s_nr_users
        return head;

        void Write(int at, uint value) => BinaryPrimitives.WriteUInt32BigEndian(head.AsSpan(at), value);
    }

    public static void Number(Span<byte> bytes, int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(bytes[at..], value);

    public static void Short(Span<byte> bytes, int at, uint value) => BinaryPrimitives.WriteUInt16LittleEndian(bytes[at..], (ushort)value);
}
