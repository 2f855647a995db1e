using System.Diagnostics;
using Strata.Testing;
using Strata.Toolbox;

namespace Strata.Machines.Tests;

[Collection("guests")]
public sealed class AcceleratorProbeTests
{
    [SkippableFact]
    public async Task RunAsync_Emulation_Works()
    {
        ProbeResult result = await AcceleratorProbe.RunAsync(GuestParts.Qemu, AcceleratorKind.Tcg, BootSector.Exiting(), TimeSpan.FromSeconds(20));
        Assert.Equal(new ProbeResult(true, ""), result);
    }

    [SkippableFact]
    public async Task RunAsync_HangingGuest_IsNoWithinTheDeadline()
    {
        IReadOnlyList<string> before = GuestParts.MachineFolders();
        Stopwatch watch = Stopwatch.StartNew();
        ProbeResult result = await AcceleratorProbe.RunAsync(GuestParts.Qemu, AcceleratorKind.Tcg, BootSector.Hanging(), TimeSpan.FromSeconds(2));
        Assert.Equal(new ProbeResult(false, "a probe guest under emulation did not run within 2 s"), result);
        Assert.InRange(watch.Elapsed, TimeSpan.FromSeconds(1.9), TimeSpan.FromSeconds(8));
        Assert.Equal(before, GuestParts.MachineFolders());
    }

    [SkippableFact]
    public async Task DecideAsync_Twice_GivesTheSameAnswer()
    {
        using TemporaryFolder folder = new();
        ToolTree qemu = GuestParts.Qemu;
        Accelerator first = await Accelerator.DecideAsync(qemu, folder["state"]);
        Stopwatch watch = Stopwatch.StartNew();
        Accelerator second = await Accelerator.DecideAsync(qemu, folder["state"]);
        Assert.Equal(first, second);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(1), $"the second answer took {watch.Elapsed}");
        Assert.EndsWith(".", first.Reason, StringComparison.Ordinal);
    }
}
