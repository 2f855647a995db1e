using System.Diagnostics;
using System.Net;
using Strata.Core;
using Strata.Store.Downloads;

namespace Strata.Store.Tests;

/// <summary>One file from servers of every kind.</summary>
public sealed class DownloaderTests : DownloadTest
{
    [Fact]
    public async Task FetchAsync_OneSource_PutsTheFileIntoTheStore()
    {
        byte[] content = ObjectStoreTests.Bytes(1_000_000, 1);
        using ScriptedServer server = new((request, answer) => answer.FileAsync(request, content));

        await FetchAsync(content, server.At("a.deb"));

        AssertStored(content);
        RecordingProgress.RecordedTask task = Assert.Single(Progress.Tasks);
        Assert.Equal(("thing 1.0", content.Length, content.Length, true), (task.Label, task.Total, task.Done, task.Ended));
    }

    [Fact]
    public async Task FetchAsync_ThereAlready_AsksNobody()
    {
        byte[] content = ObjectStoreTests.Bytes(1000, 1);
        Store.AddBytes(content);
        using ScriptedServer server = new((request, answer) => answer.FileAsync(request, content));

        await FetchAsync(content, server.At("a.deb"));

        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task FetchAsync_UserAndPasswordInTheAddress_AreSentAndTakenOff()
    {
        byte[] content = ObjectStoreTests.Bytes(1000, 1);
        using ScriptedServer server = new((request, answer) =>
            request.Headers.GetValueOrDefault("Authorization") == "Basic dXNlcjpwQHc=" // user:p@w
            ? answer.FileAsync(request, content) : answer.SendAsync(401, default));
        await FetchAsync(content, new UriBuilder(server.At("a.deb")) { UserName = "user", Password = "p%40w" }.Uri);
        AssertStored(content);
    }

    [Fact]
    public async Task FetchAsync_KnownCredentials_AreSentToTheirHostAlone()
    {
        byte[] content = ObjectStoreTests.Bytes(1000, 1);
        using ScriptedServer other = new((request, answer) => answer.FileAsync(request, content));
        using ScriptedServer server = new((request, answer) => answer.SendAsync(302, default, $"Location: {other.At("b.deb")}"));
        await FetchAsync(Fast with { Credentials = a => a.Port == server.At("").Port ? new NetworkCredential("u", "p") : null }, content,
            server.At("a.deb"));
        Assert.Equal("Basic dTpw", Assert.Single(server.Requests).Headers["Authorization"]);
        Assert.False(Assert.Single(other.Requests).Headers.ContainsKey("Authorization"));
    }

    [Fact]
    public async Task FetchAsync_LoginPageInsteadOfTheFile_IsRefusedByItsLength()
    {
        byte[] content = ObjectStoreTests.Bytes(1000, 1);
        using ScriptedServer server = new((request, answer) =>
            answer.SendAsync(200, "<html>log in</html>"u8.ToArray(), "Content-Type: text/html"));
        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => FetchAsync(content, server.At("a.deb")));
        Assert.Contains("has another file of 19 bytes, expected 1000", e.Message, StringComparison.Ordinal);
        Assert.Empty(e.Gone);
    }

    [Fact]
    public async Task FetchAsync_FileMarkedAsEncoded_CountsAsItsBytes()
    {
        byte[] content = ObjectStoreTests.Bytes(1000, 1); // servers mark a .gz file so, though it is sent as it is
        using ScriptedServer server = new((request, answer) => answer.SendAsync(200, content, "Content-Encoding: gzip"));
        await FetchAsync(content, server.At("Packages.gz"));
        AssertStored(content);
    }

    [Fact]
    public async Task FetchAsync_OtherFileWithADate_TellsTheDate()
    {
        byte[] content = ObjectStoreTests.Bytes(1000, 1);
        using ScriptedServer server = new((request, answer) =>
            answer.SendAsync(200, new byte[5], "Last-Modified: Sat, 12 Sep 2026 07:55:41 GMT"));
        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => FetchAsync(content, server.At("a.deb")));
        Assert.Equal(new DateTimeOffset(2026, 9, 12, 7, 55, 41, TimeSpan.Zero), e.LastModified);
    }

    [Fact]
    public async Task FetchAllAsync_SomeAreGone_TheOthersComeAndAllThatAreGoneAreTold()
    {
        byte[][] contents = [.. Enumerable.Range(0, 6).Select(i => ObjectStoreTests.Bytes(1000, i))];
        using ScriptedServer server = new((request, answer) => request.Path is "/1" or "/4"
            ? answer.SendAsync(404, default) : answer.FileAsync(request, contents[request.Path[1] - '0']));
        using Downloader downloader = new(Store, Fast, Progress);
        Download[] downloads = [.. contents.Select((c, i) => Thing(c, server.At($"{i}")) with { Label = $"thing {i}" })];
        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => downloader.FetchAllAsync("things", downloads, Deadline));
        Assert.Equal(["thing 1", "thing 4"], e.Gone.Select(d => d.Label));
        Assert.EndsWith("; 1 more is gone too", e.Message, StringComparison.Ordinal);
        Assert.All(downloads, d => Assert.Equal(d.Label is not ("thing 1" or "thing 4"), Store.Contains(d.Digest)));
    }

    [Fact]
    public void InOrder_HostThatWasGivenUp_ComesLastUntilItAnswers()
    {
        Uri[] sources = [new("http://a.example/x"), new("http://b.example/x"), new("http://c.example/x")];
        FaultyHosts faulty = new();
        Assert.Equal(sources, faulty.InOrder(sources));
        faulty.Remember(new Uri("http://A.example/another"));
        Assert.Equal([sources[1], sources[2], sources[0]], faulty.InOrder(sources));
        faulty.Forget(sources[0]);
        Assert.Equal(sources, faulty.InOrder(sources));
    }

    [Fact]
    public async Task FetchAsync_HostThatCouldNotBeReached_IsAskedLastAfterwards()
    {
        byte[][] contents = [ObjectStoreTests.Bytes(1000, 1), ObjectStoreTests.Bytes(1000, 2)];
        using ScriptedServer server = new((request, answer) => answer.FileAsync(request, contents[request.Path[1] - '0']));
        using Downloader downloader = new(Store, Fast with { FirstPause = TimeSpan.FromMilliseconds(200) }, Progress);
        Uri dead = new("http://127.0.0.1:9/");
        await downloader.FetchAsync(Thing(contents[0], dead, server.At("0")), Deadline);
        Stopwatch watch = Stopwatch.StartNew();
        await downloader.FetchAsync(Thing(contents[1], dead, server.At("1")), Deadline);
        // the tries of the dead one alone take three seconds
        Assert.True(watch.Elapsed < TimeSpan.FromMilliseconds(800), $"{watch.Elapsed}");
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
        DownloadOptions options = Fast with { StallTimeout = TimeSpan.FromMilliseconds(200), Tries = 2 };
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
        DownloadOptions options = Fast with { StallTimeout = TimeSpan.FromSeconds(2), Tries = 1 };
        byte[] content = ObjectStoreTests.Bytes(20, 1);
        using ScriptedServer server = new(async (_, answer) =>
        {
            await answer.HeadAsync(200, 20);
            for (int i = 0; i < content.Length; i++)
            {
                await answer.SendAsync(content.AsMemory(i, 1));
                await Task.Delay(150, answer.Ended);
            }
        });

        await FetchAsync(options, content, server.At("a.deb")); // takes three seconds in all, more than the limit for a stall

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
            () => FetchAsync(Fast with { Tries = 1 }, [1], new Uri("http://no-such-host.invalid/a.deb")));

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
    public async Task FetchAsync_OfflineAndAbsent_SaysSo()
    {
        using ScriptedServer server = new((_, answer) => answer.SendAsync(200, default));

        DownloadException e = await Assert.ThrowsAsync<DownloadException>(
            () => FetchAsync(Fast with { Offline = true }, [1], server.At("a.deb")));

        Assert.Equal("cannot fetch thing 1.0: working offline and it is not in the store", e.Message);
        Assert.Contains("without --offline", e.Hint, StringComparison.Ordinal);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task FetchAsync_OtherScheme_IsRefused() =>
        await Assert.ThrowsAsync<StrataException>(() => FetchAsync([1], new Uri("file:///etc/passwd")));

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)] // what has that digest and another size is not it
    [InlineData(-1, false)]
    public async Task FetchAsync_ObjectOfThatDigest_IsHereWithItsSizeAlone(int more, bool isHere)
    {
        byte[] content = "content"u8.ToArray();
        Sha256Digest digest = Store.AddBytes(content);
        using Downloader downloader = new(Store, Fast with { Offline = true });
        Download thing = new("thing", [new Uri("http://nobody.example/x")], content.Length + more, digest);
        Assert.Equal(isHere, await Record.ExceptionAsync(() => downloader.FetchAsync(thing, Deadline)) is null);
        Assert.Equal(isHere, await Record.ExceptionAsync(() => downloader.FetchAllAsync("things", [thing], Deadline)) is null);
    }

    [Fact]
    public async Task ReadBodyAsync_TakerThatIsSlow_IsNoStalledServer()
    {
        using HttpTransport transport = new(Fast with { StallTimeout = TimeSpan.FromSeconds(1) }, TimeProvider.System);
        using HttpResponseMessage answer = new() { Content = new StreamContent(new MemoryStream(new byte[30])) };
        int taken = 0;
        await transport.ReadBodyAsync(answer, new Uri("http://x.example/"), new byte[100], async piece =>
        {
            await Task.Delay(1500, Deadline);
            taken += piece.Length;
        }, Deadline);
        Assert.Equal(30, taken);
    }
}
