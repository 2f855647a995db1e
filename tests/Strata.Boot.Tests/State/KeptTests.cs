using Strata.Boot.Tests.Layers;
using Strata.Testing;

namespace Strata.Boot.Tests.State;

/// <summary>What is kept outlives a restart, and nothing else does.</summary>
[Collection("guests with layers")]
public sealed class KeptTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public async Task Boot_TwiceWithKeptFolders_KeepsTheseAndLosesTheRest()
    {
        StateBench bench = new(_folder);
        await bench.MakeAsync(StateBench.Plan);
        GuestRun first = await bench.RunAsync();
        Assert.Equal("0, etc 0, lost 0", StateBench.Said(first, "data"));
        Assert.True(StateBench.Said(first, "state").EndsWith("\"problems\":[]}", StringComparison.Ordinal), first.Text);
        bench.Judge();
        GuestRun second = await bench.RunAsync();
        Assert.Equal("1, etc 1, lost 0", StateBench.Said(second, "data"));
        Assert.Equal("1", StateBench.Said(second, "image"));
        Assert.Equal("/data 7 8 750 /etc/own 0 0 755 /var/lib/strata 0 0 700", StateBench.Said(second, "folders"));
        Assert.Equal(StateBench.Said(first, "id"), StateBench.Said(second, "id"));
        Assert.Matches("^[0-9a-f]{32}$", StateBench.Said(second, "id"));
        Assert.Contains(
            "\"kept\":[\"/data\",\"/etc/own\",\"/var/lib/strata\"],\"problems\":[]", StateBench.Said(second, "state"),
            StringComparison.Ordinal);
        bench.Judge();
    }
}
