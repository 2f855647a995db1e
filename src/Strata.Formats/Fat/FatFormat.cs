// FAT12, FAT16 and FAT32 after "Microsoft Extensible Firmware Initiative FAT32 File System Specification" 1.03 (cited as FAT §) and
// ECMA-107. UEFI 2.10 §13.3 builds on the same text.
//
// Written: two FATs, contiguous files, long names, one time stamp for everything, clean-shutdown bits set.
// Not written: code-page characters in short names (they become '_'), bad clusters, more than two FATs, exFAT.
// Largest: 4,294,967,295 sectors a volume, 268,435,429 clusters, 4,294,967,295 bytes a file, 65,536 records (2 MiB) a directory.
namespace Strata.Formats.Fat;

/// <summary>The three widths of a file allocation table. The cluster count alone decides which a volume has (FAT §3.5).</summary>
public enum FatType
{
    /// <summary>12-bit entries: fewer than 4,085 clusters.</summary>
    Fat12 = 12,

    /// <summary>16-bit entries: 4,085 … 65,524 clusters.</summary>
    Fat16 = 16,

    /// <summary>32-bit entries of which 28 count: 65,525 clusters and more.</summary>
    Fat32 = 32,
}

/// <summary>Numbers of the format that have no structure of their own.</summary>
internal static class FatFormat
{
    public const int RecordSize = 32;
    public const int MaxRecordsInDirectory = 65536;
    public const int MaxClusterBytes = 32 * 1024;
    public const int FatCopies = 2;
    public const uint FirstCluster = 2;
    public const long MaxFileBytes = uint.MaxValue;

    /// <summary>Drivers are known to be off by a few at the limits between the types (FAT §3.5 advises 16).</summary>
    public const int BoundaryMargin = 16;

    /// <summary>Cluster counts that make a volume of this type, inclusive (FAT §3.5).</summary>
    public static (long Least, long Most) ClusterCounts(FatType type) => type switch
    {
        FatType.Fat12 => (1, 4084),
        FatType.Fat16 => (4085, 65524),
        _ => (65525, 0x0FFF_FFF5),
    };

    /// <summary>The same, away from the limits between the types: what we write.</summary>
    public static (long Least, long Most) SafeClusterCounts(FatType type)
    {
        (long least, long most) = ClusterCounts(type);
        return (type == FatType.Fat12 ? least : least + BoundaryMargin, most - BoundaryMargin);
    }

    public static FatType TypeOf(long clusterCount) => clusterCount < 4085 ? FatType.Fat12 : clusterCount < 65525 ? FatType.Fat16 : FatType.Fat32;

    /// <summary>All bits of an entry that count; also the end-of-chain mark we write.</summary>
    public static uint EntryMask(FatType type) => type switch
    {
        FatType.Fat12 => 0xFFF,
        FatType.Fat16 => 0xFFFF,
        _ => 0x0FFF_FFFF,
    };

    /// <summary>Smallest end-of-chain value; the one before it marks a bad cluster.</summary>
    public static uint EndOfChain(FatType type) => EntryMask(type) - 7;

    /// <summary>Bytes of a table for that many clusters; its first two entries belong to none.</summary>
    public static long TableBytes(FatType type, long clusterCount) => (((clusterCount + 2) * (int)type) + 7) / 8;
}

/// <summary>Attribute bits of a directory record (FAT §6.1).</summary>
[Flags]
public enum FatAttributes
{
    /// <summary>None of the others.</summary>
    None = 0,

    /// <summary>Not to be written to.</summary>
    ReadOnly = 0x01,

    /// <summary>Not listed by default.</summary>
    Hidden = 0x02,

    /// <summary>Belongs to the operating system.</summary>
    System = 0x04,

    /// <summary>The record that names the volume; only in the root.</summary>
    VolumeLabel = 0x08,

    /// <summary>A directory.</summary>
    Directory = 0x10,

    /// <summary>Changed since the last backup; set on every file written.</summary>
    Archive = 0x20,

    /// <summary>All of the first four: a part of a long name (FAT §7).</summary>
    LongName = ReadOnly | Hidden | System | VolumeLabel,
}
