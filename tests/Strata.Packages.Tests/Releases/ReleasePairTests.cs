using System.Text;
using Strata.Core;
using Strata.Packages.Releases;
using Strata.Packages.Sources;

namespace Strata.Packages.Tests.Releases;

/// <summary>Archives that have <c>Release</c> and <c>Release.gpg</c> and no <c>InRelease</c>, alone and among mirrors.</summary>
public sealed class ReleasePairTests : IDisposable
{
    private const string Old = "Sat, 12 Sep 2026 07:55:41 UTC";
    private const string New = "Sat, 21 Nov 2026 09:13:05 UTC";
    private const string Other = "http://other.example/debian";

    private readonly FakeArchive _archive = new();
    private readonly WarningList _warnings = new();

    public void Dispose() => _archive.Dispose();

    [Fact]
    public async Task FetchAsync_NoInRelease_TakesThePair()
    {
        AddPair(New);
        VerifiedRelease release = await FetchAsync();
        Assert.Equal(11, release.File.Date.Month);
        Assert.Equal(Sha256Digest.Of(_archive.Files[At("Release")]), release.Digest);
        Assert.Equal([At("InRelease"), At("Release"), At("Release.gpg")], _archive.Documents);
        Assert.Empty(_warnings.Messages);
    }

    [Fact]
    public async Task FetchAsync_InReleaseThere_ThePairIsNotAskedFor()
    {
        AddPair(Old);
        _archive.AddSuite("trixie", "a", date: New);
        Assert.Equal(11, (await FetchAsync()).File.Date.Month);
        Assert.Equal([At("InRelease")], _archive.Documents);
    }

    [Fact]
    public async Task FetchAsync_InReleaseNotToBeBelieved_IsNotMadeGoodByThePair()
    {
        AddPair(New);
        _archive.Files[At("InRelease")] = "<html>log in</html>"u8.ToArray();
        StrataException e = await Assert.ThrowsAsync<StrataException>(() => FetchAsync());
        Assert.Equal("cannot verify InRelease of trixie: it was altered", e.Message);
        Assert.Equal([At("InRelease")], _archive.Documents);
    }

    [Fact]
    public async Task FetchAsync_SecondMirrorHasAnInRelease_ItComesBeforeThePairOfTheFirst()
    {
        AddPair(New);
        _archive.AddSuite("trixie", "a", root: Other, date: New);
        await FetchAsync(FakeArchive.Root, Other);
        Assert.Equal([At("InRelease"), At("InRelease", Other)], _archive.Documents);
    }

    [Fact]
    public async Task FetchAsync_NoMirrorHasAnInRelease_ThePairOfTheFirstThatHasBothIsTaken()
    {
        AddPair(New);
        AddPair(New, Other);
        _archive.Files.Remove(At("Release.gpg"));
        await FetchAsync(FakeArchive.Root, Other);
        Assert.Equal(
            [At("InRelease"), At("InRelease", Other), At("Release"), At("Release.gpg"), At("Release", Other), At("Release.gpg", Other)],
            _archive.Documents);
        Assert.Contains(_warnings.Messages, m => m.Contains("cannot fetch Release.gpg of trixie", StringComparison.Ordinal));
    }

    [Fact]
    public async Task FetchAsync_OneMirrorFalseTheOtherWithAPair_IsToldOf()
    {
        AddPair(New, Other);
        _archive.Files[At("InRelease")] = "<html>log in</html>"u8.ToArray();
        await FetchAsync(Other, FakeArchive.Root);
        Assert.DoesNotContain(At("Release"), _archive.Documents);
        Assert.Contains(_warnings.Messages, m => m.Contains("cannot verify InRelease of trixie: it was altered", StringComparison.Ordinal));
    }

    [Fact]
    public async Task FetchAsync_NoSignature_IsRefusedByItsName()
    {
        AddPair(New);
        _archive.Files.Remove(At("Release.gpg"));
        StrataException e = await Assert.ThrowsAnyAsync<StrataException>(() => FetchAsync());
        Assert.Equal("cannot fetch Release.gpg of trixie: archive.example: 404 Not Found", e.Message);
    }

    [Fact]
    public async Task FetchAsync_PairOlderThanTheInReleaseBefore_IsRefusedUnlessAllowed()
    {
        _archive.AddSuite("trixie", "a", date: New);
        await FetchAsync();
        _archive.Files.Remove(At("InRelease"));
        AddPair(Old);
        StrataException e = await Assert.ThrowsAsync<StrataException>(() => FetchAsync());
        Assert.StartsWith("cannot use Release of trixie: it was made on 2026-09-12", e.Message, StringComparison.Ordinal);
        Assert.Equal(9, (await FetchAsync(allowOlder: true, FakeArchive.Root)).File.Date.Month);
    }

    [Fact]
    public async Task FetchAsync_InReleaseOlderThanThePairBefore_IsRefused()
    {
        AddPair(New);
        await FetchAsync();
        _archive.AddSuite("trixie", "a", date: Old);
        await Assert.ThrowsAsync<StrataException>(() => FetchAsync());
    }

    [Fact]
    public async Task FetchAsync_PairNoLongerValid_IsRefused()
    {
        AddPair(Old, field: "Valid-Until: Sun, 13 Sep 2026 07:55:41 UTC");
        StrataException e = await Assert.ThrowsAsync<StrataException>(() => FetchAsync());
        Assert.Contains("cannot use Release of trixie: it was valid until 2026-09-13", e.Message, StringComparison.Ordinal);
    }

    private static string At(string name, string root = FakeArchive.Root) => $"{root}/dists/trixie/{name}";

    private void AddPair(string date, string root = FakeArchive.Root, string field = "")
    {
        _archive.AddSuite("trixie", "a", $"No-Support-for-Architecture-all: Packages\n{field}", root: root, date: date);
        Assert.True(_archive.Files.Remove(At("InRelease", root), out byte[]? text));
        _archive.Files[At("Release", root)] = text;
        _archive.Files[At("Release.gpg", root)] = Encoding.ASCII.GetBytes("signature");
    }

    private Task<VerifiedRelease> FetchAsync(params string[] roots) => FetchAsync(allowOlder: false, roots);

    private Task<VerifiedRelease> FetchAsync(bool allowOlder, params string[] roots) => new ReleaseFetcher(new ArchiveAccess
    {
        Downloader = _archive,
        Store = _archive.Store,
        VerifierOf = _ => _archive,
        Time = new StandingClock("2026-11-28"),
        AllowOlder = allowOlder,
        Progress = _warnings,
    }).FetchAsync(
        new ArchiveSuite([.. roots.DefaultIfEmpty(FakeArchive.Root).Select(r => new Uri(r))], "trixie", ["main"]), CancellationToken.None);
}
