using System.Diagnostics;
using System.Globalization;
using Strata.Boot.Tests.Layers;
using Strata.Machines;
using Strata.Machines.Serial;
using Strata.Testing;
using Strata.Toolbox;
using Strata.Updates.State;
using Xunit.Abstractions;

namespace Strata.Boot.Tests.State;

/// <summary>
/// What state costs at the start: processor time of the whole machine, from QEMU's start to the system's first words. One with state and
/// one without run side by side, so that whatever else the host does slows both; of several such pairs the median counts.
/// </summary>
/// <remarks>
/// The disk is as a machine leaves it that was stopped, at each start; what a power cut costs, the journal, is not of every start.
/// </remarks>
[Collection("guests with layers")]
public sealed class StateCostTests(ITestOutputHelper output) : IDisposable
{
    private const int Runs = 15;
    private const double MostRatio = 1.05;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    [Trait("Category", "Slow")]
    public async Task Boot_WithState_CostsATwentiethAtMost()
    {
        const string Script = """
            case "$(cat /proc/cmdline)" in *do=stop*) echo u > /proc/sysrq-trigger; sleep 1; poweroff -f;; esac # makes all of it read-only
            echo guest: measured
            sleep 600
            """;
        StateBench with = new(_folder);
        await with.MakeAsync(StateBench.Plan, Script);
        using TemporaryFolder second = new();
        StateBench without = new(second);
        await without.MakeAsync(new StatePlan { Edition = "bench" }, Script);
        await with.RunAsync("do=stop"); // the first start makes it
        Assert.False(NeedsRecovery(with.Disk, with.OffsetOf(3)));
        Task<double> With() => SecondsAsync(with.Initrd, with.Disk);
        List<double> ratios = [];
        List<string> pairs = [];
        for (int run = 0; run < Runs; run++)
        {
            bool isFirst = run % 2 == 0; // neither of the two is always the one that starts first
            Task<double>? a = isFirst ? With() : null;
            Task<double> b = SecondsAsync(without.Initrd, without.Disk, "kiosk"); // which leaves state out
            double[] pair = await Task.WhenAll(a ?? With(), b);
            ratios.Add(pair[0] / pair[1]);
            pairs.Add(string.Create(CultureInfo.InvariantCulture, $"{pair[0]:0.00}/{pair[1]:0.00}"));
        }
        double ratio = ratios.Order().ElementAt(Runs / 2);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"processor time in s with and without state: {string.Join(", ", pairs)}; the median {ratio:0.000}"));
        Assert.True(ratio <= MostRatio, $"a start with state takes {ratio:0.000} of one without, allowed {MostRatio}");
    }

    /// <summary>Whether the journal of an ext4 holds what is not in its place yet: EXT4_FEATURE_INCOMPAT_RECOVER.</summary>
    private static bool NeedsRecovery(string disk, long offset)
    {
        using FileStream file = File.OpenRead(disk);
        byte[] superblock = new byte[1024];
        file.Position = offset + 1024;
        file.ReadExactly(superblock);
        Assert.Equal([0x53, 0xEF], superblock[0x38..0x3A]); // s_magic
        return (superblock[0x60] & 4) != 0; // s_feature_incompat
    }

    private static string Text(IEnumerable<double> seconds) =>
        string.Join(", ", seconds.Select(s => s.ToString("0.00", CultureInfo.InvariantCulture)));

    private static async Task<double> SecondsAsync(string initrd, string disk, string words = "")
    {
        MachineConfig config = LayeredGuest.ConfigOf(initrd, words, new DiskConfig(disk));
        await using Machine machine = await Machine.StartAsync(new ToolTree(LayerBench.Qemu), config, AcceleratorKind.Tcg);
        await machine.WaitForLineAsync(LinePattern.Text("guest: measured"), TimeSpan.FromSeconds(120));
        using Process process = Process.GetProcessById(machine.ProcessId);
        return process.TotalProcessorTime.TotalSeconds;
    }
}
