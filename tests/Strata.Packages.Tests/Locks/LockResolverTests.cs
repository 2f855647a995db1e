using Strata.Core;
using Strata.Core.Progress;
using Strata.Packages.Locks;
using Strata.Packages.Releases;
using Strata.Packages.Solving;
using Strata.Packages.Sources;
using Strata.Store.Actions;
using Strata.Testing;

namespace Strata.Packages.Tests.Locks;

public class LockResolverTests
{
    private static readonly string[] s_suites = ["trixie", "trixie-updates", "trixie-security"];

    [Fact]
    public async Task ResolveAsync_TwoRequestsAtOnce_AskForEachReleaseOnce()
    {
        using FakeArchive archive = Archive();
        LockResolver resolver = Resolver(archive);
        PackageLock[] locks = await Task.WhenAll(Resolve(resolver, "one"), Resolve(resolver, "two"));
        Assert.Equal(["one", "two"], locks.Select(l => Assert.Single(l.Packages).Name));
        Assert.Equal(s_suites.Select(s => $"{FakeArchive.Root}/dists/{s}/InRelease").Order(StringComparer.Ordinal), archive.Documents.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task ResolveAsync_AfterAFailure_TriesAgain()
    {
        using FakeArchive archive = Archive();
        string address = $"{FakeArchive.Root}/dists/trixie/InRelease";
        Assert.True(archive.Files.Remove(address, out byte[]? release));
        LockResolver resolver = Resolver(archive);
        await Assert.ThrowsAnyAsync<StrataException>(() => Resolve(resolver, "one"));
        archive.Files.Add(address, release);
        Assert.Equal("one", Assert.Single((await Resolve(resolver, "one")).Packages).Name);
    }

    [Fact]
    public async Task ResolveAsync_InstallerPackage_IsLookedUpAmongTheInstallersOwn()
    {
        using FakeArchive archive = Archive();
        archive.AddMore("trixie", "main/debian-installer/binary-amd64", TestIndex.Text("one-udeb 3"));
        PackageLock made = await Resolve(Resolver(archive), "one-udeb");
        Assert.Equal("3", Assert.Single(made.Packages).Version);
    }

    [Fact]
    public async Task ResolveAsync_NoInstallerPackageAskedFor_LeavesTheirIndexesAlone()
    {
        using FakeArchive archive = Archive();
        archive.AddMore("trixie", "main/debian-installer/binary-amd64", TestIndex.Text("one-udeb 3"), served: false);
        await Resolve(Resolver(archive), "one");
        Assert.DoesNotContain(archive.Asked, a => a.Contains("debian-installer", StringComparison.Ordinal));
    }

    /// <summary>Choices are remembered by what decides them: one resolver is asked again and again, with one thing changed.</summary>
    [Fact]
    public async Task ResolveAsync_AnotherWordOfTheRequest_IsAnotherChoice()
    {
        using FakeArchive archive = Archive();
        archive.AddSuite("trixie", "one 1 | Depends: two | Recommends: three\ntwo 1\nthree 1");
        foreach (string suite in s_suites)
        {
            archive.AddMore(suite, "contrib/binary-amd64", TestIndex.Text("one 2"));
            archive.AddMore(suite, "main/binary-arm64", TestIndex.Text("one 3", "arm64"));
        }
        LockResolver resolver = Resolver(archive);
        PackageRequest request = new() { Roots = [PackageRoot.Parse("one")] };
        for (int round = 0; round < 2; round++)
        {
            Assert.Equal("one 1, two 1", await ChosenAsync(request));
            Assert.Equal("one 1", await ChosenAsync(request with { Roots = [PackageRoot.Parse("one", followDependencies: false)] }));
            Assert.Equal("three 1", await ChosenAsync(request with { Roots = [PackageRoot.Parse("three")] }));
            Assert.Equal("one 1", await ChosenAsync(request with { Cut = ["two"] }));
            Assert.Equal("one 1, three 1, two 1", await ChosenAsync(request with { Recommends = true }));
            Assert.Equal("one 2", await ChosenAsync(request with { Components = ["main", "contrib"] }));
            Assert.Equal("one 3", await ChosenAsync(request, "arm64"));
        }

        async Task<string> ChosenAsync(PackageRequest asked, string architecture = "amd64")
        {
            PackageLock made = await resolver.ResolveAsync("trixie", architecture, asked, before: null, CancellationToken.None);
            return string.Join(", ", made.Packages.Select(p => $"{p.Name} {p.Version}"));
        }
    }

    [Fact]
    public async Task ResolveAsync_WithALockBefore_MovesOnlyWhatShallMove()
    {
        using FakeArchive archive = Archive();
        PackageLock before = await ResolveTwo(Resolver(archive), before: null);
        archive.AddSuite("trixie-updates", "one 2\ntwo 2");
        PackageLock moved = await ResolveTwo(Resolver(archive), new LockedBefore(before, p => p.Name == "one"));
        Assert.Equal(["one 2", "two 1"], moved.Packages.Select(p => $"{p.Name} {p.Version}"));
        Assert.Equal(["one 2", "two 2"], (await ResolveTwo(Resolver(archive), new LockedBefore(before, _ => true))).Packages.Select(
            p => $"{p.Name} {p.Version}"));
    }

    [Fact]
    public async Task ResolveAsync_LockedVersionIsGoneFromTheArchive_TakesThatOfToday()
    {
        using FakeArchive archive = Archive();
        PackageLock before = await ResolveTwo(Resolver(archive), before: null);
        archive.AddSuite("trixie", "one 3\ntwo 1");
        archive.AddSuite("trixie-updates", "");
        archive.AddSuite("trixie-security", "");
        PackageLock moved = await ResolveTwo(Resolver(archive), LockedBefore.Keep(before));
        Assert.Equal(["one 3", "two 1"], moved.Packages.Select(p => $"{p.Name} {p.Version}"));
    }

    [Fact]
    public async Task ResolveAsync_InstallerIndexIsStale_KeepsWhatTheLockKnows()
    {
        using FakeArchive archive = Archive();
        archive.AddMore("trixie", "main/debian-installer/binary-amd64",
            TestIndex.Text("one-udeb 3").Replace(".deb", ".udeb", StringComparison.Ordinal));
        PackageLock before = Real(await Resolve(Resolver(archive), "one-udeb"), archive);
        archive.AddSuite("trixie", "one 1\ntwo 1");
        archive.AddMore("trixie", "main/debian-installer/binary-amd64", TestIndex.Text("one-udeb 4"), served: false);
        PackageRequest request = new() { Roots = [PackageRoot.Parse("one-udeb")] };
        PackageLock again = await Resolver(archive)
            .ResolveAsync("trixie", "amd64", request, new LockedBefore(before, _ => true), CancellationToken.None);
        Assert.Equal("3", Assert.Single(again.Packages).Version);
        again = await Resolver(archive, before.Packages).ResolveAsync("trixie", "amd64", request, before: null, CancellationToken.None);
        Assert.Equal("3", Assert.Single(again.Packages).Version);
    }

    [Fact]
    public async Task ResolveAsync_InstallerIndexIsStaleAndNothingIsKnown_NamesTheIndexAndNotATypingError()
    {
        using FakeArchive archive = Archive();
        archive.AddMore("trixie", "main/debian-installer/binary-amd64", TestIndex.Text("one-udeb 4"), served: false);
        StrataException e = await Assert.ThrowsAsync<StrataException>(() => Resolve(Resolver(archive), "one-udeb"));
        Assert.Contains(
            "one-udeb is in no index that could be read; not read: cannot fetch package index of trixie/main (amd64, installer)",
            e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("did you mean", e.Message, StringComparison.Ordinal);
        Assert.Contains("Not searched: trixie/main (amd64, installer)", e.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ResolveAsync_ReleaseIsOlderThanThatOfTheLock_IsRefused()
    {
        using FakeArchive archive = Archive();
        PackageLock made = await ResolveTwo(Resolver(archive), before: null);
        PackageLock before = new(
            made.Architecture, [.. made.Releases.Select(r => r with { Date = r.Date.AddDays(r.Suite == "trixie" ? 1 : 0) })], made.Request,
            made.Packages);
        StrataException e = await Assert.ThrowsAsync<StrataException>(
            () => ResolveTwo(Resolver(archive), new LockedBefore(before, _ => true, RefusesOlder: true)));
        Assert.Equal("cannot choose packages of trixie: its Release was made on 2026-09-12 07:55, the lock from one of 2026-09-13 07:55",
            e.Message);
        Assert.Contains("--allow-older", e.Hint, StringComparison.Ordinal);
        Assert.Equal(2, (await ResolveTwo(Resolver(archive), LockedBefore.Keep(before))).Packages.Count);
    }

    private static Task<PackageLock> ResolveTwo(LockResolver resolver, LockedBefore? before) => resolver.ResolveAsync(
        "trixie", "amd64", new PackageRequest { Roots = [PackageRoot.Parse("one"), PackageRoot.Parse("two")] }, before,
        CancellationToken.None);

    private static PackageLock Real(PackageLock packages, FakeArchive archive) =>
        new(packages.Architecture, packages.Releases, packages.Request,
    [
        .. packages.Packages.Select(p =>
        {
            byte[] deb = new DebBuilder(p.Name, p.Version).Build();
            return p with { Sha256 = archive.Store.AddBytes(deb), Size = deb.Length };
        }),
    ]);

    private static Task<PackageLock> Resolve(LockResolver resolver, string package) =>
        resolver.ResolveAsync("trixie", "amd64", new PackageRequest { Roots = [PackageRoot.Parse(package)] }, before: null,
            CancellationToken.None);

    private static FakeArchive Archive()
    {
        FakeArchive archive = new();
        archive.AddSuite("trixie", "one 1\ntwo 1");
        archive.AddSuite("trixie-updates", "one 1");
        archive.AddSuite("trixie-security", "one 1");
        return archive;
    }

    private static LockResolver Resolver(FakeArchive archive, IReadOnlyList<LockedPackage>? known = null) => new(
        () => new ArchiveMirrors([new Uri(FakeArchive.Root)], [new Uri(FakeArchive.Root)]),
        new ArchiveAccess
        {
            Downloader = archive, Store = archive.Store, VerifierOf = _ => archive, Time = new StandingClock("2026-09-13"),
        },
        new ActionCache(archive.Store),
        SilentProgress.Instance,
        () => known ?? []);
}
