using Strata.Flash.Targets;

namespace Strata.Flash.Tests;

/// <summary>Which devices are in use, as the kernel tells it (proc(5), mountinfo).</summary>
public class MountTableTests
{
    [Theory]
    [InlineData("36 35 8:1 / /mnt rw - ext4 /dev/sda1 rw", "/mnt")]
    [InlineData("36 35 8:1 / /mnt rw master:1 shared:2 - ext4 /dev/sda1 rw", "/mnt")]
    [InlineData("36 35 0:30 / /btr rw - btrfs /dev/sda1 rw", "/btr")]
    [InlineData(
        "36 35 8:1 / /a rw - ext4 /dev/other rw\n37 35 0:1 / /b rw - x /dev/sda1 rw\n38 35 8:1 / /a rw - ext4 /dev/sda1 rw", "/a|/b")]
    [InlineData("36 35 8:1 / /a\\040b\\134c rw - ext4 x rw", "/a b\\c")]
    [InlineData("36 35 8:1 / /a\\0 rw - ext4 x rw", "/a\\0")]
    [InlineData("36 35 8:1 / /a\\048 rw - ext4 x rw", "/a\\048")]
    [InlineData("36 35 8:1 / /a\\101 rw - ext4 x rw", "/aA")]
    [InlineData("36 35 8:11 / /mnt rw - ext4 /dev/sda11 rw", "")]
    [InlineData("36 35 8:1 / /mnt - ext4 /dev/sda1 rw", "")]
    [InlineData("36 35 8:1 / /mnt rw ext4 /dev/sda1 rw", "")]
    [InlineData("36 35 8:1 / /mnt rw - ext4", "")]
    [InlineData("36 35 8:1 / /mnt rw - ext4 /dev/sda1", "/mnt")]
    [InlineData("", "")]
    public void PlacesOf_Lines_AreWhereADeviceIs(string mounts, string places) =>
        Assert.Equal(places, string.Join('|', MountTable.Parse(mounts, "").PlacesOf("8:1", "/dev/sda1")));

    [Theory]
    [InlineData("Filename Type Size\n/dev/sda1 partition 1\n", true)]
    [InlineData("Filename Type Size\n/dev/sda1\tpartition 1\n", true)]
    [InlineData("/dev/sda1 partition 1\n", false)] // the first line is a heading
    [InlineData("Filename\n/dev/sda11 partition 1\n", false)]
    [InlineData("Filename\nx/dev/sda1 partition 1\n", false)]
    public void IsSwap_Lines_NameIt(string swaps, bool isSwap) => Assert.Equal(isSwap, MountTable.Parse("", swaps).IsSwap("/dev/sda1"));
}
