using System.Buffers.Binary;
using System.Numerics;

namespace Strata.Core.Ext4;

/// <summary>Sizes, offsets and checksums of ext4 (Linux, Documentation/filesystems/ext4; fs/ext4/ext4.h).</summary>
internal static class Ext4Layout
{
    public const int BlockSize = 4096;
    public const int BlocksPerGroup = 8 * BlockSize; // as many as a block has bits
    public const int InodeSize = 256;
    public const int ExtraInodeSize = 32; // i_extra_isize: as far as the field with the time when it was made
    public const int DescriptorSize = 64; // with the feature 64bit
    public const int DescriptorsInBlock = BlockSize / DescriptorSize; // as many groups as a group of groups has (meta_bg)
    public const int DirectoryTail = 12; // struct ext4_dir_entry_tail
    public const int DirectoryTailType = 0xDE; // EXT4_FT_DIR_CSUM

    public const int MostInExtent = 32768; // blocks; a longer one would be room that is not written yet
    public const int ExtentsInInode = 4;
    public const int ExtentsInBlock = 340;
    public const int ExtentTail = 12 + (ExtentsInBlock * 12); // struct ext4_extent_tail
    public const ushort ExtentMagic = 0xF30A;
    public const uint ExtentsFlag = 0x80000; // EXT4_EXTENTS_FL

    public const ushort Magic = 0xEF53;
    public const ushort StateClean = 1;
    public const ushort StateDamaged = 2;

    public const uint Compatible = 0x4 | 0x8; // has_journal, ext_attr
    public const uint IndexedFolders = 0x20; // dir_index, a compatible feature
    public const uint Incompatible = 0x2 | 0x10 | 0x40 | 0x80 | 0x200; // filetype, meta_bg, extent, 64bit, flex_bg
    public const uint NeedsRecovery = 0x4; // an incompatible feature: the journal has changes that are in no place yet

    // sparse_super, large_file, huge_file, dir_nlink, extra_isize, metadata_csum
    public const uint ReadOnlyCompatible = 0x1 | 0x2 | 0x8 | 0x20 | 0x40 | 0x400;

    public const int RootInode = 2;
    public const int JournalInode = 8;
    public const int LostInode = 11; // EXT4_GOOD_OLD_FIRST_INO: the first that is no reserved one
    public const int LostBlocks = 4; // room that e2fsck(8) fills without taking blocks
    public const string LostName = "lost+found";

    public const ushort DirectoryMode = 0x4000;
    public const ushort FileMode = 0x8000;

    /// <summary>Goes on with a CRC-32C as ext4 has it: from a seed, never inverted at the end.</summary>
    public static uint Checksum(uint seed, ReadOnlySpan<byte> bytes)
    {
        uint sum = seed;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
        {
            sum = BitOperations.Crc32C(sum, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        }
        foreach (byte b in bytes)
        {
            sum = BitOperations.Crc32C(sum, b);
        }
        return sum;
    }

    /// <summary>Goes on with a number of 32 bits.</summary>
    public static uint Checksum(uint seed, uint number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, number);
        return Checksum(seed, bytes);
    }

    /// <summary>Where the checksums of a file system start: with its identity.</summary>
    public static uint SeedOf(Guid id) => Checksum(uint.MaxValue, id.ToByteArray(bigEndian: true));

    /// <summary>Where the checksums of what an inode has start: its number, then its generation, which is 0 in what is made here.</summary>
    public static uint InodeSeed(uint seed, uint number, uint generation = 0) => Checksum(Checksum(seed, number), generation);

    /// <summary>The checksum of a descriptor, whose field for it is zero; the low 16 bits of it are kept.</summary>
    public static uint GroupChecksum(uint seed, int group, ReadOnlySpan<byte> descriptor) =>
        Checksum(Checksum(seed, (uint)group), descriptor);

    /// <summary>Whether a group begins with the superblock or a copy (sparse_super): 0, 1, and powers of 3, 5 and 7.</summary>
    public static bool HasSuper(int group)
    {
        if (group <= 1)
        {
            return true;
        }
        foreach (int root in (ReadOnlySpan<int>)[3, 5, 7])
        {
            int power = group;
            while (power % root == 0)
            {
                power /= root;
            }
            if (power == 1)
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>Whether a group has the descriptors of its group of groups (meta_bg): the first, the second and the last of them.</summary>
    public static bool HasDescriptors(int group) => (group % DescriptorsInBlock) is 0 or 1 or (DescriptorsInBlock - 1);

    /// <summary>Offsets in <c>struct ext4_super_block</c>; of 32 bits where nothing else is said.</summary>
    public static class Super
    {
        public const int Offset = 1024; // in its block, which is the first
        public const int Length = 1024;

        public const int InodesCount = 0x0;
        public const int BlocksCount = 0x4;
        public const int FreeBlocks = 0xC;
        public const int FreeInodes = 0x10;
        public const int LogBlockSize = 0x18;
        public const int LogClusterSize = 0x1C;
        public const int BlocksPerGroup = 0x20;
        public const int ClustersPerGroup = 0x24;
        public const int InodesPerGroup = 0x28;
        public const int WriteTime = 0x30;
        public const int MaxMountCount = 0x36; // u16
        public const int Magic = 0x38; // u16
        public const int State = 0x3A; // u16
        public const int Errors = 0x3C; // u16
        public const int LastCheck = 0x40;
        public const int Revision = 0x4C;
        public const int FirstInode = 0x54;
        public const int InodeSize = 0x58; // u16
        public const int BlockGroup = 0x5A; // u16: the group that this copy is in
        public const int Compatible = 0x5C;
        public const int Incompatible = 0x60;
        public const int ReadOnlyCompatible = 0x64;
        public const int Id = 0x68; // 16 bytes
        public const int Label = 0x78; // 16 bytes
        public const int JournalInode = 0xE0;
        public const int HashSeed = 0xEC; // 16 bytes
        public const int HashVersion = 0xFC; // u8
        public const int JournalBackupType = 0xFD; // u8
        public const int DescriptorSize = 0xFE; // u16
        public const int DefaultMountOptions = 0x100;
        public const int MadeTime = 0x108;
        public const int JournalBlocks = 0x10C; // 17 numbers: i_block of the journal, its size high and low
        public const int MinExtraInodeSize = 0x15C; // u16
        public const int WantExtraInodeSize = 0x15E; // u16
        public const int Flags = 0x160;
        public const int LogGroupsPerFlex = 0x174; // u8
        public const int ChecksumType = 0x175; // u8
        public const int Checksum = 0x3FC;
    }

    /// <summary>Offsets in <c>struct ext4_group_desc</c>.</summary>
    public static class Group
    {
        public const int BlockBitmap = 0x0; // u32, as the next two: no block here has a number of more bits
        public const int InodeBitmap = 0x4;
        public const int InodeTable = 0x8;
        public const int FreeBlocks = 0xC; // u16, as the others
        public const int FreeInodes = 0xE;
        public const int UsedFolders = 0x10;
        public const int Flags = 0x12;
        public const int BlockBitmapChecksum = 0x18;
        public const int InodeBitmapChecksum = 0x1A;
        public const int UnusedInodes = 0x1C;
        public const int Checksum = 0x1E;
        public const int BlockBitmapChecksumHigh = 0x38;
        public const int InodeBitmapChecksumHigh = 0x3A;
    }

    /// <summary>Offsets in <c>struct ext4_inode</c>.</summary>
    public static class Inode
    {
        public const int Mode = 0x0; // u16
        public const int Uid = 0x2; // u16
        public const int Size = 0x4; // u32
        public const int AccessTime = 0x8; // u32
        public const int ChangeTime = 0xC; // u32
        public const int ModifyTime = 0x10; // u32
        public const int Gid = 0x18; // u16
        public const int Links = 0x1A; // u16
        public const int Sectors = 0x1C; // u32: of 512 bytes
        public const int Flags = 0x20; // u32
        public const int Blocks = 0x28; // 60 bytes
        public const int Generation = 0x64; // u32
        public const int AttributesBlock = 0x68; // u32: of extended attributes
        public const int SizeHigh = 0x6C; // u32
        public const int UidHigh = 0x78; // u16
        public const int GidHigh = 0x7A; // u16
        public const int ChecksumLow = 0x7C; // u16
        public const int ExtraSize = 0x80; // u16
        public const int ChecksumHigh = 0x82; // u16
        public const int MadeTime = 0x90; // u32
        public const int BlocksLength = 60;
    }
}
