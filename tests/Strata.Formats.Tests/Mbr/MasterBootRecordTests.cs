using Strata.Core;
using Strata.Formats.Mbr;
using Strata.Testing;

namespace Strata.Formats.Tests.Mbr;

public class MasterBootRecordTests
{
    // UEFI 2.10 Tables 5-3 and 5-4: boot indicator, starting CHS, type, ending CHS, starting LBA, size in LBA
    [Theory]
    [InlineData(20_000_000, "00000200EEFFFFFF01000000FF2C3101")]
    [InlineData(1L << 33, "00000200EEFFFFFF01000000FFFFFFFF")]
    [InlineData(38_912, "00000200EE6B290201000000FF970000")] // 38911 = cylinder 2, head 107, sector 41 of 255 heads and 63 sectors
    public void WriteTo_Protective_IsAsSpecified(long sectors, string expected)
    {
        byte[] sector = new byte[512];
        MasterBootRecord.ForGpt(sectors).WriteTo(sector);
        Assert.Equal(expected, Convert.ToHexString(sector, 446, 16));
        Assert.Equal("55AA", Convert.ToHexString(sector, 510, 2));
        Assert.False(sector.AsSpan(462, 48).ContainsAnyExcept((byte)0));
    }

    [Fact]
    public void Read_WhatWasWritten_IsTheSame()
    {
        MasterBootRecord record = new()
        {
            BootCode = new byte[] { 0xEB, 0xFE },
            DiskSignature = 0xCAFEBABE,
            Partitions = [new MbrPartition(0x0C, 2048, 8192, Active: true), null, new MbrPartition(0x83, 16384, 4096)],
        };
        byte[] sector = new byte[512];
        record.WriteTo(sector);
        MasterBootRecord read = MasterBootRecord.Read(sector);
        Assert.Equal([.. record.Partitions, null], read.Partitions);
        Assert.Equal(record.DiskSignature, read.DiskSignature);
        Assert.True(read.BootCode.Span.StartsWith(record.BootCode.Span));
        Assert.False(read.IsProtective(20480));
    }

    [SkippableFact]
    public void WriteTo_TwoPartitions_SfdiskAgrees()
    {
        byte[] disk = new byte[20480 * 512];
        new MasterBootRecord
        {
            DiskSignature = 0xCAFEBABE,
            Partitions = [new MbrPartition(0x0C, 2048, 8192, Active: true), new MbrPartition(0x83, 10240, 10240)],
        }.WriteTo(disk.AsSpan(0, 512));
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["disk"], disk);
        (int exitCode, string output) = Oracle.Run("sfdisk", "--verify", folder["disk"]);
        Assert.True(exitCode == 0 && output.Contains("No errors detected", StringComparison.Ordinal), output);
        (_, output) = Oracle.Run("sfdisk", "--dump", folder["disk"]);
        Assert.Contains("label-id: 0xcafebabe", output, StringComparison.Ordinal);
        Assert.Contains("start=        2048, size=        8192, type=c, bootable", output, StringComparison.Ordinal);
        Assert.Contains("start=       10240, size=       10240, type=83", output, StringComparison.Ordinal);
    }

    [Fact]
    public void WriteTo_BrokenRecord_SaysEverything()
    {
        MasterBootRecord record = new()
        {
            BootCode = new byte[441],
            Partitions = [new MbrPartition(0x83, 1, 100, true), new MbrPartition(0x83, 50, 100, true), new MbrPartition(0, 5, 5)],
        };
        string message = Assert.Throws<ArgumentException>(() => record.WriteTo(new byte[512])).Message;
        Assert.Contains("at most 440 bytes, not 441", message, StringComparison.Ordinal);
        Assert.Contains("more than one partition is active", message, StringComparison.Ordinal);
        Assert.Contains("overlap", message, StringComparison.Ordinal);
        Assert.Contains("type 0x00", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ActiveEntryOfTypeZero_IsUnused()
    {
        byte[] sector = new byte[512];
        MasterBootRecord.ForGpt(1000).WriteTo(sector);
        sector[446 + 16] = 0x80; // as hybrid ISO images have it, for firmware that wants something active
        sector[446 + 16 + 12] = 1;
        MasterBootRecord read = MasterBootRecord.Read(sector);
        Assert.True(read.IsProtective(1000));
        Assert.Null(read.Partitions[1]);
    }

    [Fact]
    public void Read_RandomSectors_OnlyFormatExceptionsLeave()
    {
        Random random = new(1);
        byte[] sector = new byte[512];
        int refused = 0;
        for (int round = 0; round < 5000; round++)
        {
            random.NextBytes(sector);
            (sector[510], sector[511]) = (0x55, 0xAA);
            for (int i = 0; i < 4; i++)
            {
                sector[446 + (16 * i)] = random.Next(2) == 0 ? (byte)0x80 : (byte)0;
            }
            try
            {
                MasterBootRecord.Read(sector);
            }
            catch (ImageFormatException)
            {
                refused++;
            }
        }
        Assert.InRange(refused, 4000, 5000);
    }
}
