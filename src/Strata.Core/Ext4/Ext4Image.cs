using System.Buffers.Binary;
using System.Text;

namespace Strata.Core.Ext4;

/// <summary>Bytes of a file system and where they lie.</summary>
/// <param name="Offset">Bytes from its start.</param>
/// <param name="Bytes">What lies there.</param>
public readonly record struct Ext4Piece(long Offset, ReadOnlyMemory<byte> Bytes);

/// <summary>
/// A fresh ext4 file system: empty, with a journal and checksums of all its structures. One group of blocks, so a machine makes it in an
/// instant whatever the disk's size; the kernel grows it while it is mounted (EXT4_IOC_RESIZE_FS) and makes the other groups itself.
/// </summary>
/// <remarks>
/// Descriptors of groups stand in the groups (feature <c>meta_bg</c>), so that growing ends at no table's end. Sections and names of
/// fields are those of Linux, Documentation/filesystems/ext4.
/// </remarks>
public static class Ext4Image
{
    private const int DescriptorBlock = 1;
    private const int BlockBitmapBlock = 2;
    private const int InodeBitmapBlock = 3;
    private const int InodeTableBlock = 4;
    private const int RootBlock = InodeTableBlock + Ext4Layout.InodeTableBlocks;
    private const int LostBlock = RootBlock + 1;
    private const int LostBlocks = 4; // room that e2fsck(8) fills without taking blocks
    private const int JournalBlock = LostBlock + LostBlocks;
    private const int ZeroStep = 1 << 20;

    private const uint Compatible = 0x4 | 0x8 | 0x20; // has_journal, ext_attr, dir_index
    private const uint Incompatible = 0x2 | 0x10 | 0x40 | 0x80 | 0x200; // filetype, meta_bg, extent, 64bit, flex_bg
    private const uint ReadOnlyCompatible = 0x1 | 0x2 | 0x8 | 0x20 | 0x40 | 0x400; // sparse_super, large_file, huge_file, dir_nlink, extra_isize, metadata_csum
    private const uint ExtentsFlag = 0x80000; // EXT4_EXTENTS_FL
    private const ushort InodesZeroed = 0x4; // EXT4_BG_INODE_ZEROED
    private const ushort ExtraInodeSize = 32;
    private const byte FolderType = 2; // EXT4_FT_DIR
    private const byte TailType = 0xDE; // EXT4_FT_DIR_CSUM

    /// <summary>All that has to be written, in this order: the superblock comes last, so that what was cut short is no file system.</summary>
    /// <exception cref="ArgumentException">The options break a rule (<see cref="Ext4Options.Problems"/>).</exception>
    public static IEnumerable<Ext4Piece> PiecesOf(Ext4Options options)
    {
        ArgumentNullException.ThrowIfNull(options);
        foreach (string problem in options.Problems())
        {
            throw new ArgumentException(problem, nameof(options));
        }
        return Pieces(options);
    }

    private static IEnumerable<Ext4Piece> Pieces(Ext4Options options)
    {
        int blocks = (int)(options.Size / Ext4Layout.BlockSize);
        int journalBlocks = (int)(options.JournalSize / Ext4Layout.BlockSize);
        int used = JournalBlock + journalBlocks;
        byte[] id = options.Id.ToByteArray(bigEndian: true);
        uint seed = Ext4Layout.Checksum(uint.MaxValue, id); // s_csum_seed

        byte[] blockBitmap = Bitmap(used, blocks, Ext4Layout.BlocksPerGroup);
        byte[] inodeBitmap = Bitmap(Ext4Layout.LostInode, Ext4Layout.InodesPerGroup, Ext4Layout.InodesPerGroup);
        byte[] table = new byte[Ext4Layout.InodeTableBlocks * Ext4Layout.BlockSize];
        InodeWriter inodes = new(table, seed, options.Time);
        inodes.Write(Ext4Layout.RootInode, Ext4Layout.DirectoryMode | Modes.Folder, 3, RootBlock, 1);
        inodes.Write(Ext4Layout.JournalInode, Ext4Layout.FileMode | Modes.SecretFile, 1, JournalBlock, journalBlocks);
        inodes.Write(Ext4Layout.LostInode, Ext4Layout.DirectoryMode | Modes.SecretFolder, 2, LostBlock, LostBlocks);

        yield return At(BlockBitmapBlock, blockBitmap);
        yield return At(InodeBitmapBlock, inodeBitmap);
        yield return At(InodeTableBlock, table);
        yield return At(RootBlock, Root(seed));
        yield return At(LostBlock, Lost(seed));
        yield return At(JournalBlock, JournalHead(id, journalBlocks));
        byte[] zeros = new byte[ZeroStep];
        // an old journal's blocks, were they there, could be taken for this one's after a power cut
        for (long offset = 1, left; (left = journalBlocks - offset) > 0; offset += ZeroStep / Ext4Layout.BlockSize)
        {
            yield return new Ext4Piece(
                (JournalBlock + offset) * Ext4Layout.BlockSize, zeros.AsMemory(0, (int)Math.Min(ZeroStep, left * Ext4Layout.BlockSize)));
        }
        yield return At(DescriptorBlock, Descriptor(seed, blocks - used, blockBitmap, inodeBitmap));
        byte[] first = new byte[Ext4Layout.BlockSize];
        Superblock(first.AsSpan(Ext4Layout.Super.Offset, Ext4Layout.Super.Length), options, blocks, blocks - used, id,
            table.AsSpan(((Ext4Layout.JournalInode - 1) * Ext4Layout.InodeSize) + Ext4Layout.Inode.Blocks, Ext4Layout.Inode.BlocksLength));
        yield return At(0, first);
    }

    private static Ext4Piece At(int block, byte[] bytes) => new((long)block * Ext4Layout.BlockSize, bytes);

    /// <summary>A block of bits: the first ones are set, and those of what is not there.</summary>
    private static byte[] Bitmap(int used, int there, int possible)
    {
        byte[] bits = new byte[Ext4Layout.BlockSize];
        for (int i = 0; i < bits.Length * 8; i++)
        {
            if (i < used || (i >= there && i < possible) || i >= possible)
            {
                bits[i / 8] |= (byte)(1 << (i % 8));
            }
        }
        return bits;
    }

    private static byte[] Root(uint seed)
    {
        byte[] block = new byte[Ext4Layout.BlockSize];
        DirectoryWriter entries = new(block);
        entries.Add(Ext4Layout.RootInode, ".", FolderType);
        entries.Add(Ext4Layout.RootInode, "..", FolderType);
        entries.Add(Ext4Layout.LostInode, "lost+found", FolderType);
        entries.Finish(seed, Ext4Layout.RootInode);
        return block;
    }

    private static byte[] Lost(uint seed)
    {
        byte[] blocks = new byte[LostBlocks * Ext4Layout.BlockSize];
        for (int i = 0; i < LostBlocks; i++)
        {
            DirectoryWriter entries = new(blocks.AsSpan(i * Ext4Layout.BlockSize, Ext4Layout.BlockSize));
            if (i == 0)
            {
                entries.Add(Ext4Layout.LostInode, ".", FolderType);
                entries.Add(Ext4Layout.RootInode, "..", FolderType);
            }
            entries.Finish(seed, Ext4Layout.LostInode);
        }
        return blocks;
    }

    /// <summary>The journal's own superblock (Documentation/filesystems/ext4/journal.rst); numbers stand with the high byte first.</summary>
    private static byte[] JournalHead(byte[] id, int blocks)
    {
        byte[] head = new byte[Ext4Layout.BlockSize];
        Write(0x0, 0xC03B3998); // h_magic
        Write(0x4, 4); // h_blocktype: superblock, version 2
        Write(0xC, Ext4Layout.BlockSize);
        Write(0x10, (uint)blocks);
        Write(0x14, 1); // s_first
        Write(0x18, 1); // s_sequence
        id.CopyTo(head.AsSpan(0x30));
        Write(0x40, 1); // s_nr_users
        return head;

        void Write(int at, uint value) => BinaryPrimitives.WriteUInt32BigEndian(head.AsSpan(at), value);
    }

    private static byte[] Descriptor(uint seed, int freeBlocks, byte[] blockBitmap, byte[] inodeBitmap)
    {
        byte[] block = new byte[Ext4Layout.BlockSize];
        Span<byte> group = block.AsSpan(0, Ext4Layout.DescriptorSize);
        BinaryPrimitives.WriteUInt32LittleEndian(group[Ext4Layout.Group.BlockBitmap..], BlockBitmapBlock);
        BinaryPrimitives.WriteUInt32LittleEndian(group[Ext4Layout.Group.InodeBitmap..], InodeBitmapBlock);
        BinaryPrimitives.WriteUInt32LittleEndian(group[Ext4Layout.Group.InodeTable..], InodeTableBlock);
        Short(group, Ext4Layout.Group.FreeBlocks, (uint)freeBlocks);
        Short(group, Ext4Layout.Group.FreeInodes, Ext4Layout.InodesPerGroup - Ext4Layout.LostInode);
        Short(group, Ext4Layout.Group.UsedFolders, 2);
        Short(group, Ext4Layout.Group.Flags, InodesZeroed);
        Short(group, Ext4Layout.Group.UnusedInodes, Ext4Layout.InodesPerGroup - Ext4Layout.LostInode);
        uint ofBlocks = Ext4Layout.Checksum(seed, blockBitmap);
        uint ofInodes = Ext4Layout.Checksum(seed, inodeBitmap.AsSpan(0, Ext4Layout.InodesPerGroup / 8));
        Short(group, Ext4Layout.Group.BlockBitmapChecksum, ofBlocks & 0xFFFF);
        Short(group, Ext4Layout.Group.BlockBitmapChecksumHigh, ofBlocks >> 16);
        Short(group, Ext4Layout.Group.InodeBitmapChecksum, ofInodes & 0xFFFF);
        Short(group, Ext4Layout.Group.InodeBitmapChecksumHigh, ofInodes >> 16);
        uint ofGroup = Ext4Layout.Checksum(Ext4Layout.Checksum(seed, 0), group); // with the number of the group before it
        Short(group, Ext4Layout.Group.Checksum, ofGroup & 0xFFFF);
        return block;
    }

    private static void Superblock(
        Span<byte> super, Ext4Options options, int blocks, int freeBlocks, ReadOnlySpan<byte> id, ReadOnlySpan<byte> journal)
    {
        Number(super, Ext4Layout.Super.InodesCount, Ext4Layout.InodesPerGroup);
        Number(super, Ext4Layout.Super.BlocksCount, (uint)blocks);
        Number(super, Ext4Layout.Super.FreeBlocks, (uint)freeBlocks);
        Number(super, Ext4Layout.Super.FreeInodes, Ext4Layout.InodesPerGroup - Ext4Layout.LostInode);
        Number(super, Ext4Layout.Super.LogBlockSize, 2); // 1024 << 2
        Number(super, Ext4Layout.Super.LogClusterSize, 2);
        Number(super, Ext4Layout.Super.BlocksPerGroup, Ext4Layout.BlocksPerGroup);
        Number(super, Ext4Layout.Super.ClustersPerGroup, Ext4Layout.BlocksPerGroup);
        Number(super, Ext4Layout.Super.InodesPerGroup, Ext4Layout.InodesPerGroup);
        Number(super, Ext4Layout.Super.WriteTime, options.Time);
        Short(super, Ext4Layout.Super.MaxMountCount, 0xFFFF); // no check after so many mounts
        Short(super, Ext4Layout.Super.Magic, 0xEF53);
        Short(super, Ext4Layout.Super.State, 1); // clean
        Short(super, Ext4Layout.Super.Errors, 2); // EXT4_ERRORS_RO: what is damaged is not written to any more
        Number(super, Ext4Layout.Super.LastCheck, options.Time);
        Number(super, Ext4Layout.Super.Revision, 1);
        Number(super, Ext4Layout.Super.FirstInode, Ext4Layout.LostInode);
        Short(super, Ext4Layout.Super.InodeSize, Ext4Layout.InodeSize);
        Number(super, Ext4Layout.Super.Compatible, Compatible);
        Number(super, Ext4Layout.Super.Incompatible, Incompatible);
        Number(super, Ext4Layout.Super.ReadOnlyCompatible, ReadOnlyCompatible);
        id.CopyTo(super[Ext4Layout.Super.Id..]);
        Encoding.ASCII.GetBytes(options.Label, super.Slice(Ext4Layout.Super.Label, 16));
        Number(super, Ext4Layout.Super.JournalInode, Ext4Layout.JournalInode);
        options.HashSeed.TryWriteBytes(super[Ext4Layout.Super.HashSeed..], bigEndian: true, out _);
        super[Ext4Layout.Super.HashVersion] = 1; // half MD4
        super[Ext4Layout.Super.JournalBackupType] = 1; // the field after next is a copy of the journal's inode
        Short(super, Ext4Layout.Super.DescriptorSize, Ext4Layout.DescriptorSize);
        Number(super, Ext4Layout.Super.DefaultMountOptions, 0xC); // user_xattr, acl
        Number(super, Ext4Layout.Super.MadeTime, options.Time);
        journal.CopyTo(super[Ext4Layout.Super.JournalBlocks..]);
        Number(super, Ext4Layout.Super.JournalBlocks + (16 * sizeof(uint)), (uint)options.JournalSize);
        Short(super, Ext4Layout.Super.MinExtraInodeSize, ExtraInodeSize);
        Short(super, Ext4Layout.Super.WantExtraInodeSize, ExtraInodeSize);
        Number(super, Ext4Layout.Super.Flags, 2); // hashes of bytes without a sign, whatever the processor
        super[Ext4Layout.Super.LogGroupsPerFlex] = 4;
        super[Ext4Layout.Super.ChecksumType] = 1; // CRC-32C
        Number(super, Ext4Layout.Super.Checksum, Ext4Layout.Checksum(uint.MaxValue, super[..Ext4Layout.Super.Checksum]));
    }

    private static void Number(Span<byte> bytes, int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(bytes[at..], value);

    private static void Short(Span<byte> bytes, int at, uint value) => BinaryPrimitives.WriteUInt16LittleEndian(bytes[at..], (ushort)value);

    /// <summary>Writes inodes into their table.</summary>
    private readonly struct InodeWriter(byte[] table, uint seed, uint time)
    {
        /// <summary>An inode whose content lies in one piece.</summary>
        public void Write(int number, int mode, uint links, int block, int blocks)
        {
            Span<byte> inode = table.AsSpan((number - 1) * Ext4Layout.InodeSize, Ext4Layout.InodeSize);
            Short(inode, Ext4Layout.Inode.Mode, (uint)mode);
            Number(inode, Ext4Layout.Inode.Size, (uint)(blocks * Ext4Layout.BlockSize));
            foreach (int at in (ReadOnlySpan<int>)[
                Ext4Layout.Inode.AccessTime, Ext4Layout.Inode.ChangeTime, Ext4Layout.Inode.ModifyTime, Ext4Layout.Inode.MadeTime])
            {
                Number(inode, at, time);
            }
            Short(inode, Ext4Layout.Inode.Links, links);
            Number(inode, Ext4Layout.Inode.Sectors, (uint)(blocks * (Ext4Layout.BlockSize / 512)));
            Number(inode, Ext4Layout.Inode.Flags, ExtentsFlag);
            // Documentation/filesystems/ext4/ifork.rst: a header, then extents
            Span<byte> extents = inode[Ext4Layout.Inode.Blocks..];
            Short(extents, 0, 0xF30A);
            Short(extents, 2, 1); // eh_entries
            Short(extents, 4, 4); // eh_max
            Short(extents, 12 + 4, (uint)blocks); // ee_len; the first block of the file is 0
            Number(extents, 12 + 8, (uint)block); // ee_start_lo
            Short(inode, Ext4Layout.Inode.ExtraSize, ExtraInodeSize);
            uint sum = Ext4Layout.Checksum(InodeSeed(seed, (uint)number), inode);
            Short(inode, Ext4Layout.Inode.ChecksumLow, sum & 0xFFFF);
            Short(inode, Ext4Layout.Inode.ChecksumHigh, sum >> 16);
        }
    }

    // its number, then its generation, which is 0 here
    private static uint InodeSeed(uint seed, uint number) => Ext4Layout.Checksum(Ext4Layout.Checksum(seed, number), 0);

    /// <summary>Writes names into a block of a folder (Documentation/filesystems/ext4/directory.rst).</summary>
    private ref struct DirectoryWriter(Span<byte> block)
    {
        private readonly Span<byte> _block = block;
        private int _last = -1;
        private int _end;

        /// <summary>Adds a name.</summary>
        public void Add(int inode, string name, byte type)
        {
            _last = _end;
            Span<byte> entry = _block[_end..];
            Number(entry, 0, (uint)inode);
            entry[6] = (byte)name.Length;
            entry[7] = type;
            Encoding.ASCII.GetBytes(name, entry[8..]);
            int length = (8 + name.Length + 3) & ~3;
            Short(entry, 4, (uint)length);
            _end += length;
        }

        /// <summary>Gives the rest of the block to the last name, or to none, and writes the checksum at the end.</summary>
        public readonly void Finish(uint seed, int inode)
        {
            int tail = Ext4Layout.BlockSize - Ext4Layout.DirectoryTail;
            Short(_block, Math.Max(_last, 0) + 4, (uint)(tail - Math.Max(_last, 0)));
            Short(_block, tail + 4, Ext4Layout.DirectoryTail);
            _block[tail + 7] = TailType;
            Number(_block, tail + 8, Ext4Layout.Checksum(InodeSeed(seed, (uint)inode), _block[..tail]));
        }
    }
}
