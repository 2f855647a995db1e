using System.Buffers.Binary;
using System.Text;
using Strata.Device.Disks;

namespace Strata.Device.Tests;

/// <summary>
/// A FAT boot sector is told by all its fields together (Microsoft FAT specification §3.1), so each of them is spoiled
/// alone.
/// </summary>
public class ProbeEdgeTests
{
    [Theory]
    [InlineData(510, "55AA", true)]
    [InlineData(510, "AA55", false)]
    [InlineData(511, "AB", false)]
    [InlineData(11, "0001", false)] // bytes in a sector
    [InlineData(11, "0002", true)]
    [InlineData(11, "0003", false)]
    [InlineData(11, "0004", true)]
    [InlineData(11, "0008", true)]
    [InlineData(11, "0010", true)]
    [InlineData(11, "0020", false)]
    [InlineData(13, "00", false)] // sectors in a cluster
    [InlineData(13, "01", true)]
    [InlineData(13, "03", false)]
    [InlineData(13, "80", true)]
    [InlineData(14, "0000", false)] // reserved sectors
    [InlineData(14, "0001", true)]
    [InlineData(16, "00", false)] // FATs
    [InlineData(16, "01", true)]
    [InlineData(16, "02", true)]
    [InlineData(16, "03", false)]
    [InlineData(21, "EF", false)] // media
    [InlineData(21, "F0", true)]
    [InlineData(21, "FF", true)]
    [InlineData(3, "4E54465320202020", false)] // NTFS has the same fields
    [InlineData(3, "4E54465320202000", true)]
    public void Probe_FatSectorWithOneChange_IsFatOrNot(int at, string hex, bool expected)
    {
        byte[] volume = Fat(is32: false);
        Convert.FromHexString(hex).CopyTo(volume, at);
        Assert.Equal(expected, Probe(volume) is { Type: "vfat" });
    }

    [Theory]
    [InlineData(false, 36)]
    [InlineData(true, 64)]
    public void Probe_LabelAndSerial_AreWhereTheKindOfFatHasThem(bool is32, int extended)
    {
        byte[] volume = Fat(is32);
        Assert.Equal(new FileSystemFacts("vfat", "MINE", "0403-0201"), Probe(volume));
        "NO NAME    "u8.CopyTo(volume.AsSpan(extended + 7));
        Assert.Equal(new FileSystemFacts("vfat", "", "0403-0201"), Probe(volume));
        volume[extended + 2] = 0x28; // no label follows
        Assert.Equal(new FileSystemFacts("vfat", "", ""), Probe(volume));
    }

    [Theory]
    [InlineData(0, 2, null)] // another descriptor
    [InlineData(5, (byte)'2', null)]
    [InlineData(6, 9, "2026-11-21-03-04-05-00")] // its version is not looked at
    [InlineData(828, 0, "")] // a date that is cut off
    public void Probe_Iso_IsToldByItsMark(int at, byte value, string? uuid)
    {
        byte[] volume = new byte[1 << 16];
        "\u0001CD001\u0001"u8.CopyTo(volume.AsSpan(32768));
        "2026112103040500"u8.CopyTo(volume.AsSpan(32768 + 813));
        volume[32768 + at] = value;
        Assert.Equal(uuid, Probe(volume)?.Uuid);
    }

    [Fact]
    public void Probe_LabelsThatFillTheirField_AreWhole()
    {
        byte[] volume = new byte[1 << 17];
        BinaryPrimitives.WriteUInt16LittleEndian(volume.AsSpan(0x438), 0xEF53);
        "sixteen-letters."u8.CopyTo(volume.AsSpan(0x478));
        Assert.Equal("sixteen-letters.", Probe(volume)!.Label);
        volume = new byte[1 << 17];
        "XFSB"u8.CopyTo(volume);
        "twelve-lette"u8.CopyTo(volume.AsSpan(108));
        volume[120] = (byte)'!';
        Assert.Equal("twelve-lette", Probe(volume)!.Label);
        volume = new byte[1 << 17];
        BinaryPrimitives.WriteUInt32LittleEndian(volume.AsSpan(1024), 0xF2F52010);
        Encoding.Unicode.GetBytes(new string('x', 512)).CopyTo(volume.AsSpan(1024 + 124));
        Assert.Equal(512, Probe(volume)!.Label.Length);
    }

    [Theory]
    [InlineData("PARTN=7\nPARTNAME=a=b\n", 7, "a=b")]
    [InlineData("PARTN=-7\nXPARTNAME=a\n", 0, "")]
    [InlineData("PARTNAME=\nPARTN=x", 0, "")]
    [InlineData("PARTN=1\nPARTN=2", 2, "")]
    public void Uevent_OddLines_AreReadOrPassedOver(string text, int number, string label) => Assert.Equal(new UeventFile(number, label),
        UeventFile.Parse(text));

    private static byte[] Fat(bool is32)
    {
        byte[] volume = new byte[1 << 17];
        "mkfs.fat"u8.CopyTo(volume.AsSpan(3));
        BinaryPrimitives.WriteUInt16LittleEndian(volume.AsSpan(11), 512);
        volume[13] = 4;
        BinaryPrimitives.WriteUInt16LittleEndian(volume.AsSpan(14), 1);
        volume[16] = 2;
        volume[21] = 0xF8;
        BinaryPrimitives.WriteUInt16LittleEndian(volume.AsSpan(22), (ushort)(is32 ? 0 : 20));
        int extended = is32 ? 64 : 36;
        volume[extended + 2] = 0x29;
        BinaryPrimitives.WriteUInt32LittleEndian(volume.AsSpan(extended + 3), 0x04030201);
        "MINE       "u8.CopyTo(volume.AsSpan(extended + 7));
        (volume[510], volume[511]) = (0x55, 0xAA);
        return volume;
    }

    private static FileSystemFacts? Probe(byte[] volume) => FileSystemProbe.Probe((offset, buffer) =>
    {
        if (offset + buffer.Length > volume.Length)
        {
            return false;
        }
        volume.AsSpan((int)offset, buffer.Length).CopyTo(buffer);
        return true;
    });
}
