using Strata.Cli.Commands;
using Strata.Cli.Wiring;
using Strata.Machines;
using Strata.Testing;

namespace Strata.Cli.Tests;

public sealed class RunDisksTests
{
    [Fact]
    public void Parse_SizesAndFiles_AreDisksOfWhichOnlyOursAreRemoved()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["1M"], "a file that is called like a size");
        string[] made;
        using (RunDisks disks = RunDisks.Parse([folder["1M"], "usb:" + folder["1M"], "2M", "nvme:512K", "sata:1M"]))
        {
            Assert.Equal([DiskBus.Virtio, DiskBus.Usb, DiskBus.Virtio, DiskBus.Nvme, DiskBus.Sata], disks.Disks.Select(d => d.Bus));
            Assert.All(disks.Disks, d => Assert.True(d.Keep));
            Assert.Equal([folder["1M"], folder["1M"]], disks.Disks.Take(2).Select(d => d.Path));
            made = [.. disks.Disks.Skip(2).Select(d => d.Path)];
            Assert.Equal([2 << 20, 512 << 10, 1 << 20], made.Select(p => new FileInfo(p).Length));
        }
        Assert.All(made, p => Assert.False(File.Exists(p)));
        Assert.True(File.Exists(folder["1M"]));
    }

    [Theory]
    [InlineData("no-such.img", "cannot give the machine the disk 'no-such.img': 'no-such.img' is neither a file nor a size")]
    [InlineData("usb:", "cannot give the machine the disk 'usb:': '' is neither a file nor a size")]
    [InlineData("0", "cannot give the machine the disk '0': '0' is neither a file nor a size")]
    [InlineData("65T", "cannot give the machine the disk '65T': '65T' is neither a file nor a size")]
    public void Parse_NeitherSizeNorFile_IsTold(string value, string message) =>
        Assert.Equal(message, Assert.Throws<UsageException>(() => RunDisks.Parse(["1M", value])).Message);
}
