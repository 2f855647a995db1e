using Strata.Device.Disks;
using Strata.Init.Stores;
using Strata.Updates.Releases;

namespace Strata.Init.Tests;

public class StoreMatchTests
{
    [Fact]
    public void Candidates_NoWish_LabelThenTypeThenDisc()
    {
        BlockDevice disc = Device("sr0", "iso9660", "ANY");
        BlockDevice typed = Device("sdb1", "ext4", "x") with { PartitionType = Medium.PartitionType };
        BlockDevice byPartition = Device("sdc1", "ext4", "") with { PartitionLabel = "strata" };
        BlockDevice byLabel = Device("sda1", "vfat", "STRATA");
        BlockDevice none = Device("sdd1", "ext4", "data");
        BlockDevice raw = new() { Name = "sde1", Size = 1, PartitionLabel = "STRATA" };
        Assert.Equal([byLabel, byPartition, typed, disc],
            StoreMatch.Candidates([disc, typed, byPartition, byLabel, none, raw], null, null));
    }

    [Theory]
    [InlineData("mine")]
    [InlineData("ABCD-1234")]
    [InlineData("sdd1")]
    [InlineData("/dev/sdd1")]
    [InlineData("store of mine")]
    public void Candidates_Wish_OnlyThatNameCounts(string wish)
    {
        BlockDevice mine = new()
        {
            Name = "sdd1", Size = 1, PartitionLabel = "Store of mine", FileSystem = new FileSystemFacts("vfat", "MINE", "ABCD-1234"),
        };
        Assert.Equal([mine], StoreMatch.Candidates([Device("sda1", "vfat", "STRATA"), mine], wish, null));
    }

    [Fact]
    public void Candidates_DiskThatTheFirmwareStarted_StandsBeforeAnyLabel()
    {
        BlockDevice plugged = Device("sda", "vfat", "STRATA") with { Disk = "sda" };
        BlockDevice own = Device("vda2", "ext4", "") with { Disk = "vda", PartitionType = Medium.PartitionType };
        BlockDevice data = Device("vda3", "ext4", "data") with { Disk = "vda" };
        Assert.Equal([own, plugged], StoreMatch.Candidates([plugged, own, data], null, "vda"));
        Assert.Equal([plugged, own], StoreMatch.Candidates([plugged, own, data], null, null)); // not known: the label, as ever
        BlockDevice disc = Device("vda4", "iso9660", "ANY") with { Disk = "vda" }; // the least that can be: before the most elsewhere
        Assert.Equal([own, disc, plugged], StoreMatch.Candidates([plugged, disc, own, data], null, "vda"));
        BlockDevice named = own with { PartitionLabel = "strata" };
        Assert.Equal([named, plugged], StoreMatch.Candidates([plugged, named, data], "strata", "vda"));
    }

    [Fact]
    public void ForChanges_TwoOfTheName_OnlyTheFirmwaresDiskDecides()
    {
        BlockDevice plugged = Device("sda", "ext4", "state") with { Disk = "sda" };
        BlockDevice own = Device("vda3", "ext4", "state") with { Disk = "vda" };
        Assert.Equal([own], StoreMatch.ForChanges([plugged, own], "vda"));
        Assert.Equal([plugged, own], StoreMatch.ForChanges([plugged, own], null));
        Assert.Equal([plugged, own], StoreMatch.ForChanges([plugged, own], "vdb")); // it has none: nothing is preferred
        Assert.Equal([plugged], StoreMatch.ForChanges([plugged], "vda"));
        Assert.Equal([own, own], StoreMatch.ForChanges([own, plugged, own], "vda"));
    }

    private static BlockDevice Device(string name, string type, string label) => new() { Name = name, Size = 1 << 20, FileSystem = new FileSystemFacts(type, label, "") };
}
