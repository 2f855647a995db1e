using System.Buffers.Binary;
using System.Text;
using Strata.Device.Disks;
using Strata.Flash.Contents;
using Strata.Testing;

namespace Strata.Flash.Tests;

public class ContentsTests
{
    private const int MiB = 1 << 20;

    [SkippableFact]
    public void Of_DiskOfSgdisk_ShowsPartitionsWithTheirFileSystems()
    {
        using TemporaryFolder folder = new();
        string disk = Sized(folder["disk"], 64 * MiB);
        string volume = Sized(folder["volume"], 20 * MiB);
        Judge("mkfs.vfat", "-n", "PHOTOS", volume);
        Judge("sgdisk", "--new=1:2048:+20M", "--change-name=1:My pictures", "--new=3:0:+8M", disk);
        Copy(volume, disk, MiB);
        DiskContents contents = DiskContents.Of(disk);
        Assert.Equal("GPT", contents.Table);
        Assert.Equal([(1, 20L * MiB, "My pictures", "vfat PHOTOS"), (3, 8L * MiB, "", " ")],
            contents.Volumes.Select(v => (v.Number, v.Size, v.Label, v.FileSystem?.Type + " " + v.FileSystem?.Label)));
        Assert.False(contents.IsBlank);
    }

    [SkippableFact]
    public void Of_DiskWhosePartitionsHaveTheLastEntries_ShowsThem()
    {
        using TemporaryFolder folder = new();
        string disk = Sized(folder["disk"], 8 * MiB);
        Judge("sgdisk", "--new=127:4096:+1M", "--new=128:2048:+1M", "--change-name=128:last", disk);
        Assert.Equal([(127, ""), (128, "last")], DiskContents.Of(disk).Volumes.Select(v => (v.Number, v.Label)).Order());
    }

    [SkippableFact]
    public void Of_FileSystemOnTheWholeDisk_IsNoTable()
    {
        using TemporaryFolder folder = new();
        string disk = Sized(folder["disk"], 40 * MiB);
        Judge("mkfs.vfat", "-n", "STICK", disk);
        DiskContents contents = DiskContents.Of(disk);
        Assert.Equal("", contents.Table);
        Assert.Equal((0, "STICK"), (contents.Volumes.Single().Number, contents.Volumes.Single().FileSystem?.Label));
        Judge("mke2fs", "-q", "-F", "-L", "keep", disk);
        FileSystemFacts? whole = DiskContents.Of(disk).Volumes.Single().FileSystem;
        Assert.Equal(("ext4", "keep"), (whole?.Type, whole?.Label));
    }

    // UEFI 2.10 §5.2.1; a logical partition has a record of its own in front of it
    [Fact]
    public void Read_MbrWithLogicalPartitions_ShowsThemAsTheKernelCountsThem()
    {
        byte[] disk = new byte[16 * MiB];
        Record(disk, 0, (0x80, 0x0C, 2048, 2048), (0, 0x0F, 8192, 16384));
        Record(disk, 8192, (0, 0x83, 63, 100), (0, 0x05, 4096, 200));
        Record(disk, 8192 + 4096, (0, 0x83, 63, 300));
        DiskContents contents = DiskContents.Read(ReaderOf(disk), disk.Length);
        Assert.Equal("MBR", contents.Table);
        Assert.Equal([(1, 2048L * 512), (5, 100L * 512), (6, 300L * 512)], contents.Volumes.Select(v => (v.Number, v.Size)));
    }

    [Fact]
    public void Read_LogicalPartitionsInACircle_ComeToAnEnd()
    {
        byte[] disk = new byte[16 * MiB];
        Record(disk, 0, (0, 0x05, 8192, 16384));
        Record(disk, 8192, (0, 0x83, 63, 100), (0, 0x05, 4096, 200));
        Record(disk, 8192 + 4096, (0, 0x83, 63, 300), (0, 0x05, 4096, 200));
        Assert.InRange(DiskContents.Read(ReaderOf(disk), disk.Length).Volumes.Count, 2, 256);
    }

    [Theory]
    [InlineData(3, "NTFS    ", "ntfs")]
    [InlineData(3, "EXFAT   ", "exfat")]
    [InlineData(0, "hsqs", "squashfs")]
    [InlineData(32, "NXSB", "apfs")]
    [InlineData(1024, "H+", "hfsplus")]
    [InlineData(512, "LABELONE", "LVM member")]
    [InlineData(1536, "LABELONE", "LVM member")]
    [InlineData(4086, "SWAPSPACE2", "swap")]
    [InlineData(4096, "\u00fc\u004e\u002b\u00a9", "RAID member")]
    public void Read_WhatOthersMake_IsNamed(int offset, string mark, string type)
    {
        byte[] disk = new byte[MiB];
        Encoding.Latin1.GetBytes(mark).CopyTo(disk, offset);
        Assert.Equal(type, DiskContents.Read(ReaderOf(disk), disk.Length).Volumes.Single().FileSystem?.Type);
    }

    [Theory]
    [InlineData(1, "")]
    [InlineData(2, "vault")]
    public void Read_Luks_HasALabelFromVersion2On(ushort version, string label)
    {
        byte[] disk = new byte[MiB];
        "LUKS"u8.CopyTo(disk);
        (disk[4], disk[5]) = (0xBA, 0xBE);
        BinaryPrimitives.WriteUInt16BigEndian(disk.AsSpan(6), version);
        "vault"u8.CopyTo(disk.AsSpan(24));
        FileSystemFacts? found = DiskContents.Read(ReaderOf(disk), disk.Length).Volumes.Single().FileSystem;
        Assert.Equal(new FileSystemFacts("crypto_LUKS", label, ""), found);
    }

    [Fact]
    public void Read_NothingKnown_IsBlankOnlyWhenItIsZero()
    {
        byte[] disk = new byte[2 * MiB];
        Assert.True(DiskContents.Read(ReaderOf(disk), disk.Length).IsBlank);
        disk[MiB - 1] = 1;
        Assert.False(DiskContents.Read(ReaderOf(disk), disk.Length).IsBlank);
        Assert.Empty(DiskContents.Read(ReaderOf(disk), disk.Length).Volumes);
    }

    [Fact]
    public void Of_WhatCannotBeRead_SaysSo() => Assert.False(DiskContents.Of("/nowhere/at/all").IsReadable);

    private static ReadBytes ReaderOf(byte[] disk) => (offset, buffer) =>
    {
        if (offset < 0 || offset + buffer.Length > disk.Length)
        {
            return false;
        }
        disk.AsSpan((int)offset, buffer.Length).CopyTo(buffer);
        return true;
    };

    private static void Record(byte[] disk, int sector, params (byte Status, byte Kind, uint Start, uint Count)[] entries)
    {
        Span<byte> record = disk.AsSpan(sector * 512, 512);
        for (int i = 0; i < entries.Length; i++)
        {
            Span<byte> entry = record.Slice(446 + (16 * i), 16);
            (entry[0], entry[4]) = (entries[i].Status, entries[i].Kind);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[8..], entries[i].Start);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[12..], entries[i].Count);
        }
        (record[510], record[511]) = (0x55, 0xAA);
    }

    private static string Sized(string path, long bytes)
    {
        using FileStream file = File.Create(path);
        file.SetLength(bytes);
        return path;
    }

    private static void Copy(string from, string to, long offset)
    {
        using FileStream target = File.OpenWrite(to);
        target.Position = offset;
        target.Write(File.ReadAllBytes(from));
    }

    private static void Judge(string program, params string[] arguments)
    {
        (int exitCode, string output) = Oracle.Run(program, arguments);
        Assert.True(exitCode == 0, output);
    }
}
