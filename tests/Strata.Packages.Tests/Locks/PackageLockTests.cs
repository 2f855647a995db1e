using System.Text;
using Strata.Core;
using Strata.Packages.Locks;
using Strata.Packages.Releases;
using Strata.Packages.Solving;
using Strata.Packages.Sources;

namespace Strata.Packages.Tests.Locks;

public class PackageLockTests
{
    private static readonly ArchiveSuite[] s_suites = [new(new Uri(FakeArchive.Root), "trixie", ["main"]), new(new Uri(FakeArchive.Root), "trixie-security", ["main"])];

    private static readonly PackageRequest s_request = new()
    {
        Roots = [PackageRoot.Parse("curl (>= 8)"), PackageRoot.Parse("alone", followDependencies: false)],
        Cut = ["debconf"],
    };

    [Fact]
    public async Task Lock_TwoSuites_TakesTheHighestVersionAndSaysWhy()
    {
        using FakeArchive archive = Archive();
        PackageLock locked = await LockAsync(archive);
        Assert.Equal(
            [
                "alone 1 (amd64) trixie <- alone",
                "curl 8.1 (amd64) trixie-security <- curl (>= 8)",
                "libc6 2 (amd64) trixie <- libcurl: Depends: libc6",
                "libcurl 8.1 (amd64) trixie-security <- curl: Depends: libcurl (= 8.1)",
            ],
            locked.Packages.Select(p => $"{p} {p.Suite} <- {(p.RequiredBy is null ? "" : p.RequiredBy + ": ")}{p.Reason}"));
        Assert.Equal(["curl", "libcurl", "libc6"], locked.ChainTo("libc6").Select(p => p.Name));
        Assert.Empty(locked.ChainTo("debconf"));
        Assert.Equal(4000, locked.TotalSize.Bytes);
        Assert.Equal(["trixie", "trixie-security"], locked.Releases.Select(r => r.Suite));
    }

    [Fact]
    public async Task OpenAsync_ByHash_AsksForNothingElseAndNeverTwice()
    {
        using FakeArchive archive = Archive();
        await Open(archive);
        Assert.Equal(2, archive.Asked.Count);
        Assert.All(archive.Asked, a => Assert.Contains("/by-hash/SHA256/", a, StringComparison.Ordinal));
        PackageLock cached = await LockAsync(archive);
        Assert.Equal(2, archive.Asked.Count); // the second time the indexes came from the cache
        Assert.Equal(4, cached.Packages.Count);
    }

    [Fact]
    public async Task OpenAsync_DamagedCache_IsWrittenAnew()
    {
        using FakeArchive archive = Archive();
        await Open(archive);
        foreach (string file in Directory.EnumerateFiles(archive.CacheFolder))
        {
            byte[] bytes = File.ReadAllBytes(file);
            bytes[70] ^= 1;
            File.WriteAllBytes(file, bytes);
        }
        Assert.Equal(4, (await LockAsync(archive)).Packages.Count);
        Assert.Equal(4, archive.Asked.Count);
        Assert.Equal(4, (await LockAsync(archive)).Packages.Count);
        Assert.Equal(4, archive.Asked.Count);
    }

    [Fact]
    public async Task OpenAsync_IndexLongerThanPromised_IsRefused()
    {
        using FakeArchive archive = new();
        archive.AddSuite("trixie", "a 1");
        string release = Encoding.UTF8.GetString(archive.Files[$"{FakeArchive.Root}/dists/trixie/InRelease"]);
        int size = TestIndex.Text("a 1").Length;
        archive.Files[$"{FakeArchive.Root}/dists/trixie/InRelease"] =
            Encoding.UTF8.GetBytes(release.Replace($" {size} main/binary-amd64/Packages\n", $" {size - 1} main/binary-amd64/Packages\n", StringComparison.Ordinal));
        StrataException e = await Assert.ThrowsAsync<StrataException>(() => ArchiveSet.OpenAsync(s_suites[..1], "amd64", false, Access(archive)));
        Assert.Contains($"it has more than the {size - 1} bytes that its Release names", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_ArchitectureThatIsNotThere_IsRefused()
    {
        using FakeArchive archive = Archive();
        StrataException e = await Assert.ThrowsAsync<StrataException>(() => ArchiveSet.OpenAsync(s_suites, "s390x", false, Access(archive)));
        Assert.Contains("lists no main/binary-s390x/Packages", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_IndexOfArchitectureAll_IsReadOnlyWhereItAddsSomething()
    {
        string all = TestIndex.Text("doc 1", "all");
        using FakeArchive apart = new();
        apart.AddSuite("trixie", "a 1", fields: "");
        apart.AddMore("trixie", "main/binary-all", all);
        Assert.Equal(["a", "doc"], (await ArchiveSet.OpenAsync(s_suites[..1], "amd64", false, Access(apart))).Pool.Names);

        using FakeArchive together = new();
        together.AddSuite("trixie", "a 1\nb 1 | Architecture: all", fields: "");
        together.AddMore("trixie", "main/binary-all", all, served: false);
        Assert.Equal(["a", "b"], (await ArchiveSet.OpenAsync(s_suites[..1], "amd64", false, Access(together))).Pool.Names);
    }

    [Fact]
    public async Task OpenAsync_InstallerIndexThatTheMirrorLacks_IsLeftOutWithAWarning()
    {
        using FakeArchive archive = new();
        archive.AddSuite("trixie", "a 1");
        archive.AddMore("trixie", "main/debian-installer/binary-amd64", TestIndex.Text("a-udeb 1"), served: false);
        WarningList warnings = new();
        ArchiveSet archives = await ArchiveSet.OpenAsync(s_suites[..1], "amd64", installerPackages: true, Access(archive) with { Progress = warnings });
        Assert.Equal(["a"], archives.Pool.Names);
        Assert.Contains("trixie/main (amd64, installer)", Assert.Single(warnings.Messages), StringComparison.Ordinal);
        Assert.Contains("left out", warnings.Messages[0], StringComparison.Ordinal);
    }

    /// <summary>Only what the index that is missing would list is looked for elsewhere: of its suite, its component and its kind.</summary>
    [Theory]
    [InlineData("trixie", "main", "a-udeb_1_amd64.udeb", true)]
    [InlineData("trixie-updates", "main", "a-udeb_1_amd64.udeb", false)]
    [InlineData("trixie", "contrib", "a-udeb_1_amd64.udeb", false)]
    [InlineData("trixie", "main", "a-udeb_1_amd64.deb", false)]
    public async Task MayNotList_PackageOfAnotherIndexThanTheMissing_IsFalse(string suite, string component, string file, bool expected)
    {
        using FakeArchive archive = new();
        archive.AddSuite("trixie", "a 1");
        archive.AddMore("trixie", "main/debian-installer/binary-amd64", TestIndex.Text("a-udeb 1"), served: false);
        ArchiveSet archives = await ArchiveSet.OpenAsync(
            s_suites[..1], "amd64", installerPackages: true, Access(archive) with { Progress = new WarningList() });
        LockedPackage package = new()
        {
            Name = "a-udeb", Version = "1", Architecture = "amd64", Suite = suite, Component = component, Filename = $"pool/main/a/{file}",
            Size = 1, Sha256 = Sha256Digest.Of("a"u8), RequiredBy = null, Reason = "a-udeb",
        };
        Assert.Equal(expected, archives.MayNotList(package));
        Assert.False(archives.Lists(package));
        Assert.True(archives.Lists(package with
        {
            Name = "a", Filename = "pool/main/a/a_1_amd64.deb", Sha256 = archives.Pool.VersionsOf("a")[0].Digest,
        }));
        Assert.False(archives.Lists(package with { Name = "a", Filename = "pool/main/a/a_1_amd64.deb" })); // other bytes
    }

    [Fact]
    public async Task Lock_RelationThatBreaksTheSyntax_NamesThePackage()
    {
        using FakeArchive archive = new();
        archive.AddSuite("trixie", "a 1 | Depends: b (> 1)\nb 2");
        ArchiveSet archives = await ArchiveSet.OpenAsync(s_suites[..1], "amd64", false, Access(archive));
        StrataException e = await Assert.ThrowsAsync<StrataException>(
            () => archives.LockAsync(new PackageRequest { Roots = [PackageRoot.Parse("a")] }));
        Assert.Contains("the stanza of a in trixie/main (amd64) is refused: line 7: Depends: '>' is no comparison", e.Message,
            StringComparison.Ordinal);
        Assert.Equal("b", Assert.Single((await archives.LockAsync(new PackageRequest { Roots = [PackageRoot.Parse("b")] })).Packages).Name);
    }

    [Fact]
    public async Task FetchAsync_Lock_BringsEveryPackage()
    {
        using FakeArchive archive = Archive();
        PackageLock locked = Relock(await LockAsync(archive), archive);
        await PackageFetcher.FetchAsync(locked, archive, archive.Store, () => s_suites);
        Assert.All(locked.Packages, p => Assert.True(archive.Store.Contains(p.Sha256)));
        int asked = archive.Asked.Count;
        await PackageFetcher.FetchAsync(locked, archive, archive.Store, () => throw new InvalidOperationException("nothing is missing"));
        Assert.Equal(asked, archive.Asked.Count);
    }

    [Fact]
    public async Task FetchAsync_VersionThatIsGone_NamesItAndSaysWhatToDo()
    {
        using FakeArchive archive = Archive();
        PackageLock locked = await LockAsync(archive);
        StrataException e = await Assert.ThrowsAsync<PackagesGoneException>(
            () => PackageFetcher.FetchAsync(locked, archive, archive.Store, () => s_suites));
        Assert.Matches("^cannot fetch (alone 1|curl 8.1|libc6 2|libcurl 8.1) \\(amd64\\): .*404", e.Message);
        Assert.Contains("no longer has this version", e.Hint, StringComparison.Ordinal);
        Assert.Contains("strata lock NAME", e.Hint, StringComparison.Ordinal);
        Assert.Contains("STRATA_SNAPSHOT to a snapshot service that still has the lock's packages (trixie 2026-09-12", e.Hint,
            StringComparison.Ordinal);
        e = await Assert.ThrowsAsync<StrataException>(() => PackageFetcher.FetchAsync(locked, archive, archive.Store, () => s_suites[..1]));
        Assert.Contains("suite 'trixie-security', for which no archive is known", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Write_Lock_IsCanonicalAndReadsBack()
    {
        using FakeArchive archive = Archive();
        PackageLock locked = await LockAsync(archive);
        byte[] bytes = PackageLockFile.Write(locked);
        string text = Encoding.UTF8.GetString(bytes);
        Assert.StartsWith("{\n  \"format\": 1,\n  \"architecture\": \"amd64\",\n  \"releases\": [\n    {\n      \"suite\": \"trixie\",\n"
            + "      \"date\": \"2026-09-12T07:55:41Z\",\n", text, StringComparison.Ordinal);
        Assert.Contains("\"package\": \"curl (>= 8)\"", text, StringComparison.Ordinal);
        Assert.EndsWith("}\n", text, StringComparison.Ordinal);
        PackageLock again = PackageLockFile.Read(bytes, "x.json");
        Assert.Equal(bytes, PackageLockFile.Write(again));
        Assert.True(again.Request.IsSameAs(LockedRequest.Of(s_request with { Roots = [.. s_request.Roots.Reverse()] })));
        Assert.False(again.Request.IsSameAs(LockedRequest.Of(s_request with { Cut = [] })));
    }

    [Theory]
    [InlineData("\"format\": 1", "\"format\": 3", "it has format 3")]
    [InlineData("\"format\": 1", "\"format\": 2", "request.archives: format 2 has at least one")]
    [InlineData("\"format\": 1", "\"format\": 1, \"format\": 1", "line 2")]
    [InlineData("\"format\": 1", "\"format\": 1, \"extra\": 1", "line 2")]
    [InlineData("\"recommends\": false", "\"recommends\": null", "line ")]
    [InlineData("\"architecture\": \"amd64\",\n  \"releases\"", "\"releases\"", "architecture")]
    [InlineData("\"name\": \"alone\"", "\"name\": \"zzz\"", "'curl' is out of order")]
    [InlineData("\"name\": \"alone\"", "\"name\": \"../a\"", "packages[0].name")]
    [InlineData("\"version\": \"2\"", "\"version\": \"x\"", "packages[2].version")]
    [InlineData("\"filename\": \"pool/main/a", "\"filename\": \"/pool/main/a", "packages[0].filename")]
    [InlineData("\"filename\": \"pool/main/a", "\"filename\": \"pool/../main/a", "packages[0].filename")]
    [InlineData("\"size\": 1000", "\"size\": 0", "packages[0].size")]
    [InlineData("\"size\": 1000", "\"size\": -5", ".size")]
    [InlineData("\"size\": 1000", "\"size\": 1e99", "line ")]
    [InlineData("\"requiredBy\": \"libcurl\"", "\"requiredBy\": \"libc6\"", "leads to no root")]
    [InlineData("\"requiredBy\": \"libcurl\"", "\"requiredBy\": \"nobody\"", "leads to no root")]
    [InlineData("\"date\": \"2026-09-12T", "\"date\": \"2026-13-12T", "releases[0].date")]
    [InlineData("\"package\": \"curl (>= 8)\"", "\"package\": \"curl (>=8)\"", "request.roots[1].package")]
    [InlineData("\"suite\": \"trixie\",\n      \"component\"", "\"suite\": \"sid\",\n      \"component\"", "packages[0].suite")]
    public async Task Read_BrokenLock_NamesThePlace(string from, string to, string problem)
    {
        using FakeArchive archive = Archive();
        string text = Encoding.UTF8.GetString(PackageLockFile.Write(await LockAsync(archive)));
        string broken = text.Replace(from, to, StringComparison.Ordinal);
        Assert.NotEqual(text, broken);
        StrataException e = Assert.Throws<StrataException>(() => PackageLockFile.Read(Encoding.UTF8.GetBytes(broken), "x.json"));
        Assert.StartsWith("cannot read lock x.json: ", e.Message, StringComparison.Ordinal);
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
        Assert.NotNull(e.Hint);
    }

    [Fact]
    public async Task Read_MutatedLock_ThrowsNothingElse()
    {
        using FakeArchive archive = Archive();
        byte[] seed = PackageLockFile.Write(await LockAsync(archive));
        Random random = new(17);
        for (int i = 0; i < 5_000; i++)
        {
            byte[] bytes = [.. seed];
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }
            try
            {
                PackageLockFile.Write(PackageLockFile.Read(bytes, "fuzz"));
            }
            catch (StrataException e)
            {
                Assert.NotNull(e.Hint);
            }
        }
    }

    private static FakeArchive Archive()
    {
        FakeArchive archive = new();
        archive.AddSuite("trixie", "curl 8.0 | Depends: libcurl (= 8.0)\nlibcurl 8.0 | Depends: libc6\nlibc6 2\nalone 1 | Depends: libcurl\ndebconf 1");
        archive.AddSuite("trixie-security", "curl 8.1 | Depends: libcurl (= 8.1), debconf | debconf-2.0\nlibcurl 8.1 | Depends: libc6", compression: "");
        return archive;
    }

    // The made-up packages have made-up digests; here they get the digests of files that the archive really has.
    private static PackageLock Relock(PackageLock locked, FakeArchive archive)
    {
        List<LockedPackage> packages = [];
        foreach (LockedPackage package in locked.Packages)
        {
            byte[] content = Encoding.UTF8.GetBytes($"content of {package}");
            archive.Files[$"{FakeArchive.Root}/{package.Filename}"] = content;
            packages.Add(package with { Size = content.Length, Sha256 = Sha256Digest.Of(content) });
        }
        return new PackageLock(locked.Architecture, locked.Releases, locked.Request, packages);
    }

    private static async Task<PackageLock> LockAsync(FakeArchive archive) =>
        await (await Open(archive)).LockAsync(s_request);

    private static Task<ArchiveSet> Open(FakeArchive archive) => ArchiveSet.OpenAsync(s_suites, "amd64", installerPackages: false, Access(archive));

    private static ArchiveAccess Access(FakeArchive archive) => new()
    {
        Downloader = archive,
        Store = archive.Store,
        VerifierOf = _ => archive,
        Time = new StandingClock("2026-09-15"),
        CacheFolder = archive.CacheFolder,
    };
}
