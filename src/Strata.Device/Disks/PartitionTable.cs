using System.Buffers.Binary;
using System.Text;
using Strata.Core;

namespace Strata.Device.Disks;

/// <summary>A partition as the table has it.</summary>
/// <param name="Number">From 1.</param>
/// <param name="First">Its first block.</param>
/// <param name="Last">Its last block.</param>
/// <param name="Type">What it is for.</param>
/// <param name="Label">Its name in the table.</param>
/// <param name="Attributes">UEFI 2.10 Table 5-8, and those of its type above.</param>
internal readonly record struct TablePartition(int Number, long First, long Last, Guid Type, string Label, ulong Attributes);

/// <summary>
/// The partition table of a disk (GPT, UEFI 2.10 §5.3), read to be changed. Everything read is hostile; a table that is not whole is none,
/// and nothing is written to such a disk.
/// </summary>
internal sealed class PartitionTable
{
    /// <summary>Attribute by which a file system is to be grown with its partition (UAPI.2, <c>SD_GPT_FLAG_GROWFS</c>).</summary>
    public const ulong GrowAttribute = 1UL << 59;

    private const int MostEntryBytes = 1 << 20;
    private const int HeaderBytes = 92;

    private readonly byte[] _header; // a whole block
    private readonly byte[] _entries; // whole blocks

    private static class At // Table 5-5, and in an entry Table 5-6
    {
        public const int HeaderSize = 12;
        public const int HeaderSum = 16;
        public const int Own = 24;
        public const int Other = 32;
        public const int FirstUsable = 40;
        public const int LastUsable = 48;
        public const int Entries = 72;
        public const int Count = 80;
        public const int EntrySize = 84;
        public const int EntriesSum = 88;

        public const int Id = 16;
        public const int First = 32;
        public const int Last = 40;
        public const int Attributes = 48;
        public const int Label = 56;
        public const int LabelBytes = 72;
    }

    private PartitionTable(byte[] header, byte[] entries, int blockSize, long blocks) =>
        (_header, _entries, BlockSize, Blocks) = (header, entries, blockSize, blocks);

    /// <summary>Bytes of a block of the disk.</summary>
    public int BlockSize { get; }

    /// <summary>Blocks of the disk.</summary>
    public long Blocks { get; }

    /// <summary>Its partitions, by number.</summary>
    public IReadOnlyList<TablePartition> Partitions
    {
        get
        {
            List<TablePartition> partitions = [];
            for (int i = 0; i < Count; i++)
            {
                Span<byte> entry = Entry(i);
                Guid type = new(entry[..16]);
                if (type != Guid.Empty)
                {
                    string label = Encoding.Unicode.GetString(entry.Slice(At.Label, At.LabelBytes));
                    int end = label.IndexOf('\0', StringComparison.Ordinal);
                    partitions.Add(new TablePartition(
                        i + 1, I64(entry, At.First), I64(entry, At.Last), type, end < 0 ? label : label[..end],
                        BinaryPrimitives.ReadUInt64LittleEndian(entry[At.Attributes..])));
                }
            }
            return partitions;
        }
    }

    /// <summary>The last block that a partition may have, once the table's copy stands at the end of the disk.</summary>
    public long LastUsable => Blocks - 2 - EntryBlocks;

    private int Count => (int)BinaryPrimitives.ReadUInt32LittleEndian(_header.AsSpan(At.Count));

    private int EntrySize => (int)BinaryPrimitives.ReadUInt32LittleEndian(_header.AsSpan(At.EntrySize));

    private int EntryBlocks => _entries.Length / BlockSize;

    /// <summary>Reads the table at the start of the disk; null when there is none that is whole.</summary>
    /// <param name="read">Reads from the disk.</param>
    /// <param name="blockSize">Bytes of a block, 512 to 4096.</param>
    /// <param name="bytes">Length of the disk.</param>
    public static PartitionTable? Read(ReadBytes read, int blockSize, long bytes)
    {
        ArgumentNullException.ThrowIfNull(read);
        if (blockSize is not (512 or 1024 or 2048 or 4096))
        {
            return null;
        }
        long blocks = bytes / blockSize;
        byte[] header = new byte[blockSize];
        if (!read(blockSize, header) || !header.AsSpan().StartsWith("EFI PART"u8))
        {
            return null;
        }
        uint headerSize = BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(At.HeaderSize));
        if (headerSize < HeaderBytes || headerSize > blockSize
            || SumOfHeader(header) != BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(At.HeaderSum)) || I64(header, At.Own) != 1)
        {
            return null;
        }
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(At.Count));
        uint size = BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(At.EntrySize));
        long where = I64(header, At.Entries);
        if (count is 0 or > 4096 || size is < 128 or > 4096 || size % 8 != 0 || (long)count * size > MostEntryBytes
            || where < 2 || where > blocks)
        {
            return null;
        }
        byte[] entries = new byte[((count * size) + blockSize - 1) / blockSize * blockSize];
        PartitionTable table = new(header, entries, blockSize, blocks);
        if (!read(where * blockSize, entries)
            || table.SumOfEntries() != BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(At.EntriesSum)))
        {
            return null;
        }
        foreach (TablePartition partition in table.Partitions)
        {
            if (partition.First < 2 || partition.Last < partition.First || partition.Last >= blocks)
            {
                return null; // of another disk, or the disk has lost its end: nothing of it may be changed
            }
        }
        return table;
    }

    /// <summary>The free rest behind the last partition, in blocks, its start at a multiple of 1 MiB; its length may be 0.</summary>
    public (long First, long Count) Rest()
    {
        long last = 0;
        foreach (TablePartition partition in Partitions)
        {
            last = Math.Max(last, partition.Last);
        }
        long unit = (1 << 20) / BlockSize;
        long first = Math.Max(unit, (last + unit) / unit * unit);
        return (first, Math.Max(0, (LastUsable + 1 - first) / unit * unit));
    }

    /// <summary>Adds a partition; returns its number, or 0 when the table is full.</summary>
    public int Add(long first, long count, Guid type, Guid id, string label, ulong attributes)
    {
        for (int i = 0; i < Count; i++)
        {
            Span<byte> entry = Entry(i);
            if (new Guid(entry[..16]) == Guid.Empty)
            {
                entry.Clear();
                type.TryWriteBytes(entry);
                id.TryWriteBytes(entry[At.Id..]);
                BinaryPrimitives.WriteInt64LittleEndian(entry[At.First..], first);
                BinaryPrimitives.WriteInt64LittleEndian(entry[At.Last..], first + count - 1);
                BinaryPrimitives.WriteUInt64LittleEndian(entry[At.Attributes..], attributes);
                Rename(i + 1, label);
                return i + 1;
            }
        }
        return 0;
    }

    /// <summary>Gives a partition another name: at most 36 characters.</summary>
    public void Rename(int number, string label)
    {
        Span<byte> name = Entry(number - 1).Slice(At.Label, At.LabelBytes);
        name.Clear();
        Encoding.Unicode.GetBytes(label, name);
    }

    /// <summary>Moves the end of a partition.</summary>
    public void Extend(int number, long last) => BinaryPrimitives.WriteInt64LittleEndian(Entry(number - 1)[At.Last..], last);

    /// <summary>
    /// What has to be written, in this order and each durable before the next: the copy at the end of the disk, the entries at the place
    /// that the header of now does not name, and last the header, a single block. A power cut at any point leaves the old table or the
    /// new one. Empty when there is no room for the entries twice before the first partition.
    /// </summary>
    public IReadOnlyList<(long Offset, byte[] Bytes)> Writes()
    {
        long where = I64(_header, At.Entries) == 2 ? 2 + EntryBlocks : 2;
        long end = 2 + (2L * EntryBlocks);
        foreach (TablePartition partition in Partitions)
        {
            if (partition.First < end || partition.Last > LastUsable)
            {
                return [];
            }
        }
        BinaryPrimitives.WriteInt64LittleEndian(_header.AsSpan(At.FirstUsable), Math.Max(end, I64(_header, At.FirstUsable)));
        BinaryPrimitives.WriteInt64LittleEndian(_header.AsSpan(At.LastUsable), LastUsable);
        BinaryPrimitives.WriteUInt32LittleEndian(_header.AsSpan(At.EntriesSum), SumOfEntries());
        byte[] copy = [.. _entries, .. Header(Blocks - 1, 1, Blocks - 1 - EntryBlocks)];
        return
        [
            ((Blocks - 1 - EntryBlocks) * BlockSize, copy),
            (where * BlockSize, _entries),
            (BlockSize, Header(1, Blocks - 1, where)),
        ];
    }

    private byte[] Header(long own, long other, long entries)
    {
        byte[] header = [.. _header];
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(At.Own), own);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(At.Other), other);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(At.Entries), entries);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(At.HeaderSum), SumOfHeader(header));
        return header;
    }

    private Span<byte> Entry(int index) => _entries.AsSpan(index * EntrySize, EntrySize);

    private uint SumOfEntries() => Crc32.Of(_entries.AsSpan(0, Count * EntrySize));

    private static uint SumOfHeader(byte[] header)
    {
        byte[] bytes = header[..(int)BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(At.HeaderSize))];
        bytes.AsSpan(At.HeaderSum, sizeof(uint)).Clear();
        return Crc32.Of(bytes);
    }

    private static long I64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]);
}
