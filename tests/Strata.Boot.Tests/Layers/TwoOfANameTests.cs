using Strata.Machines;
using Strata.Testing;

namespace Strata.Boot.Tests.Layers;

/// <summary>
/// A second disk bears the name of the first: whoever plugs in a disk must not choose what is started, what is left out,
/// or where changes lie.
/// </summary>
[Collection("guests with layers")]
public sealed class TwoOfANameTests : IDisposable
{
    private const string Refusal = "Cannot choose the partition 'KEEP' for changes (state=): 2 devices bear that name";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public async Task Boot_TwoPartitionsForChanges_RefusesAndNamesBoth()
    {
        TestLayer[] layers = [await LayerBench.BaseAsync()];
        string said = await LayeredGuest.RefusalAsync(
            await LayerBench.InitrdForMediumAsync(_folder, layers),
            "state=KEEP",
            new DiskConfig(await LayerBench.MediumAsync(_folder, layers)),
            new DiskConfig(LayerBench.StateDisk(_folder, "KEEP")),
            new DiskConfig(LayerBench.StateDisk(_folder, "KEEP")));
        Assert.Contains(Refusal, said, StringComparison.Ordinal);
        Assert.Matches("- vdb: 32.0 MiB, ext4, label 'KEEP', UUID [0-9a-f-]{36}\n", said);
        Assert.Matches("- vdc: 32.0 MiB, ext4, label 'KEEP', UUID [0-9a-f-]{36}\n", said);
    }

    [SkippableFact]
    public async Task Boot_FirstStoreHasNotAllLayers_TheOthersComeFromTheSecond()
    {
        TestLayer above = await LayerBench.MarkAsync("above", 0, "firewall");
        TestLayer[] layers = [await LayerBench.BaseAsync(), await LayerBench.MarkAsync("firewall"), above];
        GuestRun run = await LayeredGuest.RunAsync(
            await LayerBench.InitrdForMediumAsync(_folder, layers),
            "",
            new DiskConfig(await LayerBench.MediumAsync(_folder, layers[..1])),
            new DiskConfig(await LayerBench.MediumAsync(_folder, layers)));
        Assert.True(run.Marks.SequenceEqual(["above", "base", "firewall"]), run.Text);
        Assert.Equal("vda", run.Report.GetProperty("store").GetProperty("device").GetString());
        string told = run.Problems.First(p => p.StartsWith("layer firewall is not in the store", StringComparison.Ordinal));
        Assert.EndsWith("; vdb is tried instead of vda", told, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Boot_BaseOfTheFirstStoreWasChanged_TheSecondIsTaken()
    {
        TestLayer good = await LayerBench.BaseAsync();
        byte[] image = [.. good.Image];
        image[good.Layer.Data / 3] ^= 0x80;
        GuestRun run = await LayeredGuest.RunAsync(
            await LayerBench.InitrdForMediumAsync(_folder, good),
            "",
            new DiskConfig(await LayerBench.MediumAsync(_folder, [good.WithImage(image)])),
            new DiskConfig(await LayerBench.MediumAsync(_folder, [good])));
        Assert.True(run.Marks.SequenceEqual(["base"]), run.Text);
        Assert.Equal("vdb", run.Report.GetProperty("store").GetProperty("device").GetString());
        Assert.Contains(run.Problems, p => p.StartsWith("layer base is damaged or was changed", StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task Boot_CopyToMemory_LayerChangedInTheFirstStore_IsCopiedFromTheSecond()
    {
        TestLayer firewall = await LayerBench.MarkAsync("firewall", 100_000);
        byte[] image = [.. firewall.Image];
        image[5000] ^= 4;
        TestLayer[] layers = [await LayerBench.BaseAsync(), firewall];
        GuestRun run = await LayeredGuest.RunAsync(
            await LayerBench.InitrdForMediumAsync(_folder, layers),
            "copy2ram",
            new DiskConfig(await LayerBench.MediumAsync(_folder, [layers[0], firewall.WithImage(image)])),
            new DiskConfig(await LayerBench.MediumAsync(_folder, layers)));
        Assert.True(run.Marks.SequenceEqual(["base", "firewall"]), run.Text);
        Assert.Equal("memory", run.Report.GetProperty("store").GetProperty("kind").GetString());
    }

    [SkippableFact]
    public async Task Boot_StartedByFirmware_ItsDiskIsPreferredToAnotherOfTheSameNames()
    {
        TestLayer script = await LayerBench.ScriptAsync("grep ' /run/strata/changes' /proc/mounts");
        TestLayer[] layers = [await LayerBench.BaseAsync(), await LayerBench.MarkAsync("network"), script];
        string initrd = await LayerBench.InitrdForSataAsync(_folder, layers);
        string disk = await FirmwareDisk.MakeAsync(_folder, initrd, "state=KEEP", layers, "KEEP");
        string pluggedState = LayerBench.StateDisk(_folder, "KEEP");
        MachineConfig config = new()
        {
            Boot = new BootMedium.Disk(disk),
            Firmware = Firmware.Uefi,
            MemoryMiB = 512,
            // both stand before vda by name
            Disks = [new DiskConfig(await LayerBench.MediumAsync(_folder, layers), DiskBus.Sata)],
            ExtraArguments =
            [
                "-drive", $"if=none,id=plugged,format=raw,snapshot=on,file={pluggedState}", "-device", "ide-hd,drive=plugged,bus=ide.1",
            ],
        };
        GuestRun run = await LayeredGuest.RunAsync(config);
        Assert.True(run.Marks.SequenceEqual(["base", "network"]), run.Text);
        Assert.Equal("vda2", run.Report.GetProperty("store").GetProperty("device").GetString());
        Assert.Contains("/dev/vda3 /run/strata/changes", run.Text, StringComparison.Ordinal);
        // the kernel gives the two SATA disks their names in either order
        Assert.Matches(
            @"^state=KEEP names 2 devices \(sd[ab], vda3\): vda3 counts, for it lies on the disk that the firmware started$",
            Assert.Single(run.Problems));
    }

    [SkippableFact]
    public async Task Boot_CopyOfTheDiskThatTheFirmwareStarted_NeitherIsPreferredAndChangesAreRefused()
    {
        TestLayer[] layers = [await LayerBench.BaseAsync()];
        string initrd = await LayerBench.InitrdForSataAsync(_folder, layers);
        string disk = await FirmwareDisk.MakeAsync(_folder, initrd, "state=KEEP", layers, "KEEP");
        GuestRun run = await LayeredGuest.RunAsync(new MachineConfig
        {
            Boot = new BootMedium.Disk(disk),
            Firmware = Firmware.Uefi,
            MemoryMiB = 512,
            Disks = [new DiskConfig(disk, DiskBus.Sata)],
        });
        Assert.Contains(Refusal, run.Text, StringComparison.Ordinal);
        Assert.Contains("- sda3: ", run.Text, StringComparison.Ordinal);
        Assert.Contains("- vda3: ", run.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("guest: ", run.Text, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Boot_DiskThatTheFirmwareStartedDoesNotAppear_IsWaitedForAndMissed()
    {
        TestLayer[] layers = [await LayerBench.BaseAsync()];
        string initrd = await LayerBench.InitrdForMediumAsync(_folder, layers);
        string disk = await FirmwareDisk.MakeAsync(_folder, initrd, "strata.wait=4", layers, "KEEP");
        GuestRun run = await LayeredGuest.RunAsync(new MachineConfig
        {
            Boot = new BootMedium.Disk(disk, DiskBus.Sata), // the initrd has no driver for it
            Firmware = Firmware.Uefi,
            MemoryMiB = 512,
            Disks = [new DiskConfig(await LayerBench.MediumAsync(_folder, layers))],
        });
        Assert.Equal("vda", run.Report.GetProperty("store").GetProperty("device").GetString());
        Assert.InRange(run.Report.GetProperty("milliseconds").GetInt32(), 4000, int.MaxValue);
        Assert.StartsWith("the disk that the firmware started did not appear", Assert.Single(run.Problems), StringComparison.Ordinal);
    }
}
