using System.Diagnostics;
using System.Net;
using Strata.Core;
using Strata.Store.Downloads;
using Strata.Testing;

namespace Strata.Store.Tests;

public sealed class DownloaderTests : IDisposable
{
    private static readonly DownloadOptions s_fast = new()
    {
        FirstPause = TimeSpan.FromMilliseconds(5),
        StallTimeout = TimeSpan.FromSeconds(10),
    };

    private readonly TemporaryFolder _folder = new();
    private readonly ObjectStore _store;
    private readonly RecordingProgress _progress = new();
    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromSeconds(60));

    public DownloaderTests() => _store = new ObjectStore(_folder["store"]);

    public void Dispose()
    {
        _deadline.Dispose();
        _store.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task FetchAsync_OneSource_PutsTheFileIntoTheStore()
    {
        byte[] content = ObjectStoreTests.Bytes(1_000_000, 1);
        using ScriptedServer server = new((request, answer) => answer.FileAsync(request, content));

        await FetchAsync(content, server.At("a.deb"));

        AssertStored(content);
        RecordingProgress.RecordedTask task = Assert.Single(_progress.Tasks);
        Assert.Equal(("thing 1.0", content.Length, content.Length, true), (task.Label, task.Total, task.Done, task.Ended));
    }

    [Fact]
    public async Task FetchAsync_ThereAlready_AsksNobody()
    {
        byte[] content = ObjectStoreTests.Bytes(1000, 1);
        _store.AddBytes(content);
        using ScriptedServer server = new((request, answer) => answer.FileAsync(request, content));

        await FetchAsync(content, server.At("a.deb"));

        Assert.Empty(server.Requests);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task FetchAsync_ConnectionCutAtSeededPlaces_ContinuesWhereItEnded(int seed)
    {
        byte[] content = ObjectStoreTests.Bytes(500_000, seed);
        Random random = new(seed);
        long sent = 0;
        using ScriptedServer server = new((request, answer) =>
        {
            int cut = random.Next(1, 120_000);
            sent += cut;
            return answer.FileAsync(request, content, "\"v1\"", cut);
        });

        await FetchAsync(content, server.At("a.deb"));

        AssertStored(content);
        Assert.True(server.Requests.Count > 3, "the cuts did not bite");
        Assert.True(sent < content.Length + 120_000, $"{sent} bytes were sent for {content.Length}"); // nothing came twice
        Assert.All(server.Requests.Skip(1), r => Assert.Equal("\"v1\"", r.Headers["If-Range"]));
        Assert.Equal(content.Length, Assert.Single(_progress.Tasks).Done);
    }

    [Fact]
    public async Task FetchAsync_FileChangesOnTheServer_StartsAgain()
    {
        byte[] old = ObjectStoreTests.Bytes(100_000, 1);
        byte[] content = ObjectStoreTests.Bytes(100_000, 2);
        int count = 0;
        using ScriptedServer server = new((request, answer) =>
            count++ == 0 ? answer.FileAsync(request, old, "\"v1\"", 40_000) : answer.FileAsync(request, content, "\"v2\""));

        await FetchAsync(content, server.At("a.deb"));

        AssertStored(content);
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task FetchAsync_FileChangesOnAServerWithoutTags_StartsAgainOnce()
    {
        byte[] old = ObjectStoreTests.Bytes(100_000, 1);
        byte[] content = ObjectStoreTests.Bytes(100_000, 2);
        int count = 0;
        using ScriptedServer server = new((request, answer) =>
            count++ == 0 ? answer.FileAsync(request, old, null, 40_000) : answer.FileAsync(request, content));

        await FetchAsync(content, server.At("a.deb"));

        AssertStored(content);
        Assert.Equal([null, 40_000, null], server.Requests.Select(r => r.RangeFrom));
    }

    [Fact]
    public async Task FetchAsync_AlwaysCutAndAlwaysWrong_Ends()
    {
        byte[] content = ObjectStoreTests.Bytes(100_000, 1);
        byte[] wrong = ObjectStoreTests.Bytes(100_000, 2);
        using ScriptedServer server = new((request, answer) => answer.FileAsync(request, wrong, null, 40_000));

        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => FetchAsync(content, server.At("a.deb")));

        Assert.Contains("SHA-256", e.Message, StringComparison.Ordinal);
        Assert.Equal(6, server.Requests.Count); // three pieces, twice
        AssertNothingLeft();
    }

    [Fact]
    public async Task FetchAsync_WrongContent_TriesTheNextSource()
    {
        byte[] content = ObjectStoreTests.Bytes(100_000, 1);
        using ScriptedServer bad = new((request, answer) => answer.FileAsync(request, ObjectStoreTests.Bytes(100_000, 2)));
        using ScriptedServer good = new((request, answer) => answer.FileAsync(request, content));

        await FetchAsync(content, bad.At("a.deb"), good.At("a.deb"));

        AssertStored(content);
        Assert.Single(bad.Requests);
        Assert.Null(Assert.Single(good.Requests).RangeFrom); // nothing of the wrong file is built upon
    }

    [Fact]
    public async Task FetchAsync_WrongContentEverywhere_NamesFileExpectedGotAndSources()
    {
        byte[] content = ObjectStoreTests.Bytes(1000, 1);
        byte[] wrong = ObjectStoreTests.Bytes(1000, 2);
        using ScriptedServer bad = new((request, answer) => answer.FileAsync(request, wrong));

        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => FetchAsync(content, bad.At("a.deb"), bad.At("b.deb")));

        Assert.StartsWith("cannot fetch thing 1.0: ", e.Message, StringComparison.Ordinal);
        Assert.Contains($"SHA-256 is {Sha256Digest.Of(wrong)}, expected {Sha256Digest.Of(content)}", e.Message, StringComparison.Ordinal);
        Assert.Contains(bad.At("a.deb").ToString(), e.Message, StringComparison.Ordinal);
        Assert.Contains(bad.At("b.deb").ToString(), e.Message, StringComparison.Ordinal);
        Assert.Contains("STRATA_MIRROR", e.Hint, StringComparison.Ordinal);
        AssertNothingLeft();
    }

    [Fact]
    public async Task FetchAsync_OtherLengthOffered_IsRefusedBeforeTheBody()
    {
        byte[] content = ObjectStoreTests.Bytes(1000, 1);
        using ScriptedServer server = new((_, answer) => answer.HeadAsync(200, 50_000_000_000)); // and no byte follows

        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => FetchAsync(content, server.At("a.deb")));

        Assert.Contains("has another file of 50000000000 bytes, expected 1000", e.Message, StringComparison.Ordinal);
        Assert.Single(server.Requests);
        AssertNothingLeft();
    }

    [Fact]
    public async Task FetchAsync_EndlessBodyWithoutLength_IsCutAtTheExpectedSize()
    {
        byte[] content = ObjectStoreTests.Bytes(1000, 1);
        long sent = 0;
        using ScriptedServer server = new(async (_, answer) =>
        {
            await answer.SendAsync("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
            while (sent < 1_000_000_000)
            {
                await answer.SendAsync(new byte[10_000]);
                sent += 10_000;
            }
        });

        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => FetchAsync(content, server.At("a.deb")));

        Assert.Contains("sends more than the expected 1000 bytes", e.Message, StringComparison.Ordinal);
        Assert.True(sent < 100_000_000);
        AssertNothingLeft();
    }

    [Fact]
    public async Task FetchAsync_LengthPromisedButNotSent_IsRetriedAndGivenUp()
    {
        byte[] content = ObjectStoreTests.Bytes(1000, 1);
        using ScriptedServer server = new((_, answer) => answer.HeadAsync(200, 1000));

        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => FetchAsync(content, server.At("a.deb")));

        Assert.Contains("ended too early", e.Message, StringComparison.Ordinal);
        Assert.Equal(5, server.Requests.Count);
        AssertNothingLeft();
    }

    [Theory]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    public async Task FetchAsync_PassingFaults_AreRetried(int status)
    {
        byte[] content = ObjectStoreTests.Bytes(1000, 1);
        int count = 0;
        using ScriptedServer server = new((request, answer) =>
            count++ < 4 ? answer.SendAsync(status, "no"u8.ToArray()) : answer.FileAsync(request, content));

        await FetchAsync(content, server.At("a.deb"));

        AssertStored(content);
        Assert.Equal(5, server.Requests.Count);
    }

    [Fact]
    public async Task FetchAsync_PassingFaultThatStays_GivesUpAfterFiveTries()
    {
        using ScriptedServer server = new((_, answer) => answer.SendAsync(503, default));

        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => FetchAsync([1], server.At("a.deb")));

        Assert.Equal(5, server.Requests.Count);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, e.Status);
        Assert.Contains("answered 503", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(410)]
    [InlineData(501)]
    public async Task FetchAsync_LastingFault_GoesToTheNextSourceAtOnce(int status)
    {
        byte[] content = ObjectStoreTests.Bytes(1000, 1);
        using ScriptedServer bad = new((_, answer) => answer.SendAsync(status, default));
        using ScriptedServer good = new((request, answer) => answer.FileAsync(request, content));

        await FetchAsync(content, bad.At("a.deb"), good.At("a.deb"));

        AssertStored(content);
        Assert.Single(bad.Requests);
    }

    [Fact]
    public async Task FetchAsync_NotFoundAnywhere_SaysSoInStatus()
    {
        using ScriptedServer server = new((_, answer) => answer.SendAsync(404, default));

        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => FetchAsync([1], server.At("a.deb")));

        Assert.Equal(HttpStatusCode.NotFound, e.Status);
        AssertNothingLeft();
    }

    [Fact]
    public async Task FetchAsync_RetryAfter_IsHonoured()
    {
        byte[] content = ObjectStoreTests.Bytes(1000, 1);
        int count = 0;
        using ScriptedServer server = new((request, answer) =>
            count++ == 0 ? answer.SendAsync(503, default, "Retry-After: 1") : answer.FileAsync(request, content));

        Stopwatch watch = Stopwatch.StartNew();
        await FetchAsync(content, server.At("a.deb"));

        Assert.True(watch.Elapsed > TimeSpan.FromMilliseconds(950), $"waited only {watch.Elapsed}");
    }

    [Fact]
    public async Task FetchAsync_RetryAfterTooLong_IsNotWaitedFor()
    {
        using ScriptedServer server = new((_, answer) => answer.SendAsync(429, default, "Retry-After: 86400"));

        await Assert.ThrowsAsync<DownloadException>(() => FetchAsync([1], server.At("a.deb")));

        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task FetchAsync_RedirectLoop_Ends()
    {
        using ScriptedServer server = new((_, answer) => answer.SendAsync(302, default, "Location: /again"));

        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => FetchAsync([1], server.At("a.deb")));

        Assert.Contains("redirected too often", e.Message, StringComparison.Ordinal);
        Assert.Equal(6, server.Requests.Count);
    }

    [Fact]
    public async Task FetchAsync_OneRedirect_IsFollowedWithTheRange()
    {
        byte[] content = ObjectStoreTests.Bytes(10_000, 1);
        int count = 0;
        using ScriptedServer server = new((request, answer) => request.Path == "/a.deb"
            ? answer.SendAsync(301, default, "Location: /b.deb")
            : answer.FileAsync(request, content, null, count++ == 0 ? 4000 : null));

        await FetchAsync(content, server.At("a.deb"));

        AssertStored(content);
        Assert.Equal([null, null, 4000, 4000], server.Requests.Select(r => r.RangeFrom));
    }

    [Fact]
    public async Task FetchAsync_SilentServer_IsGivenUp()
    {
        DownloadOptions options = s_fast with { StallTimeout = TimeSpan.FromMilliseconds(200), Tries = 2 };
        using ScriptedServer server = new(async (_, answer) =>
        {
            await answer.HeadAsync(200, 1000);
            await answer.SendAsync(new byte[10]);
            await Task.Delay(Timeout.Infinite, answer.Ended);
        });

        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => FetchAsync(options, new byte[1000], server.At("a.deb")));

        Assert.Contains("sent nothing for 0.2 s", e.Message, StringComparison.Ordinal);
        Assert.Contains("--offline", e.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FetchAsync_SlowButSteadyServer_IsWaitedFor()
    {
        DownloadOptions options = s_fast with { StallTimeout = TimeSpan.FromMilliseconds(400), Tries = 1 };
        byte[] content = ObjectStoreTests.Bytes(20, 1);
        using ScriptedServer server = new(async (_, answer) =>
        {
            await answer.HeadAsync(200, 20);
            for (int i = 0; i < content.Length; i++)
            {
                await answer.SendAsync(content.AsMemory(i, 1));
                await Task.Delay(50, answer.Ended);
            }
        });

        await FetchAsync(options, content, server.At("a.deb")); // takes a second in all, more than the limit for a stall

        AssertStored(content);
    }

    [Fact]
    public async Task FetchAsync_NobodyListens_NamesHostAndWhy()
    {
        Uri nobody;
        using (ScriptedServer gone = new((_, _) => Task.CompletedTask))
        {
            nobody = gone.At("a.deb");
        }

        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => FetchAsync([1], nobody));

        Assert.Equal($"cannot fetch thing 1.0: {nobody.Authority}: connection refused", e.Message);
        Assert.Contains("STRATA_MIRROR", e.Hint, StringComparison.Ordinal);
        Assert.Contains("--locked", e.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FetchAsync_NameNotKnown_SaysDns()
    {
        // RFC 6761 §6.4: names below .invalid never exist
        DownloadException e = await Assert.ThrowsAsync<DownloadException>(
            () => FetchAsync(s_fast with { Tries = 1 }, [1], new Uri("http://no-such-host.invalid/a.deb")));

        Assert.Contains("no-such-host.invalid", e.Message, StringComparison.Ordinal);
        Assert.Contains("(DNS)", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FetchAsync_NoTlsThere_SaysSoAtOnce()
    {
        using ScriptedServer server = new((_, answer) => answer.SendAsync("this is no TLS\r\n\r\n"), speaksFirst: true);
        Uri secure = new UriBuilder(server.At("a.deb")) { Scheme = "https" }.Uri;

        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => FetchAsync([1], secure));

        Assert.Contains("TLS", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FetchAsync_NotHttp_IsGivenUp()
    {
        using ScriptedServer server = new((_, answer) => answer.SendAsync("SSH-2.0-OpenSSH_9\r\n\r\n"), speaksFirst: true);

        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => FetchAsync([1], server.At("a.deb")));

        Assert.Contains(server.Address.Authority, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FetchAsync_CancelledHalfWay_EndsPromptlyAndContinuesNextTime()
    {
        byte[] content = ObjectStoreTests.Bytes(400_000, 1);
        TaskCompletionSource half = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int count = 0;
        using ScriptedServer server = new(async (request, answer) =>
        {
            if (count++ > 0)
            {
                await answer.FileAsync(request, content, "\"v1\"");
                return;
            }
            await answer.HeadAsync(200, content.Length, "ETag: \"v1\"");
            await answer.SendAsync(content.AsMemory(0, 200_000));
            half.SetResult();
            await Task.Delay(Timeout.Infinite, answer.Ended);
        });
        using CancellationTokenSource cancel = new();

        using (Downloader first = new(_store, s_fast))
        {
            Task fetch = first.FetchAsync(Thing(content, server.At("a.deb")), cancel.Token);
            await half.Task.WaitAsync(_deadline.Token);
            while (PartialLength(content) < 200_000)
            {
                await Task.Delay(5, _deadline.Token);
            }
            await cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fetch).WaitAsync(TimeSpan.FromSeconds(5));
        }
        Assert.False(_store.Contains(Sha256Digest.Of(content)));
        await FetchAsync(content, server.At("a.deb"));

        AssertStored(content);
        Assert.Equal([null, 200_000], server.Requests.Select(r => r.RangeFrom));
        Assert.Equal("\"v1\"", server.Requests.Last().Headers["If-Range"]);
    }

    [Fact]
    public async Task FetchAsync_PartialFromAnotherSource_IsContinuedThere()
    {
        byte[] content = ObjectStoreTests.Bytes(100_000, 1);
        int count = 0;
        using ScriptedServer first = new((request, answer) =>
            count++ == 0 ? answer.FileAsync(request, content, "\"v1\"", 60_000) : answer.SendAsync(404, default));
        using ScriptedServer second = new((request, answer) => answer.FileAsync(request, content, "\"other\""));

        await FetchAsync(content, first.At("a.deb"), second.At("a.deb"));

        AssertStored(content);
        ScriptedRequest request = Assert.Single(second.Requests);
        Assert.Equal(60_000, request.RangeFrom);
        Assert.False(request.Headers.ContainsKey("If-Range")); // the tag means nothing to another server
    }

    [Theory]
    [InlineData(0, 100_000)] // damaged bytes
    [InlineData(0, 150_000)] // longer than the whole
    public async Task FetchAsync_UselessPartialFile_IsReplaced(byte value, int length)
    {
        byte[] content = ObjectStoreTests.Bytes(100_000, 1);
        string partial = Path.Combine(_store.Root, "partial", Sha256Digest.Of(content).ToString());
        Directory.CreateDirectory(Path.GetDirectoryName(partial)!);
        byte[] useless = new byte[length];
        Array.Fill(useless, value);
        await File.WriteAllBytesAsync(partial, useless);
        using ScriptedServer server = new((request, answer) => answer.FileAsync(request, content));

        await FetchAsync(content, server.At("a.deb"));

        AssertStored(content);
        Assert.Null(Assert.Single(server.Requests).RangeFrom);
    }

    [Fact]
    public async Task FetchAsync_SameFileTwiceAtOnce_ComesOnce()
    {
        byte[] content = ObjectStoreTests.Bytes(100_000, 1);
        using ScriptedServer server = new(async (request, answer) =>
        {
            await Task.Delay(200, answer.Ended);
            await answer.FileAsync(request, content);
        });
        using Downloader one = new(_store, s_fast, _progress);
        using Downloader two = new(_store, s_fast, _progress);

        await Task.WhenAll(
            one.FetchAsync(Thing(content, server.At("a.deb")), _deadline.Token),
            two.FetchAsync(Thing(content, server.At("a.deb")), _deadline.Token));

        AssertStored(content);
        Assert.Single(server.Requests);
        Assert.Contains("thing 1.0 is being fetched already; waiting for it", _progress.Notes);
    }

    [Fact]
    public async Task FetchAllAsync_ManyFiles_AreOneTaskAndKeepTheConnectionLimit()
    {
        byte[][] contents = [.. Enumerable.Range(0, 20).Select(i => ObjectStoreTests.Bytes(10_000 + i, i))];
        using ScriptedServer server = new(async (request, answer) =>
        {
            await Task.Delay(30, answer.Ended);
            await answer.FileAsync(request, contents[int.Parse(request.Path[1..], System.Globalization.CultureInfo.InvariantCulture)]);
        });
        _store.AddBytes(contents[3]);
        using Downloader downloader = new(_store, s_fast with { ConnectionsPerHost = 3 }, _progress);

        await downloader.FetchAllAsync(
            "packages", [.. contents.Select((c, i) => Thing(c, server.At($"{i}"))), Thing(contents[0], server.At("0"))], _deadline.Token);

        Assert.All(contents, AssertStored);
        Assert.Equal(19, server.Requests.Count);
        Assert.InRange(server.MostOpen, 2, 4); // a closing connection may still be counted when the next one opens
        RecordingProgress.RecordedTask task = Assert.Single(_progress.Tasks);
        Assert.Equal(("packages", task.Done), (task.Label, task.Total));
        Assert.Equal(contents.Sum(c => (long)c.Length) - contents[3].Length, task.Done);
    }

    [Fact]
    public async Task FetchAsync_OfflineAndAbsent_SaysSo()
    {
        using ScriptedServer server = new((_, answer) => answer.SendAsync(200, default));

        DownloadException e = await Assert.ThrowsAsync<DownloadException>(
            () => FetchAsync(s_fast with { Offline = true }, [1], server.At("a.deb")));

        Assert.Equal("cannot fetch thing 1.0: working offline and it is not in the store", e.Message);
        Assert.Contains("without --offline", e.Hint, StringComparison.Ordinal);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task FetchAsync_OtherScheme_IsRefused() =>
        await Assert.ThrowsAsync<StrataException>(() => FetchAsync([1], new Uri("file:///etc/passwd")));

    private static Download Thing(byte[] content, params Uri[] sources) => new("thing 1.0", sources, content.Length, Sha256Digest.Of(content));

    private Task FetchAsync(byte[] content, params Uri[] sources) => FetchAsync(s_fast, content, sources);

    private async Task FetchAsync(DownloadOptions options, byte[] content, params Uri[] sources)
    {
        using Downloader downloader = new(_store, options, _progress);
        await downloader.FetchAsync(Thing(content, sources), _deadline.Token);
    }

    private long PartialLength(byte[] content)
    {
        FileInfo file = new(Path.Combine(_store.Root, "partial", Sha256Digest.Of(content).ToString()));
        return file.Exists ? file.Length : 0;
    }

    private void AssertStored(byte[] content)
    {
        Assert.True(_store.TryGetPath(Sha256Digest.Of(content), out string? path));
        Assert.Equal(content, File.ReadAllBytes(path));
        AssertNothingLeft();
    }

    private void AssertNothingLeft() => Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(_store.Root, "partial")));
}
