using System.Numerics;
using Strata.Core;

namespace Strata.Formats.Fat;

/// <summary>What a volume shall be like. Everything that reaches the bytes is given here; nothing is taken from the machine.</summary>
public sealed record FatOptions
{
    /// <summary>Earliest time a directory record can hold.</summary>
    public static DateTimeOffset EarliestTime { get; } = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Latest time a directory record can hold.</summary>
    public static DateTimeOffset LatestTime { get; } = new(2107, 12, 31, 23, 59, 58, TimeSpan.Zero);

    /// <summary>Size of the whole volume; null for the smallest that holds the content and <see cref="FreeSpace"/>.</summary>
    public ByteSize? Size { get; init; }

    /// <summary>Room to keep for later files; a whole number of clusters is made of it. Counts only without <see cref="Size"/>.</summary>
    public ByteSize FreeSpace { get; init; }

    /// <summary>Type; null to choose: FAT12 below 4 MiB, FAT16 below 512 MiB, then FAT32, as formatting tools do.</summary>
    public FatType? Type { get; init; }

    /// <summary>Bytes in a sector, that of the medium: 512 or 4096.</summary>
    public int SectorSize { get; init; } = 512;

    /// <summary>Bytes in a cluster: a power of two, one sector … 32 KiB; null to choose.</summary>
    public int? ClusterSize { get; init; }

    /// <summary>The first cluster begins at a multiple of this many bytes, a power of two; 1 for wherever it falls. Counts only without <see cref="Size"/>.</summary>
    public int DataAlignment { get; init; } = 1;

    /// <summary>Records of the root directory of FAT12 and FAT16, which cannot grow: 512 as formatting tools have it; less saves room on small media.</summary>
    public int RootRecords { get; init; } = 512;

    /// <summary>Label: at most 11 of the upper-case characters allowed in short names, or spaces; empty for none.</summary>
    public string Label { get; init; } = "";

    /// <summary>Serial number; derive it from a digest.</summary>
    public uint VolumeId { get; init; }

    /// <summary>The one time of every record, in UTC; FAT keeps it to two seconds.</summary>
    public DateTimeOffset Time { get; init; } = EarliestTime;

    /// <summary>Sectors of the disk before the volume; 0 for a volume that is a disk of its own.</summary>
    public uint HiddenSectors { get; init; }

    /// <summary>Media byte: 0xF8 fixed, 0xF0 removable.</summary>
    public byte Media { get; init; } = 0xF8;

    /// <summary>Every rule that these options break, as sentences.</summary>
    public IEnumerable<string> Problems()
    {
        if (SectorSize is not (512 or 4096))
        {
            yield return $"a sector has 512 or 4096 bytes, not {SectorSize}";
        }
        if (ClusterSize is int cluster && (!BitOperations.IsPow2(cluster) || cluster < SectorSize || cluster > FatFormat.MaxClusterBytes))
        {
            yield return $"a cluster has a power of two of bytes between a sector and {FatFormat.MaxClusterBytes}, not {cluster}";
        }
        if (!BitOperations.IsPow2(DataAlignment) || DataAlignment is < 1 or > FatFormat.MaxClusterBytes)
        {
            yield return $"clusters are aligned to a power of two of bytes up to {FatFormat.MaxClusterBytes}, not to {DataAlignment}";
        }
        if (RootRecords is < 1 or > 512)
        {
            yield return $"a root directory is made with 1 to 512 records, not with {RootRecords}";
        }
        if (Type is FatType type && !Enum.IsDefined(type))
        {
            yield return $"there is no FAT{(int)type}";
        }
        if (Label.Length > 11 || Label.StartsWith(' ') || Label.Any(c => c != ' ' && !FatName.IsShortCharacter(c)) || Label == "NO NAME")
        {
            yield return $"label '{Label}' is not 0..11 upper-case letters, digits, inner spaces or any of !#$%&'()-@^_`{{}}~";
        }
        if (Time < EarliestTime || Time.ToUniversalTime() >= LatestTime.AddSeconds(2))
        {
            yield return FormattableString.Invariant($"time {Time:yyyy-MM-ddTHH:mm:ssK} is outside 1980..2107, all that FAT can hold");
        }
        if (Media is not (0xF0 or >= 0xF8))
        {
            yield return $"media byte is 0xF0 or 0xF8..0xFF, not 0x{Media:X2}";
        }
        if (Size is ByteSize size && (size.Bytes <= 0 || size.Bytes % SectorSize != 0 || size.Bytes / SectorSize > uint.MaxValue))
        {
            yield return $"a size of {size.Bytes} bytes is not 1..{uint.MaxValue} whole sectors of {SectorSize} bytes";
        }
        if (FreeSpace.Bytes < 0 || FreeSpace.Bytes / SectorSize > uint.MaxValue)
        {
            yield return $"free space of {FreeSpace.Bytes} bytes is not possible";
        }
    }
}
