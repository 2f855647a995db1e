using System.Text;
using Strata.Core;
using Strata.Store.Actions;
using Strata.Testing;

namespace Strata.Store.Tests;

public sealed class ActionCacheTests : IDisposable
{
    private static readonly ActionKey s_key = new ActionKeyBuilder("pack", 1).Add("x", 1).Build();

    private readonly TemporaryFolder _folder = new();
    private readonly RecordingProgress _progress = new();
    private readonly ObjectStore _store;
    private readonly ActionCache _cache;

    public ActionCacheTests()
    {
        _store = new ObjectStore(_folder["store"]);
        _cache = new ActionCache(_store, _progress);
    }

    private string EntryPath => Path.Combine(_store.Root, "ac", s_key.Digest.ToString()[..2], s_key.Digest.ToString());

    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Put_Entry_IsTheDocumentedText()
    {
        _cache.Put(s_key, Result());

        string body =
            "strata-action-result 1\n"
            + $"key {s_key.Digest}\n"
            + "step pack 1\n"
            + "output 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824 5 a/image\n" // echo -n hello | sha256sum
            + "output e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 0 b\n"
            + "note root-hash 100%25%0Asure\n";
        (_, string judged) = Oracle.Run("sh", "-c", "head -n -1 \"$1\" | sha256sum", "sh", EntryPath);
        Assert.Equal(body + $"end {judged[..64]}\n", File.ReadAllText(EntryPath));
    }

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("modules//etc/passwd")]
    [InlineData("modules/../secret")]
    [InlineData("modules/./kernel")]
    [InlineData("..")]
    [InlineData("modules/")]
    public void Result_NameThatWouldClimbAsAPath_IsRefused(string name) =>
        Assert.Throws<ArgumentException>(() => new ActionResult([new ActionOutput(name, Sha256Digest.Of("x"u8), 1)]));

    [Fact]
    public void TryGet_AfterPut_ReturnsOutputsAndNotes()
    {
        _cache.Put(s_key, Result());

        ActionResult? got = _cache.TryGet(s_key);

        Assert.NotNull(got);
        Assert.Equal(Result().Outputs, got.Outputs);
        Assert.Equal(Result().Notes, got.Notes);
        Assert.Equal(5, got["a/image"].Size);
        Assert.Throws<KeyNotFoundException>(() => got["c"]);
        Assert.Null(_cache.TryGet(new ActionKeyBuilder("pack", 1).Add("x", 2).Build()));
        Assert.Empty(_progress.Warnings);
    }

    [Fact]
    public void TryGet_ObjectIsMissing_IsAMiss()
    {
        _cache.Put(s_key, Result());
        Assert.True(_store.TryGetPath(Sha256Digest.Of("hello"u8), out string? path));
        File.Delete(path);

        Assert.Null(_cache.TryGet(s_key));
        Assert.Empty(_progress.Warnings); // gone after a clean-up: nothing is wrong
    }

    [Fact]
    public void Put_ObjectNotInTheStore_IsTheCallersMistake() => Assert.Throws<InvalidOperationException>(
        () => _cache.Put(s_key, new ActionResult([new ActionOutput("x", Sha256Digest.Of("absent"u8), 6)])));

    [Fact]
    public async Task GetOrAddAsync_DamagedEntry_IsReportedOnceAndMadeAgain()
    {
        _cache.Put(s_key, Result());
        byte[] bytes = await File.ReadAllBytesAsync(EntryPath);
        bytes[40] ^= 1;
        await File.WriteAllBytesAsync(EntryPath, bytes);

        Assert.Null(_cache.TryGet(s_key));
        Assert.Null(_cache.TryGet(s_key));
        string warning = Assert.Single(_progress.Warnings);
        Assert.Contains("pack 1", warning, StringComparison.Ordinal);
        await _cache.GetOrAddAsync(s_key, _ => Task.FromResult(Result()));
        Assert.NotNull(_cache.TryGet(s_key));
    }

    [Fact]
    public void Read_EntryOfAnotherKey_IsRefused()
    {
        byte[] bytes = ActionEntryFormat.Write(s_key, Result());

        ImageFormatException e = Assert.Throws<ImageFormatException>(() => ActionEntryFormat.Read(bytes, Sha256Digest.Of("other"u8)));

        Assert.Contains("expected 'key ", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ActionResult.MostNotes, 1, true)]
    [InlineData(ActionResult.MostNotes + 1, 1, false)]
    [InlineData(1, ActionResult.LongestNote, true)]
    [InlineData(1, ActionResult.LongestNote + 1, false)]
    public void Read_NotesAtTheirLimits_AreTakenAndOneMoreIsNot(int count, int length, bool isTaken)
    {
        byte[] body = Encoding.UTF8.GetBytes($"strata-action-result 1\nkey {s_key.Digest}\nstep pack 1\n"
            + string.Concat(Enumerable.Range(1000, count).Select(i => $"note n{i} {new string('x', length)}\n")));
        byte[] entry = [.. body, .. Encoding.UTF8.GetBytes($"end {Sha256Digest.Of(body)}\n")];
        Exception? problem = Record.Exception(() => ActionEntryFormat.Read(entry, s_key.Digest));
        Assert.Equal(isTaken ? null : typeof(ImageFormatException), problem?.GetType());
    }

    [Theory]
    [InlineData("output 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824 05 x\n")] // two spellings of one number
    [InlineData("output 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824 -5 x\n")]
    [InlineData("output 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824 5 \n")]
    [InlineData("output 2CF24DBA5FB0A30E26E83B2AC5B9E29E1B161E5C1FA7425E73043362938B9824 5 x\n")]
    [InlineData("output 2cf24dba 5 x\n")]
    [InlineData("output \n")]
    [InlineData("note a b\noutput 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824 5 x\n")]
    [InlineData("note b 1\nnote a 1\n")]
    [InlineData("note a 1\nnote a 1\n")]
    [InlineData("note a %41\n")]
    [InlineData("note a\n")]
    [InlineData("note a 1\r\n")]
    [InlineData("surprise\n")]
    public void Read_SealedButWrongLines_AreRefused(string lines)
    {
        byte[] body = Encoding.UTF8.GetBytes($"strata-action-result 1\nkey {s_key.Digest}\nstep pack 1\n{lines}");
        byte[] entry = [.. body, .. Encoding.UTF8.GetBytes($"end {Sha256Digest.Of(body)}\n")];

        Assert.Throws<ImageFormatException>(() => ActionEntryFormat.Read(entry, s_key.Digest));
    }

    [Fact]
    public void Read_SeededMutations_OnlyFormatExceptionsLeave()
    {
        byte[] valid = ActionEntryFormat.Write(s_key, Result());
        Mutator mutator = new(11);
        int refused = 0;
        for (int i = 0; i < 20_000; i++)
        {
            byte[] body = mutator.Change(valid[..^69], valid);
            byte[] entry = mutator.Choose(4) == 0
                ? mutator.Change(valid, valid)
                : [.. body, .. Encoding.ASCII.GetBytes($"end {Sha256Digest.Of(body)}\n")]; // sealed again, so that the lines themselves are tried
            try
            {
                ActionResult result = ActionEntryFormat.Read(entry, s_key.Digest);
                ActionResult again = ActionEntryFormat.Read(ActionEntryFormat.Write(s_key, result), s_key.Digest);
                Assert.Equal(result.Outputs, again.Outputs);
                Assert.Equal(result.Notes, again.Notes);
            }
            catch (ImageFormatException)
            {
                refused++;
            }
        }
        Assert.InRange(refused, 5_000, 19_999);
    }

    [Fact]
    public async Task GetOrAddAsync_TwoAtOnceInOneProcess_WorkOnceAndTell()
    {
        int worked = 0;
        TaskCompletionSource started = new();
        async Task<ActionResult> Work(CancellationToken cancel)
        {
            Interlocked.Increment(ref worked);
            started.SetResult();
            await Task.Delay(200, cancel);
            return Result();
        }

        Task<ActionResult> first = _cache.GetOrAddAsync(s_key, Work);
        await started.Task.WaitAsync(TimeSpan.FromSeconds(30));
        ActionResult second = await _cache.GetOrAddAsync(s_key, Work);

        Assert.Equal(1, worked);
        Assert.Equal((await first).Outputs, second.Outputs);
        Assert.Equal("another build is doing pack; waiting for its result", Assert.Single(_progress.Notes));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(_store.Root, "locks")));
    }

    [Fact]
    public async Task GetOrAddAsync_OtherBuildNeverEnds_GivesUpAtTheDeadline()
    {
        using CancellationTokenSource end = new();
        TaskCompletionSource started = new();
        Task<ActionResult> hanging = _cache.GetOrAddAsync(s_key, async cancel =>
        {
            started.SetResult();
            await Task.Delay(Timeout.Infinite, cancel);
            return Result();
        }, end.Token);
        await started.Task.WaitAsync(TimeSpan.FromSeconds(30));
        ActionCache impatient = new(_store, _progress, waitDeadline: TimeSpan.FromMilliseconds(100));

        StrataException e = await Assert.ThrowsAsync<StrataException>(() => impatient.GetOrAddAsync(s_key, _ => Task.FromResult(Result())));

        Assert.Contains("another build has been doing the same", e.Message, StringComparison.Ordinal);
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => hanging);
    }

    [Fact]
    public async Task GetOrAddAsync_StepIsRedone_WorksOnceMoreAndThenRemembers()
    {
        _cache.Put(s_key, Result());
        int worked = 0;
        ActionCache again = new(_store, _progress, isRedone: step => step == s_key.Step);
        for (int i = 0; i < 3; i++)
        {
            await again.GetOrAddAsync(s_key, _ =>
            {
                worked++;
                return Task.FromResult(Result());
            });
        }
        Assert.Equal(1, worked);
        ActionCache other = new(_store, _progress, isRedone: step => step != s_key.Step);
        Assert.NotNull(other.TryGet(s_key));
    }

    [Fact]
    public async Task GetOrAddAsync_WorkFails_RemembersNothingAndLetsGo()
    {
        await Assert.ThrowsAsync<StrataException>(() => _cache.GetOrAddAsync(s_key, _ => throw new StrataException("cannot pack x: y")));

        Assert.Null(_cache.TryGet(s_key));
        Assert.NotNull(await _cache.GetOrAddAsync(s_key, _ => Task.FromResult(Result())));
    }

    [Fact]
    public async Task GetOrAddAsync_WorkAsksForOtherKeys_IsFine()
    {
        ActionResult result = await _cache.GetOrAddAsync(
            s_key, cancel => _cache.GetOrAddAsync(new ActionKeyBuilder("inner", 1).Build(), _ => Task.FromResult(Result()), cancel));

        Assert.Equal(2, result.Outputs.Count);
    }

    [Fact]
    public void ResultsOf_StepsThatBeginAlike_AreNotTakenForEachOther()
    {
        string[] steps = ["layer", "layer-index", "layers", "lay", "a-layer", "layer.2", new string('s', 64)];
        foreach (string step in steps)
        {
            _cache.Put(new ActionKeyBuilder(step, 1).Build(), new ActionResult([], [new("step", "\nstep layer 1 of " + step)]));
        }
        Assert.All(steps, s => Assert.EndsWith(" of " + s, Assert.Single(_cache.ResultsOf(s)).Notes["step"], StringComparison.Ordinal));
        Assert.Empty(_cache.ResultsOf("laye"));
    }

    [Fact]
    public void Constructor_BadResult_IsRefused()
    {
        ActionOutput output = new("a", Sha256Digest.Of("x"u8), 1);
        Assert.Throws<ArgumentException>(() => new ActionResult([output, output]));
        Assert.Throws<ArgumentException>(() => new ActionResult([output with { Size = -1 }]));
        Assert.Throws<ArgumentException>(() => new ActionResult([output with { Name = "/a" }]));
        Assert.Throws<ArgumentException>(() => new ActionResult([output with { Name = "a b" }]));
        Assert.ThrowsAny<ArgumentException>(() => new ActionResult([], [new("n", "\ud800")]));
        Assert.Throws<ArgumentException>(() => new ActionResult([], [new("n", new string('x', 5000))]));
    }

    private ActionResult Result() => new(
        [
            new ActionOutput("b", _store.AddBytes([]), 0),
            new ActionOutput("a/image", _store.AddBytes("hello"u8), 5),
        ],
        [new("root-hash", "100%\nsure")]);
}
