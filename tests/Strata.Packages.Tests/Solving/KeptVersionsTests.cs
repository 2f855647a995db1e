using Strata.Packages.Solving;
using Strata.Packages.Versions;

namespace Strata.Packages.Tests.Solving;

public class KeptVersionsTests
{
    [Theory]
    [InlineData("nothing speaks against it", "a", "a 1\na 2", "a 1", "a=1")]
    [InlineData("not kept", "a", "a 1\na 2", "", "a=2")]
    [InlineData("gone from the pool", "a", "a 2", "a 1", "a=2")]
    [InlineData("a root asks for another", "a (>= 2)", "a 1\na 2", "a 1", "a=2")]
    [InlineData("only a dependency is kept", "a", "a 1 | Depends: b\na 2 | Depends: b\nb 1\nb 2", "b 1", "a=2 b=1")]
    [InlineData("one that moves needs a newer one", "a", "a 1 | Depends: b\na 2 | Depends: b (>= 2)\nb 1\nb 2", "b 1", "a=2 b=2")]
    [InlineData("one that stays needs what moves as it was", "a c", "a 1 | Depends: b (= 1)\na 2 | Depends: b (= 2)\nb 2\nc 1\nc 2",
        "a 1 c 1", "a=2 b=2 c=1")]
    [InlineData("a chain of exact versions moves as a whole", "a d",
        "a 1 | Depends: b (= 1)\na 2 | Depends: b (= 2)\nb 1 | Depends: c (= 1)\nb 2 | Depends: c (= 2)\nc 2\nd 1\nd 2", "a 1 b 1 d 1",
        "a=2 b=2 c=2 d=1")]
    [InlineData("one that moves breaks an old one", "a b", "a 1\na 2 | Breaks: b (<< 2)\nb 1\nb 2", "b 1", "a=2 b=2")]
    [InlineData("one that stays breaks what stays", "a b", "a 1 | Breaks: b (<< 2)\nb 2\nb 1", "a 1", "a=1 b=2")]
    [InlineData("a provider is too old", "a", "a 1 | Depends: v (>= 2)\nb 1 | Provides: v (= 1)\nb 2 | Provides: v (= 2)", "b 1",
        "a=1 b=2")]
    [InlineData("another alternative helps", "a", "a 2 | Depends: b (>= 2) | c\nb 1\nb 2\nc 1", "b 1", "a=2 c=1")]
    [InlineData("a dependency that is cut", "a", "a 2 | Depends: debconf (>= 9)\ndebconf 1\ndebconf 9", "debconf 1", "a=2")]
    public void Solve_WithKeptVersions_MovesNoMoreThanItMust(string what, string roots, string lines, string kept, string expected)
    {
        string[] names = roots.Contains('(', StringComparison.Ordinal) ? [roots] : roots.Split(' ');
        PackageRequest request = new() { Roots = [.. names.Select(n => PackageRoot.Parse(n))], Cut = ["debconf"] };
        string[] words = kept.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Dictionary<string, DebianVersion> versions = words.Chunk(2)
            .ToDictionary(w => w[0], w => DebianVersion.Parse(w[1]), StringComparer.Ordinal);
        IReadOnlyList<SelectedPackage> chosen = PackageSolver.Solve(new PackagePool("amd64", [TestIndex.Of(lines)]), request, versions);
        string got = string.Join(' ', chosen.Select(p => $"{p.Entry.Name}={p.Entry.Version}").Order(StringComparer.Ordinal));
        Assert.True(got == expected, $"{what}: {got}");
    }
}
