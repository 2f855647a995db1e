using Strata.Blueprints;
using Strata.Composition;
using Strata.Core;
using Strata.Images.Tests.Building.Bench;
using Strata.Store.Actions;

namespace Strata.Images.Tests.Building;

/// <summary>What takes long, a kernel or a program that is compiled, holds up only what needs it.</summary>
public class ConcurrentStepsTests
{
    [Fact]
    public async Task Build_WhileAProgramIsCompiled_PackagesAreRead()
    {
        using EditionBench bench = new();
        bench.Edit("kernel: {modules: [dummy]}", "kernel: {modules: [dummy]}\ndevice-programs: {/usr/libexec/first: early-init}");
        SlowPrograms slow = new(bench.Services.DevicePrograms, bench.Actions, bench.Lock.Guest.Packages.Count);
        bench.Services = bench.Services with { DevicePrograms = slow };
        await bench.BuildAsync(EditionBench.Small, ImageKind.Disk);
        Assert.True(slow.WasAsked);
    }

    /// <summary>A compiler that has not ended before every package of the guest was read.</summary>
    private sealed class SlowPrograms(IDevicePrograms programs, ActionCache actions, int packages) : IDevicePrograms
    {
        public bool WasAsked { get; private set; }

        public Sha256Digest SourcesOf(DeviceProgram program, GuestArchitecture architecture) => programs.SourcesOf(program, architecture);

        public async Task<ActionOutput> BuildAsync(DeviceProgram program, GuestArchitecture architecture,
            CancellationToken cancellationToken)
        {
            WasAsked = true;
            using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(TimeSpan.FromSeconds(60));
            while (actions.ResultsOf("list-package").Count() < packages)
            {
                await Task.Delay(10, limit.Token);
            }
            return await programs.BuildAsync(program, architecture, cancellationToken);
        }
    }
}
