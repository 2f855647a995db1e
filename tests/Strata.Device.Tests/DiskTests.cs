using System.Buffers.Binary;
using System.Text;
using Strata.Device.Disks;
using Strata.Device.Firmware;
using Strata.Testing;

namespace Strata.Device.Tests;

public class DiskTests
{
    private static readonly Guid s_type = new("5c1ed6ae-2f0b-4d35-9a3c-7d8f1b6e5a21"); // any: sgdisk takes types that it does not know

    [SkippableTheory]
    [InlineData("mkfs.vfat", "vfat", "STRATA", "57A7-A001", "-n", "STRATA", "-i", "57a7a001")]
    [InlineData("mkfs.vfat", "vfat", "", "57A7-A001", "-F", "32", "-i", "57a7a001")]
    [InlineData("mkfs.vfat", "vfat", "", "57A7-A001", "-S", "1024", "-i", "57a7a001")]
    [InlineData("mkfs.vfat", "vfat", "", "57A7-A001", "-S", "2048", "-i", "57a7a001")]
    [InlineData("mkfs.vfat", "vfat", "STRATA", "57A7-A001", "-S", "4096", "-n", "STRATA", "-i", "57a7a001")]
    [InlineData("mkfs.vfat", "vfat", "", "57A7-A001", "-f", "1", "-i", "57a7a001")]
    [InlineData("mke2fs", "ext4", "Keep", "0b2f6c1e-3c52-4f0a-9d77-6a2f1c9b8e10", "-q", "-F", "-L", "Keep", "-U", "0b2f6c1e-3c52-4f0a-9d77-6a2f1c9b8e10")]
    public void Probe_MadeByItsOwnTool_IsRecognised(string tool, string type, string label, string uuid, params string[] arguments)
    {
        using TemporaryFolder folder = new();
        string path = folder["volume"];
        File.WriteAllBytes(path, new byte[40 << 20]);
        (int exitCode, string output) = Oracle.Run(tool, [.. arguments, path]);
        Assert.True(exitCode == 0, output);
        Assert.Equal(new FileSystemFacts(type, label, uuid), Probe(File.ReadAllBytes(path)));
    }

    // offsets typed from the sources named in FileSystemProbe
    [Fact]
    public void Probe_FieldsAtTheirOffsets_AreRead()
    {
        Guid id = new("0b2f6c1e-3c52-4f0a-9d77-6a2f1c9b8e10");
        byte[] uuid = id.ToByteArray(bigEndian: true);
        byte[] volume = new byte[1 << 17];
        uuid.CopyTo(volume.AsSpan(65536 + 32));
        "_BHRfS_M"u8.CopyTo(volume.AsSpan(65536 + 64));
        "pool"u8.CopyTo(volume.AsSpan(65536 + 299));
        Assert.Equal(new FileSystemFacts("btrfs", "pool", id.ToString()), Probe(volume));

        volume = new byte[1 << 17];
        "\u0001CD001"u8.CopyTo(volume.AsSpan(32768));
        "STRATA          "u8.CopyTo(volume.AsSpan(32768 + 40));
        "2026112103040500"u8.CopyTo(volume.AsSpan(32768 + 813));
        Assert.Equal(new FileSystemFacts("iso9660", "STRATA", "2026-11-21-03-04-05-00"), Probe(volume));

        volume = new byte[1 << 17];
        "XFSB"u8.CopyTo(volume);
        uuid.CopyTo(volume.AsSpan(32));
        "big"u8.CopyTo(volume.AsSpan(108));
        Assert.Equal(new FileSystemFacts("xfs", "big", id.ToString()), Probe(volume));

        volume = new byte[1 << 17];
        BinaryPrimitives.WriteUInt32LittleEndian(volume.AsSpan(1024), 0xF2F52010);
        uuid.CopyTo(volume.AsSpan(1024 + 108));
        Encoding.Unicode.GetBytes("card").CopyTo(volume.AsSpan(1024 + 124));
        Assert.Equal(new FileSystemFacts("f2fs", "card", id.ToString()), Probe(volume));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(511)]
    [InlineData(4096)]
    public void Probe_ShortOrEmpty_IsNothing(int length) => Assert.Null(Probe(new byte[length]));

    [Fact]
    public void Probe_AnyBytes_NeverFails()
    {
        byte[] volume = new byte[70_000];
        uint state = 1;
        for (int round = 0; round < 200; round++)
        {
            for (int i = 0; i < volume.Length; i += 7)
            {
                unchecked
                {
                    state = (state * 1664525) + 1013904223;
                }
                volume[i] = (byte)(state >> 24);
            }
            volume[510] = 0x55;
            volume[511] = 0xAA;
            volume[1080] = 0x53;
            volume[1081] = (byte)(round % 2 == 0 ? 0xEF : 0);
            _ = Probe(volume);
        }
    }

    [SkippableFact]
    public void PartitionEntry_InATableOfSgdisk_IsRead()
    {
        using TemporaryFolder folder = new();
        string path = folder["disk"];
        Guid id = new("0b2f6c1e-3c52-4f0a-9d77-6a2f1c9b8e10");
        File.WriteAllBytes(path, new byte[8 << 20]);
        (int exitCode, string output) = Oracle.Run(
            "sgdisk", "-n", "1:0:+1M", "-n", "2:0:+1M", "-t", "1:ef00", "-t", $"2:{s_type}", "-c", "2:STRATA",
            "-u", $"2:{id}", "-n", "128:0:+1M", "-t", $"128:{s_type}", path); // 128: the last entry that its table has
        Assert.True(exitCode == 0, output);
        ReadBytes read = Reader(File.ReadAllBytes(path));
        Assert.Equal(new Guid("c12a7328-f81f-11d2-ba4b-00a0c93ec93b"), PartitionEntry.Read(read, 1).Type); // UEFI 2.10 Table 5-7
        Assert.Equal(new PartitionEntry(s_type, id), PartitionEntry.Read(read, 2));
        Assert.Equal(s_type, PartitionEntry.Read(read, 128).Type);
        Assert.Equal(default, PartitionEntry.Read(read, 129));
        Assert.Equal(default, PartitionEntry.Read(read, 0));
        Assert.Equal(default, PartitionEntry.Read(read, 3));
        Assert.Equal(default, PartitionEntry.Read(read, 1000));
        Assert.Equal(default, PartitionEntry.Read(Reader(new byte[1 << 16]), 1));
    }

    // UEFI 2.10 Table 5-5: the header lies in the second block, entries from a block that it names, each of 128 bytes or more
    [Theory]
    [InlineData(512, 128, true)]
    [InlineData(4096, 128, true)]
    [InlineData(4096, 4096, true)]
    [InlineData(4096, 127, false)]
    [InlineData(4096, 4097, false)]
    public void PartitionEntry_BlocksAndEntriesOfAnySize_AreFound(int block, int size, bool isRead)
    {
        Guid id = new("0b2f6c1e-3c52-4f0a-9d77-6a2f1c9b8e10");
        byte[] disk = new byte[64 << 10];
        "EFI PART"u8.CopyTo(disk.AsSpan(block));
        BinaryPrimitives.WriteInt64LittleEndian(disk.AsSpan(block + 72), 2);
        BinaryPrimitives.WriteInt32LittleEndian(disk.AsSpan(block + 80), 4);
        BinaryPrimitives.WriteInt32LittleEndian(disk.AsSpan(block + 84), size);
        s_type.TryWriteBytes(disk.AsSpan((2 * block) + (3 * size)));
        id.TryWriteBytes(disk.AsSpan((2 * block) + (3 * size) + 16));
        Assert.Equal(isRead ? new PartitionEntry(s_type, id) : default, PartitionEntry.Read(Reader(disk), 4));
        Assert.Equal(default, PartitionEntry.Read(Reader(disk), 5));
    }

    [Fact]
    public void Uevent_Partition_HasNumberAndLabel() => Assert.Equal(
        new UeventFile(2, "My store"), UeventFile.Parse("MAJOR=254\nMINOR=2\nDEVNAME=vda2\nDEVTYPE=partition\nDISKSEQ=9\nPARTN=2\nPARTNAME=My store\n"));

    // attributes 6: boot service and runtime access (UEFI 2.10 §8.2); 7: non-volatile too, so kept from an earlier system
    [Theory]
    [InlineData(6, "57A7A000-0000-4000-8000-000000000001\0", "57a7a000-0000-4000-8000-000000000001")]
    [InlineData(6, "57a7a000-0000-4000-8000-000000000001", "57a7a000-0000-4000-8000-000000000001")]
    [InlineData(7, "57A7A000-0000-4000-8000-000000000001\0", "00000000-0000-0000-0000-000000000000")]
    [InlineData(6, "57A7A000-0000-4000-8000-00000000000\0", "00000000-0000-0000-0000-000000000000")]
    [InlineData(6, "{57A7A00-0000-4000-8000-00000000001}", "00000000-0000-0000-0000-000000000000")]
    [InlineData(6, "", "00000000-0000-0000-0000-000000000000")]
    public void BootPartition_Variable_IsThatOfThisStart(byte attributes, string text, string expected) =>
        Assert.Equal(new Guid(expected), BootPartition.Parse([attributes, 0, 0, 0, .. Encoding.Unicode.GetBytes(text)]));

    // one that outlives a restart (bit 0) was not set by the boot program
    [Theory]
    [InlineData(6, "\\EFI\\Linux\\box_1+2-1.efi\0", "\\EFI\\Linux\\box_1+2-1.efi")]
    [InlineData(7, "\\EFI\\Linux\\box_1+2-1.efi\0", "")]
    [InlineData(6, "\\EFI\\Linux\\box_1+2-1.efi", "")]
    [InlineData(6, "", "")]
    public void LoaderVariable_Text_IsThatOfThisStart(byte attributes, string text, string expected)
    {
        byte[] file = [attributes, 0, 0, 0, .. Encoding.Unicode.GetBytes(text)];
        Assert.Equal(expected, LoaderVariables.TextOf(file));
        Assert.Equal("", LoaderVariables.TextOf(file[..^1])); // half a character
        Assert.Equal("", LoaderVariables.TextOf(null));
    }

    [Fact]
    public void BootPartition_OnTwoDisks_NamesBoth()
    {
        Guid id = new("57a7a000-0000-4000-8000-000000000001");
        BlockDevice own = Device("vda1", "vfat", "ESP") with { Disk = "vda", PartitionId = id };
        BlockDevice copy = Device("sda1", "vfat", "ESP") with { Disk = "sda", PartitionId = id };
        BlockDevice other = Device("sdb", "ext4", "");
        Assert.Equal(["vda"], BootPartition.DisksWith([other, own], id));
        Assert.Equal(["sda", "vda"], BootPartition.DisksWith([copy, other, own], id));
        Assert.Empty(BootPartition.DisksWith([other], Guid.Empty)); // a disk without a table has an empty identity too
        Assert.Empty(BootPartition.DisksWith([], id));
    }

    [Theory]
    [InlineData("sda2", true)]
    [InlineData("/dev/sda2", true)]
    [InlineData("keep", true)] // label of the file system, which FAT has in upper case
    [InlineData("0B2F-6C1E", true)]
    [InlineData("my part", true)]
    [InlineData("SDA2", false)] // names of devices are as they are
    [InlineData("/dev/sda", false)]
    [InlineData("", false)]
    public void IsCalled_EachOfItsNames_IsIt(string name, bool expected)
    {
        BlockDevice device = Device("sda2", "vfat", "KEEP") with { PartitionLabel = "My part", FileSystem = new("vfat", "KEEP",
            "0b2f-6c1e") };
        Assert.Equal(expected, device.IsCalled(name));
        Assert.False((device with { PartitionLabel = "", FileSystem = null }).IsCalled(""));
    }

    [Theory]
    [InlineData(1L << 20, "1.0 MiB")]
    [InlineData((1L << 30) - (1L << 20), "1023.0 MiB")]
    [InlineData(1L << 30, "1.0 GiB")]
    [InlineData(3L << 29, "1.5 GiB")]
    public void SizeText_FromAGibibyteOn_CountsThem(long bytes, string expected) => Assert.Equal(expected, BlockDevice.SizeText(bytes));

    [Fact]
    public void Describe_LabelOfAStranger_CannotSteerTheTerminal()
    {
        string text = Device("sda1", "ext4", "\u001b[2Jevil\u0007" + new string('x', 200)).Describe();
        Assert.DoesNotContain('\u001b', text);
        Assert.DoesNotContain('\u0007', text);
        Assert.True(text.Length < 120);
    }

    private static BlockDevice Device(string name, string type, string label) => new() { Name = name, Size = 1 << 20, FileSystem = new FileSystemFacts(type, label, "") };

    private static FileSystemFacts? Probe(byte[] volume) => FileSystemProbe.Probe(Reader(volume));

    private static ReadBytes Reader(byte[] bytes) => (offset, buffer) =>
    {
        if (offset < 0 || offset + buffer.Length > bytes.Length)
        {
            return false;
        }
        bytes.AsSpan((int)offset, buffer.Length).CopyTo(buffer);
        return true;
    };
}
