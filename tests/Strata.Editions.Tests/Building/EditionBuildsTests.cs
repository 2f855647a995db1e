using Strata.Blueprints;
using Strata.Composition.Locks;
using Strata.Core;
using Strata.Editions.Building;
using Strata.Editions.Locks;
using Strata.Editions.Remembered;
using Strata.Images.Budgets;
using Strata.Images.Building;
using Strata.Packages.Locks;
using Strata.Testing;

namespace Strata.Editions.Tests.Building;

public class EditionBuildsTests
{
    [Fact]
    public async Task BuildAsync_GoodBuild_ComesWithTheNextAsItsLast()
    {
        using Bench bench = new();
        await BuildAsync(bench);
        bench.Builder.Packed = 900;
        await BuildAsync(bench);
        await BuildAsync(bench);
        Assert.Equal([null, 700, 900], bench.Builder.Last.Select(l => l?.Parts.Single(p => p.Name == "hello").Packed));
        Assert.Equal("whole", bench.Builder.Last[^1]!.Parts.Single().Slice);
    }

    [Fact]
    public async Task BuildAsync_IsoImage_HasAMemoryOfItsOwn()
    {
        using Bench bench = new();
        await BuildAsync(bench);
        await BuildAsync(bench, ImageKind.Iso);
        await BuildAsync(bench, ImageKind.Iso);
        Assert.Equal([false, false, true], bench.Builder.Last.Select(l => l is not null));
        Assert.Equal("iso first".Length, bench.Builder.Last[^1]!.Bytes);
    }

    [Fact]
    public async Task BuildAsync_NothingWasMade_IsRememberedOnlyWhereNothingIs()
    {
        using Bench bench = new();
        bench.Builder.WasKept = true;
        await BuildAsync(bench);
        bench.Builder.Packed = 900;
        await BuildAsync(bench);
        Assert.Equal(700, new GoodBuilds(bench.Services.Store).Last(bench.Blueprint(), isMedium: false)!.Parts.Single().Packed);
    }

    [Fact]
    public async Task BuildAsync_BudgetIsBroken_LeavesTheLastGoodBuildAsItIs()
    {
        using Bench bench = new();
        await BuildAsync(bench);
        bench.Builder.Packed = 900;
        bench.Builder.Before = (_, _) => throw new BudgetException("too large", "", 1, 0, []);
        await Assert.ThrowsAsync<BudgetException>(() => BuildAsync(bench));
        Assert.Equal(700, new GoodBuilds(bench.Services.Store).Last(bench.Blueprint(), isMedium: false)!.Parts.Single().Packed);
    }

    [Fact]
    public async Task BuildAsync_EditionsOfOneNameInTwoFolders_DoNotKnowOfEachOther()
    {
        using Bench bench = new();
        bench.WriteEdition("two");
        await BuildAsync(bench);
        await bench.Builds().BuildAsync(bench.Blueprint("two"), locked: false, kind: null, results: null, CancellationToken.None);
        Assert.Equal([null, null], bench.Builder.Last);
    }

    [Fact]
    public async Task Forecast_AfterAGoodBuild_CountsWhatItTook()
    {
        using Bench bench = new();
        GoodBuilds good = new(bench.Services.Store);
        BuildResult built = await BuildAsync(bench);
        Blueprint other = OtherOf(bench);
        Assert.Equal(800, good.Forecast(other, built.Lock.Guest).Likely); // 0.8 of the package's 1000 bytes
        Assert.Equal(700, good.Forecast(bench.Blueprint(), built.Lock.Guest).Likely);
    }

    [Fact]
    public async Task BuildAsync_WithResults_PutsTheLockThereThatItUsed()
    {
        using Bench bench = new();
        BuildResult built = await bench.Builds().BuildAsync(
            bench.Blueprint(), locked: false, kind: null, bench.Results, CancellationToken.None);
        Assert.Equal(built.Lock.Write(), await File.ReadAllBytesAsync(Path.Combine(bench.Results, EditionLock.FileName)));
        Assert.Equal(built.Lock.Digest, LockChoice.ReadBeside(bench.Blueprint())!.Digest);
    }

    [Fact]
    public async Task BuildAsync_PackageIsGone_UsesThatOfTodayAndRemembersTheLockForWorkOffline()
    {
        using Bench bench = new();
        await BuildAsync(bench); // fixes hello 1
        bench.Archive.AddSuite("trixie", "hello 2");
        bench.Builder.Before = RefuseFirst;
        BuildResult built = await bench.Builds().BuildAsync(
            bench.Blueprint(), locked: false, kind: null, bench.Results, CancellationToken.None);
        Assert.Equal("2", built.Lock.Guest.Find("hello")!.Version);
        Assert.Contains(bench.Said.Notes, n => n.Contains("hello", StringComparison.Ordinal));
        Assert.Equal(built.Lock.Digest, EditionLock.Read(Path.Combine(bench.Results, EditionLock.FileName)).Digest);
        // the lock beside the blueprint is its author's: it stays, and without a network what was really built is built again
        Assert.Equal("1", LockChoice.ReadBeside(bench.Blueprint())!.Guest.Find("hello")!.Version);
        BuildResult offline = await bench.Builds(isOffline: true).BuildAsync(
            bench.Blueprint(), locked: false, kind: null, results: null, CancellationToken.None);
        Assert.Equal(built.Lock.Digest, offline.Lock.Digest);
        Assert.Equal(["1", "1", "2", "2"], bench.Builder.Locks.Select(l => l.Guest.Find("hello")!.Version));
        // it stood for that lock and for no other
        File.Delete(LockChoice.FileOf(bench.Blueprint()));
        bench.Archive.AddSuite("trixie", "hello 3");
        BuildResult anew = await BuildAsync(bench);
        Assert.Equal("3", anew.Lock.Guest.Find("hello")!.Version);
        offline = await bench.Builds(isOffline: true).BuildAsync(
            bench.Blueprint(), locked: false, kind: null, results: null, CancellationToken.None);
        Assert.Equal(anew.Lock.Digest, offline.Lock.Digest);
    }

    [Fact]
    public async Task BuildAsync_PackageIsGoneAndTheLockIsBinding_Fails()
    {
        using Bench bench = new();
        await BuildAsync(bench);
        bench.Builder.Before = RefuseFirst;
        await Assert.ThrowsAsync<PackagesGoneException>(() => bench.Builds().BuildAsync(
            bench.Blueprint(), locked: true, kind: null, bench.Results, CancellationToken.None));
        Assert.False(File.Exists(Path.Combine(bench.Results, EditionLock.FileName)));
    }

    [Fact]
    public async Task BuildAsync_PackageFileBesideTheBlueprint_IsLockedAndAChangeOfItIsTold()
    {
        using Bench bench = new();
        bench.WriteEdition("one", "packages: {mine: {deb: mine.deb}}\n");
        Sha256Digest first = WriteDeb("1");
        BuildResult built = await BuildAsync(bench);
        Assert.Equal(first, built.Lock.Guest.Find("mine")!.Sha256);
        Assert.Equal(["hello", "mine"], built.Lock.Guest.Packages.Select(p => p.Name));
        await bench.Builds().BuildAsync(bench.Blueprint(), locked: true, kind: null, results: null, CancellationToken.None);

        Sha256Digest second = WriteDeb("2");
        StrataException refused = await Assert.ThrowsAsync<StrataException>(() => bench.Builds().BuildAsync(
            bench.Blueprint(), locked: true, kind: null, results: null, CancellationToken.None));
        Assert.Contains("from its lock: mine.deb has changed since ", refused.Message, StringComparison.Ordinal);
        Assert.Equal(second, (await BuildAsync(bench)).Lock.Guest.Find("mine")!.Sha256);
        Assert.Contains("mine.deb has changed since the lock", bench.Said.Notes);

        bench.WriteEdition("one");
        Assert.Null((await BuildAsync(bench)).Lock.Guest.Find("mine"));

        Sha256Digest WriteDeb(string version)
        {
            byte[] deb = new DebBuilder("mine", version).Build();
            File.WriteAllBytes(bench["one/mine.deb"], deb);
            return Sha256Digest.Of(deb);
        }
    }

    [Fact]
    public async Task BuildAsync_FolderOfPackages_StaysAsLockedUntilAFileOfTheLockIsGoneOrItIsMoved()
    {
        using Bench bench = new();
        Directory.CreateDirectory(bench["one/debs"]);
        bench.WriteEdition("one", "archives: {mine: {folder: ./debs}}\npackages: {tool: }\n");
        Sha256Digest first = WriteDeb("1");
        BuildResult built = await BuildAsync(bench);
        Assert.Equal(["hello", "tool"], built.Lock.Guest.Packages.Select(p => p.Name));
        Assert.Equal((first, "mine", "debs/tool_1.deb"), InLock(built));

        // more in the folder changes nothing until the lock moves
        Sha256Digest second = WriteDeb("2");
        Assert.Equal(first, InLock(await bench.Builds().BuildAsync(
            bench.Blueprint(), locked: true, kind: null, results: null, CancellationToken.None)).Digest);
        EditionLock moved = await new EditionLocks(bench.Services).MoveAsync(
            bench.Blueprint(), built.Lock, new LockMove(new HashSet<string> { "tool" }), CancellationToken.None);
        Assert.Equal(second, moved.Guest.Find("tool")!.Sha256);

        // what the lock fixes is not there any more
        File.Delete(bench["one/debs/tool_1.deb"]);
        StrataException refused = await Assert.ThrowsAsync<StrataException>(() => bench.Builds().BuildAsync(
            bench.Blueprint(), locked: true, kind: null, results: null, CancellationToken.None));
        Assert.Contains("from its lock: debs/tool_1.deb has changed since ", refused.Message, StringComparison.Ordinal);
        Assert.Equal(second, InLock(await BuildAsync(bench)).Digest);
        Assert.Contains("debs/tool_1.deb has changed since the lock", bench.Said.Notes);

        // a folder that is no archive any more
        bench.WriteEdition("one", "archives: {other: {folder: ./debs}}\npackages: {tool: }\n");
        refused = await Assert.ThrowsAsync<StrataException>(() => bench.Builds().BuildAsync(
            bench.Blueprint(), locked: true, kind: null, results: null, CancellationToken.None));
        Assert.Contains("takes packages from archive 'mine', which the blueprint does not name", refused.Message, StringComparison.Ordinal);
        Assert.Equal("other", InLock(await BuildAsync(bench)).Archive);

        static (Sha256Digest Digest, string Archive, string Filename) InLock(BuildResult result) =>
            result.Lock.Guest.Find("tool") is { } tool ? (tool.Sha256, tool.Archive, tool.Filename) : default;

        Sha256Digest WriteDeb(string version)
        {
            byte[] deb = new DebBuilder("tool", version).Build();
            File.WriteAllBytes(bench[$"one/debs/tool_{version}.deb"], deb);
            return Sha256Digest.Of(deb);
        }
    }

    // they run on this host
    [Fact]
    public async Task BuildAsync_PackagesOfBuilds_AreInTheLockAndHaveToBeListed()
    {
        using Bench bench = new();
        bench.Archive.AddSuite("trixie", "hello 1\nbubblewrap 1\ncoreutils 1\ndash 1\nutil-linux 1\nmake 4");
        bench.WriteEdition("one", Builds("make"));
        BuildResult built = await BuildAsync(bench);
        Assert.Equal(["bubblewrap", "coreutils", "dash", "make", "util-linux"], built.Lock.Builds!.Packages.Select(p => p.Name));
        Assert.Equal(built.Lock.Digest, LockChoice.ReadBeside(bench.Blueprint())!.Digest);
        await bench.Builds().BuildAsync(bench.Blueprint(), locked: true, kind: null, results: null, CancellationToken.None);
        EditionLocks locks = new(bench.Services);
        Assert.Empty(await locks.UnvouchedAsync(built.Lock, CancellationToken.None));

        LockedPackage[] strange =
            [.. built.Lock.Builds.Packages.Select(p => p.Name == "make" ? p with { Sha256 = Sha256Digest.Of("a stranger's"u8) } : p)];
        EditionLock stranger = built.Lock with
        {
            Builds = new PackageLock("amd64", built.Lock.Builds.Releases, built.Lock.Builds.Request, strange),
        };
        Assert.Equal(["make"], (await locks.UnvouchedAsync(stranger, CancellationToken.None)).Select(p => p.Name));

        // another program, and then none
        bench.WriteEdition("one", Builds("hello"));
        await Assert.ThrowsAsync<StrataException>(() => bench.Builds().BuildAsync(
            bench.Blueprint(), locked: true, kind: null, results: null, CancellationToken.None));
        Assert.NotNull((await BuildAsync(bench)).Lock.Builds!.Find("hello"));
        bench.WriteEdition("one");
        Assert.Null((await BuildAsync(bench)).Lock.Builds);

        static string Builds(string package) =>
            $"builds: {{b: {{packages: [{package}], command: [make], outputs: {{/usr/bin/x: {{from: x}}}}}}}}\n";
    }

    [Fact]
    public async Task BuildAsync_NobodySaysWhatToMake_MakesWhatIsUsual()
    {
        using Bench bench = new();
        List<ImageKind> kinds = [];
        bench.Builder.Before = (_, kind) => kinds.Add(kind);
        await BuildAsync(bench);
        Assert.Equal([ImageKind.Oci], kinds); // it has no kernel
    }

    [Fact]
    public async Task DownloadBytesOf_ContainerOrBootableFile_CountsWhatIsFetched()
    {
        using Bench bench = new();
        Assert.Equal("oci first".Length, BuiltParts.DownloadBytesOf(bench.Services.Store, await BuildAsync(bench)));
        Assert.Equal("uki first".Length, BuiltParts.DownloadBytesOf(bench.Services.Store, await BuildAsync(bench, ImageKind.Disk)));
    }

    private static Blueprint OtherOf(Bench bench)
    {
        bench.WriteEdition("two");
        return bench.Blueprint("two");
    }

    private static void RefuseFirst(EditionLock used, ImageKind kind)
    {
        if (used.Guest.Find("hello") is { Version: "1" } old)
        {
            throw new PackagesGoneException("gone", "", [old], new InvalidOperationException());
        }
    }

    private static Task<BuildResult> BuildAsync(Bench bench, ImageKind? kind = null) =>
        bench.Builds().BuildAsync(bench.Blueprint(), locked: false, kind, results: null, CancellationToken.None);
}
