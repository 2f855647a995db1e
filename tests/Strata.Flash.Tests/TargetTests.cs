using Strata.Core;
using Strata.Flash.Targets;

namespace Strata.Flash.Tests;

public class TargetTests
{
    private const long GiB = 1L << 30;
    private const string Usb = "pci0000:00/0000:00:14.0/usb2/2-1/2-1:1.0/host4/target4:0:0/4:0:0:0";

    [Fact]
    public void All_OnlyWhatIsPluggedIn_IsRemovable()
    {
        using MadeMachine machine = new();
        machine.Disk("sda", 500 * GiB)
            .Disk("sdb", 8 * GiB, Usb, removable: true).Write("sdb", "device/vendor", "SanDisk ").Write("sdb", "device/model", "Ultra   ")
            .Disk("sdc", 1000 * GiB, Usb + "x") // a disk in a case says that it is none to be removed
            .Disk("mmcblk0", 32 * GiB, "platform/mmc0/mmc0:0001").Write("mmcblk0", "device/type", "MMC")
            .Write("mmcblk0", "device/name", "8GTF4R")
            .Disk("mmcblk1", 16 * GiB, "platform/mmc1/mmc1:aaaa").Write("mmcblk1", "device/type", "SD")
            .Write("mmcblk1", "device/name", "SC16G")
            .Disk("sdd", 0, Usb + "y", removable: true) // a reader without a card
            .Disk("sr0", GiB, removable: true).Disk("zram0", GiB).Mapping("dm-0", "vg-root", "sda").Mapping("md0", "");
        IReadOnlyList<FlashTarget> all = machine.Catalog.All();
        Assert.Equal(["mmcblk0", "mmcblk1", "sda", "sdb", "sdc"], all.Select(t => t.Name));
        Assert.Equal(["mmcblk1", "sdb", "sdc"], all.Where(t => t.IsRemovable).Select(t => t.Name));
        FlashTarget stick = all.Single(t => t.Name == "sdb");
        Assert.Equal(("SanDisk Ultra", 8 * GiB, "/dev/sdb"), (stick.Model, stick.Size, stick.Path));
        Assert.Equal("SC16G", all.Single(t => t.Name == "mmcblk1").Model);
    }

    [Theory]
    [InlineData("sdb1", "it is a partition of sdb; images are written to whole disks")]
    [InlineData("dm-0", "it is made of other disks; images are written to disks themselves")]
    [InlineData("sr0", "it is a drive for discs, which other programs burn")]
    [InlineData("zram0", "it is no disk")]
    [InlineData("sdq", null)]
    [InlineData("../block/sdb", null)]
    [InlineData("..", null)]
    [InlineData("", null)]
    public void Find_NoWholeDisk_IsNoneAndTheReasonIsKnown(string name, string? reason)
    {
        using MadeMachine machine = new();
        machine.Disk("sdb", GiB, partitions: "sdb1").Mapping("dm-0", "x").Disk("sr0", GiB).Disk("zram0", GiB);
        Assert.Null(machine.Catalog.Find(name));
        Assert.Equal(reason, machine.Catalog.ReasonNoDisk(name));
    }

    [Fact]
    public void Uses_MountedPartition_IsRefusedWithThePlace()
    {
        using MadeMachine machine = new();
        machine.Disk("sdb", 8 * GiB, Usb, removable: true, partitions: "sdb1 sdb2");
        machine.Mounts($"40 1 {machine.NumbersOf("sdb2")} / /media/my\\040stick rw,nosuid shared:7 - vfat /dev/sdb2 rw");
        StrataException? problem = ProblemOf(machine, "sdb");
        Assert.Equal("cannot write to /dev/sdb: it is in use; sdb2 is mounted at /media/my stick", problem?.Message);
        Assert.Equal("If it is the right one: umount '/media/my stick'", problem?.Hint);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/boot/efi")]
    [InlineData("/usr")]
    public void Uses_SystemOnAPartition_IsTheSystemsOwn(string place)
    {
        using MadeMachine machine = new();
        machine.Disk("sda", 8 * GiB, Usb, removable: true, partitions: "sda1");
        machine.Mounts($"40 1 {machine.NumbersOf("sda1")} / {place} rw - ext4 /dev/root rw");
        Assert.Equal(
            $"cannot write to /dev/sda: this system itself lies on it; sda1 is mounted at {place}", ProblemOf(machine, "sda")?.Message);
    }

    /// <summary>Two disks as RAID, encrypted, with logical volumes of which one is the root: each disk is the system's own.</summary>
    [Fact]
    public void Uses_SystemUnderRaidEncryptionAndVolumes_IsFoundFromEachDisk()
    {
        using MadeMachine machine = new();
        machine.Disk("sda", 8 * GiB, partitions: "sda1").Disk("sdb", 8 * GiB, partitions: "sdb1")
            .Mapping("md127", "", "sda1", "sdb1").Mapping("dm-0", "crypt", "md127").Mapping("dm-1", "vg-root", "dm-0")
            .Mapping("dm-2", "vg-data", "dm-0");
        machine.Mounts($"40 1 {machine.NumbersOf("dm-1")} / / rw - ext4 /dev/mapper/vg-root rw");
        foreach (string disk in (string[])["sda", "sdb"])
        {
            Assert.Equal(
                $"cannot write to /dev/{disk}: this system itself lies on it; {disk}1 is part of md127", ProblemOf(machine, disk)?.Message);
        }
    }

    [Fact]
    public void Uses_MappingThatNobodyMounted_IsAUseToo()
    {
        using MadeMachine machine = new();
        machine.Disk("sdb", 8 * GiB, Usb, removable: true, partitions: "sdb1").Mapping("dm-0", "vault", "sdb1");
        StrataException? problem = ProblemOf(machine, "sdb");
        Assert.Equal("cannot write to /dev/sdb: it is in use; sdb1 is part of dm-0 ('vault')", problem?.Message);
        Assert.StartsWith("'lsblk' shows", problem?.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void Uses_Swap_IsTheSystemsOwn()
    {
        using MadeMachine machine = new();
        machine.Disk("sdb", 8 * GiB, Usb, removable: true, partitions: "sdb3")
            .Swaps("/dev/sdb3                               partition\t1048572\t0\t-2");
        Assert.Contains("sdb3 is swap space in use", ProblemOf(machine, "sdb")?.Message, StringComparison.Ordinal);
    }

    /// <summary>btrfs shows numbers that no device has; the file of the device tells.</summary>
    [Fact]
    public void Uses_MountWithNumbersOfItsOwn_IsFoundByItsFile()
    {
        using MadeMachine machine = new();
        machine.Disk("sdb", 8 * GiB, Usb, removable: true, partitions: "sdb1").Mounts("40 1 0:45 /@ /srv rw - btrfs /dev/sdb1 rw");
        Assert.Contains("sdb1 is mounted at /srv", ProblemOf(machine, "sdb")?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Uses_MappingsThatReferToEachOther_ComeToAnEnd()
    {
        using MadeMachine machine = new();
        machine.Disk("sdb", 8 * GiB, Usb, removable: true).Mapping("dm-0", "a", "sdb").Mapping("dm-1", "b", "dm-0")
            .Write("dm-1", "holders/dm-0", "");
        Assert.NotEmpty(machine.Catalog.Find("sdb")!.Uses);
    }

    [Fact]
    public void ProblemOf_FreeDisk_DependsOnSwitchPlugAndSize()
    {
        using MadeMachine machine = new();
        machine.Disk("sda", 8 * GiB).Disk("sdb", 8 * GiB, Usb, removable: true).Disk("sdc", 8 * GiB, Usb + "x", removable: true)
            .Write("sdc", "ro", "1");
        Assert.Null(ProblemOf(machine, "sdb"));
        Assert.Contains(
            "it is no stick, card or other disk that one plugs in", ProblemOf(machine, "sda")?.Message, StringComparison.Ordinal);
        Assert.Null(TargetCheck.ProblemOf(machine.Catalog.Find("sda")!, 8 * GiB, anyDisk: true));
        Assert.Contains("write-protected", ProblemOf(machine, "sdc")?.Message, StringComparison.Ordinal);
        Assert.Null(TargetCheck.ProblemOf(machine.Catalog.Find("sdb")!, 8 * GiB, anyDisk: false));
        Assert.Contains(
            "512 B are missing", TargetCheck.ProblemOf(machine.Catalog.Find("sdb")!, (8 * GiB) + 512, anyDisk: false)?.Message,
            StringComparison.Ordinal);
    }

    private static StrataException? ProblemOf(MadeMachine machine, string disk) =>
        TargetCheck.ProblemOf(machine.Catalog.Find(disk)!, GiB, anyDisk: false);
}
