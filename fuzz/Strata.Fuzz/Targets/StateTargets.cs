using System.Buffers.Binary;
using Strata.Device.Disks;
using Strata.Core;
using Strata.Updates.State;

namespace Strata.Fuzz.Targets;

/// <summary>What a device reads to make and open its state: partition tables that it changes, and what is to be kept.</summary>
internal static class StateTargets
{
    private const int Sector = 512;

    public static IEnumerable<FuzzTarget> All =>
    [
        new FuzzTarget("partition-table", ChangePartitions, () => [Table()])
        {
            Readers = [typeof(PartitionTable)], Allowed = [], Words = ["EFI PART"],
        },
        new FuzzTarget("state-plan", text => Property.WritesTheSame(text, StatePlanText.Write(StatePlanText.Read(text))), () =>
            [StatePlanText.Write(s_plan)])
        {
            Readers = [typeof(StatePlanText)], Words = ["/var/lib/strata", "\"limit\":", "\"folders\":["],
        },
    ];

    private static readonly StatePlan s_plan = new()
    {
        Edition = "e", Init = "/sbin/init", Folders = [new("/data", 7, 8, 0x1E8, 16 << 20), new(StatePlan.OwnFolder, 0, 0, 0x1ED)],
    };

    private static byte[] Table()
    {
        byte[] disk = new byte[9 * Sector];
        Span<byte> header = disk.AsSpan(Sector);
        "EFI PART"u8.CopyTo(header);
        (header[12], header[24], header[72], header[80], header[84]) = (92, 1, 2, 4, 128); // its size and place; those of entries
        return disk;
    }

    private static void ChangePartitions(ReadOnlySpan<byte> input)
    {
        byte[] disk = input.ToArray();
        if (disk.Length >= 2 * Sector)
        {
            Seal(disk); // else nothing behind the sums would ever be reached
        }
        ReadBytes read = (offset, buffer) =>
        {
            Property.Holds(offset >= 0, $"byte {offset} of a disk is asked for");
            if (offset > disk.Length - buffer.Length)
            {
                return false;
            }
            disk.AsSpan((int)offset, buffer.Length).CopyTo(buffer);
            return true;
        };
        if (PartitionTable.Read(read, Sector, disk.Length) is PartitionTable table)
        {
            (long first, long blocks) = table.Rest();
            Property.Holds(first > 0 && blocks >= 0, $"a rest of {blocks} blocks at {first}");
            int number = table.Add(first, Math.Max(1, blocks), s_type, s_type, "x", 0);
            Property.Holds(number == 0 || table.Partitions.Any(p => p.Number == number), "what was added is there");
            table.Writes();
        }
    }

    private static readonly Guid s_type = new("0fc63daf-8483-4772-8e79-3d69d8477de4");

    private static void Seal(byte[] disk)
    {
        Span<byte> header = disk.AsSpan(Sector, Sector);
        ulong where = BinaryPrimitives.ReadUInt64LittleEndian(header[72..]);
        ulong bytes = (ulong)BinaryPrimitives.ReadUInt32LittleEndian(header[80..]) * BinaryPrimitives.ReadUInt32LittleEndian(header[84..]);
        if (where < 1 << 20 && bytes <= 1 << 20 && (where * Sector) + bytes <= (ulong)disk.Length)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(header[88..], Crc32.Of(disk.AsSpan((int)where * Sector, (int)bytes)));
        }
        if (BinaryPrimitives.ReadUInt32LittleEndian(header[12..]) is >= 92 and <= Sector and uint length)
        {
            header.Slice(16, 4).Clear();
            BinaryPrimitives.WriteUInt32LittleEndian(header[16..], Crc32.Of(header[..(int)length]));
        }
    }
}
