using System.Buffers.Binary;

namespace Strata.Init.Devices;

/// <summary>The type of a partition, out of the disk's GPT (UEFI 2.10 §5.3): the kernel tells labels and not types.</summary>
internal static class PartitionEntry
{
    // offsets in the header (Table 5-5)
    private static class At
    {
        public const int EntriesLba = 72;
        public const int EntryCount = 80;
        public const int EntrySize = 84;
    }

    /// <summary>The type GUID; empty when there is no such table or entry.</summary>
    /// <param name="read">Reads from the disk.</param>
    /// <param name="number">Number of the partition, from 1.</param>
    public static Guid TypeOf(ReadBytes read, int number)
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
                return Guid.Empty;
            }
            Span<byte> type = stackalloc byte[16];
            return read(((long)entries * block) + ((number - 1) * (long)size), type) ? new Guid(type) : Guid.Empty;
        }
        return Guid.Empty;
    }
}
