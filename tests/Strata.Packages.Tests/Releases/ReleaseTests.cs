using System.Text;
using Strata.Core;
using Strata.Packages.Releases;
using Strata.Packages.Sources;

namespace Strata.Packages.Tests.Releases;

public class ReleaseTests
{
    private const string Good = """
        Origin: Debian
        Label: Debian
        Suite: stable
        Codename: trixie
        Date: Sat, 12 Sep 2026 07:55:41 UTC
        Valid-Until: Sat, 19 Sep 2026 07:55:41 UTC
        Acquire-By-Hash: yes
        No-Support-for-Architecture-all: Packages
        Architectures: all amd64 arm64
        Components: main contrib
        MD5Sum:
         3e498904a30e240573dac8ddac594e6f  12 main/Contents-all
        SHA256:
         aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa       12 main/binary-amd64/Packages
         bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb 9678380 main/binary-amd64/Packages.xz
        """;

    [Fact]
    public void Read_AllFields_AreKept()
    {
        ReleaseFile release = Read(Good);
        Assert.Equal(("Debian", "Debian", "stable", "trixie"), (release.Origin, release.Label, release.Suite, release.Codename));
        Assert.Equal(new DateTimeOffset(2026, 9, 12, 7, 55, 41, TimeSpan.Zero), release.Date);
        Assert.Equal(new DateTimeOffset(2026, 9, 19, 7, 55, 41, TimeSpan.Zero), release.ValidUntil);
        Assert.True(release.AcquireByHash);
        Assert.True(release.NoIndexForArchitectureAll);
        Assert.Equal(["all", "amd64", "arm64"], release.Architectures);
        Assert.Equal(["main", "contrib"], release.Components);
        Assert.Equal(2, release.FileCount);
        Assert.Equal(
            new ReleaseEntry("main/binary-amd64/Packages.xz", 9678380, Sha256Digest.Parse(new string('b', 64))),
            release.Find("main/binary-amd64/Packages.xz"));
        Assert.Null(release.Find("main/Contents-all"));
    }

    /// <summary>Debian's own fields are alike, those of others are not: each is read from its own.</summary>
    [Theory]
    [InlineData("Origin: O\nLabel: L\nSuite: S\nCodename: C\n", "O L S C")]
    [InlineData("Label: L\nSuite: S\nCodename: C\n", " L S C")]
    [InlineData("Origin: O\nSuite: S\nCodename: C\n", "O  S C")]
    [InlineData("Origin: O\nLabel: L\nCodename: C\n", "O L  C")]
    [InlineData("Origin: O\nLabel: L\nSuite: S\n", "O L S ")]
    public void Read_NamesOfASuite_AreNotTakenForEachOther(string fields, string expected)
    {
        ReleaseFile release = Read(fields + Good[Good.IndexOf("Date:", StringComparison.Ordinal)..]);
        Assert.Equal(expected, $"{release.Origin} {release.Label} {release.Suite} {release.Codename}");
    }

    [Theory]
    [InlineData("Fri, 27 Nov 2026  3:16:34 UTC", 27, 3)] // as Ubuntu writes it
    [InlineData("Sat,  5 Sep 2026 07:16:34 +0000", 5, 7)]
    [InlineData("Sat, 12 Sep 2026 07:16:34 GMT", 12, 7)]
    public void Read_DateAsArchivesWriteIt_IsTheSame(string date, int day, int hour)
    {
        ReleaseFile release = Read(Good.Replace("Sat, 12 Sep 2026 07:55:41 UTC", date, StringComparison.Ordinal));
        Assert.Equal((day, hour, 16, TimeSpan.Zero), (release.Date.Day, release.Date.Hour, release.Date.Minute, release.Date.Offset));
    }

    [Theory]
    [InlineData("../Packages.xz", null)]
    [InlineData("main/übersetzt/Packages.xz", null)]
    [InlineData("./main/binary-amd64/Packages.xz", "main/binary-amd64/Packages.xz")]
    public void Read_OddPath_CostsThatFileAlone(string path, string? found)
    {
        ReleaseFile release = Read(Good.Replace("main/binary-amd64/Packages.xz", path, StringComparison.Ordinal));
        Assert.NotNull(release.Find("main/binary-amd64/Packages"));
        Assert.Equal(found is not null, release.Find("main/binary-amd64/Packages.xz") is not null);
        Assert.Null(release.Find("../Packages.xz"));
    }

    [Theory]
    [InlineData("Date: Sat, 12 Sep 2026 07:55:41 UTC\n", "", "Date is missing")]
    [InlineData("Date: Sat, 12 Sep 2026 07:55:41 UTC", "Date: 2026-09-12", "expected a form like")]
    [InlineData("Date: Sat, 12 Sep 2026 07:55:41 UTC", "Date: Sat, 12 Sep 2026 07:55:41 CET", "expected a form like")]
    [InlineData("SHA256:", "SHA1:", "SHA256 is missing")]
    [InlineData(" 9678380 ", " -1 ", "is no digest, size and path")]
    [InlineData(" main/binary-amd64/Packages.xz", "", "is no digest, size and path")]
    [InlineData("Packages.xz", "Packages", "twice, differently")]
    [InlineData("Components:", "\nComponents:", "SHA256 is missing")]
    [InlineData("Origin: Debian", "Date: Sat, 12 Sep 2026 07:55:41 UTC\nSHA256:\n\nOrigin: Debian", "second stanza")]
    public void Read_BrokenText_IsRefused(string from, string to, string problem)
    {
        string text = Good.Replace(from, to, StringComparison.Ordinal);
        Assert.NotEqual(Good, text);
        Assert.Contains(problem, Assert.Throws<ImageFormatException>(() => Read(text)).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_MutatedText_ThrowsNothingElse()
    {
        byte[] seed = Encoding.UTF8.GetBytes(Good);
        Random random = new(3);
        for (int i = 0; i < 10_000; i++)
        {
            byte[] bytes = [.. seed];
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }
            try
            {
                ReleaseFile.Read(bytes, "fuzz");
            }
            catch (ImageFormatException e)
            {
                Assert.NotEmpty(e.Problem);
            }
        }
    }

    [Theory]
    [InlineData("2026-09-15", "", null)]
    [InlineData("2026-09-15", "Valid-Until: Sat, 19 Sep 2026 07:55:41 UTC", null)]
    [InlineData("2026-09-20", "Valid-Until: Sat, 19 Sep 2026 07:55:41 UTC", "it was valid until 2026-09-19 07:55 UTC, it is 2026-09-20")]
    [InlineData("2026-09-11 12:00", "", null)] // a clock that is a little slow
    [InlineData("2026-09-01", "", "it was made on 2026-09-12 07:55 UTC, this machine's clock says 2026-09-01")]
    public async Task FetchAsync_Dates_AreChecked(string now, string field, string? problem)
    {
        using FakeArchive archive = new();
        archive.AddSuite("trixie", "a", $"No-Support-for-Architecture-all: Packages\n{field}");
        await Check(archive, Suite("trixie", "main"), now, problem);
    }

    [Fact]
    public async Task FetchAsync_AnotherSuite_IsRefused()
    {
        using FakeArchive archive = new();
        archive.AddSuite("bookworm", "a");
        archive.Files[$"{FakeArchive.Root}/dists/trixie/InRelease"] = archive.Files[$"{FakeArchive.Root}/dists/bookworm/InRelease"];
        await Check(archive, Suite("trixie", "main"), "2026-09-15", "it is of 'bookworm' (suite 'role-of-bookworm'), not of 'trixie'");
        await Check(archive, Suite("bookworm", "main"), "2026-09-15", null);
    }

    [Fact]
    public async Task FetchAsync_UnknownComponent_IsRefused()
    {
        using FakeArchive archive = new();
        archive.AddSuite("trixie", "a");
        await Check(archive, Suite("trixie", "mian"), "2026-09-15", "it has no component 'mian' (did you mean 'main'?)");
    }

    private static async Task Check(FakeArchive archive, ArchiveSuite suite, string now, string? problem)
    {
        ReleaseFetcher fetcher = new(new ArchiveAccess
        {
            Downloader = archive, Store = archive.Store, VerifierOf = _ => archive, Time = new StandingClock(now),
        });
        if (problem is null)
        {
            VerifiedRelease release = await fetcher.FetchAsync(suite, CancellationToken.None);
            Assert.Equal(Sha256Digest.Of(archive.Files[suite.AddressOf(suite.Roots[0], "InRelease").AbsoluteUri]), release.Digest);
        }
        else
        {
            StrataException e = await Assert.ThrowsAsync<StrataException>(() => fetcher.FetchAsync(suite, CancellationToken.None));
            Assert.Contains(problem, e.Message, StringComparison.Ordinal);
            Assert.NotNull(e.Hint);
        }
    }

    private static ArchiveSuite Suite(string name, string component) => new(new Uri(FakeArchive.Root), name, [component]);

    private static ReleaseFile Read(string text) => ReleaseFile.Read(Encoding.UTF8.GetBytes(text), "Release of trixie");
}
