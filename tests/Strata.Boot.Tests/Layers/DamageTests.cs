using Strata.Core;
using Strata.Machines;
using Strata.Testing;

namespace Strata.Boot.Tests.Layers;

/// <summary>Layers that are not what the release names: nothing of them may run.</summary>
[Collection("guests with layers")]
public sealed class DamageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public async Task Boot_BitFlippedWhereNothingReads_LayerIsRefused()
    {
        TestLayer good = await LayerBench.MarkAsync("extra", 300_000);
        byte[] image = [.. good.Image];
        image[good.Layer.Data / 2] ^= 0x10; // content: nothing reads it at the start
        GuestRun run = await RunAsync(good.WithImage(image), await LayerBench.MarkAsync("above", 0, "extra"), await LayerBench.MarkAsync("beside"));
        Assert.True(run.Marks.SequenceEqual(["base", "beside"]), run.Text);
        Assert.Contains("strata: layer extra is damaged or was changed", run.Text, StringComparison.Ordinal);
        Assert.Equal("refused", StateOf(run, "extra"));
        Assert.Equal("refused", StateOf(run, "above"));
    }

    [SkippableFact]
    public async Task Boot_BitFlipped_VerifiedWhenRead_ReadingFailsAndTheRestWorks()
    {
        TestLayer good = await LayerBench.MarkAsync("extra", 300_000);
        byte[] image = [.. good.Image];
        image[good.Layer.Data / 2] ^= 0x10;
        TestLayer script = await LayerBench.ScriptAsync("cat /content/extra > /dev/null || echo guest: unreadable");
        string initrd = await LayerBench.InitrdWithLayersAsync(_folder, await LayerBench.BaseAsync(), good.WithImage(image), script);
        GuestRun run = await LayeredGuest.RunAsync(initrd, "strata.verify=read");
        Assert.True(run.Marks.SequenceEqual(["base", "extra"]), run.Text);
        Assert.Contains("guest: unreadable", run.Text, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("strata.verify=read strata.corrupt=restart", false)] // met while reading: the machine restarts
    [InlineData("strata.corrupt=restart", true)] // met at the start: told and left out as ever, no circle of restarts
    public async Task Boot_BitFlipped_CorruptRestart_NeverGoesOnWithoutTheBlock(string words, bool isToldAtStart)
    {
        TestLayer good = await LayerBench.MarkAsync("extra", 300_000);
        byte[] image = [.. good.Image];
        image[good.Layer.Data / 2] ^= 0x10;
        TestLayer script = await LayerBench.ScriptAsync(
            "[ -e /content/extra ] || echo guest: without it; cat /content/extra > /dev/null; echo guest: went on");
        string initrd = await LayerBench.InitrdWithLayersAsync(_folder, await LayerBench.BaseAsync(), good.WithImage(image), script);
        GuestRun run = await LayeredGuest.RunAsync(initrd, words);
        Assert.Equal(isToldAtStart, run.Text.Contains("strata: layer extra is damaged or was changed", StringComparison.Ordinal));
        Assert.Equal(isToldAtStart, run.Text.Contains("guest: without it", StringComparison.Ordinal));
        Assert.Equal(isToldAtStart, run.Text.Contains("guest: went on", StringComparison.Ordinal));
        Assert.Equal(isToldAtStart ? MachineEndKind.PoweredOff : MachineEndKind.Rebooted, run.End.Kind);
    }

    [SkippableFact]
    public async Task Boot_BitFlippedInTheTree_LayerIsRefused()
    {
        TestLayer good = await LayerBench.MarkAsync("extra", 300_000);
        byte[] image = [.. good.Image];
        image[^100] ^= 1; // the hash blocks of the lowest level stand last; the padding of a block is covered too
        GuestRun run = await RunAsync(good.WithImage(image));
        Assert.True(run.Marks.SequenceEqual(["base"]), run.Text);
        Assert.Equal("refused", StateOf(run, "extra"));
    }

    [SkippableFact]
    public async Task Boot_WrongRootHash_LayerIsRefused()
    {
        TestLayer good = await LayerBench.MarkAsync("extra");
        GuestRun run = await RunAsync(good with { Layer = good.Layer with { Root = Sha256Digest.Of([1]) } });
        Assert.True(run.Marks.SequenceEqual(["base"]), run.Text);
        Assert.Equal("refused", StateOf(run, "extra"));
    }

    [SkippableFact]
    public async Task Boot_LayerCutShort_LayerIsRefused()
    {
        TestLayer good = await LayerBench.MarkAsync("extra", 300_000);
        GuestRun run = await RunAsync(good.WithImage(good.Image[..^4096]));
        Assert.True(run.Marks.SequenceEqual(["base"]), run.Text);
        Assert.Contains("layer extra is cut short", run.Text, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Boot_LayerMissing_BaseStartsAndSaysSo()
    {
        TestLayer missing = await LayerBench.MarkAsync("extra");
        TestLayer[] carried = [await LayerBench.BaseAsync()];
        string initrd = await LayerBench.InitrdWithLayersAsync(_folder, LayerBench.ReleaseOf([.. carried, missing]), carried);
        GuestRun run = await LayeredGuest.RunAsync(initrd);
        Assert.True(run.Marks.SequenceEqual(["base"]), run.Text);
        Assert.Contains("layer extra is not in the store", run.Text, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Boot_Strict_RefusesTheWholeSystem()
    {
        TestLayer good = await LayerBench.MarkAsync("extra");
        byte[] image = [.. good.Image];
        image[0] ^= 1;
        string initrd = await LayerBench.InitrdWithLayersAsync(_folder, await LayerBench.BaseAsync(), good.WithImage(image), await LayerBench.MarkAsync("beside"));
        string said = await LayeredGuest.RefusalAsync(initrd, "strata.strict");
        Assert.Contains("Cannot use the layer 'extra'", said, StringComparison.Ordinal);
        Assert.Contains("caps=beside", said, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Boot_BaseDamaged_RefusesAndTellsWhatToTry()
    {
        TestLayer good = await LayerBench.BaseAsync();
        byte[] image = [.. good.Image];
        image[good.Layer.Data / 3] ^= 0x80;
        string initrd = await LayerBench.InitrdWithLayersAsync(_folder, good.WithImage(image));
        string said = await LayeredGuest.RefusalAsync(initrd);
        Assert.Contains("Cannot use the layer 'base': it is damaged or was changed", said, StringComparison.Ordinal);
        Assert.Contains("What to try:", said, StringComparison.Ordinal);
        Assert.Contains("The machine restarts now", said, StringComparison.Ordinal);
    }

    private async Task<GuestRun> RunAsync(params TestLayer[] layers) =>
        await LayeredGuest.RunAsync(await LayerBench.InitrdWithLayersAsync(_folder, [await LayerBench.BaseAsync(), .. layers]));

    private static string? StateOf(GuestRun run, string layer) =>
        run.Report.GetProperty("layers").EnumerateArray().Single(l => l.GetProperty("name").GetString() == layer).GetProperty("is").GetString();
}
