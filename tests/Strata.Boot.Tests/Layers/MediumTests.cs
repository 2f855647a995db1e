using System.Diagnostics;
using Strata.Machines;
using Strata.Testing;

namespace Strata.Boot.Tests.Layers;

/// <summary>Layers on a disk, and where changes go.</summary>
[Collection("guests with layers")]
public sealed class MediumTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public async Task Boot_LabelledDisk_IsFoundAmongOthers()
    {
        TestLayer[] layers = [await LayerBench.BaseAsync(), await LayerBench.MarkAsync("network")];
        string other = await LayerBench.MediumAsync(_folder, [], "DATA");
        GuestRun run = await LayeredGuest.RunAsync(
            await LayerBench.InitrdForMediumAsync(_folder, layers), "", new DiskConfig(other), new DiskConfig(await LayerBench.MediumAsync(_folder, layers)));
        Assert.True(run.Marks.SequenceEqual(["base", "network"]), run.Text);
        Assert.Equal("vdb", run.Report.GetProperty("store").GetProperty("device").GetString());
        Assert.Equal("STRATA", run.Report.GetProperty("store").GetProperty("label").GetString());
    }

    [SkippableFact]
    public async Task Boot_NamedStore_OnlyThatOneCounts()
    {
        TestLayer[] layers = [await LayerBench.BaseAsync()];
        string mine = await LayerBench.MediumAsync(_folder, layers, "MINE");
        string empty = await LayerBench.MediumAsync(_folder, []);
        GuestRun run = await LayeredGuest.RunAsync(
            await LayerBench.InitrdForMediumAsync(_folder, layers), "strata.store=mine", new DiskConfig(empty), new DiskConfig(mine));
        Assert.True(run.Marks.SequenceEqual(["base"]), run.Text);
    }

    [SkippableFact]
    public async Task Boot_PartitionOfTheStoresType_IsFound()
    {
        TestLayer[] layers = [await LayerBench.BaseAsync()];
        GuestRun run = await LayeredGuest.RunAsync(
            await LayerBench.InitrdForMediumAsync(_folder, layers), "", new DiskConfig(await LayerBench.PartitionedMediumAsync(_folder, layers)));
        Assert.True(run.Marks.SequenceEqual(["base"]), run.Text);
        Assert.Equal("vda2", run.Report.GetProperty("store").GetProperty("device").GetString());
    }

    [SkippableFact]
    public async Task Boot_StoreAndStateOnOnePartition_WorkTogether()
    {
        TestLayer[] layers = [await LayerBench.BaseAsync(), await LayerBench.ScriptAsync("echo \"guest: kept '$(cat /kept 2>/dev/null)'\"; echo more >> /kept; sync")];
        string initrd = await LayerBench.InitrdForMediumAsync(_folder, layers);
        DiskConfig disk = new(LayerBench.StateDisk(_folder, "STRATA", layers), DiskBus.Virtio, Keep: true);
        GuestRun first = await LayeredGuest.RunAsync(initrd, "state=STRATA", disk);
        Assert.Contains("guest: kept ''", first.Text, StringComparison.Ordinal);
        GuestRun second = await LayeredGuest.RunAsync(initrd, "state=STRATA", disk);
        Assert.Contains("guest: kept 'more'", second.Text, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Boot_NoStore_TellsWhatWasFoundAfterTheDeadline()
    {
        TestLayer[] layers = [await LayerBench.BaseAsync()];
        string other = await LayerBench.MediumAsync(_folder, [], "DATA");
        string empty = await LayerBench.MediumAsync(_folder, []);
        Stopwatch watch = Stopwatch.StartNew();
        string said = await LayeredGuest.RefusalAsync(
            await LayerBench.InitrdForMediumAsync(_folder, layers), "strata.wait=2 strata.debug", new DiskConfig(other), new DiskConfig(empty));
        Assert.True(watch.Elapsed > TimeSpan.FromSeconds(2));
        Assert.Contains("did not appear within 2 s", said, StringComparison.Ordinal);
        Assert.Contains("waiting for", said, StringComparison.Ordinal);
        Assert.Contains("label 'DATA'", said, StringComparison.Ordinal);
        Assert.Contains("label 'STRATA'; has no folder strata/cas", said, StringComparison.Ordinal);
        Assert.Contains("There is no shell in this initramfs", said, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Boot_Disc_IsFoundWhateverItsLabel()
    {
        TestLayer[] layers = [await LayerBench.BaseAsync(), await LayerBench.MarkAsync("network")];
        string disc = LayerBench.Disc(_folder, "MYDISC", layers);
        GuestRun run = await LayeredGuest.RunAsync(LayeredGuest.ConfigOf(await LayerBench.InitrdForDiscAsync(_folder, layers)) with
        {
            ExtraArguments = ["-drive", $"if=none,id=disc,format=raw,media=cdrom,readonly=on,file={disc}", "-device", "ide-cd,drive=disc"],
        });
        Assert.True(run.Marks.SequenceEqual(["base", "network"]), run.Text);
        Assert.Equal("sr0", run.Report.GetProperty("store").GetProperty("device").GetString());
    }

    [SkippableFact]
    public async Task Boot_ImageOfADiscOnADisk_IsFoundByItsLabel()
    {
        TestLayer[] layers = [await LayerBench.BaseAsync(), await LayerBench.MarkAsync("network")];
        string disc = LayerBench.Disc(_folder, "STRATA", layers); // as it lies on a stick that the image was written to
        GuestRun run = await LayeredGuest.RunAsync(await LayerBench.InitrdForDiscAsync(_folder, layers), "copy2ram", new DiskConfig(disc));
        Assert.True(run.Marks.SequenceEqual(["base", "network"]), run.Text);
        Assert.Equal("memory", run.Report.GetProperty("store").GetProperty("kind").GetString());
        Assert.Empty(run.Problems);
    }

    [SkippableFact]
    public async Task Boot_CopyToMemory_TooLittleMemory_StartsFromTheMediumAndSaysSo()
    {
        TestLayer large = await LayerBench.MarkAsync("large", 160_000_000);
        TestLayer[] layers = [await LayerBench.BaseAsync(), large];
        string initrd = await LayerBench.InitrdForMediumAsync(_folder, layers);
        GuestRun run = await LayeredGuest.RunAsync(initrd, "copy2ram strata.verify=read", new DiskConfig(await LayerBench.MediumAsync(_folder, layers)));
        Assert.True(run.Marks.SequenceEqual(["base", "large"]), run.Text);
        Assert.Matches("strata: copy2ram is left out: the layers need 15[0-9.]+ MiB of memory and 32.0 MiB must stay free, [0-9.]+ MiB are there; the medium has to stay", run.Text);
        Assert.Equal("vda", run.Report.GetProperty("store").GetProperty("device").GetString());
        Assert.StartsWith("copy2ram is left out", Assert.Single(run.Problems), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Boot_CopyToMemory_MediumCanBeRemoved()
    {
        TestLayer script = await LayerBench.ScriptAsync("""
            grep -c vda /proc/mounts; ls /sys/block/vda >/dev/null && echo guest: medium there
            echo 1 > "$(readlink -f /sys/block/vda/device/..)/remove"; [ -e /sys/block/vda ] || echo guest: medium gone
            echo 3 > /proc/sys/vm/drop_caches
            echo "guest: content $(cat /content/extra | md5sum)"
            """);
        TestLayer extra = await LayerBench.MarkAsync("extra", 500_000);
        TestLayer[] layers = [await LayerBench.BaseAsync(), extra, script];
        string initrd = await LayerBench.InitrdForMediumAsync(_folder, layers);
        GuestRun run = await LayeredGuest.RunAsync(initrd, "copy2ram", new DiskConfig(await LayerBench.MediumAsync(_folder, layers)));
        Assert.True(run.Marks.SequenceEqual(["base", "extra"]), run.Text);
        Assert.Contains("guest: medium there", run.Text, StringComparison.Ordinal);
        Assert.Contains("guest: medium gone", run.Text, StringComparison.Ordinal);
        Assert.Matches("guest: content [0-9a-f]{32} ", run.Text);
        Assert.Equal("memory", run.Report.GetProperty("store").GetProperty("kind").GetString());
        Assert.Empty(run.Problems);
    }

    [SkippableFact]
    public async Task Boot_CopyToMemory_DamagedLayer_IsFoundWhileCopying()
    {
        TestLayer extra = await LayerBench.MarkAsync("extra", 100_000);
        byte[] image = [.. extra.Image];
        image[5000] ^= 4;
        TestLayer[] layers = [await LayerBench.BaseAsync(), extra.WithImage(image)];
        string initrd = await LayerBench.InitrdForMediumAsync(_folder, layers);
        GuestRun run = await LayeredGuest.RunAsync(initrd, "copy2ram strata.verify=read", new DiskConfig(await LayerBench.MediumAsync(_folder, layers)));
        Assert.True(run.Marks.SequenceEqual(["base"]), run.Text);
        Assert.Contains("its digest is not the one of the release", run.Text, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Boot_State_ChangesOutliveARestart_AndKioskLeavesThemOut()
    {
        TestLayer script = await LayerBench.ScriptAsync("echo \"guest: kept '$(cat /kept 2>/dev/null)'\"; echo more >> /kept; rm -f /marks/gone; sync");
        TestLayer gone = await LayerBench.MarkAsync("gone");
        string initrd = await LayerBench.InitrdForMediumAsync(_folder, await LayerBench.BaseAsync(), gone, script);
        DiskConfig[] disks =
        [
            new(await LayerBench.MediumAsync(_folder, [await LayerBench.BaseAsync(), gone, script])),
            new(LayerBench.StateDisk(_folder, "KEEP"), DiskBus.Virtio, Keep: true),
        ];
        GuestRun first = await LayeredGuest.RunAsync(initrd, "state=KEEP", disks);
        Assert.Contains("guest: kept ''", first.Text, StringComparison.Ordinal);
        Assert.True(first.Marks.SequenceEqual(["base", "gone"]), first.Text);
        GuestRun second = await LayeredGuest.RunAsync(initrd, "state=KEEP", disks);
        Assert.Contains("guest: kept 'more'", second.Text, StringComparison.Ordinal);
        Assert.True(second.Marks.SequenceEqual(["base"]), second.Text); // a file of a layer that was removed stays removed
        GuestRun kiosk = await LayeredGuest.RunAsync(initrd, "state=KEEP kiosk", disks);
        Assert.Contains("guest: kept ''", kiosk.Text, StringComparison.Ordinal);
        Assert.Contains("'kiosk' asks that no change outlives a restart", kiosk.Text, StringComparison.Ordinal);
        GuestRun clean = await LayeredGuest.RunAsync(initrd, "", disks);
        Assert.Contains("guest: kept ''", clean.Text, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Boot_StateThatIsNowhere_RefusesAndSaysSo()
    {
        TestLayer[] layers = [await LayerBench.BaseAsync()];
        string initrd = await LayerBench.InitrdForMediumAsync(_folder, layers);
        string said = await LayeredGuest.RefusalAsync(
            initrd, "state=NOWHERE strata.wait=2", new DiskConfig(await LayerBench.MediumAsync(_folder, layers)));
        Assert.Contains("Cannot find the partition 'NOWHERE' for changes (state=) within 2 s", said, StringComparison.Ordinal);
        Assert.Contains("vda: ", said, StringComparison.Ordinal);
        Assert.Contains("Without state= on the kernel command line the system starts", said, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Boot_StateOnFat_RefusesAndTellsWhy()
    {
        TestLayer[] layers = [await LayerBench.BaseAsync()];
        string initrd = await LayerBench.InitrdForMediumAsync(_folder, layers);
        string said = await LayeredGuest.RefusalAsync(initrd, "state=STRATA", new DiskConfig(await LayerBench.MediumAsync(_folder, layers)));
        Assert.Contains("a vfat file system cannot hold them", said, StringComparison.Ordinal);
        Assert.Contains("ext4, xfs or btrfs", said, StringComparison.Ordinal);
    }
}
