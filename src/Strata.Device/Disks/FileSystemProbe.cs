using System.Buffers.Binary;
using System.Text;

namespace Strata.Device.Disks;

/// <summary>Reads from a device; false where it has no such bytes.</summary>
internal delegate bool ReadBytes(long offset, Span<byte> buffer);

/// <summary>Recognises the file systems that a store or a state partition may have, by their superblocks. Everything read is hostile.</summary>
/// <remarks>
/// Known: FAT12/16/32, ext2/3/4, ISO 9660, btrfs, XFS, F2FS; and LUKS 2, which holds one of them. Of a FAT volume the label of the boot
/// sector counts, not a different one in its root folder (Microsoft FAT specification, §3.1; mkfs.fat and our writer keep both the same).
/// </remarks>
internal static class FileSystemProbe
{
    private const int BtrfsAt = 0x10000;
    private const int IsoAt = 0x8000;

    /// <summary>Which file system it is; null when none of the known ones.</summary>
    public static FileSystemFacts? Probe(ReadBytes read)
    {
        ArgumentNullException.ThrowIfNull(read);
        byte[] start = new byte[4096];
        if (!read(0, start))
        {
            return null;
        }
        return Luks(start) ?? Ext(start) ?? Xfs(start) ?? F2fs(start) ?? At(read, BtrfsAt, Btrfs) ?? At(read, IsoAt, Iso) ?? Fat(start);
    }

    private delegate FileSystemFacts? Reader(ReadOnlySpan<byte> block);

    private static FileSystemFacts? At(ReadBytes read, long offset, Reader reader)
    {
        byte[] block = new byte[4096];
        return read(offset, block) ? reader(block) : null;
    }

    // LUKS2 On-Disk Format Specification 1.1.3, §2.1: magic, version 6, label 24, uuid 168
    private static FileSystemFacts? Luks(ReadOnlySpan<byte> start) =>
        start.StartsWith((ReadOnlySpan<byte>)[(byte)'L', (byte)'U', (byte)'K', (byte)'S', 0xBA, 0xBE, 0, 2])
            ? new FileSystemFacts(FileSystemFacts.Encrypted, Text(start.Slice(24, 48)), Text(start.Slice(168, 40)))
            : null;

    // fs/ext4/ext4.h, struct ext4_super_block, 1024 bytes into the device: s_magic 0x38, s_uuid 0x68, s_volume_name 0x78
    private static FileSystemFacts? Ext(ReadOnlySpan<byte> start) => U16(start, 0x438) == 0xEF53
        ? new FileSystemFacts("ext4", Text(start.Slice(0x478, 16)), Uuid(start[0x468..]))
        : null;

    // fs/xfs/libxfs/xfs_format.h, struct xfs_dsb: sb_uuid 32, sb_fname 108
    private static FileSystemFacts? Xfs(ReadOnlySpan<byte> start) => start.StartsWith("XFSB"u8)
        ? new FileSystemFacts("xfs", Text(start.Slice(108, 12)), Uuid(start[32..]))
        : null;

    // include/linux/f2fs_fs.h, struct f2fs_super_block, 1024 bytes into the device: uuid 108, volume_name 124 (UTF-16)
    private static FileSystemFacts? F2fs(ReadOnlySpan<byte> start)
    {
        if (BinaryPrimitives.ReadUInt32LittleEndian(start[1024..]) != 0xF2F52010)
        {
            return null;
        }
        string label = Encoding.Unicode.GetString(start.Slice(1024 + 124, 1024));
        int end = label.IndexOf('\0', StringComparison.Ordinal);
        return new FileSystemFacts("f2fs", end < 0 ? label : label[..end], Uuid(start[(1024 + 108)..]));
    }

    // include/uapi/linux/btrfs_tree.h, struct btrfs_super_block: fsid 32, magic 64, label 299
    private static FileSystemFacts? Btrfs(ReadOnlySpan<byte> block) => block[64..].StartsWith("_BHRfS_M"u8)
        ? new FileSystemFacts("btrfs", Text(block.Slice(299, 256)), Uuid(block[32..]))
        : null;

    // ECMA-119 §8.4: volume identifier 40, creation date 813 as YYYYMMDDHHMMSScc
    private static FileSystemFacts? Iso(ReadOnlySpan<byte> block)
    {
        if (block[0] != 1 || !block[1..].StartsWith("CD001"u8))
        {
            return null;
        }
        string date = Text(block.Slice(813, 16));
        string uuid = date.Length == 16
            ? $"{date[..4]}-{date[4..6]}-{date[6..8]}-{date[8..10]}-{date[10..12]}-{date[12..14]}-{date[14..]}"
            : "";
        return new FileSystemFacts("iso9660", Text(block.Slice(40, 32)), uuid);
    }

    // Microsoft FAT specification §3.1–3.3. Many boot sectors end in 55 AA: the fields have to make sense too.
    private static FileSystemFacts? Fat(ReadOnlySpan<byte> start)
    {
        int bytesPerSector = U16(start, 11);
        bool isFat = U16(start, 510) == 0xAA55 && bytesPerSector is 512 or 1024 or 2048 or 4096
            && start[13] != 0 && (start[13] & (start[13] - 1)) == 0 && U16(start, 14) != 0 && start[16] is 1 or 2 && start[21] >= 0xF0;
        if (!isFat || start[3..].StartsWith("NTFS    "u8)) // exFAT has zeros in these fields
        {
            return null;
        }
        bool is32 = U16(start, 22) == 0; // sectors of a FAT: zero where the 32-bit field is used
        int extended = is32 ? 64 : 36; // BS_DrvNum
        bool hasLabel = start[extended + 2] == 0x29;
        string label = hasLabel ? Text(start.Slice(extended + 7, 11)) : "";
        string serial = BinaryPrimitives.ReadUInt32LittleEndian(start[(extended + 3)..]).ToString("X8", System.Globalization.CultureInfo.InvariantCulture);
        return new FileSystemFacts("vfat", label == "NO NAME" ? "" : label, hasLabel ? $"{serial[..4]}-{serial[4..]}" : "");
    }

    private static ushort U16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static string Uuid(ReadOnlySpan<byte> bytes) => new Guid(bytes[..16], bigEndian: true).ToString();

    private static string Text(ReadOnlySpan<byte> field)
    {
        int end = field.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? field : field[..end]).TrimEnd();
    }
}
