using Strata.Core;
using Strata.Core.Progress;
using Strata.Packages.Listings;
using Strata.Packages.Slices;
using Strata.Store;
using Strata.Store.Actions;
using Strata.Testing;

namespace Strata.Packages.Tests.Listings;

public class PackageSetTests
{
    [Theory]
    [InlineData("/bin/sh", "/usr/bin/sh")]
    [InlineData("/lib", "/usr/lib")]
    [InlineData("/lib64/ld.so", "/usr/lib64/ld.so")]
    [InlineData("/libexec/x", "/libexec/x")]
    [InlineData("/usr/bin/sh", "/usr/bin/sh")]
    [InlineData("/", "/")]
    public void Canonical_OldPlaces_AreBelowUsr(string path, string expected) => Assert.Equal(expected, MergedUsr.Canonical(GuestPath.Parse(path)).ToString());

    [Fact]
    public async Task ListAsync_Twice_ReadsPackagesOnceAndKeepsScripts()
    {
        using TemporaryFolder folder = new();
        using ObjectStore store = new(folder["store"]);
        DebBuilder package = new DebBuilder("p", "2").File("/usr/bin/p", "x").Script("postinst", "#!/bin/sh\ntrue\n").Script("prerm", "#!/bin/sh\n").Script("triggers", "interest x\n");
        Sha256Digest digest = store.AddBytes(package.Build());
        PackageLister lister = new(store, new ActionCache(store));
        ListedPackage first = (await lister.ListAsync([("p", "2", digest)], SilentProgress.Instance, CancellationToken.None))[0];
        Assert.Equal(["postinst", "prerm"], first.Scripts.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("#!/bin/sh\ntrue\n", first.Scripts["postinst"]);
        File.Delete(store.TryGetPath(digest, out string? path) ? path : ""); // what is kept needs the package no more
        ListedPackage second = (await lister.ListAsync([("p", "2", digest)], SilentProgress.Instance, CancellationToken.None))[0];
        Assert.Equal(first.Listing.Entries.Select(e => (e.Path, e.Digest, e.Offset)), second.Listing.Entries.Select(e => (e.Path, e.Digest, e.Offset)));
        Assert.Equal(first.Scripts, second.Scripts);
    }

    [Fact]
    public async Task ListAsync_DamagedPackage_IsNamed()
    {
        using TemporaryFolder folder = new();
        using ObjectStore store = new(folder["store"]);
        Sha256Digest digest = store.AddBytes("!<arch>\nno package"u8);
        PackageLister lister = new(store, new ActionCache(store));
        StrataException e = await Assert.ThrowsAsync<StrataException>(() => lister.ListAsync([("broken", "1.2", digest)], SilentProgress.Instance, CancellationToken.None));
        Assert.StartsWith("cannot use package broken 1.2: ", e.Message, StringComparison.Ordinal);
        lister = new(store, new ActionCache(store), new Dictionary<Sha256Digest, string> { [digest] = "debs/broken.deb" });
        e = await Assert.ThrowsAsync<StrataException>(
            () => lister.ListAsync([("broken", "1.2", digest)], SilentProgress.Instance, CancellationToken.None));
        Assert.StartsWith("cannot use package broken 1.2 of debs/broken.deb: ", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Follow_Links_GivesTheWholeWay()
    {
        PackageSet set = await SetAsync(
            new DebBuilder("a").Link("/usr/bin/x", "../../opt/current/x").Link("/usr/bin/loop", "loop").Link("/usr/bin/out", "/proc/x").Link("/usr/bin/long", new string('n', 256)),
            new DebBuilder("b").Link("/opt/current", "v1").File("/opt/v1/x", "x"));
        Assert.Equal(["/usr/bin/x", "/opt/current", "/opt/v1/x"], set.Follow(GuestPath.Parse("/bin/x")).Select(e => e.Path.ToString()));
        Assert.All(["/usr/bin/loop", "/usr/bin/out", "/usr/bin/long", "/absent"], path => Assert.Empty(set.Follow(GuestPath.Parse(path))));
    }

    // path_resolution(7): 40 links are followed, the next one is too many
    [Theory]
    [InlineData(40, true)]
    [InlineData(41, false)]
    public async Task Follow_ManyLinks_EndsWhereLinuxDoes(int links, bool isThere)
    {
        DebBuilder package = new DebBuilder("a").File("/usr/bin/0", "x");
        for (int i = 1; i <= links; i++)
        {
            package.Link($"/usr/bin/{i}", $"{i - 1}");
        }
        Assert.Equal(isThere ? links + 1 : 0, (await SetAsync(package)).Follow(GuestPath.Parse($"/usr/bin/{links}")).Count);
    }

    [Fact]
    public async Task TryGet_PathOfTwoPackages_IsThatOfTheFirstByName()
    {
        PackageSet set = await SetAsync(new DebBuilder("b").File("/usr/x", "b"), new DebBuilder("a").File("/usr/x", "a"));
        Assert.True(set.TryGet(GuestPath.Parse("/usr/x"), out PackagedEntry? entry));
        Assert.Equal("a", entry.Package.Name);
        Assert.Equal(["a", "b"], set.Packages.Select(p => p.Name));
    }

    [Fact]
    public async Task NeedsOf_Package_AreTheFirstThatAnswer_AndLookedForOnce()
    {
        PackageSet set = await SetAsync(
            new DebBuilder("top").Field("Pre-Depends", "early").Field("Depends", "absent | mail (>= 2), virtual, old (>= 9), nobody"),
            new DebBuilder("early"), new DebBuilder("mail", "2.0"), new DebBuilder("old"),
            new DebBuilder("z-first").Field("Provides", "virtual (= 1)"),
            new DebBuilder("a-other").Field("Provides", "virtual, old (= 9)"));
        Assert.True(set.TryGetPackage("top", out ListedPackage? top));
        IReadOnlyList<ListedPackage> needs = set.NeedsOf(top);
        Assert.Equal(["early", "mail", "a-other", "a-other"], needs.Select(n => n.Name));
        Assert.Same(needs, set.NeedsOf(top));
        Assert.Equal(["top", "early", "mail", "a-other"], DependencyClosure.Of(top, set).Select(n => n.Name));
    }

    private static async Task<PackageSet> SetAsync(params DebBuilder[] packages)
    {
        using TemporaryFolder folder = new();
        using ObjectStore store = new(folder["store"]);
        PackageLister lister = new(store, new ActionCache(store));
        return new PackageSet(await lister.ListAsync(
            [.. packages.Select(p => (p.Name, p.Version, store.AddBytes(p.Build())))], SilentProgress.Instance, CancellationToken.None));
    }
}
