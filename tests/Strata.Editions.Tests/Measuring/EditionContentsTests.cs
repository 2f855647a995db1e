using Strata.Editions.Measuring;
using Strata.Images.Building;
using Strata.Measure.Differences;

namespace Strata.Editions.Tests.Measuring;

public class EditionContentsTests
{
    [Fact]
    public async Task OfAsync_HasThePathsOfTheBuildAndTheBudgetsOfTheBlueprint()
    {
        using Bench bench = new();
        bench.WriteEdition("one", "budget: {image: 2 MB, setuid: 0}\n");
        BuildResult built = await bench.Builds().BuildAsync(
            bench.Blueprint(), locked: false, kind: null, results: null, CancellationToken.None);
        ImageContents contents = await new EditionContents(bench.Services).OfAsync(built, CancellationToken.None);
        Assert.Equal("made 1", contents.Name);
        Assert.Contains("/hello", contents.Entries.Keys);
        Assert.Equal(["image=1.91 MiB", "setuid=0"], contents.Budgets!.Select(b => $"{b.Key}={b.Value}"));
        Assert.Null(contents.KernelSymbols);
    }
}
