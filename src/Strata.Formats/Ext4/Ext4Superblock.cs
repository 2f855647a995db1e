using System.Buffers.Binary;
using System.Text;
using Strata.Core;
using Strata.Core.Ext4;

namespace Strata.Formats.Ext4;

/// <summary>What the superblock of a volume says, as far as it decides how the rest is read. Everything in it is hostile.</summary>
/// <param name="Blocks">Blocks of the volume.</param>
/// <param name="InodesPerGroup">Inodes of each group.</param>
/// <param name="Label">The label.</param>
/// <param name="Id">The identity.</param>
internal sealed record Ext4Superblock(long Blocks, int InodesPerGroup, string Label, Guid Id)
{
    private const string Name = "ext4 superblock";

    /// <summary>Groups of blocks.</summary>
    public int Groups => (int)((Blocks + Ext4Layout.BlocksPerGroup - 1) / Ext4Layout.BlocksPerGroup);

    /// <summary>Blocks of a group's table of inodes.</summary>
    public int TableBlocks => InodesPerGroup * Ext4Layout.InodeSize / Ext4Layout.BlockSize;

    /// <summary>Reads it.</summary>
    /// <param name="bytes">The 1024 bytes of it.</param>
    /// <param name="length">Bytes that are there of the volume.</param>
    /// <param name="areSumsChecked">False for a test that goes past them.</param>
    /// <exception cref="ImageFormatException">It breaks a rule, or has a feature that is not read here.</exception>
    public static Ext4Superblock Read(ReadOnlySpan<byte> bytes, long length, bool areSumsChecked)
    {
        if (Short(bytes, Ext4Layout.Super.Magic) != Ext4Layout.Magic)
        {
            throw Broken($"the mark is 0x{Short(bytes, Ext4Layout.Super.Magic):x}, expected 0x{Ext4Layout.Magic:x}");
        }
        uint incompatible = Number(bytes, Ext4Layout.Super.Incompatible);
        if ((incompatible & Ext4Layout.NeedsRecovery) != 0)
        {
            throw Broken("its journal has changes that are in no place yet; mount it once, or run e2fsck, and read it then");
        }
        Expect("incompatible features", incompatible, Ext4Layout.Incompatible);
        Expect("read-only compatible features", Number(bytes, Ext4Layout.Super.ReadOnlyCompatible), Ext4Layout.ReadOnlyCompatible);
        Expect("compatible features", Number(bytes, Ext4Layout.Super.Compatible) | Ext4Layout.IndexedFolders,
            Ext4Layout.Compatible | Ext4Layout.IndexedFolders);
        Expect("revision", Number(bytes, Ext4Layout.Super.Revision), 1);
        Expect("log_block_size", Number(bytes, Ext4Layout.Super.LogBlockSize), 2);
        Expect("log_cluster_size", Number(bytes, Ext4Layout.Super.LogClusterSize), 2);
        Expect("blocks_per_group", Number(bytes, Ext4Layout.Super.BlocksPerGroup), Ext4Layout.BlocksPerGroup);
        Expect("inode_size", Short(bytes, Ext4Layout.Super.InodeSize), Ext4Layout.InodeSize);
        Expect("desc_size", Short(bytes, Ext4Layout.Super.DescriptorSize), Ext4Layout.DescriptorSize);
        Expect("journal_inum", Number(bytes, Ext4Layout.Super.JournalInode), Ext4Layout.JournalInode);
        Expect("checksum_type", bytes[Ext4Layout.Super.ChecksumType], 1);
        uint sum = Ext4Layout.Checksum(uint.MaxValue, bytes[..Ext4Layout.Super.Checksum]);
        if (areSumsChecked && sum != Number(bytes, Ext4Layout.Super.Checksum))
        {
            throw Broken($"its checksum is 0x{Number(bytes, Ext4Layout.Super.Checksum):x8}, its bytes give 0x{sum:x8}");
        }
        int state = Short(bytes, Ext4Layout.Super.State);
        if ((state & (Ext4Layout.StateClean | Ext4Layout.StateDamaged)) != Ext4Layout.StateClean)
        {
            throw Broken($"its state is {state}: not unmounted, or found damaged; expected {Ext4Layout.StateClean}");
        }
        long blocks = Number(bytes, Ext4Layout.Super.BlocksCount);
        if (blocks * Ext4Layout.BlockSize > Math.Min(length, Ext4VolumeOptions.LargestSize))
        {
            throw Broken($"{blocks} blocks by its fields, but only {length} bytes are there, and at most "
                + $"{Ext4VolumeOptions.LargestSize} are read");
        }
        uint inodes = Number(bytes, Ext4Layout.Super.InodesPerGroup);
        if (blocks < 16 || inodes is 0 or > 8 * Ext4Layout.BlockSize || inodes % (Ext4Layout.BlockSize / Ext4Layout.InodeSize) != 0)
        {
            throw Broken($"{blocks} blocks with {inodes} inodes for each group");
        }
        ReadOnlySpan<byte> label = bytes.Slice(Ext4Layout.Super.Label, 16);
        int end = label.IndexOf((byte)0);
        Ext4Superblock super = new(
            blocks, (int)inodes, Encoding.Latin1.GetString(end < 0 ? label : label[..end]),
            new Guid(bytes.Slice(Ext4Layout.Super.Id, 16), bigEndian: true));
        if (Number(bytes, Ext4Layout.Super.InodesCount) != super.Groups * (long)inodes)
        {
            throw Broken($"{Number(bytes, Ext4Layout.Super.InodesCount)} inodes, its {super.Groups} groups have {inodes} each");
        }
        return super;

        static void Expect(string field, uint value, uint expected)
        {
            if (value != expected)
            {
                throw Broken($"{field} is 0x{value:x}, only 0x{expected:x} is read here");
            }
        }
    }

    private static ImageFormatException Broken(string problem) => new(Name, Ext4Layout.Super.Offset, problem);

    private static uint Number(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static ushort Short(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);
}
