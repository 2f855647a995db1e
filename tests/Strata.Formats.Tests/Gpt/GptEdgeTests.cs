using System.Buffers.Binary;
using System.Text;
using Strata.Core;
using Strata.Formats.Gpt;
using Strata.Formats.Mbr;

namespace Strata.Formats.Tests.Gpt;

/// <summary>Tables made by hand (UEFI 2.10 tables 5-5 and 5-6), each right but for one value; both checksums are always right.</summary>
public class GptEdgeTests
{
    [Theory]
    [InlineData(6, null)]
    [InlineData(7, null)]
    [InlineData(5, "not at least 6 blocks")]
    public void Read_SmallestDisk_HasSixBlocks(int blocks, string? problem) => Check(new Table { Blocks = blocks }, problem);

    [Theory]
    [InlineData(0, "supported are 1..1024")]
    [InlineData(1, null)]
    [InlineData(1024, null)]
    [InlineData(1025, "supported are 1..1024")]
    public void Read_EntryCount_LastAllowedAndFirstRefused(int count, string? problem) =>
        Check(new Table { Blocks = 2048, Count = count }, problem);

    [Fact]
    public void Read_UsableBlocks_LieBetweenTheTables()
    {
        Check(new Table { Blocks = 100 }, null);
        Check(new Table { Blocks = 100, FirstUsable = 2 }, "overlap usable blocks");
        Check(new Table { Blocks = 100, FirstUsable = 97, LastUsable = 97 }, null);
        Check(new Table { Blocks = 100, LastUsable = 98 }, "overlap usable blocks"); // there the entries of the mirror begin
        Check(new Table { Blocks = 100, LastUsable = 99 }, "usable LBAs 3..99");
        Check(new Table { Blocks = 100, FirstUsable = 50, LastUsable = 49 }, "usable LBAs 50..49");
        Check(new Table { Blocks = 100, LastUsable = 100 }, "the disk has 100");
    }

    [Fact]
    public void Read_Entries_LieBehindTheirHeaderAndBeforeTheMirror()
    {
        Check(new Table { Blocks = 100, EntriesAt = 3, FirstUsable = 4 }, null);
        Check(new Table { Blocks = 100, EntriesAt = 1 }, "entries at LBA 1");
        Check(new Table { Blocks = 100, MirrorEntriesAt = 99 }, "overlap usable blocks or the header");
        Check(new Table { Blocks = 100, MirrorEntriesAt = 97, LastUsable = 96 }, null);
        Check(new Table { Blocks = 100, Count = 8, FirstUsable = 4, LastUsable = 90, MirrorEntriesAt = 98 },
            "overlap usable blocks or the header");
        Check(new Table { Blocks = 100, Count = 8, FirstUsable = 4, LastUsable = 90, MirrorEntriesAt = 97 }, null);
        Check(new Table { Blocks = 100, Count = 5, FirstUsable = 3 }, "overlap usable blocks"); // five entries begin a second block
    }

    [Theory]
    [InlineData(24, 1L, "mirror each other")] // MyLBA of the mirror is checked first
    [InlineData(32, 2L, "mirror each other")]
    [InlineData(40, 4L, "mirror each other")]
    [InlineData(48, 96L, "mirror each other")]
    [InlineData(56, 77L, "mirror each other")]
    [InlineData(80, 3L, "mirror each other")]
    public void Read_MirrorThatDiffers_IsRefused(int at, long value, string problem)
    {
        byte[] disk = new Table { Blocks = 100 }.ToBytes();
        Span<byte> mirror = disk.AsSpan(99 * 512, 512);
        if (at == 80)
        {
            BinaryPrimitives.WriteInt32LittleEndian(mirror[at..], (int)value);
        }
        else
        {
            BinaryPrimitives.WriteInt64LittleEndian(mirror[at..], value);
        }
        Table.Sum(mirror);
        string message = Refused(disk);
        Assert.Contains(at == 24 ? "it says it lies at LBA 1" : problem, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(8, 0x00010001, "revision 0x00010001 with 92 bytes")]
    [InlineData(12, 93, "revision 0x00010000 with 93 bytes")]
    [InlineData(20, 1, "reserved bytes")]
    [InlineData(84, 256, "of 256 bytes")]
    [InlineData(92, 1, "reserved bytes")]
    [InlineData(508, 1 << 24, "reserved bytes")]
    [InlineData(32, 98, "mirror each other")]
    [InlineData(24, 2, "it says it lies at LBA 2")]
    [InlineData(28, int.MinValue, "the LBA at its byte 24")]
    [InlineData(0, 0, "signature")]
    public void Read_FrontHeaderWithOneWrongField_IsRefused(int at, int value, string problem)
    {
        byte[] disk = new Table { Blocks = 100 }.ToBytes();
        BinaryPrimitives.WriteInt32LittleEndian(disk.AsSpan(512 + at), value);
        Table.Sum(disk.AsSpan(512, 512));
        Assert.Contains(problem, Refused(disk), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_EntriesOfTheMirror_AreCheckedToo()
    {
        byte[] disk = new Table { Blocks = 100, Used = [(3, 4)] }.ToBytes();
        disk[(98 * 512) + 60] ^= 1;
        Assert.Contains("their checksum", Refused(disk), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3, 97, null)]
    [InlineData(3, 3, null)]
    [InlineData(97, 97, null)]
    [InlineData(2, 97, "within the usable 3..97")]
    [InlineData(3, 98, "within the usable 3..97")]
    [InlineData(5, 4, "within the usable 3..97")]
    [InlineData(3, -1, "within the usable 3..97")]
    public void Read_Partition_LiesInTheUsableBlocks(long first, long last, string? problem) =>
        Check(new Table { Blocks = 100, Used = [(first, last)] }, problem);

    [Theory]
    [InlineData(11, null)]
    [InlineData(10, "overlap")]
    public void Read_Partitions_MayTouchAndNotOverlap(long second, string? problem)
    {
        Check(new Table { Blocks = 100, Used = [(3, 10), (second, 20)] }, problem);
        Check(new Table { Blocks = 100, Used = [(second, 20), (3, 10)] }, problem);
    }

    [Fact]
    public void Read_EntryWithOneWrongField_IsRefused()
    {
        Check(new Table { Blocks = 100, Used = [(3, 4), (5, 6)], Change = e => e.AsSpan(16, 16).CopyTo(e.AsSpan(128 + 16)) },
            "2 partitions have the identity");
        Check(new Table { Blocks = 100, Used = [(3, 4)], Change = e => e.AsSpan(16, 16).Clear() }, "no identity");
        Check(new Table { Blocks = 100, Used = [(3, 4)], Change = e => e.AsSpan(0, 16).Clear() }, "no type, but other values");
        Check(new Table { Blocks = 100, Used = [(3, 4)], Change = e => e[128 + 127] = 1 }, "no type, but other values");
        Check(new Table { Blocks = 100, Used = [(3, 4)], Change = e => e[127] = 1 }, "goes on after its end");
        Check(new Table { Blocks = 100, Used = [(3, 4)], Change = e =>
            Encoding.Unicode.GetBytes(new string('x', 36)).CopyTo(e.AsSpan(56)) }, null);
    }

    [Fact]
    public void Read_Entry_HasItsFields()
    {
        GptEntry entry = GptDisk.Read(new MemoryStream(new Table { Blocks = 100, Used = [(3, 10)], Change = e =>
            e[48 + 7] = 0x90 }.ToBytes())).Entries[0]!;
        Assert.Equal((3, 10, 8, "A", GptAttributes.ReadOnly | GptAttributes.NoAuto), (entry.FirstLba, entry.LastLba, entry.Blocks,
            entry.Label, entry.Attributes));
    }

    [Fact]
    public void Create_SizeAndSectors_MustFit()
    {
        CheckPlan(Config() with { Size = new ByteSize(67 * 512) }, null); // MBR, two headers, twice 32 blocks of entries
        CheckPlan(Config() with { Size = new ByteSize(66 * 512) }, "no room for its two partition tables");
        CheckPlan(Config() with { Size = new ByteSize((67 * 512) + 511) }, "in whole sectors");
        CheckPlan(Config() with { Size = new ByteSize(0) }, "in whole sectors");
        CheckPlan(Config() with { SectorSize = 4096 }, null);
        CheckPlan(Config() with { SectorSize = 8192 }, "512 or 4096");
    }

    [Fact]
    public void Create_LastPartition_EndsBeforeTheMirror()
    {
        DiskPart part = Disks.Empty("data", PartitionType.Var, 1 << 20);
        CheckPlan(Config(part) with { Size = new ByteSize((2 << 20) + (33 * 512)) }, null);
        CheckPlan(Config(part) with { Size = new ByteSize((2 << 20) + (32 * 512)) }, "ends 512 bytes behind");
        Assert.Equal(3 << 20, DiskPlan.Create(Config(part)).SizeBytes);
    }

    [Fact]
    public void Create_EveryRuleOfAPart_AtItsEdge()
    {
        DiskPart part = Disks.Empty("data", PartitionType.Var, 1 << 20);
        CheckPlan(Config(part with { Label = new string('x', 36) }), null);
        CheckPlan(Config(part with { Label = new string('x', 37) }), "a label of 37");
        CheckPlan(Config(part with { Label = "" }), "a label of 0");
        CheckPlan(Config(part with { Label = "a\tb" }), "control characters");
        CheckPlan(Config(part with { Id = Guid.Empty }), "no identity or no type");
        CheckPlan(Config(part with { SizeBytes = 0 }), "a size of 0 bytes");
        CheckPlan(Config(part with { SizeBytes = 512 }), null);
        CheckPlan(Config(part with { SizeBytes = (1L << 53) + 512 }), "a size of");
        CheckPlan(Config(part with { StartBytes = -(1 << 20) }), "starts at byte -1048576");
        CheckPlan(Config(part with { StartBytes = 1 << 20 }), null);
        CheckPlan(Config(Disks.Part("full", PartitionType.Var, new byte[1024]) with { SizeBytes = 1024 }), null);
        CheckPlan(Config(Disks.Part("full", PartitionType.Var, new byte[1025]) with { SizeBytes = 1024 }), "needs 1 more");
        CheckPlan(Config(part with { ContentBytes = -1, Write = (_, _) => Task.CompletedTask }), "has -1 bytes of content");
        CheckPlan(Config(part with { Write = (_, _) => Task.CompletedTask }), "0 bytes of content and something");
        CheckPlan(Config([.. Enumerable.Range(0, 128).Select(i => Disks.Empty($"p{i}", PartitionType.Var, 512))]), null);
        CheckPlan(Config([.. Enumerable.Range(0, 129).Select(i => Disks.Empty($"p{i}", PartitionType.Var, 512))]), "129 partitions");
        CheckPlan(Config() with { BootCode = new byte[440] }, null);
    }

    [Fact]
    public void Create_PartsThatTouch_AreAllowedAndThoseBehindFollow()
    {
        DiskPlan plan = DiskPlan.Create(Config(
            Disks.Empty("late", PartitionType.Var, 1 << 20) with { StartBytes = 5 << 20 },
            Disks.Empty("early", PartitionType.Var, 1 << 20) with { StartBytes = 4 << 20 },
            Disks.Empty("odd", PartitionType.Var, 1536),
            Disks.Empty("next", PartitionType.Var, 1 << 20)));
        Assert.Equal([5 << 20, 4 << 20, 6 << 20, 7 << 20], plan.Parts.Select(p => p.OffsetBytes));
        Assert.Equal(((6 << 20) / 512, ((6 << 20) / 512) + 2), (plan.Parts[2].Entry.FirstLba, plan.Parts[2].Entry.LastLba));
    }

    private static DiskConfig Config(params DiskPart[] parts) => new() { DiskId = Disks.Id("disk"), Parts = parts };

    private static void CheckPlan(DiskConfig config, string? problem)
    {
        if (problem is null)
        {
            Assert.True(DiskPlan.Create(config).SizeBytes > 0);
            return;
        }
        Assert.Contains(problem, Assert.Throws<StrataException>(() => DiskPlan.Create(config)).Message, StringComparison.Ordinal);
    }

    private static void Check(Table table, string? problem)
    {
        if (problem is null)
        {
            Assert.Equal(table.Used.Length, GptDisk.Read(new MemoryStream(table.ToBytes())).Entries.Count(e => e is not null));
            return;
        }
        Assert.Contains(problem, Refused(table.ToBytes()), StringComparison.Ordinal);
    }

    private static string Refused(byte[] disk) => Assert.Throws<ImageFormatException>(() => GptDisk.Read(new MemoryStream(disk))).Message;

    /// <summary>A disk of blocks of 512 bytes with four entries, one block of them, unless said.</summary>
    private sealed record Table
    {
        public int Blocks { get; init; }

        public int Count { get; init; } = 4;

        public int EntriesAt { get; init; } = 2;

        public long? FirstUsable { get; init; }

        public long? LastUsable { get; init; }

        public long? MirrorEntriesAt { get; init; }

        public (long First, long Last)[] Used { get; init; } = [];

        public Action<byte[]>? Change { get; init; }

        public static void Sum(Span<byte> header)
        {
            header.Slice(16, 4).Clear();
            BinaryPrimitives.WriteUInt32LittleEndian(header[16..], Crc32.Of(header[..92]));
        }

        public byte[] ToBytes()
        {
            byte[] entries = new byte[Math.Max(Count, 4) * 128];
            for (int i = 0; i < Used.Length; i++)
            {
                Span<byte> entry = entries.AsSpan(i * 128);
                PartitionType.Var.Id.TryWriteBytes(entry);
                Disks.Id($"part {i}").TryWriteBytes(entry[16..]);
                BinaryPrimitives.WriteInt64LittleEndian(entry[32..], Used[i].First);
                BinaryPrimitives.WriteInt64LittleEndian(entry[40..], Used[i].Last);
                entry[56] = (byte)('A' + i);
            }
            Change?.Invoke(entries);
            int length = Count * 128;
            int entryBlocks = (length + 511) / 512;
            long back = MirrorEntriesAt ?? Blocks - 1 - Math.Max(1, entryBlocks);
            byte[] disk = new byte[Blocks * 512];
            MasterBootRecord.ForGpt(Blocks).WriteTo(disk.AsSpan(0, 512));
            entries.AsSpan(0, length).CopyTo(disk.AsSpan(EntriesAt * 512));
            entries.AsSpan(0, Math.Min(length, (int)(disk.Length - (back * 512)))).CopyTo(disk.AsSpan((int)back * 512));
            Header(disk.AsSpan(512, 512), 1, Blocks - 1, EntriesAt, back);
            Header(disk.AsSpan(disk.Length - 512), Blocks - 1, 1, back, back);
            return disk;

            void Header(Span<byte> header, long own, long other, long entriesAt, long mirrorEntries)
            {
                header.Clear();
                "EFI PART"u8.CopyTo(header);
                (header[10], header[12]) = (1, 92);
                long first = FirstUsable ?? 2 + Math.Max(1, entryBlocks);
                long last = LastUsable ?? mirrorEntries - 1;
                foreach ((int at, long value) in (ReadOnlySpan<(int, long)>)[(24, own), (32, other), (40, first), (48, last), (72,
                    entriesAt), (80, Count)])
                {
                    BinaryPrimitives.WriteInt64LittleEndian(header[at..], value);
                }
                Disks.Id("disk").TryWriteBytes(header[56..]);
                header[84] = 128;
                BinaryPrimitives.WriteUInt32LittleEndian(header[88..], Crc32.Of(entries.AsSpan(0, length)));
                Sum(header);
            }
        }
    }
}
