using System.Text;
using Strata.Core;
using Strata.Store.Downloads;
using Strata.Testing;

namespace Strata.Store.Tests;

/// <summary>Two documents that are judged together, as a text and its signature are.</summary>
public sealed class DocumentPairTests : IDisposable
{
    private static readonly DownloadOptions s_fast = new() { FirstPause = TimeSpan.FromMilliseconds(5) };

    private readonly TemporaryFolder _folder = new();
    private readonly ObjectStore _store;
    private readonly Dictionary<string, string> _served = new(StringComparer.Ordinal); // a text is its own tag
    private readonly ScriptedServer _server;

    public DocumentPairTests()
    {
        _store = new ObjectStore(_folder["store"]);
        _server = new ScriptedServer((request, answer) =>
            !_served.TryGetValue(request.Path, out string? text) ? answer.SendAsync(404, default)
            : request.Headers.TryGetValue("If-None-Match", out string? tag) && tag == $"\"{TagOf(request.Path, text)}\""
                ? answer.SendAsync(304, default)
            : answer.SendAsync(200, Encoding.ASCII.GetBytes(text), $"ETag: \"{TagOf(request.Path, text)}\""));
    }

    /// <summary>Tags that lie, by path.</summary>
    private Dictionary<string, string> Tags { get; } = new(StringComparer.Ordinal);

    public void Dispose()
    {
        _server.Dispose();
        _store.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task GetAsync_Both_AreKeptAndAskedForByTag()
    {
        Serve("1", "1");
        Assert.Equal("1 1 False False", await GetAsync());
        Assert.Equal("1 1 True True", await GetAsync());
        Assert.Equal("1 1 True True", await GetAsync(s_fast with { Offline = true }));
        Assert.Equal(4, _server.Requests.Count);
    }

    [Fact]
    public async Task GetAsync_OneHalfChanged_TheOtherIsThatOfBefore()
    {
        Serve("1", "1");
        await GetAsync();
        Serve("1", "1 again");
        Assert.Equal("1 1 again True False", await GetAsync());
        Assert.Equal("1 1 again True True", await GetAsync(s_fast with { Offline = true }));
    }

    [Fact]
    public async Task GetAsync_DoNotBelongTogether_NeitherIsKept()
    {
        Serve("2", "1");
        await Assert.ThrowsAsync<StrataException>(() => GetAsync());
        Assert.False(Directory.Exists(Path.Combine(_store.Root, "documents")));
        Serve("1", "1");
        await GetAsync();
        Serve("2", "1");
        await Assert.ThrowsAsync<StrataException>(() => GetAsync()); // a mirror in the middle of its update
        Assert.Equal("1 1 True True", await GetAsync(s_fast with { Offline = true }));
    }

    [Fact]
    public async Task GetAsync_OneHalfIsNotThere_IsAbsentAndNothingIsKept()
    {
        _served["/text"] = "1";
        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => GetAsync());
        Assert.True(e.IsAbsent);
        Assert.StartsWith("cannot fetch the signature", e.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_store.Root, "documents")));
    }

    [Fact]
    public async Task GetAsync_FirstIsNotThere_TheSecondIsNotAskedFor()
    {
        await Assert.ThrowsAsync<DownloadException>(() => GetAsync());
        Assert.Single(_server.Requests);
    }

    [Fact]
    public async Task GetAsync_OfflineWithOneHalf_IsAbsent()
    {
        Serve("1", "1");
        await GetAsync();
        File.Delete(Path.Combine(_store.Root, "documents", DocumentFile.NameOf(_server.At("signature"))));
        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => GetAsync(s_fast with { Offline = true }));
        Assert.True(e.IsAbsent);
        Assert.Equal("1 1 True False", await GetAsync());
    }

    [Fact]
    public async Task GetAsync_OneHalfKeptUnderTheTagOfAnother_BothAreAskedForWhole()
    {
        Serve("1", "1");
        Tags["/text"] = "same";
        await GetAsync();
        Serve("2", "2"); // the text changed, its tag did not
        Assert.Equal("2 2 False False", await GetAsync());
        Assert.Equal(6, _server.Requests.Count);
    }

    private void Serve(string text, string signature) => (_served["/text"], _served["/signature"]) = (text, signature);

    private string TagOf(string path, string text) => Tags.GetValueOrDefault(path, text);

    /// <summary>A signature is good that begins with the text.</summary>
    private async Task<string> GetAsync(DownloadOptions? options = null)
    {
        using Downloader downloader = new(_store, options ?? s_fast);
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(60));
        return await downloader.GetAsync(
            [new DocumentAddress("the text", _server.At("text")), new DocumentAddress("the signature", _server.At("signature"))],
            100, Accept, limit.Token);

        static Task<string> Accept(IReadOnlyList<Document> documents, CancellationToken cancellationToken)
        {
            string[] texts = [.. documents.Select(d => Encoding.ASCII.GetString(d.Content.Span))];
            return texts[1].StartsWith(texts[0], StringComparison.Ordinal)
                ? Task.FromResult($"{texts[0]} {texts[1]} {documents[0].FromCache} {documents[1].FromCache}")
                : throw new StrataException("cannot use the text: its signature is of another");
        }
    }
}
