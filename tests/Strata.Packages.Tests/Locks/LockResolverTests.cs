using Strata.Core;
using Strata.Core.Progress;
using Strata.Packages.Locks;
using Strata.Packages.Solving;
using Strata.Packages.Sources;
using Strata.Store.Actions;

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

    private static Task<PackageLock> Resolve(LockResolver resolver, string package) =>
        resolver.ResolveAsync("trixie", "amd64", new PackageRequest { Roots = [PackageRoot.Parse(package)] }, CancellationToken.None);

    private static FakeArchive Archive()
    {
        FakeArchive archive = new();
        archive.AddSuite("trixie", "one 1\ntwo 1");
        archive.AddSuite("trixie-updates", "one 1");
        archive.AddSuite("trixie-security", "one 1");
        return archive;
    }

    private static LockResolver Resolver(FakeArchive archive) => new(
        () => new ArchiveMirrors(new Uri(FakeArchive.Root), new Uri(FakeArchive.Root)),
        new ArchiveAccess { Downloader = archive, Store = archive.Store, Verifier = archive, Time = new StandingClock("2026-09-13") },
        new ActionCache(archive.Store),
        SilentProgress.Instance);
}
