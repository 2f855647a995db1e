using Strata.Machines.Testing;
using Strata.Testing;

namespace Strata.Machines.Tests;

/// <summary>The disks of a machine that is started several times in one test.</summary>
public class RunningDisksTests
{
    [Theory]
    [InlineData("", false)]
    [InlineData("{restart: reboot}", true)]
    [InlineData("{power-cut: written}", true)]
    public async Task Attach_EmptyDisks_AreInTheirOrderWithTheirSizes(string step, bool keepsBoot)
    {
        using TemporaryFolder folder = new();
        await File.WriteAllBytesAsync(folder["boot.img"], new byte[4096]);
        string disks = string.Join(", ", Enumerable.Range(1, 3).Select(n => $"{{size: {n} MiB}}"));
        EditionTest test = EditionTestFile.Parse(
            $"format: 1\ntests: [{{name: a, ready: r, machine: {{disks: [{disks}]}}, steps: [{step}]}}]", "t")[0];
        using PrivateFolder own = PrivateFolder.Make();
        RunningDisks made = await RunningDisks.MakeAsync(
            test.Guests[0], test.Steps, new BootMedium.Disk(folder["boot.img"]), own, CancellationToken.None);
        MachineConfig config = await made.AttachAsync(test, CancellationToken.None);
        Assert.Equal([1 << 20, 2 << 20, 3 << 20], config.Disks.Select(d => new FileInfo(d.Path).Length));
        BootMedium.Disk boot = Assert.IsType<BootMedium.Disk>(config.Boot);
        Assert.Equal(keepsBoot, boot.Keep);
        Assert.Equal(!keepsBoot, boot.Path == folder["boot.img"]);
        Assert.Equal(4096, new FileInfo(boot.Path).Length);
    }
}
