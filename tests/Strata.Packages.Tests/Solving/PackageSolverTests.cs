using Strata.Core;
using Strata.Packages.Solving;

namespace Strata.Packages.Tests.Solving;

public class PackageSolverTests
{
    [Theory]
    [InlineData("chain", "a", "a | Depends: b\nb | Pre-Depends: c\nc\nd", "a b c")]
    [InlineData("first alternative", "a", "a | Depends: b | c\nb\nc", "a b")]
    [InlineData("first that exists", "a", "a | Depends: x | c\nc", "a c")]
    [InlineData("one already chosen", "c a", "a | Depends: b | c\nb\nc", "a c")]
    [InlineData("chosen on the way", "a", "a | Depends: c, b | c\nb\nc", "a c")]
    [InlineData("virtual", "a", "a | Depends: v\nb | Provides: v", "a b")]
    [InlineData("real before virtual", "a", "a | Depends: v\nb | Provides: v\nv", "a v")]
    [InlineData("provider by priority", "a", "a | Depends: v\nb | Provides: v\nc | Provides: v | Priority: standard", "a c")]
    [InlineData("provider by name", "a", "a | Depends: v\nc | Provides: v\nb | Provides: v", "a b")]
    [InlineData("versioned Provides", "a", "a | Depends: v (>= 2)\nb | Provides: v\nc | Provides: v (= 1)\nd | Provides: v (= 2.1)", "a d")]
    [InlineData("cycle", "a", "a | Depends: b\nb | Depends: a", "a b")]
    [InlineData("conflict of the first alternative", "a", "a | Depends: b | c, d\nb | Conflicts: d\nc\nd", "a c d")]
    [InlineData("conflict in the other direction", "a", "a | Depends: b | c, d\nb\nc\nd | Breaks: b", "a c d")]
    [InlineData("conflict deep below the first alternative", "a", "a | Depends: b | c\nb | Depends: b2\nb2 | Depends: b3\nb3 | Conflicts: a\nc", "a c")]
    [InlineData("missing below the first alternative", "a", "a | Depends: b | c\nb | Depends: b2\nb2 | Depends: nothing\nc", "a c")]
    [InlineData("conflict out of reach by version", "a", "a | Depends: b\nb 2 | Conflicts: a (>= 2)", "a b")]
    [InlineData("conflict with its own name", "a", "a | Provides: v | Conflicts: v", "a")]
    [InlineData("only one of us", "a", "a | Depends: v, x\nb | Provides: v | Conflicts: v\nc | Provides: v | Conflicts: v\nx | Depends: c", "a c x")]
    [InlineData("two decisions that do not go together", "a",
        "a | Depends: b1 | b2, c1 | c2, d\nb1\nb2\nc1\nc2\nd | Depends: e | f\ne | Conflicts: c1\nf | Conflicts: b1, c1", "a b1 c2 d e")]
    [InlineData(":any and :native", "a", "a | Depends: b:any, c:native, d:amd64\nb | Multi-Arch: allowed\nc\nd", "a b c d")]
    [InlineData("another architecture", "a", "a | Depends: b:arm64 | c\nb\nc", "a c")]
    [InlineData("of all architectures", "a", "a | Depends: b\nb | Architecture: all | Multi-Arch: foreign", "a b")]
    [InlineData("breaks another version of a provided name", "a b", "a | Breaks: v (<< 2)\nb | Provides: v (= 3)", "a b")]
    [InlineData("the same, asked in the other order", "b a", "a | Breaks: v (<< 2)\nb | Provides: v (= 3)", "a b")]
    [InlineData("conflict with another architecture", "a b", "a | Conflicts: b:arm64\nb", "a b")]
    [InlineData("the same, chosen in the other order", "b a", "a | Conflicts: b:arm64\nb", "a b")]
    [InlineData("essential is not implied", "a", "a\nb | Essential: yes", "a")]
    [InlineData("recommended is left", "a", "a | Recommends: b\nb", "a")]
    [InlineData("root that is virtual with one provider", "v", "b | Provides: v", "b")]
    [InlineData("version asked for", "a (<< 2)", "a 1 | Depends: b\na 2 | Depends: c\nb\nc", "a b")]
    [InlineData("highest version", "a", "a 1 | Depends: b\na 10~ | Depends: c\na 9 | Depends: b\nb\nc", "a c")]
    public void Solve_SmallArchive_ChoosesAsExpected(string what, string roots, string lines, string expected)
    {
        string[] names = roots.Contains('(', StringComparison.Ordinal) ? [roots] : roots.Split(' ');
        Assert.True(expected == Names(Solve(lines, names)), $"{what}: {Names(Solve(lines, names))}");
    }

    [Theory]
    [InlineData("a", "a v1\nb", "cannot install a: the stanza of a in trixie/main (amd64) is refused: line 2: Version: the upstream part")]
    [InlineData("b", "a v1\nb | Depends: a", "b 1 depends on a; the stanza of a in trixie/main (amd64) is refused: line 2: Version")]
    [InlineData(
        "a (>= 2)", "a 1\na v2", "a is available as 1 (trixie); the stanza of a in trixie/main (amd64) is refused: line 9: Version")]
    [InlineData("a", "a v1\nb | Provides: a", "the stanza of a in trixie/main (amd64) is refused: line 2: Version")]
    public void Solve_RefusedStanzaAskedFor_SaysWhy(string root, string lines, string problem) =>
        Assert.Contains(problem, Problem(Pool(lines), Request([root])), StringComparison.Ordinal);

    [Theory]
    [InlineData("b", "a v1\nb", "b")]
    [InlineData("b", "a | Provides: !\nb | Depends: v\nc | Provides: v", "b c")]
    [InlineData("b", "a v1\nb | Depends: a | c\nc", "b c")]
    [InlineData("a", "a 1\na v2\nb", "a")]
    public void Solve_RefusedStanzaThatNobodyNeeds_IsPassedOver(string root, string lines, string expected) =>
        Assert.Equal(expected, Names(Solve(lines, [root])));

    [Fact]
    public void Solve_Recommends_AreTakenWhereTheyFit()
    {
        const string Lines = "a | Recommends: b, c, nothing, d\nb\nc | Conflicts: a\nd | Depends: e\ne | Depends: missing";
        Assert.Equal("a b", Names(PackageSolver.Solve(Pool(Lines), Request(["a"]) with { Recommends = true })));
    }

    [Fact]
    public void Solve_Cut_IsNeverFollowed()
    {
        const string Lines = "a | Depends: debconf (>= 0.5) | debconf-2.0, b\nb | Depends: v\ndebconf\ncdebconf | Provides: debconf-2.0, v\nc | Provides: v";
        PackageRequest request = Request(["a"]) with { Cut = ["debconf", "cdebconf"] };
        Assert.Equal("a b c", Names(PackageSolver.Solve(Pool(Lines), request)));
        Assert.Equal("a b c debconf", Names(PackageSolver.Solve(Pool(Lines), request with { Roots = [.. request.Roots, PackageRoot.Parse("debconf")] })));
        Assert.Contains("c is cut off by the request", Problem(Pool(Lines), request with { Cut = ["debconf", "cdebconf", "c"] }), StringComparison.Ordinal);
    }

    [Fact]
    public void Solve_RootAlone_TakesNothingWithIt()
    {
        const string Lines = "a | Depends: b\nb | Depends: c\nc\nd | Depends: a";
        PackageRequest request = Request([]) with { Roots = [PackageRoot.Parse("a", followDependencies: false), PackageRoot.Parse("c")] };
        Assert.Equal("a c", Names(PackageSolver.Solve(Pool(Lines), request)));
        Assert.Equal("a c d", Names(PackageSolver.Solve(Pool(Lines), request with { Roots = [.. request.Roots, PackageRoot.Parse("d")] })));
        Assert.Equal("a b c", Names(PackageSolver.Solve(Pool(Lines), request with { Roots = [.. request.Roots, PackageRoot.Parse("a")] })));
    }

    [Fact]
    public void Solve_SeveralSuites_TakeTheHighestVersionOfAny()
    {
        PackagePool pool = new("amd64",
        [
            TestIndex.Of("a 1\nb 1", "trixie"),
            TestIndex.Of("a 1+u1\nb 1", "trixie-updates"),
            TestIndex.Of("a 1+deb13u1", "trixie-security"),
        ]);
        Assert.Equal(
            ["a 1+u1 trixie-updates", "b 1 trixie"],
            PackageSolver.Solve(pool, Request(["a", "b"])).Select(p => $"{p.Entry.Name} {p.Entry.Version} {p.Entry.Origin.Suite}"));
    }

    [Fact]
    public void Solve_InstallerPackages_AreAWorldOfTheirOwn()
    {
        PackagePool pool = new("amd64",
        [
            TestIndex.Of("a | Depends: libc6\nlibc6 | Conflicts: a-udeb"),
            TestIndex.Of("a-udeb | Depends: libc6\nlibc6-udeb | Provides: libc6", isInstaller: true),
        ]);
        Assert.Equal("a libc6", Names(PackageSolver.Solve(pool, Request(["a"]))));
        Assert.Equal("a-udeb libc6-udeb", Names(PackageSolver.Solve(pool, Request(["a-udeb"]))));
        Assert.Equal("a a-udeb libc6 libc6-udeb", Names(PackageSolver.Solve(pool, Request(["a", "a-udeb"]))));
    }

    [Fact]
    public void Solve_Chosen_TellsTheChainThatLedThere()
    {
        SelectedPackage c = Solve("a | Depends: x | b\nb 2 | Pre-Depends: c (>= 1)\nc", ["a"]).Single(p => p.Entry.Name == "c");
        Assert.Equal(["a: a", "b: Depends: x | b", "c: Pre-Depends: c (>= 1)"], c.Chain().Select(p => $"{p.Entry.Name}: {p.Reason}"));
    }

    [Theory]
    [InlineData("x", "x 1.2 | Depends: y (>= 3)\ny 2.1", "cannot install x: x 1.2 depends on y (>= 3); y is available as 2.1 (trixie)")]
    [InlineData("curll", "curl", "cannot install curll: curll is in no index (did you mean 'curl'?)")]
    [InlineData("a (>= 3)", "a 2", "cannot install a (>= 3): a is available as 2 (trixie)")]
    [InlineData("a", "a | Depends: b\nb 5 | Depends: libfooo\nlibfoo", "cannot install a: a 1 depends on b; b 5 depends on libfooo; libfooo is in no index (did you mean 'libfoo'?)")]
    [InlineData("v", "a | Provides: v\nb | Provides: v", "cannot install v: it is a name that several packages provide: a, b")]
    [InlineData("a b", "a | Conflicts: b\nb", "cannot install a, b: a 1 conflicts with b, and both are asked for")]
    [InlineData("a b", "a | Breaks: v\nb 3 | Provides: v", "cannot install a, b: a 1 breaks v, which b 3 provides, and both are asked for")]
    [InlineData("a b", "a | Breaks: v (<< 2)\nb 3 | Provides: v (= 1)",
        "cannot install a, b: a 1 breaks v (<< 2), which b 3 provides, and both are asked for")]
    [InlineData("b a", "a | Breaks: v (<< 2)\nb 3 | Provides: v (= 1)",
        "cannot install b, a: a 1 breaks v (<< 2), which b 3 provides, and both are asked for")]
    [InlineData("b a", "a | Conflicts: b:amd64\nb", "cannot install b, a: a 1 conflicts with b:amd64, and both are asked for")]
    [InlineData("a b", "a | Depends: c\nb\nc 4 | Conflicts: b (<< 2)", "cannot install a: a 1 depends on c; c 4 conflicts with b (<< 2), and b is asked for")]
    [InlineData("a", "a | Depends: b, c\nb | Depends: d\nd\nc | Conflicts: d",
        "cannot install a: a 1 depends on c; c 1 conflicts with d, but a 1 depends on b; b 1 depends on d")]
    [InlineData("a", "a | Depends: b | c\nb | Depends: nothing\nc | Conflicts: a",
        "cannot install a: a 1 depends on b | c; c 1 conflicts with a, and a is asked for; b 1 depends on nothing; nothing is in no index")]
    [InlineData("a", "a | Depends: b:arm64\nb", "cannot install a: a 1 depends on b:arm64; b is wanted for arm64, the system is amd64")]
    [InlineData("a", "a | Depends: v (>= 2)\nb | Provides: v", "cannot install a: a 1 depends on v (>= 2); v is available as a name without version by b 1")]
    public void Solve_Impossible_ExplainsWithAChain(string roots, string lines, string message)
    {
        string[] names = roots.Contains('(', StringComparison.Ordinal) ? [roots] : roots.Split(' ');
        Assert.Equal(message, Problem(Pool(lines), Request(names)));
    }

    [Theory]
    [InlineData("firmware-realtek",
        "What is in non-free-firmware is found by a blueprint that says so, such as 'components: [main, non-free-firmware]'.")]
    [InlineData("intel-microcode", "'components: [main, non-free-firmware]'")]
    [InlineData("unrar", "What is in contrib or non-free or non-free-firmware is found by")]
    public void Solve_NameInNoIndex_HintsAtComponentsThatWereNotAsked(string name, string hint)
    {
        StrataException e = Assert.Throws<StrataException>(() => PackageSolver.Solve(Pool("curl"), Request([name])));
        Assert.Contains(hint, e.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void Solve_OtherOrderOfTheIndex_ChoosesTheSame()
    {
        string[] lines = [.. Enumerable.Range(0, 60).Select(i => $"p{i:00} | Depends: v{i * 7 % 20}, p{(i + 13) % 60:00} | p{(i + 1) % 60:00} | Provides: v{i % 20}")];
        string first = Names(Solve(string.Join('\n', lines), ["p00"]));
        new Random(1).Shuffle(lines);
        Assert.Equal(first, Names(Solve(string.Join('\n', lines), ["p00"])));
    }

    // A hard one on purpose: n pigeons do not fit into n - 1 holes, and every order of trying has to be refuted.
    [Fact]
    public void Solve_Pigeons_EndsWithAnAnswer()
    {
        const int Holes = 3;
        List<string> lines = ["a | Depends: " + string.Join(", ", Enumerable.Range(0, Holes + 1).Select(p => $"pigeon{p}"))];
        for (int pigeon = 0; pigeon <= Holes; pigeon++)
        {
            lines.Add($"pigeon{pigeon} | Depends: " + string.Join(" | ", Enumerable.Range(0, Holes).Select(h => $"p{pigeon}h{h}")));
            lines.AddRange(Enumerable.Range(0, Holes).Select(h => $"p{pigeon}h{h} | Provides: hole{h} | Conflicts: hole{h}"));
        }
        Assert.StartsWith("cannot install a: ", Problem(Pool(string.Join('\n', lines)), Request(["a"])), StringComparison.Ordinal);
        lines.Add($"p{Holes}free");
        int last = lines.FindIndex(l => l.StartsWith($"pigeon{Holes} ", StringComparison.Ordinal));
        lines[last] += $" | p{Holes}free";
        Assert.Contains($"p{Holes}free", Names(Solve(string.Join('\n', lines), ["a"])), StringComparison.Ordinal);
    }

    private static IReadOnlyList<SelectedPackage> Solve(string lines, string[] roots) => PackageSolver.Solve(Pool(lines), Request(roots));

    private static PackagePool Pool(string lines) => new("amd64", [TestIndex.Of(lines)]);

    private static PackageRequest Request(string[] roots) => new() { Roots = [.. roots.Select(r => PackageRoot.Parse(r))] };

    private static string Names(IReadOnlyList<SelectedPackage> packages)
    {
        Assert.Equal(packages.Count, packages.Select(p => p.Entry).Distinct().Count());
        return string.Join(' ', packages.Select(p => p.Entry.Name).Order(StringComparer.Ordinal));
    }

    private static string Problem(PackagePool pool, PackageRequest request)
    {
        StrataException e = Assert.Throws<StrataException>(() => PackageSolver.Solve(pool, request));
        Assert.NotNull(e.Hint);
        return e.Message;
    }
}
