using Strata.Core;
using Strata.Formats.Mbr;

namespace Strata.Formats.Gpt;

/// <summary>A partition and its place.</summary>
/// <param name="Part">What was asked for.</param>
/// <param name="Entry">Its entry in the table.</param>
/// <param name="OffsetBytes">First byte on the disk.</param>
/// <param name="SizeBytes">Bytes of the partition.</param>
public sealed record PlacedPart(DiskPart Part, GptEntry Entry, long OffsetBytes, long SizeBytes);

/// <summary>A disk whose every byte has its place.</summary>
/// <remarks>
/// Protective MBR, header and 128 entries at the front, partitions on multiples of 1 MiB, entries and header again at the end
/// (UEFI 2.10 §5.3.1). Limits: 128 partitions, 2^53 bytes.
/// </remarks>
public sealed class DiskPlan
{
    /// <summary>Partitions start on multiples of this many bytes: every flash and RAID layout divides it.</summary>
    public const long Alignment = 1 << 20;

    /// <summary>Entries in the table; 16 KiB of them are the least that UEFI 2.10 §5.3.1 allows.</summary>
    public const int EntryCount = 128;

    private const long MaxDiskBytes = 1L << 53;

    private DiskPlan(DiskConfig config, List<PlacedPart> parts, long sizeBytes)
    {
        Config = config;
        Parts = parts;
        SizeBytes = sizeBytes;
    }

    /// <summary>What was asked for.</summary>
    public DiskConfig Config { get; }

    /// <summary>The partitions in the order of their numbers.</summary>
    public IReadOnlyList<PlacedPart> Parts { get; }

    /// <summary>Bytes of the disk.</summary>
    public long SizeBytes { get; }

    internal long Blocks => SizeBytes / Config.SectorSize;

    internal int EntryBlocks => EntryBlocksOf(Config.SectorSize);

    /// <summary>Header at the front; the mirror follows from it by <see cref="MirrorOf"/>.</summary>
    internal GptHeader Header(ReadOnlySpan<byte> entries) => new()
    {
        MyLba = 1,
        AlternateLba = Blocks - 1,
        FirstUsableLba = 2 + EntryBlocks,
        LastUsableLba = Blocks - 2 - EntryBlocks,
        DiskGuid = Config.DiskId,
        EntriesLba = 2,
        EntryCount = EntryCount,
        EntriesCrc32 = Crc32.Of(entries),
    };

    /// <summary>The header at the end of the disk: its entries lie before it.</summary>
    internal GptHeader MirrorOf(GptHeader header) => header with { MyLba = Blocks - 1, AlternateLba = 1, EntriesLba = Blocks - 1 - EntryBlocks };

    /// <summary>Places the partitions.</summary>
    /// <exception cref="StrataException">The disk cannot be made like this; all faults are named at once.</exception>
    public static DiskPlan Create(DiskConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        List<string> problems = [.. ProblemsOf(config)];
        if (problems.Count > 0)
        {
            throw Impossible(problems);
        }
        long front = (2 + EntryBlocksOf(config.SectorSize)) * (long)config.SectorSize;
        long back = (1 + EntryBlocksOf(config.SectorSize)) * (long)config.SectorSize;
        List<PlacedPart> placed = [];
        long next = RoundUp(front, Alignment);
        foreach (DiskPart part in config.Parts)
        {
            long start = part.StartBytes ?? next;
            long size = part.SizeBytes ?? Math.Max(Alignment, RoundUp(part.ContentBytes, Alignment));
            next = Math.Max(next, RoundUp(start + size, Alignment));
            GptEntry entry = new()
            {
                Type = part.Type.Id,
                Id = part.Id,
                FirstLba = start / config.SectorSize,
                LastLba = ((start + size) / config.SectorSize) - 1,
                Attributes = part.Attributes,
                Label = part.Label,
            };
            placed.Add(new PlacedPart(part, entry, start, size));
        }
        long end = placed.Count == 0 ? front : placed.Max(p => p.OffsetBytes + p.SizeBytes);
        long disk = config.Size?.Bytes ?? RoundUp(end + back, Alignment);
        foreach (PlacedPart p in placed.Where(p => p.OffsetBytes < front))
        {
            problems.Add($"partition '{p.Part.Label}' starts at byte {p.OffsetBytes}, within the partition table");
        }
        foreach (PlacedPart p in placed.Where(p => p.OffsetBytes + p.SizeBytes > disk - back))
        {
            problems.Add($"partition '{p.Part.Label}' ends {p.OffsetBytes + p.SizeBytes - (disk - back)} bytes behind the last usable one of the disk");
        }
        PlacedPart[] ordered = [.. placed.OrderBy(p => p.OffsetBytes)];
        foreach ((PlacedPart a, PlacedPart b) in ordered.Zip(ordered.Skip(1)).Where(pair => pair.First.OffsetBytes + pair.First.SizeBytes > pair.Second.OffsetBytes))
        {
            problems.Add($"partitions '{a.Part.Label}' and '{b.Part.Label}' overlap from byte {b.OffsetBytes} on");
        }
        if (disk < front + back)
        {
            problems.Add($"a disk of {disk} bytes has no room for its two partition tables of together {front + back}");
        }
        return problems.Count == 0 ? new DiskPlan(config, placed, disk) : throw Impossible(problems);
    }

    private static IEnumerable<string> ProblemsOf(DiskConfig config)
    {
        if (config.SectorSize is not (512 or 4096))
        {
            yield return $"a sector has 512 or 4096 bytes, not {config.SectorSize}";
            yield break;
        }
        if (config.DiskId == Guid.Empty)
        {
            yield return "the disk has no identity";
        }
        if (config.BootCode.Length > MasterBootRecord.MaxBootCode)
        {
            yield return $"a boot program has at most {MasterBootRecord.MaxBootCode} bytes, not {config.BootCode.Length}";
        }
        if (config.Size is ByteSize size && (size.Bytes <= 0 || size.Bytes % config.SectorSize != 0 || size.Bytes > MaxDiskBytes))
        {
            yield return $"a disk of {size.Bytes} bytes is not 1..{MaxDiskBytes} bytes in whole sectors";
        }
        if (config.Parts.Count > EntryCount)
        {
            yield return $"{config.Parts.Count} partitions, at most {EntryCount} are possible";
        }
        foreach (string problem in config.Parts.SelectMany((p, i) => ProblemsOf(p, i, config.SectorSize)))
        {
            yield return problem;
        }
        foreach (IGrouping<Guid, DiskPart> same in config.Parts.GroupBy(p => p.Id).Where(g => g.Count() > 1))
        {
            yield return $"partitions {string.Join(" and ", same.Select(p => $"'{p.Label}'"))} have the same identity {same.Key}";
        }
    }

    private static IEnumerable<string> ProblemsOf(DiskPart part, int index, int sectorSize)
    {
        string name = $"partition {index + 1} ('{part.Label}')";
        if (part.Label.Length is 0 or > GptEntry.MaxLabelLength || part.Label.Any(char.IsControl))
        {
            yield return $"{name} has a label of {part.Label.Length} UTF-16 units or with control characters, allowed are 1..{GptEntry.MaxLabelLength} without";
        }
        if (part.Id == Guid.Empty || part.Type.Id == Guid.Empty)
        {
            yield return $"{name} has no identity or no type";
        }
        if (part.ContentBytes is < 0 or > MaxDiskBytes || (part.ContentBytes == 0) != (part.Write is null))
        {
            yield return $"{name} has {part.ContentBytes} bytes of content and {(part.Write is null ? "nothing" : "something")} that writes them";
        }
        if (part.SizeBytes is long size && (size <= 0 || size > MaxDiskBytes || size % sectorSize != 0))
        {
            yield return $"{name} has a size of {size} bytes, not whole sectors of {sectorSize}";
        }
        else if (part.SizeBytes < part.ContentBytes)
        {
            yield return $"{name} has {part.SizeBytes} bytes, its content needs {part.ContentBytes - part.SizeBytes} more";
        }
        if (part.StartBytes is long start && (start < 0 || start > MaxDiskBytes || start % Alignment != 0))
        {
            yield return $"{name} starts at byte {start}, not at a multiple of {Alignment}";
        }
    }

    private static StrataException Impossible(List<string> problems) => new("cannot make the disk: " + string.Join("; ", problems));

    private static int EntryBlocksOf(int sectorSize) => EntryCount * GptEntry.Size / sectorSize;

    private static long RoundUp(long value, long to) => (value + to - 1) / to * to;
}
