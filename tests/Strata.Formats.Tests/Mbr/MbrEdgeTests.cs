using Strata.Core;
using Strata.Formats.Mbr;

namespace Strata.Formats.Tests.Mbr;

/// <summary>Each rule alone, at its edge, when writing and when reading.</summary>
public class MbrEdgeTests
{
    public static TheoryData<string, MbrPartition?[], string?> Records { get; } = new()
    {
        { "none", [], null },
        { "four", [P(1, 1), P(2, 1), P(3, 1), P(4, 1)], null },
        { "touching, out of order", [P(10, 5), P(5, 5)], null },
        { "overlap by one", [P(5, 6), P(10, 5)], "overlap" },
        { "overlap by one, out of order", [P(10, 5), P(5, 6)], "overlap" },
        { "one active", [P(5, 1) with { Active = true }, P(6, 1)], null },
        { "two active", [P(5, 1) with { Active = true }, P(6, 1) with { Active = true }], "more than one partition is active" },
        { "no type", [new MbrPartition(0, 1, 1)], "type 0x00" },
        { "sector 0", [P(0, 1)], "from 0 on" },
        { "no sectors", [P(1, 0)], "with 0 sectors" },
        { "to the last of 32 bits", [P(1, uint.MaxValue)], null },
        { "beyond 32 bits", [P(2, uint.MaxValue)], "is not possible" },
    };

    [Theory]
    [MemberData(nameof(Records), DisableDiscoveryEnumeration = true)]
    public void Rules_OfARecord_HoldInBothDirections(string name, MbrPartition?[] partitions, string? problem)
    {
        MasterBootRecord record = new() { Partitions = partitions };
        byte[] sector = new byte[512];
        if (problem is null)
        {
            sector.AsSpan().Fill(0xEE);
            record.WriteTo(sector);
            Assert.Equal(partitions, MasterBootRecord.Read(sector).Partitions.Take(partitions.Length));
            return;
        }
        Assert.Contains(problem, Assert.Throws<ArgumentException>(() => record.WriteTo(sector)).Message, StringComparison.Ordinal);
        (sector[510], sector[511]) = (0x55, 0xAA);
        for (int i = 0; i < partitions.Length; i++)
        {
            MbrPartition p = partitions[i]!;
            Span<byte> entry = sector.AsSpan(446 + (16 * i), 16);
            (entry[0], entry[4]) = (p.Active ? (byte)0x80 : (byte)0, p.Type);
            entry[1] = 1; // used, whatever the rest says
            BitConverter.TryWriteBytes(entry[8..], p.FirstLba);
            BitConverter.TryWriteBytes(entry[12..], p.Sectors);
        }
        Assert.True(name.Length > 0 && Assert.Throws<ImageFormatException>(() => MasterBootRecord.Read(sector)).Message.Contains(problem,
            StringComparison.Ordinal));
    }

    [Fact]
    public void WriteTo_FivePartitionsOr441BytesOfProgram_IsRefused()
    {
        byte[] sector = new byte[512];
        Assert.Throws<ArgumentException>(() => new MasterBootRecord { Partitions = [null, null, null, null, null] }.WriteTo(sector));
        Assert.Throws<ArgumentException>(() => new MasterBootRecord { Partitions = [], BootCode = new byte[441] }.WriteTo(sector));
        byte[] code = [.. Enumerable.Repeat((byte)7, 440)];
        new MasterBootRecord { Partitions = [], BootCode = code, DiskSignature = 0x04030201 }.WriteTo(sector);
        Assert.Equal([.. code, 1, 2, 3, 4, 0, 0], sector[..446]);
        Assert.Equal(code, MasterBootRecord.Read(sector).BootCode.ToArray());
    }

    [Fact]
    public void WriteTo_LargerSector_IsClearedToItsEnd()
    {
        byte[] sector = new byte[4096];
        sector.AsSpan().Fill(0xEE);
        new MasterBootRecord { Partitions = [] }.WriteTo(sector);
        Assert.Equal(2, sector.Count(b => b != 0));
    }

    // geometry of 255 heads and 63 sectors: 16,450,560 is the first sector that no cylinder of ten bits has
    [Theory]
    [InlineData(63, 1, "010100", "010100")]
    [InlineData(16_065, 16_065, "000101", "FE3F01")] // cylinder 1, from its first to its last
    [InlineData(16_450_559, 1, "FEFFFF", "FEFFFF")]
    [InlineData(16_434_494, 2, "FEFFFE", "00C1FF")] // the end of cylinder 1022, the first of 1023
    [InlineData(16_450_560, 1, "FEFFFF", "FEFFFF")]
    [InlineData(256 * 16_065, 1, "004100", "004100")]
    public void WriteTo_Addresses_AreOfTheOldGeometry(uint first, uint sectors, string start, string end)
    {
        byte[] sector = new byte[512];
        new MasterBootRecord { Partitions = [new MbrPartition(0x83, first, sectors)] }.WriteTo(sector);
        Assert.Equal((start, end), (Convert.ToHexString(sector, 447, 3), Convert.ToHexString(sector, 451, 3)));
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(0x80, null)]
    [InlineData(0x7F, "status")]
    [InlineData(0x81, "status")]
    [InlineData(1, "status")]
    public void Read_Status_IsActiveOrNot(byte status, string? problem)
    {
        byte[] sector = new byte[512];
        new MasterBootRecord { Partitions = [P(1, 1)] }.WriteTo(sector);
        sector[446] = status;
        if (problem is null)
        {
            Assert.Equal(status == 0x80, MasterBootRecord.Read(sector).Partitions[0]!.Active);
            return;
        }
        Assert.Contains(problem, Assert.Throws<ImageFormatException>(() => MasterBootRecord.Read(sector)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(510)]
    [InlineData(511)]
    public void Read_SignatureWithOneWrongByte_IsRefused(int at)
    {
        byte[] sector = new byte[512];
        new MasterBootRecord { Partitions = [] }.WriteTo(sector);
        sector[at] ^= 1;
        Assert.Throws<ImageFormatException>(() => MasterBootRecord.Read(sector));
        Assert.Throws<ImageFormatException>(() => MasterBootRecord.Read(new byte[511]));
    }

    // the unused active entry of hybrid images is told by all four of its values
    [Theory]
    [InlineData(0, 0)]
    [InlineData(4, 1)]
    [InlineData(8, 1)]
    [InlineData(12, 2)]
    public void Read_AlmostTheUnusedActiveEntry_IsAPartition(int at, byte value)
    {
        byte[] sector = new byte[512];
        new MasterBootRecord { Partitions = [] }.WriteTo(sector);
        (sector[446], sector[458]) = (0x80, 1);
        Assert.Null(MasterBootRecord.Read(sector).Partitions[0]);
        sector[446 + at] = value;
        Assert.Contains("is not possible", Assert.Throws<ImageFormatException>(() => MasterBootRecord.Read(sector)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void IsProtective_IsTheOneEntryOfThatDisk()
    {
        Assert.True(MasterBootRecord.ForGpt(1000).IsProtective(1000));
        Assert.False(MasterBootRecord.ForGpt(1000).IsProtective(1001));
        Assert.True(MasterBootRecord.ForGpt(1000, new byte[5]).IsProtective(1000));
        Assert.True(MasterBootRecord.ForGpt(1L << 40).IsProtective(1L << 41)); // both say "more than 32 bits tell"
        MbrPartition protective = new(0xEE, 1, 999);
        Assert.True(new MasterBootRecord { Partitions = [protective, null] }.IsProtective(1000));
        Assert.False(new MasterBootRecord { Partitions = [null, protective] }.IsProtective(1000));
        Assert.False(new MasterBootRecord { Partitions = [protective with { Sectors = 899 }, P(900, 100)] }.IsProtective(900));
        Assert.False(new MasterBootRecord { Partitions = [protective with { Active = true }] }.IsProtective(1000));
    }

    private static MbrPartition P(uint first, uint sectors) => new(0x83, first, sectors);
}
