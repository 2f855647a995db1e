using Strata.Machines;
using Strata.Machines.Serial;
using Strata.Testing;
using Strata.Toolbox;

namespace Strata.Boot.Tests.Layers;

/// <summary>Which layers become the system.</summary>
[Collection("guests with layers")]
public sealed class CompositionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public async Task Boot_NoWords_MountsAllLayersInOrder()
    {
        TestLayer upper = await LayerBench.MarkAsync("upper");
        TestLayer script = await LayerBench.ScriptAsync("echo \"guest: root $(grep ' / ' /proc/mounts)\"; ls /run/strata/layers; echo changed > /marks/base && echo guest: wrote");
        string initrd = await LayerBench.InitrdWithLayersAsync(_folder, await LayerBench.BaseAsync(), await LayerBench.MarkAsync("network"), upper, script);
        GuestRun run = await LayeredGuest.RunAsync(initrd);
        Assert.True(run.Marks.SequenceEqual(["base", "network", "upper"]), run.Text);
        Assert.Contains("lowerdir+=/run/strata/layers/script,lowerdir+=/run/strata/layers/upper", run.Text, StringComparison.Ordinal);
        Assert.Contains("guest: wrote", run.Text, StringComparison.Ordinal);
        Assert.Empty(run.Problems);
        Assert.Equal("initramfs", run.Report.GetProperty("store").GetProperty("kind").GetString());
    }

    [SkippableFact]
    public async Task Boot_Caps_MountsThoseAndWhatTheyRequire()
    {
        TestLayer[] layers =
        [
            await LayerBench.BaseAsync(), await LayerBench.MarkAsync("network"), await LayerBench.MarkAsync("storage"),
            await LayerBench.MarkAsync("containers", 0, "network"),
        ];
        string initrd = await LayerBench.InitrdWithLayersAsync(_folder, layers);
        GuestRun run = await LayeredGuest.RunAsync(initrd, "caps=containers single");
        Assert.True(run.Marks.SequenceEqual(["base", "containers", "network"]), run.Text);
        Assert.Contains("guest: up with 1 arguments: single", run.Text, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Boot_UnknownCaps_StartsTheBaseAndSaysSo()
    {
        string initrd = await LayerBench.InitrdWithLayersAsync(_folder, await LayerBench.BaseAsync(), await LayerBench.MarkAsync("network"));
        GuestRun run = await LayeredGuest.RunAsync(initrd, "caps=netwrok");
        Assert.True(run.Marks.SequenceEqual(["base"]), run.Text);
        Assert.Contains("strata: caps= names 'netwrok', which this release does not have (did you mean 'network'?)", run.Text, StringComparison.Ordinal);
        Assert.Contains("netwrok", Assert.Single(run.Problems), StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("")]
    [InlineData("copy2ram")]
    public async Task Boot_LayersWithEqualContents_AreAllMounted(string words)
    {
        TestLayer tiny = await LayerBench.MarkAsync("tiny");
        TestLayer again = tiny with { Layer = tiny.Layer with { Name = "again" } }; // as two capabilities without files of their own are
        TestLayer[] layers = [await LayerBench.BaseAsync(), tiny, again, await LayerBench.MarkAsync("above", 0, "again")];
        string medium = await LayerBench.MediumAsync(_folder, layers.Where(l => l != again));
        GuestRun run = await LayeredGuest.RunAsync(await LayerBench.InitrdForMediumAsync(_folder, layers), words, new DiskConfig(medium));
        Assert.True(run.Marks.SequenceEqual(["above", "base", "tiny"]), run.Text);
        Assert.Empty(run.Problems);
        Assert.All(run.Report.GetProperty("layers").EnumerateArray(), l => Assert.Equal("mounted", l.GetProperty("is").GetString()));
    }

    [SkippableFact]
    public async Task Boot_ReadOnly_NothingCanBeWritten()
    {
        TestLayer script = await LayerBench.ScriptAsync("touch /marks/new 2>&1 || echo guest: refused");
        string initrd = await LayerBench.InitrdWithLayersAsync(_folder, await LayerBench.BaseAsync(), script);
        GuestRun run = await LayeredGuest.RunAsync(initrd, "ro");
        Assert.Contains("guest: refused", run.Text, StringComparison.Ordinal);
        Assert.Equal("none", run.Report.GetProperty("changes").GetString());
    }

    [SkippableFact]
    public async Task Boot_MemoryForChangesFull_SystemGoesOn()
    {
        TestLayer script = await LayerBench.ScriptAsync("dd if=/dev/zero of=/fill bs=64k 2>&1 | grep -v records; rm /fill && echo guest: removed && echo x > /again && echo guest: writes again");
        string initrd = await LayerBench.InitrdWithLayersAsync(_folder, await LayerBench.BaseAsync(), script);
        GuestRun run = await LayeredGuest.RunAsync(initrd, "strata.upper=2M");
        Assert.Contains("No space left on device", run.Text, StringComparison.Ordinal);
        Assert.Contains("guest: writes again", run.Text, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Boot_InitThatIsNotThere_RefusesBeforeAnythingIsGivenUp()
    {
        string initrd = await LayerBench.InitrdWithLayersAsync(_folder, await LayerBench.BaseAsync());
        string said = await LayeredGuest.RefusalAsync(initrd, "init=/sbin/other");
        Assert.Contains("it has no /sbin/other", said, StringComparison.Ordinal);
        Assert.Contains("Check init=/sbin/other", said, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Boot_DebugWithAShell_ShellRunsAndItsEndIsNotAPanic()
    {
        string initrd = await LayerBench.InitrdWithShellAsync(_folder, await LayerBench.BaseAsync());
        MachineConfig config = LayeredGuest.ConfigOf(initrd, "init=/nothing strata.debug");
        await using Machine machine = await Machine.StartAsync(new ToolTree(LayerBench.Qemu), config, AcceleratorKind.Tcg);
        await machine.WaitForLineAsync(LinePattern.Text("A shell follows (strata.debug)"), TimeSpan.FromSeconds(60));
        await machine.SerialInput.WriteAsync("echo from-$((40+2))\r"u8.ToArray());
        await machine.WaitForLineAsync(LinePattern.Text("from-42"), TimeSpan.FromSeconds(20));
        await machine.SerialInput.WriteAsync("exit\r"u8.ToArray());
        await machine.WaitForLineAsync(LinePattern.Text("The machine restarts now"), TimeSpan.FromSeconds(20));
        Assert.Equal(MachineEndKind.Rebooted, (await machine.WaitForEndAsync(TimeSpan.FromSeconds(20))).Kind);
    }
}
