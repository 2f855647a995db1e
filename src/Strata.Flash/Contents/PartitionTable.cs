using System.Buffers.Binary;
using System.Text;
using Strata.Device.Disks;

namespace Strata.Flash.Contents;

/// <summary>A partition as its table has it.</summary>
/// <param name="Number">As the kernel counts: from 1; logical ones of an MBR from 5.</param>
/// <param name="Offset">First byte on the disk.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Label">Its label (GPT), or empty.</param>
public sealed record FoundPartition(int Number, long Offset, long Size, string Label);

/// <summary>The partitions that a disk says it has: what a person would lose. Read leniently: it is about to go.</summary>
/// <remarks>GPT: UEFI 2.10 §5.3, the table at the front alone. MBR: §5.2.1, with the chain of an extended partition.</remarks>
internal static class PartitionTable
{
    /// <summary>More are not looked at: the kernel itself knows 256 of a disk.</summary>
    private const int MostPartitions = 256;

    // offsets in the header (Table 5-5) and in an entry (Table 5-6)
    private static class At
    {
        public const int EntriesLba = 72; // u64
        public const int EntryCount = 80; // u32
        public const int EntrySize = 84; // u32

        public const int FirstLba = 32; // u64
        public const int LastLba = 40; // u64, inclusive
        public const int Label = 56; // 36 UTF-16 units

        public const int Records = 446; // in an MBR, four of 16 bytes
        public const int Kind = 4;
        public const int Start = 8; // u32
        public const int Sectors = 12; // u32
    }

    /// <summary>The partitions in the order of the table.</summary>
    /// <param name="read">Reads from the disk.</param>
    /// <param name="size">Bytes of the disk.</param>
    /// <param name="name">What kind of table it is: <c>GPT</c>, <c>MBR</c>, or empty without one.</param>
    public static IReadOnlyList<FoundPartition> Read(ReadBytes read, long size, out string name)
    {
        byte[] header = new byte[92];
        foreach (int sector in (ReadOnlySpan<int>)[512, 4096])
        {
            if (read(sector, header) && header.AsSpan().StartsWith("EFI PART"u8))
            {
                name = "GPT";
                return ReadGpt(read, header, sector, size);
            }
        }
        byte[] record = new byte[512];
        name = "";
        if (!read(0, record) || !IsRecord(record, size))
        {
            return [];
        }
        name = "MBR";
        return ReadMbr(read, record, size);
    }

    private static List<FoundPartition> ReadGpt(ReadBytes read, ReadOnlySpan<byte> header, int sector, long size)
    {
        List<FoundPartition> found = [];
        ulong entries = BinaryPrimitives.ReadUInt64LittleEndian(header[At.EntriesLba..]);
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(header[At.EntryCount..]);
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(header[At.EntrySize..]);
        if (length is < 128 or > 4096 || entries >= (ulong)(size / sector))
        {
            return found;
        }
        byte[] entry = new byte[128];
        for (int i = 0; i < Math.Min(count, MostPartitions) && read(((long)entries * sector) + (i * (long)length), entry); i++)
        {
            ulong first = BinaryPrimitives.ReadUInt64LittleEndian(entry.AsSpan(At.FirstLba));
            ulong last = BinaryPrimitives.ReadUInt64LittleEndian(entry.AsSpan(At.LastLba));
            bool isUsed = entry.AsSpan(0, 16).IndexOfAnyExcept((byte)0) >= 0;
            if (isUsed && first <= last && last < long.MaxValue / 8192)
            {
                string label = Encoding.Unicode.GetString(entry, At.Label, 72);
                int end = label.IndexOf('\0', StringComparison.Ordinal);
                found.Add(new(i + 1, (long)first * sector, ((long)(last - first) + 1) * sector, end < 0 ? label : label[..end]));
            }
        }
        return found;
    }

    // a boot sector of a file system ends like a record, and has text or code where the four entries would be
    private static bool IsRecord(ReadOnlySpan<byte> record, long size)
    {
        if (record[510] != 0x55 || record[511] != 0xAA)
        {
            return false;
        }
        bool isUsed = false;
        for (int i = 0; i < 4; i++)
        {
            (int status, int kind, long start, long sectors) = RecordOf(record, i);
            if (status is not (0 or 0x80) || (kind != 0 && (start == 0 && kind != 0xEE || sectors == 0 || start * 512 >= size)))
            {
                return false;
            }
            isUsed |= kind != 0;
        }
        return isUsed;
    }

    private static List<FoundPartition> ReadMbr(ReadBytes read, ReadOnlySpan<byte> record, long size)
    {
        List<FoundPartition> found = [];
        for (int i = 0; i < 4; i++)
        {
            (_, int kind, long start, long sectors) = RecordOf(record, i);
            if (kind is 0x05 or 0x0F or 0x85)
            {
                AddLogical(found, read, start, size);
            }
            else if (kind != 0)
            {
                found.Add(new FoundPartition(i + 1, start * 512, sectors * 512, ""));
            }
        }
        return found;
    }

    /// <summary>Each record of the chain has one partition, placed from itself on, and the next record, placed from the first on.</summary>
    private static void AddLogical(List<FoundPartition> found, ReadBytes read, long first, long size)
    {
        byte[] record = new byte[512];
        long at = first;
        for (int number = 5; number < MostPartitions && at * 512 < size && read(at * 512, record) && record[510] == 0x55; number++)
        {
            (_, int kind, long start, long sectors) = RecordOf(record, 0);
            if (kind != 0 && sectors > 0)
            {
                found.Add(new FoundPartition(number, (at + start) * 512, sectors * 512, ""));
            }
            (_, int next, long away, _) = RecordOf(record, 1);
            if (next == 0 || away == 0)
            {
                break;
            }
            at = first + away;
        }
    }

    private static (int Status, int Kind, long Start, long Sectors) RecordOf(ReadOnlySpan<byte> record, int index)
    {
        ReadOnlySpan<byte> entry = record.Slice(At.Records + (16 * index), 16);
        return (entry[0], entry[At.Kind], BinaryPrimitives.ReadUInt32LittleEndian(entry[At.Start..]),
            BinaryPrimitives.ReadUInt32LittleEndian(entry[At.Sectors..]));
    }
}
