using Strata.Core;
using Strata.Formats.Mbr;

namespace Strata.Formats.Gpt;

/// <summary>A disk with a GPT as it was found: both copies of the table sound and alike (UEFI 2.10 §5.3).</summary>
public sealed class GptDisk
{
    private GptDisk(int sectorSize, long blocks, MasterBootRecord mbr, GptHeader header, IReadOnlyList<GptEntry?> entries)
    {
        SectorSize = sectorSize;
        Blocks = blocks;
        Mbr = mbr;
        Header = header;
        Entries = entries;
    }

    /// <summary>Bytes in a block.</summary>
    public int SectorSize { get; }

    /// <summary>Blocks of the disk.</summary>
    public long Blocks { get; }

    /// <summary>The protective MBR.</summary>
    public MasterBootRecord Mbr { get; }

    /// <summary>Header at the front.</summary>
    public GptHeader Header { get; }

    /// <summary>Entries by partition number less one; null where none is used.</summary>
    public IReadOnlyList<GptEntry?> Entries { get; }

    /// <summary>Reads the tables at both ends.</summary>
    /// <param name="disk">The disk: seekable, it starts at position 0.</param>
    /// <param name="sectorSize">Bytes in a block: 512 or 4096.</param>
    /// <exception cref="ImageFormatException">The bytes are no disk with a sound GPT.</exception>
    public static GptDisk Read(Stream disk, int sectorSize = 512)
    {
        ArgumentNullException.ThrowIfNull(disk);
        if (sectorSize is not (512 or 4096))
        {
            throw new ArgumentOutOfRangeException(nameof(sectorSize), $"a block has 512 or 4096 bytes, not {sectorSize}");
        }
        long blocks = disk.Length / sectorSize;
        if (disk.Length % sectorSize != 0 || blocks < 6)
        {
            throw new ImageFormatException("GPT", 0, $"{disk.Length} bytes are not at least 6 blocks of {sectorSize}");
        }
        MasterBootRecord mbr = MasterBootRecord.Read(Bytes(disk, 0, sectorSize));
        if (!mbr.IsProtective(blocks))
        {
            throw new ImageFormatException("MBR", 446, "its one partition must be of type 0xee and protect the whole disk");
        }
        GptHeader primary = GptHeader.Read(Bytes(disk, 1, sectorSize), 1, blocks);
        GptHeader mirror = GptHeader.Read(Bytes(disk, blocks - 1, sectorSize), blocks - 1, blocks);
        GptHeader expected = primary with { MyLba = blocks - 1, AlternateLba = 1, EntriesLba = mirror.EntriesLba };
        if (primary.AlternateLba != blocks - 1 || mirror != expected)
        {
            throw new ImageFormatException("GPT header", (blocks - 1) * sectorSize, "the two headers do not mirror each other");
        }
        int entryBlocks = ((primary.EntryCount * GptEntry.Size) + sectorSize - 1) / sectorSize;
        if (primary.EntriesLba + entryBlocks > primary.FirstUsableLba || mirror.EntriesLba <= primary.LastUsableLba
            || mirror.EntriesLba + entryBlocks > blocks - 1)
        {
            throw new ImageFormatException("GPT header", sectorSize, "the entries overlap usable blocks or the header at the end");
        }
        IReadOnlyList<GptEntry?> entries = ReadEntries(disk, primary, sectorSize);
        ReadEntries(disk, mirror, sectorSize); // the checksums are alike, so its bytes are too when they fit theirs
        CheckAgainstEachOther(entries, primary.EntriesLba * sectorSize);
        return new GptDisk(sectorSize, blocks, mbr, primary, entries);
    }

    private static GptEntry?[] ReadEntries(Stream disk, GptHeader header, int sectorSize)
    {
        long offset = header.EntriesLba * sectorSize;
        byte[] bytes = new byte[header.EntryCount * GptEntry.Size];
        disk.Position = offset;
        disk.ReadExactly(bytes);
        if (Crc32.Of(bytes) != header.EntriesCrc32)
        {
            throw new ImageFormatException("GPT entries", offset, $"their checksum is 0x{Crc32.Of(bytes):x8}, the header says 0x{header.EntriesCrc32:x8}");
        }
        GptEntry?[] entries = new GptEntry?[header.EntryCount];
        for (int i = 0; i < entries.Length; i++)
        {
            entries[i] = GptEntry.Read(bytes.AsSpan(i * GptEntry.Size, GptEntry.Size), header, offset + (i * GptEntry.Size));
        }
        return entries;
    }

    private static void CheckAgainstEachOther(IReadOnlyList<GptEntry?> entries, long offset)
    {
        GptEntry[] used = [.. entries.OfType<GptEntry>().OrderBy(e => e.FirstLba)];
        foreach ((GptEntry a, GptEntry b) in used.Zip(used.Skip(1)).Where(pair => pair.First.LastLba >= pair.Second.FirstLba))
        {
            throw new ImageFormatException("GPT entries", offset, $"the partitions at LBA {a.FirstLba} and {b.FirstLba} overlap");
        }
        if (used.GroupBy(e => e.Id).FirstOrDefault(g => g.Count() > 1) is IGrouping<Guid, GptEntry> same)
        {
            throw new ImageFormatException("GPT entries", offset, $"{same.Count()} partitions have the identity {same.Key}");
        }
    }

    private static byte[] Bytes(Stream disk, long lba, int sectorSize)
    {
        byte[] bytes = new byte[sectorSize];
        disk.Position = lba * sectorSize;
        disk.ReadExactly(bytes);
        return bytes;
    }
}
