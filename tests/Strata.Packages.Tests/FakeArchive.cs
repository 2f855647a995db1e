using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Text;
using Strata.Core;
using Strata.Packages.Releases;
using Strata.Store;
using Strata.Store.Downloads;
using Strata.Testing;

namespace Strata.Packages.Tests;

/// <summary>An archive in memory that plays server, downloader and signature at once.</summary>
internal sealed class FakeArchive : IDownloader, ISignatureVerifier, IDisposable
{
    public const string Root = "http://archive.example/debian";

    private readonly TemporaryFolder _folder = new();

    public FakeArchive() => Store = new ObjectStore(_folder["store"]);

    public ObjectStore Store { get; }

    /// <summary>Contents by address.</summary>
    public Dictionary<string, byte[]> Files { get; } = new(StringComparer.Ordinal);

    /// <summary>Addresses that were asked for, in order of the answers.</summary>
    public List<string> Asked { get; } = [];

    /// <summary>Addresses of changing documents that were asked for.</summary>
    public List<string> Documents { get; } = [];

    public string CacheFolder => _folder["cache"];

    /// <summary>Adds a suite with one index and the files of its packages.</summary>
    public void AddSuite(
        string name,
        string lines,
        string fields = "No-Support-for-Architecture-all: Packages",
        string compression = ".gz",
        string root = Root,
        string date = "Sat, 12 Sep 2026 07:55:41 UTC")
    {
        string index = AddIndex($"{root}/dists/{name}/", "main/binary-amd64/", TestIndex.Text(lines), compression);
        // several mirrors of one archive are made so too: the indexes of a test are asked of the first
        AddIndex($"{Root}/dists/{name}/", "main/binary-amd64/", TestIndex.Text(lines), compression);
        string release = $"""
            Origin: Debian
            Suite: role-of-{name}
            Codename: {name}
            Date: {date}
            Acquire-By-Hash: yes
            Architectures: all amd64 arm64
            Components: main contrib
            {fields}
            SHA256:
            {index}
            """.Replace("\n\n", "\n", StringComparison.Ordinal);
        Files[$"{root}/dists/{name}/InRelease"] = Encoding.UTF8.GetBytes(release);
    }

    /// <summary>Adds an index to a suite that is there.</summary>
    public void AddMore(string name, string folder, string text, bool served = true)
    {
        string address = $"{Root}/dists/{name}/InRelease";
        string index = AddIndex($"{Root}/dists/{name}/", $"{folder}/", text, compression: "");
        Files[address] = [.. Files[address], .. Encoding.UTF8.GetBytes(index)];
        if (!served)
        {
            Files.Remove($"{Root}/dists/{name}/{folder}/by-hash/SHA256/{Sha256Digest.Of(Encoding.UTF8.GetBytes(text))}");
        }
    }

    private string AddIndex(string place, string folder, string text, string compression)
    {
        byte[] plain = Encoding.UTF8.GetBytes(text);
        byte[] packed = compression == ".gz" ? Gzip(plain) : plain;
        Files[$"{place}{folder}by-hash/SHA256/{Sha256Digest.Of(packed)}"] = packed;
        return $" {Sha256Digest.Of(plain)} {plain.Length} {folder}Packages\n"
            + $" {Sha256Digest.Of(packed)} {packed.Length} {folder}Packages{compression}\n";
    }

    public Task FetchAsync(Download download, CancellationToken cancellationToken)
    {
        foreach (Uri source in download.Sources)
        {
            lock (Asked)
            {
                Asked.Add(source.AbsoluteUri);
            }
            if (Files.TryGetValue(source.AbsoluteUri, out byte[]? content))
            {
                Assert.Equal(download.Size, content.Length);
                Assert.Equal(download.Digest, Store.AddBytes(content));
                return Task.CompletedTask;
            }
        }
        throw new DownloadException($"cannot fetch {download.Label}: archive.example: 404 Not Found",
            status: HttpStatusCode.NotFound) { Gone = [download] };
    }

    public async Task<T> GetAsync<T>(
        IReadOnlyList<DocumentAddress> documents, long maxBytes, Func<IReadOnlyList<Document>, CancellationToken, Task<T>> accept,
        CancellationToken cancellationToken)
    {
        List<Document> found = [];
        foreach (DocumentAddress document in documents)
        {
            lock (Documents)
            {
                Documents.Add(document.Source.AbsoluteUri);
            }
            found.Add(Files.TryGetValue(document.Source.AbsoluteUri, out byte[]? content)
                ? new Document(content, FromCache: false)
                : throw new DownloadException($"cannot fetch {document.Label}: {document.Source.Authority}: 404 Not Found",
                    status: HttpStatusCode.NotFound) { IsAbsent = true });
        }
        return await accept(found, cancellationToken);
    }

    /// <summary>Keys that sign whatever is verified.</summary>
    public IReadOnlyList<string> Signers { get; set; } = ["F"];

    /// <summary>A signature that is a document of its own is good when it says <c>signature</c>, another when it begins with
    /// <c>Origin</c>.</summary>
    public Task<SignedText> VerifyAsync(
        string label, ReadOnlyMemory<byte> document, ReadOnlyMemory<byte>? signature, CancellationToken cancellationToken) =>
        (signature?.Span.SequenceEqual("signature"u8) ?? document.Span.StartsWith("Origin"u8))
            ? Task.FromResult(new SignedText(document, Signers))
            : Task.FromException<SignedText>(new StrataException($"cannot verify {label}: it was altered"));

    public void Dispose()
    {
        Store.Dispose();
        _folder.Dispose();
    }

    private static byte[] Gzip(byte[] plain)
    {
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionLevel.Fastest))
        {
            gzip.Write(plain);
        }
        return packed.ToArray();
    }
}

/// <summary>A clock that stands still.</summary>
internal sealed class StandingClock(string utc) : TimeProvider
{
    private readonly DateTimeOffset _now = DateTimeOffset.Parse(utc, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    public override DateTimeOffset GetUtcNow() => _now;
}
