using System.Text;
using Strata.Core;
using Strata.Packages.Releases;
using Strata.Packages.Sources;

namespace Strata.Packages.Tests.Releases;

public sealed class AcceptedReleasesTests : IDisposable
{
    private const string Old = "Sat, 12 Sep 2026 07:55:41 UTC";
    private const string New = "Sat, 21 Nov 2026 09:13:05 UTC";
    private const string OtherMirror = "http://mirror.example/debian";

    private readonly FakeArchive _archive = new();
    private readonly WarningList _warnings = new();

    public void Dispose() => _archive.Dispose();

    [Fact]
    public async Task FetchAsync_OlderThanWhatWasAccepted_IsRefusedWithBothDatesAndTheWayOut()
    {
        await Accepts(New);

        StrataException e = await Assert.ThrowsAsync<StrataException>(() => FetchAsync(Old));

        Assert.Equal(
            "cannot use InRelease of trixie: it was made on 2026-09-12 07:55 UTC, and one of 2026-11-21 09:13 UTC was accepted before",
            e.Message);
        Assert.Contains("--allow-older", e.Hint, StringComparison.Ordinal);
        await Accepts(New);
    }

    [Fact]
    public async Task FetchAsync_OlderOneFromAnotherMirrorOfTheArchive_IsRefused()
    {
        await Accepts(New);
        await Assert.ThrowsAsync<StrataException>(() => FetchAsync(Old, OtherMirror));
    }

    [Fact]
    public async Task FetchAsync_OlderOneAllowed_IsTakenButForgetsNothing()
    {
        await Accepts(New);
        Assert.Equal(2026, (await FetchAsync(Old, allowOlder: true)).File.Date.Year);
        await Assert.ThrowsAsync<StrataException>(() => FetchAsync(Old));
    }

    [Fact]
    public async Task FetchAsync_SuiteOfTheSameNameByOtherKeys_HasAMemoryOfItsOwn()
    {
        await Accepts(New);
        _archive.Signers = ["SOMEBODY"];
        await Accepts(Old);
        await Accepts(Old);
    }

    [Fact]
    public async Task FetchAsync_KeysChangedOneByOne_AnOlderReleaseOfTheFirstKeyIsStillRefused()
    {
        _archive.Signers = ["A", "B"];
        await Accepts("Tue, 15 Sep 2026 00:00:00 UTC");
        _archive.Signers = ["B", "C"];
        await Accepts("Tue, 20 Oct 2026 00:00:00 UTC");
        _archive.Signers = ["C"];
        await Accepts(New);
        _archive.Signers = ["A"];
        await Assert.ThrowsAsync<StrataException>(() => FetchAsync(Old));
    }

    [Fact]
    public async Task FetchAsync_OtherSuite_IsNotMeasuredByThisOne()
    {
        await Accepts(New);
        _archive.AddSuite("trixie-security", "a", date: Old);
        await Fetcher(allowOlder: false).FetchAsync(Suite("trixie-security", FakeArchive.Root), CancellationToken.None);
    }

    /// <summary>One key may sign for several publishers: what they say of themselves tells them apart, each field alone.</summary>
    [Theory]
    [InlineData("O", "L", true)]
    [InlineData("P", "L", false)]
    [InlineData("O", "M", false)]
    [InlineData("L", "O", false)]
    [InlineData("O", "", false)]
    public void NewestLike_SamePublisherAndNoOther_IsFound(string origin, string label, bool isFound)
    {
        ArchiveSuite suite = Suite("trixie", FakeArchive.Root);
        AcceptedReleases accepted = new(_archive.Store, _warnings);
        accepted.Add(suite, Of("O", "L"), ["A"]);
        Assert.Equal(isFound, accepted.NewestLike(suite, Of(origin, label), ["A"]) is not null);
        Assert.Null(accepted.NewestLike(suite, Of("O", "L"), ["B"]));
        Assert.Null(accepted.NewestLike(Suite("sid", FakeArchive.Root), Of("O", "L"), ["A"]));

        static ReleaseFile Of(string origin, string label) => ReleaseFile.Read(
            Encoding.UTF8.GetBytes($"Origin: {origin}\nLabel: {label}\nDate: {New}\nSHA256:\n"), "Release");
    }

    [Fact]
    public async Task FetchAsync_ManyReleases_OnlyTheNewestIsKept()
    {
        await Accepts(Old);
        await Accepts("Tue, 20 Oct 2026 00:00:00 UTC");
        await Accepts(New);
        await Accepts(New);
        Assert.Single(Memory());
    }

    [Theory]
    [InlineData("A", "A B")] // more keys say nothing against the newer release of the first
    [InlineData("A B", "A")]
    [InlineData("A", "A")]
    public async Task FetchAsync_OlderOneOfTheSameKeysAllowed_TheNewerIsStillRemembered(string first, string second)
    {
        _archive.Signers = first.Split(' ');
        await Accepts(New);
        _archive.Signers = second.Split(' ');
        await FetchAsync(Old, allowOlder: true);
        foreach (string signers in new[] { first, second })
        {
            _archive.Signers = signers.Split(' ');
            await Assert.ThrowsAsync<StrataException>(() => FetchAsync("Tue, 20 Oct 2026 00:00:00 UTC"));
        }
        await Accepts(New);
    }

    [Fact]
    public async Task FetchAsync_MemoryIsDamaged_SaysSo()
    {
        await Accepts(New);
        await File.AppendAllTextAsync(Assert.Single(Memory()), "x");
        await Accepts(Old);
        Assert.Contains(_warnings.Messages, m => m.Contains("is damaged", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("2027-03-10", "", false)]
    [InlineData("2027-03-12", "", true)]
    [InlineData("2027-03-12", "Valid-Until: Sat, 13 Mar 2027 07:55:41 UTC", false)]
    public async Task FetchAsync_OldAndWithoutEnd_IsWarnedOf(string now, string field, bool warns)
    {
        _archive.AddSuite("trixie", "a", $"No-Support-for-Architecture-all: Packages\n{field}", date: Old);
        await Fetcher(allowOlder: false, now).FetchAsync(Suite("trixie", FakeArchive.Root), CancellationToken.None);
        Assert.Equal(warns, _warnings.Messages.Any(m => m.Contains("180 days ago", StringComparison.Ordinal)));
    }

    private async Task Accepts(string date) => Assert.NotNull(await FetchAsync(date));

    private async Task<VerifiedRelease> FetchAsync(string date, string root = FakeArchive.Root, bool allowOlder = false)
    {
        _archive.AddSuite("trixie", "a", root: root, date: date);
        return await Fetcher(allowOlder).FetchAsync(Suite("trixie", root), CancellationToken.None);
    }

    private ReleaseFetcher Fetcher(bool allowOlder, string now = "2026-11-28") => new(new ArchiveAccess
    {
        Downloader = _archive,
        Store = _archive.Store,
        VerifierOf = _ => _archive,
        Time = new StandingClock(now),
        AllowOlder = allowOlder,
        Progress = _warnings,
    });

    private string[] Memory() => Directory.GetFiles(
        Path.Combine(_archive.Store.Root, AcceptedReleases.FolderName), "*", SearchOption.AllDirectories);

    private static ArchiveSuite Suite(string name, string root) => new(new Uri(root), name, ["main"]);
}
