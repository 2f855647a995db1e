using System.Globalization;
using System.Text;
using Strata.Core;
using Strata.Testing;

namespace Strata.Editions.Tests.Census;

/// <summary>How many packages that people install compose whole, without a word about their scripts: counted, and written down.</summary>
/// <remarks><c>STRATA_CENSUS=nginx,cups</c> tries only these, and writes the table to <c>artifacts</c> instead.</remarks>
public sealed class PackagesAsTheyAreTests(RealArchive archive) : IClassFixture<RealArchive>
{
    private const string Table = "docs/packages-300.md";
    private const int Percent = 95;
    private const int LongestReason = 160;

    // of each kind some: a web server with accounts, alternatives, debconf, sysusers.d, a data base, a shell, plain tools
    [Theory]
    [InlineData("nginx")]
    [InlineData("lighttpd")]
    [InlineData("exim4-daemon-light")]
    [InlineData("unbound")]
    [InlineData("pdns-recursor")]
    [InlineData("memcached")]
    [InlineData("uwsgi")]
    [InlineData("vim")]
    [InlineData("openssh-server")]
    [InlineData("sqlite3")]
    public async Task Compose_PackageThatPeopleInstall_IsWhole(string package) =>
        Assert.Null(await ProblemOfAsync(package, withDepends: false));

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Compose_ThreeHundredPackages_NineteenOfTwentyAreWhole()
    {
        string[] all = [.. Repository.Read("tests/Strata.Editions.Tests/Census/packages.txt")
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)];
        string[] only = [.. Environment.GetEnvironmentVariable("STRATA_CENSUS")?.Split(',') ?? []];
        string[] names = only.Length == 0 ? all : only;
        (string Covered, string Reason)[] results = new (string, string)[names.Length];
        await Parallel.ForAsync(0, names.Length, new ParallelOptions { MaxDegreeOfParallelism = 2 }, async (i, _) =>
        {
            string? alone = await ProblemOfAsync(names[i], withDepends: false);
            string? along = alone is null ? null : await ProblemOfAsync(names[i], withDepends: true);
            results[i] = alone is null ? ("whole", "") : along is null ? ("with depends", "")
                : ("no", along);
        });
        int whole = results.Count(r => r.Covered != "no");
        await File.WriteAllTextAsync(Path.Combine(Repository.Root, only.Length == 0 ? Table : "artifacts/packages.md"),
            Write(names, results, whole));
        Assert.True(whole * 100 >= names.Length * Percent,
            $"{whole} of {names.Length} packages compose; {Table} says why the others do not");
    }

    private static string Write(string[] names, (string Covered, string Reason)[] results, int whole)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"""
            # {names.Length} packages, whole, without a word about their scripts

            Measured on {TimeProvider.System.GetUtcNow():yyyy-MM-dd} with the packages of trixie of that day, by
            `dotnet test tests/Strata.Editions.Tests --filter FullyQualifiedName~Census`, a part of `./test --all`: a system of
            `base` and one package,
            composed, with effects and ledger. **{whole} of {names.Length}** compose: `whole` with `NAME: {"{}"}`, `with depends` only with
            `NAME: {"{whole-with: depends}"}`, because their scripts work on files or accounts of packages that they depend on.

            | package | covered | why not |
            |---|---|---|

            """);
        for (int i = 0; i < names.Length; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {names[i]} | {results[i].Covered} | {results[i].Reason} |\n");
        }
        return text.ToString();
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
            string[] lines = [.. e.Message.Split('\n').Select(l => l.Trim().Replace("|", "\\|", StringComparison.Ordinal))];
            string first = lines[Math.Min(1, lines.Length - 1)];
            string more = lines.Length > 2 ? string.Create(CultureInfo.InvariantCulture, $" (and {lines.Length - 2} more)") : "";
            return (first.Length > LongestReason ? first[..LongestReason] + "…" : first) + more;
        }
    }
}
