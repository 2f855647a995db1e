using System.Net;
using Strata.Core;
using Strata.Store.Downloads;

namespace Strata.Store.Tests;

/// <summary>Files in pieces, and many files.</summary>
public sealed class DownloadResumeTests : DownloadTest
{
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
        Assert.Equal(content.Length, Assert.Single(Progress.Tasks).Done);
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

    [Theory]
    [InlineData("bytes 39999-99999/100000")] // begins before what was asked
    [InlineData("bytes 40001-99999/100000")]
    [InlineData("bytes 40000-99999/100001")] // of a longer file
    [InlineData("bytes */100000")]
    [InlineData("lines 40000-99999/100000")]
    public async Task FetchAsync_OtherRangeThanAsked_StartsAgainAndBlamesNobody(string range)
    {
        byte[] content = ObjectStoreTests.Bytes(100_000, 1);
        int asked = 0;
        using ScriptedServer server = new(async (request, answer) =>
        {
            if (request.RangeFrom is { } from)
            {
                await answer.HeadAsync(206, content.Length - from, "ETag: \"v1\"", $"Content-Range: {range}");
                await answer.SendAsync(content.AsMemory((int)from));
                return;
            }
            await answer.FileAsync(request, content, "\"v1\"", asked++ == 0 ? 40_000 : null);
        });

        await FetchAsync(content, server.At("a.deb"));

        AssertStored(content);
        Assert.Equal([null, 40_000, null], server.Requests.Select(r => r.RangeFrom));
    }

    [Fact]
    public async Task SetOrigin_PasswordInTheAddress_IsNotWrittenDownAndTheRestIsRecognized()
    {
        Uri address = new("http://me:secret@archive.example/a.deb");
        string path = Path.Combine(Store.Root, "partial", "x");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using (PartialFile first = await PartialFile.OpenAsync(path, 10, CancellationToken.None))
        {
            first.SetOrigin(address, "\"v1\"");
            await first.AppendAsync("abc"u8.ToArray(), CancellationToken.None);
        }

        Assert.Equal("http://archive.example/a.deb\n\"v1\"\n", await File.ReadAllTextAsync(path + ".from"));
        using PartialFile second = await PartialFile.OpenAsync(path, 10, CancellationToken.None);
        Assert.True(second.Source == address); // which the file goes on from with its tag
        Assert.Equal("\"v1\"", second.EntityTag);
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

        using (Downloader first = new(Store, Fast))
        {
            Task fetch = first.FetchAsync(Thing(content, server.At("a.deb")), cancel.Token);
            await half.Task.WaitAsync(Deadline);
            while (PartialLength(content) < 200_000)
            {
                await Task.Delay(5, Deadline);
            }
            await cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fetch).WaitAsync(TimeSpan.FromSeconds(5));
        }
        Assert.False(Store.Contains(Sha256Digest.Of(content)));
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
        string partial = Path.Combine(Store.Root, "partial", Sha256Digest.Of(content).ToString());
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
        using Downloader one = new(Store, Fast, Progress);
        using Downloader two = new(Store, Fast, Progress);

        await Task.WhenAll(
            one.FetchAsync(Thing(content, server.At("a.deb")), Deadline),
            two.FetchAsync(Thing(content, server.At("a.deb")), Deadline));

        AssertStored(content);
        Assert.Single(server.Requests);
        Assert.Contains("thing 1.0 is being fetched already; waiting for it", Progress.Notes);
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
        Store.AddBytes(contents[3]);
        using Downloader downloader = new(Store, Fast with { ConnectionsPerHost = 3 }, Progress);

        await downloader.FetchAllAsync(
            "packages", [.. contents.Select((c, i) => Thing(c, server.At($"{i}"))), Thing(contents[0], server.At("0"))], Deadline);

        Assert.All(contents, AssertStored);
        Assert.Equal(19, server.Requests.Count);
        Assert.InRange(server.MostOpen, 2, 6); // closing connections may still be counted when the next ones open
        RecordingProgress.RecordedTask task = Assert.Single(Progress.Tasks);
        Assert.Equal(("packages", task.Done), (task.Label, task.Total));
        Assert.Equal(contents.Sum(c => (long)c.Length) - contents[3].Length, task.Done);
    }

    [Fact]
    public async Task FetchAllAsync_WaitingForATurn_IsNoStall()
    {
        byte[][] contents = [.. Enumerable.Range(0, 4).Select(i => ObjectStoreTests.Bytes(10, i))];
        using ScriptedServer server = new(async (request, answer) =>
        {
            byte[] content = contents[request.Path[1] - '0'];
            await answer.HeadAsync(200, content.Length);
            for (int i = 0; i < content.Length; i++)
            {
                await answer.SendAsync(content.AsMemory(i, 1));
                await Task.Delay(110, answer.Ended);
            }
        });
        DownloadOptions oneByOne = Fast with
        {
            ConnectionsPerHost = 1,
            Tries = 1,
            StallTimeout = TimeSpan.FromMilliseconds(1500),
            ConnectTimeout = TimeSpan.FromMilliseconds(500),
        };
        using Downloader downloader = new(Store, oneByOne);

        await downloader.FetchAllAsync("packages", [.. contents.Select((c, i) => Thing(c, server.At($"{i}")))], Deadline);

        Assert.All(contents, AssertStored); // the last one waited for more than three seconds, more than any limit
    }

    [Fact]
    public async Task FetchAllAsync_OneFails_EndsWithItsFault()
    {
        using ScriptedServer server = new(async (request, answer) =>
        {
            if (request.Path == "/3")
            {
                await answer.SendAsync(403, default); // gone would be another matter: what else is gone is told together
                return;
            }
            await answer.HeadAsync(200, 1);
            await Task.Delay(Timeout.Infinite, answer.Ended);
        });
        using Downloader downloader = new(Store, Fast);

        DownloadException e = await Assert.ThrowsAsync<DownloadException>(() => downloader.FetchAllAsync(
            "packages", [.. Enumerable.Range(0, 6).Select(i => Thing([(byte)i], server.At($"{i}")))], Deadline));

        Assert.Equal(HttpStatusCode.Forbidden, e.Status);
    }

    private long PartialLength(byte[] content)
    {
        FileInfo file = new(Path.Combine(Store.Root, "partial", Sha256Digest.Of(content).ToString()));
        return file.Exists ? file.Length : 0;
    }
}
