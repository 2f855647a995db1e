using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Strata.Core;
using Strata.Store.Actions;
using Strata.Store.Downloads;
using Strata.Store.Remotes;
using Strata.Testing;

namespace Strata.Store.Tests;

public sealed class HttpCacheTests : IDisposable
{
    private static readonly ActionKey s_key = new ActionKeyBuilder("pack", 1).Build();
    private static readonly Dictionary<string, IReadOnlyList<string>> s_steps = new() { ["pack"] = ["a/image", "root"] };
    private static readonly DownloadOptions s_options = new() { StallTimeout = TimeSpan.FromSeconds(10) };

    private readonly TemporaryFolder _folder = new();
    private readonly RecordingProgress _progress = new();
    private readonly ConcurrentDictionary<string, byte[]> _kept = [];
    private readonly ObjectStore _mine;
    private readonly ObjectStore _yours;

    public HttpCacheTests()
    {
        _mine = new ObjectStore(_folder["mine"]);
        _yours = new ObjectStore(_folder["yours"]);
    }

    public void Dispose()
    {
        _mine.Dispose();
        _yours.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task GetOrAddAsync_TwoMachines_WorkOnce()
    {
        using ScriptedServer server = new(Keep);
        using HttpCache mine = Cache(server, writable: true);
        using HttpCache yours = Cache(server, writable: false);
        await new ActionCache(_mine, _progress, mine).GetOrAddAsync(s_key, _ => Task.FromResult(Result()));
        await mine.WhenSentAsync();

        ActionResult got = await new ActionCache(_yours, _progress, yours).GetOrAddAsync(s_key, _ => throw new InvalidOperationException("worked again"));

        Assert.Equal(Result().Outputs, got.Outputs);
        Assert.Equal(Result().Notes, got.Notes);
        Assert.All(got.Outputs, o => Assert.True(_yours.Contains(o.Digest)));
        Assert.NotNull(new ActionCache(_yours).TryGet(s_key)); // and it is remembered here
        Assert.Empty(_progress.Warnings);
    }

    [Fact]
    public async Task Offer_Requests_ContentsBeforeResultAndNothingTwice()
    {
        using ScriptedServer server = new(Keep);
        using HttpCache cache = Cache(server, writable: true);
        Sha256Digest image = _mine.AddBytes("hello"u8);

        await OfferAsync(cache);
        await OfferAsync(cache);

        Assert.Equal(
            [$"HEAD /c/cas/{image}", $"PUT /c/cas/{image}", $"PUT /c/ac/{s_key.Digest}", $"HEAD /c/cas/{image}", $"PUT /c/ac/{s_key.Digest}"],
            server.Requests.Select(r => $"{r.Method} {r.Path}"));
    }

    [Fact]
    public async Task Offer_ReadOnly_AsksNothing()
    {
        using ScriptedServer server = new(Keep);
        using HttpCache cache = Cache(server, writable: false);

        await OfferAsync(cache);

        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task Offer_ServerForbids_WarnsOnceAndStopsOffering()
    {
        using ScriptedServer server = new((request, answer) => answer.SendAsync(request.Method == "PUT" ? 403 : 404, default));
        using HttpCache cache = Cache(server, writable: true);

        await OfferAsync(cache);
        int asked = server.Requests.Count;
        await OfferAsync(cache);

        Assert.Equal(asked, server.Requests.Count);
        string warning = Assert.Single(_progress.Warnings);
        Assert.Contains("answered 403", warning, StringComparison.Ordinal);
        Assert.EndsWith("; from now on it is only asked", warning, StringComparison.Ordinal);
        Assert.Null(await cache.TryFetchAsync(s_key, _yours, default)); // asking goes on
        Assert.Equal(asked + 1, server.Requests.Count);
    }

    [Theory]
    [InlineData("other bytes", 11)] // wrong length is told
    [InlineData("jello", 5)]
    [InlineData("hell", 4)]
    public async Task TryFetchAsync_ServerSendsAnotherContent_IsAMissWithOneWarning(string content, int length)
    {
        using ScriptedServer server = new(Keep);
        using HttpCache cache = Cache(server, writable: true);
        await OfferAsync(cache);
        Assert.Equal(length, content.Length);
        _kept[$"/c/cas/{Sha256Digest.Of("hello"u8)}"] = Encoding.ASCII.GetBytes(content);

        Assert.Null(await cache.TryFetchAsync(s_key, _yours, default));
        Assert.Null(await cache.TryFetchAsync(s_key, _yours, default));

        Assert.Contains(Sha256Digest.Of("hello"u8).ToString(), Assert.Single(_progress.Warnings), StringComparison.Ordinal);
        Assert.False(_yours.Contains(Sha256Digest.Of("hello"u8)));
    }

    [Fact]
    public async Task TryFetchAsync_ContentWasDropped_IsAQuietMiss()
    {
        using ScriptedServer server = new(Keep);
        using HttpCache cache = Cache(server, writable: true);
        await OfferAsync(cache);
        _kept.TryRemove($"/c/cas/{Sha256Digest.Of("hello"u8)}", out _);

        Assert.Null(await cache.TryFetchAsync(s_key, _yours, default));
        Assert.Empty(_progress.Warnings);
    }

    [Fact]
    public async Task TryFetchAsync_ServerFailsAgainAndAgain_IsNotAskedForEver()
    {
        using ScriptedServer server = new((_, answer) => answer.SendAsync(500, default));
        using HttpCache cache = Cache(server, writable: true);

        for (int i = 0; i < 10; i++)
        {
            Assert.Null(await cache.TryFetchAsync(s_key, _yours, default));
        }

        Assert.Equal(5, server.Requests.Count);
        Assert.Single(_progress.Warnings);
    }

    [Fact]
    public async Task GetOrAddAsync_NobodyListens_WorksHere()
    {
        Uri nobody;
        using (ScriptedServer gone = new((_, _) => Task.CompletedTask))
        {
            nobody = gone.Address;
        }
        using HttpCache cache = new(nobody, writable: true, s_steps, _progress, s_options);

        ActionResult made = await new ActionCache(_mine, _progress, cache).GetOrAddAsync(s_key, _ => Task.FromResult(Result()));

        Assert.Equal(2, made.Outputs.Count);
        Assert.Contains("connection refused; the build goes on without it", Assert.Single(_progress.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task TryFetchAsync_UserInTheAddress_IsSentAndNotShown()
    {
        using ScriptedServer server = new((_, answer) => answer.SendAsync(401, default));
        using HttpCache cache = new(
            new UriBuilder(server.At("c")) { UserName = "me", Password = "s%40cret" }.Uri, writable: true, s_steps, _progress, s_options);

        await cache.TryFetchAsync(s_key, _yours, default);

        // RFC 7617 §2: base64 of "me:s@cret"
        Assert.Equal("Basic bWU6c0BjcmV0", Assert.Single(server.Requests).Headers["Authorization"]);
        Assert.DoesNotContain("cret", Assert.Single(_progress.Warnings), StringComparison.Ordinal);
    }

    // What a server may say under the name of a result, each a whole message; the step is done here, and told why.
    [Theory]
    [InlineData("another step's", "is not the result of action")]
    [InlineData("without the output", "has no 'a/image'")]
    [InlineData("without the note", "has no 'root'")]
    [InlineData("other digest", "sent something else for")]
    [InlineData("other size", "sent something else for")]
    [InlineData("size of a disk", "is larger than")]
    [InlineData("climbing name", "valid path, has '../../../../a/image'")]
    [InlineData("no message", "ActionResult at byte")]
    public async Task GetOrAddAsync_ServerSendsAnotherResult_IsRefusedAndTheStepIsDoneHere(string what, string told)
    {
        using ScriptedServer server = new(Keep);
        using HttpCache cache = Cache(server, writable: true);
        await OfferAsync(cache);
        Sha256Digest hello = Sha256Digest.Of("hello"u8);
        Sha256Digest jello = Sha256Digest.Of("jello"u8);
        ActionOutput image = new("a/image", hello, 5);
        KeyValuePair<string, string> root = new("root", "1");
        _kept[$"/c/cas/{jello}"] = "wrong"u8.ToArray();
        _kept[$"/c/ac/{s_key.Digest}"] = what switch
        {
            "another step's" => ActionResultMessage.Write(new ActionKeyBuilder("pack", 2).Build().Digest, Result()),
            "without the output" => ActionResultMessage.Write(s_key.Digest, new ActionResult([image with { Name = "b" }], [root])),
            "without the note" => ActionResultMessage.Write(s_key.Digest, new ActionResult([image])),
            "other digest" => ActionResultMessage.Write(s_key.Digest, new ActionResult([image with { Digest = jello }], [root])),
            "other size" => ActionResultMessage.Write(s_key.Digest, new ActionResult([image with { Size = 6 }], [root])),
            "size of a disk" => ActionResultMessage.Write(s_key.Digest, new ActionResult([image with { Size = long.MaxValue }], [root])),
            "climbing name" =>
                Climbing(ActionResultMessage.Write(s_key.Digest, new ActionResult([image with { Name = "dd/dd/dd/dd/a/image" }], [root]))),
            _ => "<html>log in</html>"u8.ToArray(),
        };

        ActionResult made = await new ActionCache(_yours, _progress, cache).GetOrAddAsync(s_key, _ => Task.FromResult(Result(_yours)));
        await cache.WhenSentAsync();

        Assert.Equal(Result().Outputs, made.Outputs);
        Assert.Contains(told, Assert.Single(_progress.Warnings), StringComparison.Ordinal);
        Assert.False(_yours.Contains(jello));
        // and the cache has the right one again
        Assert.Equal(ActionResultMessage.Write(s_key.Digest, Result()), _kept[$"/c/ac/{s_key.Digest}"]);

        static byte[] Climbing(byte[] message) =>
            Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(message).Replace("dd/dd/dd/dd", "../../../..", StringComparison.Ordinal));
    }

    [Fact]
    public async Task GetOrAddAsync_ServerHasWrongBytes_TheRightOnesTakeTheirPlace()
    {
        using ScriptedServer server = new(Keep);
        using HttpCache cache = Cache(server, writable: true);
        await OfferAsync(cache);
        string path = $"/c/cas/{Sha256Digest.Of("hello"u8)}";
        _kept[path] = "jello"u8.ToArray();

        await new ActionCache(_yours, _progress, cache).GetOrAddAsync(s_key, _ => Task.FromResult(Result(_yours)));
        await cache.WhenSentAsync();

        Assert.Equal("hello"u8, _kept[path]);
    }

    [Fact]
    public async Task TryFetchAsync_ObjectHereIsCutShort_IsBroughtAnew()
    {
        using ScriptedServer server = new(Keep);
        using HttpCache cache = Cache(server, writable: true);
        await OfferAsync(cache);
        Assert.True(_yours.TryGetPath(_yours.AddBytes("hello"u8), out string? path));
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.WriteAllText(path, "hell");

        Assert.NotNull(await cache.TryFetchAsync(s_key, _yours, CancellationToken.None));

        Assert.Equal("hello", File.ReadAllText(path));
        Assert.Empty(_progress.Warnings);
    }

    [Fact]
    public async Task GetOrAddAsync_StepThatIsNotShared_AsksAndOffersNothing()
    {
        using ScriptedServer server = new(Keep);
        using HttpCache cache = Cache(server, writable: true);

        await new ActionCache(_mine, _progress, cache)
            .GetOrAddAsync(new ActionKeyBuilder("signature", 1).Build(), _ => Task.FromResult(Result()));
        await cache.WhenSentAsync();

        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task GetOrAddAsync_ServerTakesItsTime_TheBuildGoesOnAndTheEndWaits()
    {
        TaskCompletionSource asked = new();
        TaskCompletionSource goOn = new();
        using ScriptedServer server = new(async (request, answer) =>
        {
            if (request.Method == "PUT")
            {
                asked.TrySetResult();
                await goOn.Task;
            }
            await Keep(request, answer);
        });
        HttpCache cache = Cache(server, writable: true);

        await new ActionCache(_mine, _progress, cache).GetOrAddAsync(s_key, _ => Task.FromResult(Result()))
            .WaitAsync(s_options.StallTimeout);
        await asked.Task.WaitAsync(s_options.StallTimeout);
        Task end = Task.Run(cache.Dispose);
        Assert.False(end.IsCompleted);
        goOn.SetResult();
        await end.WaitAsync(s_options.StallTimeout);

        Assert.Contains($"/c/ac/{s_key.Digest}", _kept.Keys);
    }

    [Fact]
    public async Task Offer_ContentIsGone_WarnsAndFailsNothing()
    {
        using ScriptedServer server = new(Keep);
        using HttpCache cache = Cache(server, writable: true);

        cache.Offer(s_key, Result(), _yours, default); // whose objects are in the other store
        await cache.WhenSentAsync();

        Assert.Single(_progress.Warnings);
        Assert.DoesNotContain($"/c/ac/{s_key.Digest}", _kept.Keys);
    }

    [Fact]
    public async Task Offer_BuildIsStopped_StopsQuietly()
    {
        using ScriptedServer server = new(Keep);
        using HttpCache cache = Cache(server, writable: true);

        cache.Offer(s_key, Result(), _mine, new CancellationToken(canceled: true));
        await cache.WhenSentAsync();

        Assert.Empty(_progress.Warnings);
        Assert.Empty(_kept);
    }

    // A server of somebody else: nginx with its WebDAV module, as docs/formats/store.md shows it.
    [SkippableFact]
    public async Task GetOrAddAsync_Nginx_KeepsAndGives()
    {
        using NginxCache nginx = new(_folder["nginx"]);
        using HttpCache mine = new(nginx.Address, writable: true, s_steps, _progress, s_options);
        using HttpCache yours = new(nginx.Address, writable: false, s_steps, _progress, s_options);
        Assert.Null(await yours.TryFetchAsync(s_key, _yours, default));
        await OfferAsync(mine);

        ActionResult got = await new ActionCache(_yours, _progress, yours)
            .GetOrAddAsync(s_key, _ => throw new InvalidOperationException("worked again"));

        Assert.Equal(Result().Outputs, got.Outputs);
        Assert.Equal("hello"u8, File.ReadAllBytes(Path.Combine(nginx.Kept, "cas", Sha256Digest.Of("hello"u8).ToString())));
        Assert.Empty(_progress.Warnings);
    }

    // Field numbers typed from remote_execution.proto, messages ActionResult, OutputFile, Digest and ExecutedActionMetadata.
    [SkippableFact]
    public void Write_Message_ProtocReadsTheSpecifiedFields()
    {
        string path = _folder["message"];
        File.WriteAllBytes(path, ActionResultMessage.Write(s_key.Digest, Result()));

        Oracle.Find("protoc"); // skips without it
        (int exitCode, string output) = Oracle.Run("sh", "-c", "protoc --decode_raw < \"$1\"", "sh", path);

        Assert.Equal(0, exitCode);
        Assert.Equal($$"""
            2 {
              1: "a/image"
              2 {
                1: "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
                2: 5
              }
            }
            2 {
              1: "b"
              2 {
                1: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
              }
            }
            5: "key {{s_key.Digest}}\nnote root 1\n"
            9 {
              1: "strata"
            }

            """, output);
    }

    [SkippableFact]
    public void Read_MessageWrittenByProtoc_IsUnderstood()
    {
        // The part of remote_execution.proto that other writers fill, in our words; the numbers are the published ones.
        File.WriteAllText(_folder["r.proto"], """
            syntax = "proto3";
            message D { string hash = 1; int64 size_bytes = 2; }
            message F { string path = 1; D digest = 2; bool is_executable = 4; }
            message M { string worker = 1; }
            message R { repeated F output_files = 2; int32 exit_code = 4; bytes stdout_raw = 5; D stderr_digest = 8; M execution_metadata = 9; fixed64 later = 99; }
            """);
        string digest = Sha256Digest.Of("x"u8).ToString();
        File.WriteAllText(_folder["r.txt"], string.Create(CultureInfo.InvariantCulture, $$"""
            output_files { path: "bin/tool" digest { hash: "{{digest}}" size_bytes: 9223372036854775807 } is_executable: true }
            stdout_raw: "key {{s_key.Digest}}\nnote a 1\n"
            stderr_digest { hash: "{{digest}}" size_bytes: 1 }
            execution_metadata { worker: "somebody" }
            later: 18446744073709551615
            """));
        Oracle.Find("protoc");
        (int exitCode, string output) = Oracle.Run(
            "sh", "-c", "protoc -I\"$1\" --encode=R r.proto < \"$1/r.txt\" > \"$1/r.bin\"", "sh", _folder.Path);
        Assert.Equal((0, ""), (exitCode, output));

        ActionResult result = ActionResultMessage.Read(File.ReadAllBytes(_folder["r.bin"]), s_key.Digest);

        Assert.Equal([new ActionOutput("bin/tool", Sha256Digest.Of("x"u8), long.MaxValue)], result.Outputs);
        Assert.Equal("1", result.Notes["a"]);
    }

    [Theory]
    [InlineData("20ffffffffffffffffff01")] // exit_code -1
    [InlineData("2001")] // exit_code 1
    [InlineData("1a00")] // output_directories
    [InlineData("6200")] // output_symlinks
    [InlineData("1200")] // an output without anything
    [InlineData("1205")] // longer than the message
    [InlineData("12ffffffffffffffffff01")] // a length of 2^64 - 1
    [InlineData("0b")] // a group
    [InlineData("00")] // field 0
    [InlineData("80")] // ends in a number
    [InlineData("ffffffffffffffffffff01")] // a number of 11 bytes
    [InlineData("2a0178")] // stdout_raw without the key
    [InlineData("49")] // fixed64 without its bytes
    [InlineData("22024f4b")] // exit_code of another wire type
    public void Read_BadMessage_IsRefused(string hex)
    {
        byte[] good = ActionResultMessage.Write(s_key.Digest, new ActionResult([]));
        Assert.Empty(ActionResultMessage.Read(good, s_key.Digest).Outputs);
        Assert.Throws<ImageFormatException>(() => ActionResultMessage.Read([.. good, .. Convert.FromHexString(hex)], s_key.Digest));
    }

    [Fact]
    public void Read_LineAfterTheKeyThatIsNoNote_IsRefused()
    {
        byte[] message = ActionResultMessage.Write(s_key.Digest, new ActionResult([], [new("root", "1")]));
        message[message.AsSpan().IndexOf("note"u8)] = (byte)'x';
        Assert.Contains("no note", Assert.Throws<ImageFormatException>(() => ActionResultMessage.Read(message, s_key.Digest)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Read_SeededMutations_OnlyFormatExceptionsLeave()
    {
        byte[] valid = ActionResultMessage.Write(s_key.Digest, Result());
        Assert.Equal(Result().Outputs, ActionResultMessage.Read(valid, s_key.Digest).Outputs);
        int refused = 0;
        foreach (byte[] message in Mutator.Of(valid, 50_000, seed: 3))
        {
            try
            {
                ActionResult result = ActionResultMessage.Read(message, s_key.Digest);
                Assert.Equal(
                    result.Outputs, ActionResultMessage.Read(ActionResultMessage.Write(s_key.Digest, result), s_key.Digest).Outputs);
            }
            catch (ImageFormatException)
            {
                refused++;
            }
        }
        Assert.InRange(refused, 10_000, 49_999);
    }

    private async Task OfferAsync(HttpCache cache)
    {
        cache.Offer(s_key, Result(), _mine, default);
        await cache.WhenSentAsync();
    }

    private HttpCache Cache(ScriptedServer server, bool writable) => new(server.At("c/"), writable, s_steps, _progress, s_options);

    /// <summary>A server as simple as the protocol: it keeps what it gets under the path it got it for.</summary>
    private Task Keep(ScriptedRequest request, ScriptedAnswer answer)
    {
        if (request.Method == "PUT")
        {
            bool isContent = request.Path.StartsWith("/c/cas/", StringComparison.Ordinal);
            if (request.Body.Length == 0 || (isContent && request.Path[7..] != Sha256Digest.Of(request.Body).ToString()))
            {
                return answer.SendAsync(400, default);
            }
            _kept[request.Path] = request.Body;
            return answer.SendAsync(200, default);
        }
        return !_kept.TryGetValue(request.Path, out byte[]? kept) ? answer.SendAsync(404, default)
            : request.Method == "HEAD" ? answer.HeadAsync(200, kept.Length)
            : answer.SendAsync(200, kept);
    }

    private ActionResult Result() => Result(_mine);

    private static ActionResult Result(ObjectStore store) => new(
        [new ActionOutput("b", store.AddBytes([]), 0), new ActionOutput("a/image", store.AddBytes("hello"u8), 5)], [new("root", "1")]);
}
