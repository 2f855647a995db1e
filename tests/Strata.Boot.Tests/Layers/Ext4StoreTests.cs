using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Ext4;
using Strata.Machines;
using Strata.Testing;

namespace Strata.Boot.Tests.Layers;

/// <summary>Layers on an ext4 volume as disk images have it.</summary>
[Collection("guests with layers")]
public sealed class Ext4StoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public async Task Boot_CleanStore_IsMountedForReadingAndNotWrittenTo()
    {
        TestLayer[] layers =
        [
            await LayerBench.BaseAsync(), await LayerBench.MarkAsync("network"),
            await LayerBench.ScriptAsync("echo \"guest: $(grep /strata/store/ /proc/mounts)\""),
        ];
        string medium = await MediumAsync(layers);
        byte[] before = await File.ReadAllBytesAsync(medium);
        GuestRun run = await LayeredGuest.RunAsync(
            await LayerBench.InitrdForMediumAsync(_folder, layers), "", new DiskConfig(medium, Keep: true));
        Assert.Contains("network", run.Marks);
        Assert.Empty(run.Problems);
        Assert.Matches("guest: /dev/vda /run/strata/store/vda ext4 ro,nosuid,nodev,noexec", run.Text);
        byte[] after = await File.ReadAllBytesAsync(medium);
        Assert.True(before.AsSpan().SequenceEqual(after), "the medium was written to");
    }

    [SkippableFact]
    public async Task Boot_ChangesOnTheSameVolume_AreKeptAndLeaveItSound()
    {
        TestLayer[] layers =
        [
            await LayerBench.BaseAsync(),
            await LayerBench.ScriptAsync("echo \"guest: kept '$(cat /kept 2>/dev/null)'\"; echo more >> /kept; sync"),
        ];
        string initrd = await LayerBench.InitrdForMediumAsync(_folder, layers);
        string medium = await MediumAsync(layers);
        DiskConfig disk = new(medium, Keep: true);
        GuestRun first = await LayeredGuest.RunAsync(initrd, "state=STRATA", disk);
        Assert.Contains("guest: kept ''", first.Text, StringComparison.Ordinal);
        GuestRun second = await LayeredGuest.RunAsync(initrd, "state=STRATA", disk);
        Assert.Contains("guest: kept 'more'", second.Text, StringComparison.Ordinal);
        Oracle.Run("e2fsck", "-p", medium); // replays what the journal may still have
        (int exitCode, string output) = Oracle.Run("e2fsck", "-fn", medium);
        Assert.True(exitCode == 0, output);
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Boot_StoreNotUnmountedCleanly_IsPutRight_OrReadWithoutItsJournal(bool isReadOnly)
    {
        TestLayer[] layers = [await LayerBench.BaseAsync(), await LayerBench.MarkAsync("network")];
        string medium = await MediumAsync(layers);
        (int exitCode, string output) = Oracle.Run("debugfs", "-w", "-R", "feature needs_recovery", medium);
        Assert.True(exitCode == 0, output);
        string initrd = await LayerBench.InitrdForMediumAsync(_folder, layers);
        GuestRun run = isReadOnly
            ? await LayeredGuest.RunAsync(LayeredGuest.ConfigOf(initrd) with
            {
                ExtraArguments =
                [
                    "-drive", $"if=none,id=store,format=raw,readonly=on,file={medium}", "-device", "virtio-blk-pci,drive=store",
                ],
            })
            : await LayeredGuest.RunAsync(initrd, "", new DiskConfig(medium, Keep: true));
        Assert.True(run.Marks.SequenceEqual(["base", "network"]), run.Text);
        string[] expected = isReadOnly
            ? ["the medium vda was not unmounted cleanly and cannot be written to: its journal is passed over"] : [];
        Assert.Equal(expected, run.Problems);
        (_, output) = Oracle.Run("dumpe2fs", "-h", medium);
        Assert.Equal(isReadOnly, output.Contains("needs_recovery", StringComparison.Ordinal));
    }

    /// <summary>A volume that is a whole disk, with a store of these layers and some room.</summary>
    private async Task<string> MediumAsync(IEnumerable<TestLayer> layers)
    {
        FileTree tree = new();
        foreach (TestLayer layer in layers)
        {
            LayerBench.Add(tree, "/" + layer.Layer.MediumPath, layer.Image, Modes.ReadOnlyFile);
        }
        Ext4Plan plan = Ext4Plan.Create(tree, new Ext4VolumeOptions
        {
            Label = "STRATA",
            Id = new Guid(1, 2, 3, new byte[8]),
            HashSeed = new Guid(4, 5, 6, new byte[8]),
            FreeSpace = ByteSize.FromMiB(8),
        });
        string path = _folder["store.img"];
        await using FileStream file = File.Create(path);
        await Ext4Writer.WriteAsync(plan, new LayerBench.InlineReader(), file);
        return path;
    }
}
