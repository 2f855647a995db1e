using Strata.Editions.Measuring;
using Strata.Images.Building;
using Strata.Measure;
using Strata.Measure.Tests;

namespace Strata.Editions.Tests.Measuring;

public class EditionMeasurementTests
{
    private static readonly MeasureOptions s_options = new(Kind: null, Boots: false, SearchesLeast: false, Locked: false);

    [Fact]
    public async Task LastAsync_ImageIsAsItWas_IsNotMeasuredAgain()
    {
        using Bench bench = new();
        await KeepAsync(bench);
        Measurement last = await bench.Measurement().LastAsync(bench.Blueprint(), s_options, bench.Results, CancellationToken.None);
        Assert.Equal("7", last.Version);
        Assert.False(bench.Builder.WasAskedToCompose);
    }

    [Fact]
    public async Task LastAsync_ImageIsAnother_IsMeasuredAnew()
    {
        using Bench bench = new();
        await KeepAsync(bench);
        bench.Builder.Content = "second";
        await Assert.ThrowsAsync<NotSupportedException>(
            () => bench.Measurement().LastAsync(bench.Blueprint(), s_options, bench.Results, CancellationToken.None));
        Assert.True(bench.Builder.WasAskedToCompose); // to look for what it shows
        Assert.Contains($"{Path.Combine(bench.Results, "measure.json")} is about another image; measuring anew", bench.Said.Notes);
    }

    private static async Task KeepAsync(Bench bench)
    {
        BuildResult built = await bench.Builds().BuildAsync(
            bench.Blueprint(), locked: false, kind: null, results: null, CancellationToken.None);
        Measurement measured = Samples.Typical() with
        {
            Version = "7", Image = "oci", Digest = built[ImageKind.Oci].Digest.ToString(),
        };
        Directory.CreateDirectory(bench.Results);
        await File.WriteAllBytesAsync(Path.Combine(bench.Results, EditionMeasurement.FileName), measured.ToJson());
    }
}
