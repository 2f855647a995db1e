using System.Text.Json;
using Strata.Machines;
using Strata.Toolbox;

namespace Strata.Boot.Tests.Layers;

/// <summary>How a guest that was started by the early init ended.</summary>
/// <param name="Text">All that it wrote.</param>
/// <param name="End">How it ended.</param>
internal sealed record GuestRun(string Text, MachineEnd End)
{
    /// <summary>Names of the layers that are part of the running system, by their marks.</summary>
    public IReadOnlyList<string> Marks =>
        [.. Text.Split('\n').Where(l => l.StartsWith("guest: has ", StringComparison.Ordinal)).Select(l => l["guest: has ".Length..].Trim())];

    /// <summary>The early init's report as the running system found it.</summary>
    public JsonElement Report
    {
        get
        {
            const string Start = "guest: report ";
            string line = Text.Split('\n').Single(l => l.StartsWith(Start, StringComparison.Ordinal));
            try
            {
                return JsonElement.Parse(line[Start.Length..]);
            }
            catch (JsonException e)
            {
                throw new InvalidOperationException($"the report cannot be read: {e.Message}\n{Text}");
            }
        }
    }

    /// <summary>The problems that the report names.</summary>
    public IReadOnlyList<string> Problems => [.. Report.GetProperty("problems").EnumerateArray().Select(p => p.GetString()!)];
}

/// <summary>Starts guests with the early init.</summary>
internal static class LayeredGuest
{
    /// <summary>The words of the kernel command line that every guest has.</summary>
    /// <remarks>
    /// <c>no_timer_check</c>: an emulated timer on a busy host may miss the ticks that the kernel waits for, and then it panics.
    /// </remarks>
    public const string Words = "console=ttyS0 quiet panic=-1 no_timer_check";

    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(90);

    /// <summary>Starts a guest and waits until it has ended by itself.</summary>
    /// <param name="initrd">The initrd.</param>
    /// <param name="words">More words of the kernel command line.</param>
    /// <param name="disks">Disks beside it.</param>
    public static Task<GuestRun> RunAsync(string initrd, string words = "", params IReadOnlyList<DiskConfig> disks) => RunAsync(ConfigOf(initrd, words, disks));

    /// <summary>Starts a guest and waits until it has ended by itself.</summary>
    public static async Task<GuestRun> RunAsync(MachineConfig config)
    {
        await using Machine machine = await Machine.StartAsync(new ToolTree(LayerBench.Qemu), config, AcceleratorKind.Tcg);
        MachineEnd end = await machine.WaitForEndAsync(s_deadline);
        string text = machine.Log.TextFrom(0).ReplaceLineEndings("\n");
        Assert.False(text.Contains("Kernel panic", StringComparison.Ordinal), text);
        return new GuestRun(text, end);
    }

    /// <summary>The machine for an initrd.</summary>
    public static MachineConfig ConfigOf(string initrd, string words = "", params IReadOnlyList<DiskConfig> disks) => new()
    {
        Boot = new BootMedium.Kernel(LayerBench.Kernel, initrd, $"{Words} {words}".TrimEnd()),
        Firmware = Firmware.Bios,
        MemoryMiB = 256,
        Disks = disks,
    };

    /// <summary>Starts a guest that is expected to refuse to start; returns what it said.</summary>
    public static async Task<string> RefusalAsync(string initrd, string words = "", params IReadOnlyList<DiskConfig> disks)
    {
        GuestRun run = await RunAsync(initrd, words, disks);
        Assert.Contains("cannot be started", run.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("guest: ", run.Text, StringComparison.Ordinal); // nothing of the system ran
        Assert.Equal(MachineEndKind.Rebooted, run.End.Kind); // panic=-1
        return run.Text;
    }
}

/// <summary>Guests with layers run one after the other: each keeps a processor busy, and deadlines should not depend on the neighbours.</summary>
[CollectionDefinition("guests with layers")]
public sealed class LayeredGuestCollection;
