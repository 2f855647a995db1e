using Strata.Device.Disks;
using Strata.Testing;

namespace Strata.Device.Tests;

/// <summary>Changes of a partition table, as sgdisk sees them, and cut short after every sector.</summary>
public sealed class PartitionTableTests : IDisposable
{
    private const int Sector = 512;
    private static readonly Guid s_data = new("0fc63daf-8483-4772-8e79-3d69d8477de4");
    private static readonly Guid s_id = new("57a7a000-0000-4000-8000-000000000009");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public void Add_OnALargerDisk_SgdiskFindsNoProblems()
    {
        string path = Disk(4 << 20, "-n", "1:2048:4095", "-c", "1:first");
        byte[] disk = [.. File.ReadAllBytes(path), .. new byte[20 << 20]];
        PartitionTable table = PartitionTable.Read(Reader(disk), Sector, disk.Length)!;
        (long first, long count) = table.Rest();
        Assert.Equal((4096L, ((24L << 20) / Sector) - 4096 - 2048), (first, count)); // the last MiB has the copy of the table
        Assert.Equal(2, table.Add(first, count, s_data, s_id, "strata-state", PartitionTable.GrowAttribute));
        table.Rename(1, "other");
        Apply(disk, table.Writes());
        File.WriteAllBytes(path, disk);
        (int exitCode, string output) = Oracle.Run("sgdisk", "-v", "-p", "-i", "2", path);
        Assert.True(exitCode == 0 && output.Contains("No problems found", StringComparison.Ordinal), output);
        Assert.Contains("Partition name: 'strata-state'", output, StringComparison.Ordinal);
        Assert.Contains("Partition unique GUID: 57A7A000-0000-4000-8000-000000000009", output, StringComparison.Ordinal);
        Assert.Contains("Attribute flags: 0800000000000000", output, StringComparison.Ordinal); // bit 59
        Assert.Contains("First sector: 4096 ", output, StringComparison.Ordinal);
        Assert.Contains(" other", output, StringComparison.Ordinal);

        // a second change goes back to the first place, and grows the partition
        byte[] larger = [.. disk, .. new byte[8 << 20]];
        table = PartitionTable.Read(Reader(larger), Sector, larger.Length)!;
        table.Extend(2, table.Rest().First + table.Rest().Count - 1);
        Apply(larger, table.Writes());
        File.WriteAllBytes(path, larger);
        (exitCode, output) = Oracle.Run("sgdisk", "-v", "-i", "2", path);
        Assert.True(exitCode == 0 && output.Contains("No problems found", StringComparison.Ordinal), output);
        Assert.Contains($"Last sector: {((32 << 20) / Sector) - 2048 - 1} ", output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Writes_CutAfterAnySector_LeaveTheOldTableOrTheNewOne()
    {
        string path = Disk(4 << 20, "-n", "1:2048:4095");
        byte[] disk = [.. File.ReadAllBytes(path), .. new byte[4 << 20]];
        for (int round = 0; round < 2; round++) // entries at their first place, then at their second
        {
            PartitionTable table = PartitionTable.Read(Reader(disk), Sector, disk.Length)!;
            int before = table.Partitions.Count;
            Assert.Equal(before + 1, table.Add(4096 + (round * 2048), 2048, s_data, s_id, "x", 0));
            List<(long Offset, byte[] Bytes)> sectors =
                [.. table.Writes().SelectMany(w => w.Bytes.Chunk(Sector).Select((c, i) => (w.Offset + (i * Sector), c)))];
            Assert.Equal(33 + 32 + 1, sectors.Count);
            for (int cut = 0; cut < sectors.Count; cut++)
            {
                Apply(disk, sectors.Skip(cut).Take(1));
                int now = PartitionTable.Read(Reader(disk), Sector, disk.Length)!.Partitions.Count;
                Assert.Equal(cut == sectors.Count - 1 ? before + 1 : before, now);
            }
        }
    }

    [SkippableFact]
    public void Writes_NoRoomForASecondTable_AreNone()
    {
        string path = Disk(4 << 20, "-a", "1", "-n", "1:65:4095"); // one sector too early
        byte[] disk = File.ReadAllBytes(path);
        PartitionTable table = PartitionTable.Read(Reader(disk), Sector, disk.Length)!;
        table.Rename(1, "x");
        Assert.Empty(table.Writes());
    }

    [SkippableFact]
    public void Read_AnyByteOfTheTableChanged_IsNone()
    {
        string path = Disk(4 << 20, "-n", "1:2048:4095");
        byte[] disk = File.ReadAllBytes(path);
        Assert.NotNull(PartitionTable.Read(Reader(disk), Sector, disk.Length));
        foreach (int at in (int[])[512, 512 + 8, 512 + 24, 512 + 40, 512 + 72, 512 + 80, 512 + 91, 1024, 1024 + 56, 1024 + 16383])
        {
            byte[] changed = [.. disk];
            changed[at] ^= 1;
            Assert.Null(PartitionTable.Read(Reader(changed), Sector, changed.Length));
        }
        Assert.Null(PartitionTable.Read(Reader(disk), Sector, 4095 * Sector)); // the disk has lost its end
        Assert.Null(PartitionTable.Read(Reader(disk), 4096, disk.Length));
        Assert.Null(PartitionTable.Read(Reader(disk), 0, disk.Length));
    }

    /// <summary>Whichever entry a partition has, it is seen, and its blocks are not free.</summary>
    [SkippableTheory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(127)]
    [InlineData(128)]
    public void Read_PartitionInAnyEntry_IsSeen(int number)
    {
        byte[] disk = File.ReadAllBytes(Disk(8 << 20, "-n", $"{number}:4096:6143", "-c", $"{number}:mine", "-A", $"{number}:set:59"));
        PartitionTable table = PartitionTable.Read(Reader(disk), Sector, disk.Length)!;
        Assert.Equal([new TablePartition(number, 4096, 6143, s_data, "mine", PartitionTable.GrowAttribute)], table.Partitions);
        Assert.Equal(6144, table.Rest().First);
        Assert.Null(PartitionTable.Read(Reader(disk), Sector, 6143 * Sector)); // without its last block it is of another disk
        table.Extend(number, table.LastUsable);
        Assert.Equal(0, table.Rest().Count);
        Assert.NotEmpty(table.Writes());
        table.Extend(number, table.LastUsable + 1);
        Assert.Empty(table.Writes());
    }

    [SkippableFact]
    public void Add_FullTable_IsRefused()
    {
        string path = Disk(4 << 20);
        byte[] disk = File.ReadAllBytes(path);
        PartitionTable table = PartitionTable.Read(Reader(disk), Sector, disk.Length)!;
        Assert.Equal((2048L, ((4L << 20) / Sector) - 4096), table.Rest());
        for (int i = 1; i <= 128; i++)
        {
            Assert.Equal(i, table.Add(2048 + i, 1, s_data, s_id, "x", 0));
        }
        Assert.Equal(0, table.Add(2500, 1, s_data, s_id, "x", 0));
    }

    private string Disk(int bytes, params string[] words)
    {
        string path = _folder["disk"];
        File.WriteAllBytes(path, new byte[bytes]);
        (int exitCode, string output) = Oracle.Run("sgdisk", [.. words.Prepend("-o"), path]);
        Assert.True(exitCode == 0, output);
        return path;
    }

    private static void Apply(byte[] disk, IEnumerable<(long Offset, byte[] Bytes)> writes)
    {
        foreach ((long offset, byte[] bytes) in writes)
        {
            bytes.CopyTo(disk.AsSpan((int)offset));
        }
    }

    private static ReadBytes Reader(byte[] device) => (offset, buffer) =>
    {
        if (offset < 0 || offset > device.Length - buffer.Length)
        {
            return false;
        }
        device.AsSpan((int)offset, buffer.Length).CopyTo(buffer);
        return true;
    };
}
