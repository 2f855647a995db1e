using System.Text;
using Strata.Core;
using Strata.Core.Progress;
using Strata.Packages.Keys;
using Strata.Packages.Locks;
using Strata.Packages.Releases;
using Strata.Packages.Solving;
using Strata.Packages.Sources;
using Strata.Store.Actions;

namespace Strata.Packages.Tests.Locks;

/// <summary>Locks of packages from archives besides Debian's own.</summary>
public sealed class OtherArchivesTests : IDisposable
{
    private const string Root = "http://other.example/repo";

    private static readonly Keyring s_keys = new("other.asc", "keys of the other"u8.ToArray());

    private static readonly PackageArchive s_other = new()
    {
        Name = "other", Roots = [new Uri(Root)], Suites = ["stable"], Components = ["main"], Keyrings = [s_keys],
        Packages = ["tool", "tool-*"],
    };

    private readonly FakeArchive _archive = new();
    private readonly List<IReadOnlyList<Keyring>> _askedKeys = [];

    public OtherArchivesTests()
    {
        _archive.AddSuite("trixie", "tool 1\nlibc 1\nbase 1 | Depends: tool");
        _archive.AddSuite("trixie-updates", "");
        _archive.AddSuite("trixie-security", "");
        _archive.AddSuite("stable", "tool 2 | Depends: libc, tool-data\ntool-data 5\nlibc 9", root: Root);
    }

    public void Dispose() => _archive.Dispose();

    [Fact]
    public async Task ResolveAsync_PackagesThatMayComeFromIt_ComeAndNothingElse()
    {
        PackageLock made = await ResolveAsync([s_other]);
        Assert.Equal(["base 1 ", "libc 1 ", "tool 2 other", "tool-data 5 other"], Shown(made));
        LockedRelease release = Assert.Single(made.Releases, r => r.Archive.Length > 0);
        Assert.Equal(("other", "stable"), (release.Archive, release.Suite));
    }

    [Fact]
    public async Task ResolveAsync_WithoutIt_IsAsEver() => Assert.Equal(["base 1 ", "tool 1 "], Shown(await ResolveAsync([])));

    /// <summary>The key of the one archive is worth nothing for the other.</summary>
    [Fact]
    public async Task ResolveAsync_EachArchive_IsVerifiedWithItsOwnKeysOnly()
    {
        await ResolveAsync([s_other]);
        Assert.Equal(4, _askedKeys.Count);
        Assert.Single(_askedKeys, k => k.SequenceEqual([s_keys]));
        Assert.Equal(3, _askedKeys.Count(k => k.SequenceEqual(Keyring.Debian)));
    }

    [Theory]
    [InlineData(null, "", "2")] // equal: the higher version
    [InlineData(499, "", "1")]
    [InlineData(501, "", "2")]
    [InlineData(null, "NotAutomatic: yes", "1")]
    [InlineData(null, "NotAutomatic: yes\nButAutomaticUpgrades: yes", "1")]
    [InlineData(600, "NotAutomatic: yes", "2")] // the blueprint has the last word
    public async Task ResolveAsync_SameName_IsTakenFromTheHigherPriority(int? priority, string fields, string expected)
    {
        _archive.AddSuite("stable", "tool 2", $"No-Support-for-Architecture-all: Packages\n{fields}", root: Root);
        PackageLock made = await ResolveAsync([s_other with { Priority = priority }]);
        Assert.Equal(expected, made.Find("tool")!.Version);
    }

    [Fact]
    public async Task ResolveAsync_LowerVersionOfHigherPriority_IsTaken()
    {
        _archive.AddSuite("stable", "tool 0.5", root: Root);
        Assert.Equal("0.5", (await ResolveAsync([s_other with { Priority = 501 }])).Find("tool")!.Version);
        Assert.Equal("1", (await ResolveAsync([s_other])).Find("tool")!.Version);
    }

    [Fact]
    public async Task ResolveAsync_NameThatOnlyItHas_IsTakenAtAnyPriority() => Assert.Equal(
        "5", (await ResolveAsync([s_other with { Priority = 1 }], "tool-data")).Find("tool-data")!.Version);

    [Fact]
    public async Task ResolveAsync_DependencyThatMayNotComeFromIt_IsToldWithWhatToDo()
    {
        StrataException e = await Assert.ThrowsAsync<StrataException>(() => ResolveAsync([s_other with { Packages = ["tool"] }]));
        Assert.Contains(
            "tool-data 5 of other/stable may not be taken: 'packages' of archive 'other' does not name it", e.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task ResolveAsync_ProviderThatMayNotComeFromIt_IsNone()
    {
        _archive.AddSuite("stable", "tool 2\nevil 1 | Provides: tool-data", root: Root);
        StrataException e = await Assert.ThrowsAsync<StrataException>(() => ResolveAsync([s_other], "tool-data"));
        Assert.DoesNotContain("evil", e.Message, StringComparison.Ordinal); // nor is it offered
        Assert.Equal(["evil 1 other"], Shown(await ResolveAsync([s_other with { Packages = ["evil"] }], "tool-data")));
    }

    [Fact]
    public async Task ResolveAsync_SuiteOfDebiansOwn_IsAskedOfItsMirrorsWithItsKeys()
    {
        _archive.AddSuite(
            "trixie-backports", "tool 3\nlibc 9",
            "No-Support-for-Architecture-all: Packages\nNotAutomatic: yes\nButAutomaticUpgrades: yes");
        PackageArchive backports = new() { Name = "backports", Suites = ["trixie-backports"], Components = ["main"], Packages = ["tool"] };
        Assert.Equal(["base 1 ", "tool 1 "], Shown(await ResolveAsync([backports])));
        Assert.Equal(["base 1 ", "tool 3 backports"], Shown(await ResolveAsync([backports with { Priority = 500 }])));
        Assert.All(_askedKeys, k => Assert.Equal(Keyring.Debian, k));
    }

    /// <summary>Pockets as Ubuntu has them: each has the codename of the release. Its versions are ordered as Debian's.</summary>
    [Fact]
    public async Task ResolveAsync_Pockets_AreThoseOfTheirSuite()
    {
        const string Fields = "No-Support-for-Architecture-all: Packages";
        foreach ((string pocket, string version) in new[] { ("noble", "2.0-1ubuntu3"), ("noble-updates", "2.0-1ubuntu3.1"),
            ("noble-security", "2.0-1ubuntu3~24.04.9") })
        {
            _archive.AddSuite(pocket, $"tool {version}", Fields, root: Root);
            string address = $"{Root}/dists/{pocket}/InRelease";
            string release = Encoding.UTF8.GetString(_archive.Files[address]);
            _archive.Files[address] = Encoding.UTF8.GetBytes(release
                .Replace($"role-of-{pocket}\n", $"{pocket}\n", StringComparison.Ordinal)
                .Replace($"Codename: {pocket}\n", "Codename: noble\n", StringComparison.Ordinal));
        }
        PackageArchive ubuntu = s_other with { Suites = ["noble", "noble-updates", "noble-security"] };
        LockedPackage tool = (await ResolveAsync([ubuntu])).Find("tool")!;
        Assert.Equal(("2.0-1ubuntu3.1", "noble-updates"), (tool.Version, tool.Suite));
        StrataException e = await Assert.ThrowsAnyAsync<StrataException>(() => ResolveAsync([ubuntu with { Suites = ["jammy"] }]));
        Assert.Contains("Release of other/jammy", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ResolveAsync_LockBefore_StaysButForWhatAChangedArchiveHas()
    {
        PackageLock before = await ResolveAsync([]);
        _archive.AddSuite("trixie-updates", "base 7 | Depends: tool\nlibc 7");
        Assert.Equal(["base 1 ", "tool 1 "], Shown(await ResolveAsync([], before: before)));
        PackageLock added = await ResolveAsync([s_other], before: before);
        Assert.Equal(["base 1 ", "libc 7 ", "tool 2 other", "tool-data 5 other"], Shown(added));
        Assert.Equal(Shown(added), Shown(await ResolveAsync([s_other], before: added)));
        Assert.Equal(["base 1 ", "tool 1 "], Shown(await ResolveAsync([s_other with { Priority = 100 }], before: added)));
        Assert.Equal(["base 1 ", "tool 1 "], Shown(await ResolveAsync([], before: added)));
    }

    [Theory]
    [InlineData("tool (= 2)", "2 other")]
    [InlineData("tool (= 1*)", "1 ")]
    [InlineData("tool (= *)", "2 other")]
    public async Task ResolveAsync_WantedVersion_IsTakenWhereItIs(string wanted, string expected)
    {
        PackageLock made = await ResolveAsync([s_other], wanted);
        Assert.Equal(expected, Shown(made).Single(p => p.StartsWith("tool ", StringComparison.Ordinal))[5..]);
        PackageLock again = PackageLockFile.Read(PackageLockFile.Write(made), "x.lock");
        Assert.Equal(wanted, Assert.Single(again.Request.Roots).Package);
        Assert.True(again.Request.IsSameAs(LockedRequest.Of(Request([s_other], wanted))));
    }

    /// <summary>What is asked for is taken though another archive comes first, and what a lock had does not stand in its way.</summary>
    [Fact]
    public async Task ResolveAsync_WantedVersion_PassesPriorityAndLock()
    {
        PackageArchive low = s_other with { Priority = 100 };
        PackageLock before = await ResolveAsync([low], "tool");
        Assert.Equal("1", before.Find("tool")!.Version);
        Assert.Equal("2", (await ResolveAsync([low], "tool (= 2*)", before)).Find("tool")!.Version);
    }

    [Theory]
    [InlineData("tool (= 1.5*)")]
    [InlineData("tool (= 1.5)")]
    public async Task ResolveAsync_WantedVersionIsNowhere_NamesThoseThereAre(string wanted)
    {
        StrataException e = await Assert.ThrowsAsync<StrataException>(() => ResolveAsync([s_other], wanted));
        Assert.Equal($"cannot install {wanted}: tool is available as 2 (other/stable), 1 (trixie)", e.Message);
        Assert.Contains("'version: 1.2.*'", e.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Write_LockWithArchives_ReadsBackAndNamesNoAddress()
    {
        PackageLock made = await ResolveAsync([s_other with { Priority = 700 }]);
        byte[] bytes = PackageLockFile.Write(made);
        string text = Encoding.UTF8.GetString(bytes);
        Assert.StartsWith("{\n  \"format\": 2,\n", text, StringComparison.Ordinal);
        Assert.Contains(
            "\"archives\": [\n      {\n        \"name\": \"other\",\n        \"suites\": [\n          \"stable\"\n", text,
            StringComparison.Ordinal);
        Assert.Contains(
            $"\"keys\": [\n          \"{s_keys.Digest}\"\n        ],\n        \"priority\": 700,\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("example", text, StringComparison.Ordinal);
        PackageLock again = PackageLockFile.Read(bytes, "x.lock");
        Assert.Equal(bytes, PackageLockFile.Write(again));
        Assert.True(again.Request.IsSameAs(LockedRequest.Of(Request([s_other with { Priority = 700 }], "base"))));
        PackageArchive[] others =
        [
            s_other, s_other with { Priority = 700, Name = "x" }, s_other with { Priority = 700, Suites = ["x"] },
            s_other with { Priority = 700, Components = ["x"] }, s_other with { Priority = 700, Packages = ["*"] },
            s_other with { Priority = 700, Keyrings = [new("other.asc", "other"u8.ToArray())] },
        ];
        Assert.All(others, o => Assert.False(again.Request.IsSameAs(LockedRequest.Of(Request([o], "base")))));
        PackageArchive moved = s_other with { Priority = 700, Roots = [new Uri("http://x/")] };
        Assert.True(again.Request.IsSameAs(LockedRequest.Of(Request([moved], "base"))));
    }

    [Theory]
    [InlineData("\"format\": 2", "\"format\": 1", "request.archives: format 1 knows none")]
    [InlineData("\"packages\": [\n          \"tool\",\n", "\"packages\": [\n          \"fool\",\n", "'other' may not bring tool")]
    [InlineData("\"archive\": \"other\"", "\"archive\": \"another\"",
        "releases[3].archive: 'another' with suite 'stable' is not among request.archives")]
    [InlineData("\"name\": \"other\"", "\"name\": \"another\"",
        "releases[3].archive: 'other' with suite 'stable' is not among request.archives")]
    [InlineData("\"priority\": 700", "\"priority\": 0", "request.archives[0].priority")]
    [InlineData("\"suites\": [\n          \"stable\"", "\"suites\": [\n          \"../x\"", "'stable' is not among request.archives")]
    [InlineData("\"name\": \"other\"", "\"name\": \"\"", "releases[3].archive")]
    public async Task Read_BrokenLock_NamesThePlace(string from, string to, string problem)
    {
        string text = Encoding.UTF8.GetString(PackageLockFile.Write(await ResolveAsync([s_other with { Priority = 700 }])));
        string broken = text.Replace(from, to, StringComparison.Ordinal);
        Assert.NotEqual(text, broken);
        StrataException e = Assert.Throws<StrataException>(() => PackageLockFile.Read(Encoding.UTF8.GetBytes(broken), "x.lock"));
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FetchAsync_ArchiveThatTheBlueprintLacks_IsAnError()
    {
        PackageLock made = await ResolveAsync([s_other]);
        LockResolver resolver = Resolver();
        StrataException e = await Assert.ThrowsAsync<StrataException>(
            () => PackageFetcher.FetchAsync(made, _archive, _archive.Store, () => resolver.SuitesOf("trixie")));
        Assert.Contains("suite 'stable' of archive 'other', which the blueprint does not name", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FetchAsync_PackageOfAnArchive_IsAskedOfThatArchiveOnly()
    {
        PackageLock made = await ResolveAsync([s_other]);
        _archive.Asked.Clear();
        LockedPackage tool = made.Find("tool")!;
        byte[] content = "the package"u8.ToArray();
        _archive.Files[$"{Root}/{tool.Filename}"] = content;
        PackageLock only = new(
            made.Architecture, made.Releases, made.Request,
            [tool with { Size = content.Length, Sha256 = Sha256Digest.Of(content), RequiredBy = null }]);
        await PackageFetcher.FetchAsync(only, _archive, _archive.Store, () => Resolver().SuitesOf("trixie", [s_other]));
        Assert.Equal([$"{Root}/{tool.Filename}"], _archive.Asked);
    }

    private static PackageRequest Request(IReadOnlyList<PackageArchive> archives, string root) =>
        new() { Roots = [PackageRoot.Parse(root)], Archives = archives };

    private static string[] Shown(PackageLock made) => [.. made.Packages.Select(p => $"{p.Name} {p.Version} {p.Archive}")];

    private async Task<PackageLock> ResolveAsync(
        IReadOnlyList<PackageArchive> archives, string root = "base", PackageLock? before = null) =>
        await Resolver().ResolveAsync(
            "trixie", "amd64", Request(archives, root), before is null ? null : LockedBefore.Keep(before), CancellationToken.None);

    private LockResolver Resolver() => new(
        () => new ArchiveMirrors([new Uri(FakeArchive.Root)], [new Uri(FakeArchive.Root)]),
        new ArchiveAccess
        {
            Downloader = _archive, Store = _archive.Store, Time = new StandingClock("2026-09-13"),
            VerifierOf = keyrings =>
            {
                lock (_askedKeys)
                {
                    _askedKeys.Add(keyrings);
                }
                return _archive;
            },
        },
        new ActionCache(_archive.Store),
        SilentProgress.Instance);
}
