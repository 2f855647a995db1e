using Strata.Core.Progress;
using Strata.Images.Building;
using Strata.Images.Tests.Building.Bench;

namespace Strata.Images.Tests.Building;

/// <summary>A build that is stopped leaves nothing half-done, and the next one ends as if there had been none.</summary>
public class CancelledBuildTests
{
    [Theory]
    [InlineData(EditionBench.Small, "disk", "unpacking tools", "initramfs")]
    [InlineData(EditionBench.Small, "disk", "packing the initramfs", "initramfs")]
    [InlineData(EditionBench.Small, "disk", "joining kernel and initramfs", "uki")]
    [InlineData(EditionBench.Small, "disk", "writing a disk image", "disk")]
    [InlineData(EditionBench.Small, "iso", "writing an ISO image", "iso")]
    [InlineData(EditionBench.Layered, "disk", "packing layer web", "layer")]
    [InlineData(EditionBench.Box, "oci", "packing layer", "container")]
    public async Task Build_StoppedInAStep_LeavesNothingHalfDone(string edition, string kind, string label, string missing)
    {
        using StopAt stop = new(label);
        using EditionBench bench = new(stop);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => bench.BuildAsync(edition, kind, cancellationToken: stop.Token));
        Assert.True(stop.WasReached);
        Assert.Equal([], bench.UnfinishedFiles());
        if (missing != "layer") // those below it are done and stay
        {
            Assert.Equal(0, bench.StepsDone()[missing]);
        }
        Assert.Equal(missing is "iso" or "disk" ? 1 : 0, bench.StepsDone()["edition"]);
        using EditionBench other = new();
        BuildResult expected = await other.BuildAsync(edition, kind);
        BuildResult made = await bench.BuildAsync(edition, kind);
        Assert.Equal(EditionBench.OutputsOf(expected), EditionBench.OutputsOf(made));
        Assert.All(EditionBench.OutputsOf(made), o => Assert.Equal(other.Bytes(o), bench.Bytes(o)));
        Assert.Equal([], bench.UnfinishedFiles());
    }

    /// <summary>Stops the build when it begins something.</summary>
    private sealed class StopAt(string label) : IProgressReporter, IDisposable
    {
        private readonly CancellationTokenSource _source = new();

        public CancellationToken Token => _source.Token;

        public bool WasReached { get; private set; }

        public IProgressTask Begin(string begun, long? total = null, ProgressUnit unit = ProgressUnit.Items)
        {
            if (begun.StartsWith(label, StringComparison.Ordinal))
            {
                WasReached = true;
                _source.Cancel();
            }
            return SilentProgress.Instance.Begin(begun, total, unit);
        }

        public void Note(string message)
        {
        }

        public void Warn(string message)
        {
        }

        public void Dispose() => _source.Dispose();
    }
}
