using System.Net;
using System.Text;
using Strata.Core;
using Strata.Core.Progress;
using Strata.Formats.Compression;
using Strata.Packages.Indexes;
using Strata.Packages.Releases;
using Strata.Packages.Sources;
using Strata.Store;
using Strata.Store.Downloads;
using Strata.Testing;

namespace Strata.Packages.Tests.Indexes;

public sealed class IndexFetcherTests : IDisposable
{
    private const string Folder = "main/binary-amd64";

    private static readonly byte[] s_plain = Encoding.UTF8.GetBytes(TestIndex.Text("curl 8.1\nlibc6 2"));
    private static readonly Uri[] s_mirrors = [new("http://one.example/debian"), new("http://two.example/debian")];

    private readonly TemporaryFolder _folder = new();
    private readonly ObjectStore _store;
    private readonly ScriptedMirrors _mirrors;

    public IndexFetcherTests()
    {
        _store = new ObjectStore(_folder["store"]);
        _mirrors = new ScriptedMirrors(_store);
    }

    [Theory]
    [InlineData(".xz")]
    [InlineData(".gz")]
    [InlineData(".zst")]
    [InlineData("")]
    public async Task FetchAsync_OneFormThatIsWhole_IsTaken(string suffix)
    {
        _mirrors.Files[$"http://one.example/debian/dists/trixie/{Folder}/Packages{suffix}"] = FormOf(suffix);
        PackageIndex index = Assert.Single(await FetchAsync(s_mirrors));
        Assert.Equal(["curl", "libc6"], Enumerable.Range(0, index.Count).Select(i => index[i].Name));
    }

    [Fact]
    public async Task FetchAsync_ByDigest_GoesFirst()
    {
        byte[] content = FormOf(".xz");
        string byHash = $"http://one.example/debian/dists/trixie/{Folder}/by-hash/SHA256/{Sha256Digest.Of(content)}";
        _mirrors.Files[byHash] = content;
        Assert.Single(await FetchAsync(s_mirrors));
        Assert.Equal([byHash], _mirrors.Asked);
    }

    [Fact]
    public async Task FetchAsync_FirstMirrorIsStale_AllItsFormsComeBeforeTheSecondMirror()
    {
        foreach (string suffix in (string[])[".xz", ".gz", ".zst", ""])
        {
            _mirrors.Files[$"http://one.example/debian/dists/trixie/{Folder}/Packages{suffix}"] = "another day"u8.ToArray();
        }
        _mirrors.Files[$"http://two.example/debian/dists/trixie/{Folder}/Packages.gz"] = FormOf(".gz");
        Assert.Single(await FetchAsync(s_mirrors));
        int second = _mirrors.Asked.FindIndex(a => a.Contains("two.example", StringComparison.Ordinal));
        Assert.Equal(8, second); // four forms, each by digest and by name
        Assert.All(_mirrors.Asked[..second], a => Assert.Contains("one.example", a, StringComparison.Ordinal));
    }

    /// <summary>
    /// Debian repository format, "No-Support-for-Architecture-all": what an archive lists once must not be read twice, nor be missed.
    /// </summary>
    [Theory]
    [InlineData("amd64 all", "", false, true)] // the archive keeps them apart and does not say so
    [InlineData("amd64 all", "", true, false)] // they stand in the own index too, as older archives of Debian have it
    [InlineData("amd64 all", "No-Support-for-Architecture-all: Packages\n", false, false)]
    [InlineData("amd64", "", false, false)]
    public async Task FetchAsync_PackagesForEveryProcessor_AreReadWhereTheyStand(
        string architectures, string field, bool isInOwn, bool isRead)
    {
        byte[] own = Encoding.UTF8.GetBytes(TestIndex.Text("curl 8.1") + (isInOwn ? TestIndex.Text("docs 1", "all") : ""));
        byte[] all = Encoding.UTF8.GetBytes(TestIndex.Text("docs 1", "all"));
        _mirrors.Files[$"http://one.example/debian/dists/trixie/{Folder}/Packages"] = own;
        _mirrors.Files["http://one.example/debian/dists/trixie/main/binary-all/Packages"] = all;
        string release = $"""
            Suite: stable
            Codename: trixie
            Date: Sat, 12 Sep 2026 07:55:41 UTC
            Architectures: {architectures}
            {field}Components: main
            SHA256:
             {Sha256Digest.Of(own)} {own.Length} {Folder}/Packages
             {Sha256Digest.Of(all)} {all.Length} main/binary-all/Packages

            """;
        IReadOnlyList<PackageIndex> indexes = await FetchAsync(s_mirrors, release);
        Assert.Equal(isRead ? ["amd64", "all"] : ["amd64"], indexes.Select(i => i.Origin.Architecture));
        Assert.Equal(isRead, _mirrors.Asked.Exists(a => a.Contains("binary-all", StringComparison.Ordinal)));
        Assert.Equal(isRead || isInOwn ? 1 : 0, indexes.Sum(i => i.Find("docs").Count()));
    }

    [Fact]
    public async Task FetchAsync_StaleEverywhere_SaysWhichFileIsOlderThanWhatNamesIt()
    {
        _mirrors.Modified = new DateTimeOffset(2026, 9, 1, 10, 0, 0, TimeSpan.Zero);
        _mirrors.Files[$"http://one.example/debian/dists/trixie/{Folder}/Packages.xz"] = "another day"u8.ToArray();
        StrataException e = await Assert.ThrowsAnyAsync<StrataException>(() => FetchAsync(s_mirrors[..1]));
        Assert.Contains("package index of trixie/main (amd64)", e.Message, StringComparison.Ordinal);
        Assert.Contains($"no mirror has {Folder}/Packages.xz as the Release of trixie of 2026-09-12 07:55 names it", e.Message,
            StringComparison.Ordinal);
        Assert.Contains("the mirror's file is of 2026-09-01 10:00, older than the Release of 2026-09-12 07:55", e.Message,
            StringComparison.Ordinal);
        Assert.Contains("another mirror", e.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FetchAsync_NoMirrorIsReached_SaysSoAndAsksEachOnce()
    {
        _mirrors.IsUnreachable = true;
        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => FetchAsync(s_mirrors));
        Assert.True(e.IsUnreachable);
        Assert.Equal(2, _mirrors.Asked.Count);
    }

    [Fact]
    public async Task FetchAsync_OneMirrorIsNotReachedAndTheOtherIsStale_TellsOfTheStaleOne()
    {
        _mirrors.Modified = new DateTimeOffset(2026, 9, 1, 10, 0, 0, TimeSpan.Zero);
        _mirrors.UnreachableHost = "one.example";
        _mirrors.Files[$"http://two.example/debian/dists/trixie/{Folder}/Packages.xz"] = "another day"u8.ToArray();
        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => FetchAsync(s_mirrors));
        Assert.False(e.IsUnreachable); // who takes it for a lost network would wait instead of asking another mirror
        Assert.Contains("the mirror's file is of 2026-09-01 10:00, older than the Release", e.Message, StringComparison.Ordinal);
        Assert.Equal("one.example", _mirrors.Asked[0]);
        Assert.All(_mirrors.Asked[1..], a => Assert.StartsWith("http://two.example/", a, StringComparison.Ordinal));
    }

    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    private static byte[] FormOf(string suffix)
    {
        using MemoryStream packed = new();
        using (Stream writer = suffix switch
        {
            ".xz" => Compressor.OpenXz(packed, leaveOpen: true),
            ".gz" => Compressor.OpenGzip(packed, leaveOpen: true),
            ".zst" => Compressor.OpenZstd(packed, leaveOpen: true),
            _ => new BufferedStream(packed),
        })
        {
            writer.Write(s_plain);
            writer.Flush();
            return suffix.Length == 0 ? packed.ToArray() : Finished(writer, packed);
        }
    }

    private static byte[] Finished(Stream writer, MemoryStream packed)
    {
        writer.Dispose();
        return packed.ToArray();
    }

    private Task<IReadOnlyList<PackageIndex>> FetchAsync(IReadOnlyList<Uri> mirrors)
    {
        StringBuilder text = new("""
            Suite: stable
            Codename: trixie
            Date: Sat, 12 Sep 2026 07:55:41 UTC
            Acquire-By-Hash: yes
            Architectures: amd64
            Components: main
            SHA256:

            """);
        foreach (string suffix in (string[])["", ".gz", ".xz", ".zst"])
        {
            byte[] form = FormOf(suffix);
            text.Append(System.Globalization.CultureInfo.InvariantCulture,
                $" {Sha256Digest.Of(form)} {form.Length} {Folder}/Packages{suffix}\n");
        }
        return FetchAsync(mirrors, text.ToString());
    }

    private Task<IReadOnlyList<PackageIndex>> FetchAsync(IReadOnlyList<Uri> mirrors, string text)
    {
        ReleaseFile file = ReleaseFile.Read(Encoding.UTF8.GetBytes(text), "Release of trixie");
        VerifiedRelease release = new(new ArchiveSuite(mirrors, "trixie", ["main"]), file, Sha256Digest.Of([]), []);
        return new IndexFetcher(_mirrors, _store, cacheFolder: null, SilentProgress.Instance)
            .FetchAsync(release, "amd64", installer: false, CancellationToken.None);
    }

    /// <summary>Serves what it has; a file of other content is refused as the downloader refuses it.</summary>
    private sealed class ScriptedMirrors(ObjectStore store) : IDownloader
    {
        public Dictionary<string, byte[]> Files { get; } = new(StringComparer.Ordinal);

        public List<string> Asked { get; } = [];

        public DateTimeOffset? Modified { get; set; }

        public bool IsUnreachable { get; set; }

        public string? UnreachableHost { get; set; }

        public Task FetchAsync(Download download, CancellationToken cancellationToken)
        {
            if (IsUnreachable || download.Sources[0].Host == UnreachableHost)
            {
                Asked.Add(download.Sources[0].Authority);
                throw new DownloadException($"cannot fetch {download.Label}: connection refused") { IsUnreachable = true };
            }
            bool isOther = false;
            foreach (string source in download.Sources.Select(s => s.AbsoluteUri))
            {
                Asked.Add(source);
                if (Files.TryGetValue(source, out byte[]? content) && Sha256Digest.Of(content) == download.Digest)
                {
                    store.AddBytes(content);
                    return Task.CompletedTask;
                }
                isOther |= content is not null;
            }
            throw isOther
                ? new DownloadException($"cannot fetch {download.Label}: one.example: has another file") { LastModified = Modified }
                : new DownloadException($"cannot fetch {download.Label}: 404", status: HttpStatusCode.NotFound) { Gone = [download] };
        }

        public Task<T> GetAsync<T>(
            IReadOnlyList<DocumentAddress> documents, long maxBytes, Func<IReadOnlyList<Document>, CancellationToken, Task<T>> accept,
            CancellationToken cancellationToken) =>
            throw new NotSupportedException();
    }
}
