using System.Net;
using System.Text;
using Strata.Core;
using Strata.Store.Downloads;
using Strata.Testing;

namespace Strata.Store.Tests;

public sealed class DocumentTests : IDisposable
{
    private static readonly DownloadOptions s_fast = new() { FirstPause = TimeSpan.FromMilliseconds(5) };

    private readonly TemporaryFolder _folder = new();
    private readonly RecordingProgress _progress = new();
    private readonly ObjectStore _store;

    public DocumentTests() => _store = new ObjectStore(_folder["store"]);

    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task GetAsync_SecondTimeWithTag_AsksOnlyWhetherItChanged()
    {
        using ScriptedServer server = new((request, answer) => request.Headers.TryGetValue("If-None-Match", out string? tag) && tag == "W/\"7\""
            ? answer.SendAsync(304, default)
            : answer.SendAsync(200, "Suite: trixie\n"u8.ToArray(), "ETag: W/\"7\"", "Last-Modified: Sat, 15 Nov 2025 10:00:00 GMT"));

        Document first = await GetAsync(s_fast, server.At("InRelease"));
        Document second = await GetAsync(s_fast, server.At("InRelease"));

        Assert.Equal(("Suite: trixie\n", false), (Encoding.UTF8.GetString(first.Content.Span), first.FromCache));
        Assert.Equal(("Suite: trixie\n", true), (Encoding.UTF8.GetString(second.Content.Span), second.FromCache));
        Assert.Equal("Sat, 15 Nov 2025 10:00:00 GMT", server.Requests.Last().Headers["If-Modified-Since"]);
    }

    [Fact]
    public async Task GetAsync_Changed_ReturnsAndKeepsTheNewOne()
    {
        int version = 0;
        using ScriptedServer server = new((_, answer) =>
            answer.SendAsync(200, Encoding.ASCII.GetBytes($"version {++version}"), $"ETag: \"{version}\""));

        await GetAsync(s_fast, server.At("InRelease"));
        Document second = await GetAsync(s_fast, server.At("InRelease"));
        Document offline = await GetAsync(s_fast with { Offline = true }, server.At("InRelease"));

        Assert.Equal(("version 2", false), (Encoding.UTF8.GetString(second.Content.Span), second.FromCache));
        Assert.Equal(("version 2", true), (Encoding.UTF8.GetString(offline.Content.Span), offline.FromCache));
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task GetAsync_OfflineAndNeverSeen_SaysSo()
    {
        DownloadException e = await Assert.ThrowsAsync<DownloadException>(
            () => GetAsync(s_fast with { Offline = true }, new Uri("http://archive.example/InRelease")));

        Assert.Equal("cannot fetch the index: working offline and it was never fetched (http://archive.example/InRelease)", e.Message);
        Assert.NotNull(e.Hint);
    }

    [Fact]
    public async Task GetAsync_Unreachable_NamesHostWhyAndWhatToDo()
    {
        Uri nobody;
        using (ScriptedServer gone = new((_, _) => Task.CompletedTask))
        {
            nobody = gone.At("InRelease");
        }

        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => GetAsync(s_fast, nobody));

        Assert.Equal($"cannot fetch the index: {nobody.Authority}: connection refused", e.Message);
        Assert.All(["--offline", "--locked", "STRATA_MIRROR"], word => Assert.Contains(word, e.Hint, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task GetAsync_LargerThanAllowed_IsRefused(bool lengthIsTold)
    {
        using ScriptedServer server = new(async (_, answer) =>
        {
            await answer.SendAsync(lengthIsTold
                ? "HTTP/1.1 200 OK\r\nContent-Length: 101\r\nConnection: close\r\n\r\n"
                : "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
            await answer.SendAsync(new byte[101]);
        });

        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => GetAsync(s_fast, server.At("InRelease"), maxBytes: 100));

        Assert.Contains("more than the 100 bytes allowed", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GetAsync_NotFound_SaysSoInStatus()
    {
        using ScriptedServer server = new((_, answer) => answer.SendAsync(404, default));

        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => GetAsync(s_fast, server.At("InRelease")));

        Assert.Equal(HttpStatusCode.NotFound, e.Status);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task GetAsync_KeptVersionIsDamaged_IsFetchedWholeAgain()
    {
        using ScriptedServer server = new((request, answer) => request.Headers.ContainsKey("If-None-Match")
            ? answer.SendAsync(304, default)
            : answer.SendAsync(200, "text"u8.ToArray(), "ETag: \"1\""));
        await GetAsync(s_fast, server.At("InRelease"));
        string path = Directory.EnumerateFiles(Path.Combine(_store.Root, "documents")).Single();
        byte[] bytes = await File.ReadAllBytesAsync(path);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(path, bytes);

        Document again = await GetAsync(s_fast, server.At("InRelease"));

        Assert.Equal(("text", false), (Encoding.UTF8.GetString(again.Content.Span), again.FromCache));
        Assert.Single(_progress.Warnings);
    }

    [Fact]
    public async Task GetAsync_AnswerWasNotAccepted_TheGoodOneStays()
    {
        string? instead = null;
        using ScriptedServer server = TaggedServer(() => instead);
        await GetAsync(s_fast, server.At("InRelease"));
        instead = "<html>log in</html>";

        await Assert.ThrowsAsync<StrataException>(() => GetAsync(s_fast, server.At("InRelease"), refused: instead));
        Document offline = await GetAsync(s_fast with { Offline = true }, server.At("InRelease"));
        instead = null;
        Document after = await GetAsync(s_fast, server.At("InRelease"));

        Assert.Equal("the new text", Encoding.UTF8.GetString(offline.Content.Span));
        Assert.Equal(("the new text", true), (Encoding.UTF8.GetString(after.Content.Span), after.FromCache));
    }

    [Fact]
    public async Task GetAsync_FirstAnswerWasNotAccepted_NothingIsKept()
    {
        using ScriptedServer server = TaggedServer(() => "<html>log in</html>");

        await Assert.ThrowsAsync<StrataException>(() => GetAsync(s_fast, server.At("InRelease"), refused: "<html>log in</html>"));

        Assert.False(Directory.Exists(Path.Combine(_store.Root, "documents")));
    }

    [Fact]
    public async Task GetAsync_KeptOneIsNotAcceptedAnyMore_TheServerIsAskedForTheWhole()
    {
        string? instead = "the old text";
        using ScriptedServer server = TaggedServer(() => instead);
        await GetAsync(s_fast, server.At("InRelease")); // old, with the tag of the new one
        instead = null;

        Document after = await GetAsync(s_fast, server.At("InRelease"), refused: "the old text");

        Assert.Equal(("the new text", false), (Encoding.UTF8.GetString(after.Content.Span), after.FromCache));
        Assert.Equal([false, true, false], server.Requests.Select(r => r.Headers.ContainsKey("If-None-Match")));
    }

    [Fact]
    public async Task GetAsync_KeptOneAndTheWholeAreRefused_TheKeptOneStays()
    {
        using ScriptedServer server = TaggedServer(() => null);
        await GetAsync(s_fast, server.At("InRelease"));

        await Assert.ThrowsAsync<StrataException>(() => GetAsync(s_fast, server.At("InRelease"), refused: "the new text"));
        Document offline = await GetAsync(s_fast with { Offline = true }, server.At("InRelease"));

        Assert.Equal("the new text", Encoding.UTF8.GetString(offline.Content.Span));
        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public async Task GetAsync_OldTextCameWithTheTagOfTheNewOne_IsBelievedForADay()
    {
        string? instead = "the old text";
        using ScriptedServer server = TaggedServer(() => instead);
        await GetAsync(s_fast, server.At("InRelease"));
        instead = null;
        string path = Directory.EnumerateFiles(Path.Combine(_store.Root, "documents")).Single();
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddHours(-23));

        Document sameDay = await GetAsync(s_fast, server.At("InRelease"));
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddHours(-25));
        Document nextDay = await GetAsync(s_fast, server.At("InRelease"));

        Assert.Equal("the old text", Encoding.UTF8.GetString(sameDay.Content.Span));
        Assert.Equal(("the new text", false), (Encoding.UTF8.GetString(nextDay.Content.Span), nextDay.FromCache));
    }

    [Fact]
    public async Task GetAsync_NotChangedWithoutHavingBeenAsked_IsAFault()
    {
        using ScriptedServer server = new((_, answer) => answer.SendAsync(304, default));

        await Assert.ThrowsAsync<DownloadException>(() => GetAsync(s_fast, server.At("InRelease")));
    }

    [Fact]
    public async Task GetAsync_PasswordInTheAddress_IsNotShown()
    {
        using ScriptedServer server = new((_, answer) => answer.SendAsync(404, default));
        Uri address = new UriBuilder(server.At("InRelease")) { UserName = "me", Password = "secret" }.Uri;

        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => GetAsync(s_fast, address));

        Assert.DoesNotContain("secret", e.Message + e.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GetAsync_PasswordInTheAddress_IsNotWrittenDown()
    {
        using ScriptedServer server = new((_, answer) => answer.SendAsync(200, "text"u8.ToArray()));
        Uri address = new UriBuilder(server.At("InRelease")) { UserName = "me", Password = "secret" }.Uri;

        await GetAsync(s_fast, address);
        Document offline = await GetAsync(s_fast with { Offline = true }, server.At("InRelease"));

        string kept = await File.ReadAllTextAsync(Directory.EnumerateFiles(Path.Combine(_store.Root, "documents")).Single());
        Assert.DoesNotContain("secret", kept, StringComparison.Ordinal);
        Assert.Contains($"source {server.At("InRelease")}\n", kept, StringComparison.Ordinal);
        Assert.Equal("text", Encoding.UTF8.GetString(offline.Content.Span));
    }

    [Fact]
    public void Read_SeededMutations_OnlyFormatExceptionsLeave()
    {
        Uri source = new("http://archive.example/InRelease");
        byte[] valid = new DocumentFile(source, "\"1\"", "", "some content"u8.ToArray()).Write();
        Assert.Equal("some content", Encoding.UTF8.GetString(DocumentFile.Read(valid, source).Content.Span));
        int refused = 0;
        foreach (byte[] file in Mutator.Of(valid, 20_000, seed: 5))
        {
            try
            {
                DocumentFile read = DocumentFile.Read(file, source);
                Assert.Equal("some content", Encoding.UTF8.GetString(read.Content.Span)); // sealed by its digest
            }
            catch (ImageFormatException)
            {
                refused++;
            }
        }
        Assert.InRange(refused, 10_000, 19_999);
    }

    private async Task<Document> GetAsync(DownloadOptions options, Uri source, long maxBytes = 1000, string? refused = null)
    {
        using Downloader downloader = new(_store, options, _progress);
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(60));
        return await downloader.GetAsync([new DocumentAddress("the index", source)], maxBytes, Accept, limit.Token);

        Task<Document> Accept(IReadOnlyList<Document> documents, CancellationToken cancellationToken) =>
            Encoding.UTF8.GetString(documents[0].Content.Span) == refused
                ? throw new StrataException("cannot use the index: refused")
                : Task.FromResult(documents[0]);
    }

    /// <summary>A proper server of a file with a tag; before it, a network may answer with something else under the same tag.</summary>
    private static ScriptedServer TaggedServer(Func<string?> instead) => new((request, answer) => instead() is { } other
        ? answer.SendAsync(200, Encoding.UTF8.GetBytes(other), "ETag: \"8\"")
        : request.Headers.TryGetValue("If-None-Match", out string? tag) && tag == "\"8\""
            ? answer.SendAsync(304, default)
            : answer.SendAsync(200, "the new text"u8.ToArray(), "ETag: \"8\""));
}
