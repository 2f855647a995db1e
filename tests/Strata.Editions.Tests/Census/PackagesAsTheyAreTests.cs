using System.Globalization;
using System.Text;
using Strata.Core;
using Strata.Testing;

namespace Strata.Editions.Tests.Census;

/// <summary>How many packages that people install compose whole, without a word about their scripts: counted, and written down.</summary>
public sealed class PackagesAsTheyAreTests(RealArchive archive) : IClassFixture<RealArchive>
{
    private const string Table = "docs/packages-300.md";

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Compose_ThreeHundredPackages_NineteenOfTwentyAreWhole()
    {
        string[] names = [.. Repository.Read("tests/Strata.Editions.Tests/Census/packages.txt").Split('\n', StringSplitOptions.RemoveEmptyEntries)];
        string? only = Environment.GetEnvironmentVariable("STRATA_CENSUS");
        string?[] alone = new string?[names.Length];
        string?[] along = new string?[names.Length];
        await Parallel.ForAsync(0, names.Length, new ParallelOptions { MaxDegreeOfParallelism = 2 }, async (i, _) =>
        {
            alone[i] = only == "depends" ? null : await ProblemOfAsync(names[i], withDepends: false);
            along[i] = only == "alone" ? null : await ProblemOfAsync(names[i], withDepends: true);
        });
        StringBuilder rows = new();
        for (int i = 0; i < names.Length; i++)
        {
            rows.Append(CultureInfo.InvariantCulture, $"| {names[i]} | {alone[i] ?? "whole"} | {along[i] ?? "whole"} |\n");
        }
        await File.WriteAllTextAsync(Path.Combine(Repository.Root, "artifacts/packages-300.md"), rows.ToString());
        int whole = alone.Count(p => p is null);
        Assert.True(whole >= names.Length * 95 / 100, $"{whole} of {names.Length} packages compose whole; {Table} says why not");
    }

    private async Task<string?> ProblemOfAsync(string package, bool withDepends)
    {
        try
        {
            await archive.ComposeAsync(package, withDepends);
            return null;
        }
        catch (StrataException e)
        {
            return e.Message.Replace("\n", "<br>", StringComparison.Ordinal);
        }
    }
}
