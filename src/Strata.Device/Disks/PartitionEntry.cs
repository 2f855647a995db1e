using System.Buffers.Binary;

namespace Strata.Device.Disks;

/// <summary>
/// What the disk's GPT says of a partition (UEFI 2.10 §5.3, Table 5-6): the kernel tells labels, and neither types nor identities.
/// </summary>
/// <param name="Type">What it is for; empty GUID when there is no such table or entry.</param>
/// <param name="Id">Its identity, or empty GUID.</param>
internal readonly record struct PartitionEntry(Guid Type, Guid Id)
{
    // offsets in the header (Table 5-5)
    private static class At
    {
        public const int EntriesLba = 72;
        public const int EntryCount = 80;
        public const int EntrySize = 84;

        public const int Id = 16; // in the entry, behind its type
    }

    /// <summary>Reads an entry; of empty GUIDs when there is no such table or entry.</summary>
    /// <param name="read">Reads from the disk.</param>
    /// <param name="number">Number of the partition, from 1.</param>
    public static PartitionEntry Read(ReadBytes read, int number)
    {
        ArgumentNullException.ThrowIfNull(read);
        Span<byte> header = stackalloc byte[92];
        foreach (int block in (ReadOnlySpan<int>)[512, 4096])
        {
            if (!read(block, header) || !header.StartsWith("EFI PART"u8))
            {
                continue;
            }
            ulong entries = BinaryPrimitives.ReadUInt64LittleEndian(header[At.EntriesLba..]);
            uint count = BinaryPrimitives.ReadUInt32LittleEndian(header[At.EntryCount..]);
            uint size = BinaryPrimitives.ReadUInt32LittleEndian(header[At.EntrySize..]);
            if (number < 1 || number > count || size is < 128 or > 4096 || entries > long.MaxValue / 8192)
            {
                return default;
            }
            Span<byte> entry = stackalloc byte[At.Id + 16];
            return read(((long)entries * block) + ((number - 1) * (long)size), entry)
                ? new PartitionEntry(new Guid(entry[..16]), new Guid(entry[At.Id..]))
                : default;
        }
        return default;
    }
}
