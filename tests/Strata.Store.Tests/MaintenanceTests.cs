using Strata.Core;
using Strata.Store.Actions;
using Strata.Store.Maintenance;
using Strata.Testing;

namespace Strata.Store.Tests;

public sealed class MaintenanceTests : IDisposable
{
    private static readonly DateTimeOffset s_now = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    private readonly TemporaryFolder _folder = new();
    private readonly RecordingProgress _progress = new();
    private readonly ObjectStore _store;
    private readonly StoreMaintenance _maintenance;

    public MaintenanceTests()
    {
        _store = new ObjectStore(_folder["store"], new FixedTime(s_now));
        _maintenance = new StoreMaintenance(_store, _progress);
    }

    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task VerifyAsync_DamageOfEveryKind_IsFoundAndMovedAside()
    {
        Sha256Digest sound = _store.AddBytes("sound"u8);
        Sha256Digest flipped = Damage("flipped", "flapped");
        Sha256Digest truncated = Damage("truncated", "trunc");
        Sha256Digest emptied = Damage("emptied", "");
        ActionKey key = new ActionKeyBuilder("a", 1).Build();
        ActionKey bad = new ActionKeyBuilder("b", 1).Build();
        new ActionCache(_store).Put(key, new ActionResult([]));
        new ActionCache(_store).Put(bad, new ActionResult([]));
        File.AppendAllText(ActionPath(bad), "x");
        Write("cas/58/stray", 1);

        VerifyResult result = await _maintenance.VerifyAsync();

        Sha256Digest[] expected = [.. new[] { flipped, truncated, emptied }.Order()];
        Assert.Equal(expected, result.Damaged.Select(d => d.Digest));
        Assert.All(result.Damaged, d => Assert.Contains("SHA-256 is", d.Problem, StringComparison.Ordinal));
        Assert.Equal([bad.Digest], result.DamagedActions);
        Assert.Equal(["cas/58/stray"], result.Strays);
        Assert.False(result.IsSound);
        Assert.Equal(4, result.Objects);
        Assert.True(_store.Contains(sound));
        Assert.All(expected, d => Assert.False(_store.Contains(d)));
        Assert.All(expected, d => Assert.True(File.Exists(_folder[$"store/damaged/{d}"])));
        Assert.Equal(_progress.Tasks.Single().Total, _progress.Tasks.Single().Done);
        Assert.True((await _maintenance.VerifyAsync()).IsSound);
    }

    /// <summary>What lies where objects or results belong and is none: told by its path, left alone, and no damage of anything.</summary>
    [Fact]
    public async Task VerifyAsync_FilesOfStrangers_AreToldAndStay()
    {
        Sha256Digest sound = _store.AddBytes("sound"u8);
        ActionKey key = new ActionKeyBuilder("a", 1).Build();
        new ActionCache(_store).Put(key, new ActionResult([]));
        string[] strays = ["ac/58/note", $"ac/{key.Digest.ToString()[..2]}/{new string('x', 64)}", "cas/58/stray"];
        foreach (string stray in strays)
        {
            Write(stray, 1);
        }

        VerifyResult result = await _maintenance.VerifyAsync();

        Assert.Equal(strays.Order(StringComparer.Ordinal), result.Strays);
        Assert.Empty(result.Damaged);
        Assert.Empty(result.DamagedActions);
        Assert.All(strays, s => Assert.True(File.Exists(_folder[$"store/{s}"])));
        Assert.True(_store.Contains(sound));
        Assert.NotNull(new ActionCache(_store).TryGet(key));
    }

    [Fact]
    public async Task SizeOf_EveryPart_IsCounted()
    {
        _store.AddBytes(new byte[1000]);
        new ActionCache(_store).Put(new ActionKeyBuilder("a", 1).Build(), new ActionResult([]));
        Write("partial/x", 20);
        Write("documents/y", 30);
        Write("damaged/z", 40);
        await AddTreeAsync("tree", 50);
        File.WriteAllBytes(_store.NewTemporaryPath(), new byte[60]);

        Dictionary<StoreKind, StoreUsage> usage = _maintenance.SizeOf().ToDictionary(u => u.Kind);

        Assert.Equal(new StoreUsage(StoreKind.Objects, 1, 1000), usage[StoreKind.Objects]);
        Assert.Equal(1, usage[StoreKind.Actions].Count);
        Assert.Equal(new StoreUsage(StoreKind.Partials, 1, 20), usage[StoreKind.Partials]);
        Assert.Equal(new StoreUsage(StoreKind.Documents, 1, 30), usage[StoreKind.Documents]);
        Assert.Equal(new StoreUsage(StoreKind.Damaged, 1, 40), usage[StoreKind.Damaged]);
        Assert.Equal(new StoreUsage(StoreKind.Trees, 1, 50), usage[StoreKind.Trees]);
        Assert.Equal(new StoreUsage(StoreKind.Temporary, 1, 60), usage[StoreKind.Temporary]);
        string[] lines = Oracle.Run("find", _store.Root, "-type", "f", "-printf", "%s\n").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(lines.Sum(long.Parse) - "strata-store 1\n".Length, usage.Values.Sum(u => u.Bytes));
    }

    [Fact]
    public async Task GcAsync_OlderThan_RemovesOldResultsAndWhatOnlyTheyNeed()
    {
        ActionKey oldKey = new ActionKeyBuilder("old", 1).Build();
        ActionKey newKey = new ActionKeyBuilder("new", 1).Build();
        Sha256Digest onlyOld = Object("only old", ageDays: 90);
        Sha256Digest shared = Object("shared", ageDays: 90);
        Sha256Digest root = Object("root", ageDays: 90);
        Sha256Digest loose = Object("loose", ageDays: 90);
        Sha256Digest fresh = Object("fresh", ageDays: 1);
        Put(oldKey, 80, onlyOld, shared);
        Put(newKey, 2, shared);

        GcResult result = await _maintenance.GcAsync(new GcOptions { OlderThan = TimeSpan.FromDays(30) }, [root]);

        Assert.False(File.Exists(ActionPath(oldKey)));
        Assert.NotNull(new ActionCache(_store).TryGet(newKey));
        Assert.False(_store.Contains(onlyOld));
        Assert.False(_store.Contains(loose));
        Assert.All([shared, root, fresh], d => Assert.True(_store.Contains(d)));
        Assert.Equal([StoreKind.Actions, StoreKind.Objects, StoreKind.Objects], result.Removed.Select(r => r.Kind));
        Assert.Equal(result.Removed.Sum(r => r.Bytes), result.FreedBytes);
        Assert.Equal(_maintenance.SizeOf().Sum(u => u.Bytes), result.KeptBytes);
    }

    [Fact]
    public async Task GcAsync_KeepBytes_RemovesLongestUnusedFirst()
    {
        ActionKey key = new ActionKeyBuilder("k", 1).Build();
        Sha256Digest needed = Object(new string('n', 1000), ageDays: 90); // as young as the result that needs it
        Put(key, 3, needed);
        Sha256Digest[] byAge = [.. Enumerable.Range(1, 10).Select(days => Object(new string((char)('a' + days), 1000), days))];

        GcResult result = await _maintenance.GcAsync(new GcOptions { KeepBytes = new ByteSize(5500) }, []);

        Assert.Equal([true, true, true, true, false, false, false, false, false, false], byAge.Select(_store.Contains));
        Assert.True(_store.Contains(needed));
        Assert.NotNull(new ActionCache(_store).TryGet(key));
        Assert.Equal(6000, result.FreedBytes);
        Assert.InRange(result.KeptBytes, 5000, 5500);
    }

    [Fact]
    public async Task GcAsync_KeepNothing_EmptiesTheStoreButForRoots()
    {
        Sha256Digest root = Object("root", ageDays: 1);
        ActionKey key = new ActionKeyBuilder("k", 1).Build();
        Put(key, 1, Object("x", ageDays: 1));
        Write("partial/p", 20);
        Write("documents/d", 20);
        Write("damaged/g", 20);
        await AddTreeAsync("tree", 20);
        Sha256Digest rootTree = await AddTreeAsync("root tree", 20);
        Directory.CreateDirectory(_folder["store/tmp/dead"]);
        Write("tmp/dead/half", 7);

        GcResult result = await _maintenance.GcAsync(new GcOptions { KeepBytes = new ByteSize(0) }, [root, rootTree]);

        Assert.Equal(
            [$"cas/{root.ToString()[..2]}/{root}", $"trees/{rootTree}/complete", $"trees/{rootTree}/root/file"],
            FilesOf("cas", "ac", "trees", "partial", "documents", "damaged"));
        Assert.True(_store.Contains(root));
        Assert.True(new TreeStore(_store).TryGetPath(rootTree, out _));
        Assert.Single(Directory.EnumerateDirectories(_folder["store/trees"]));
        Assert.Contains(result.Removed, r => r is { Kind: StoreKind.Temporary, Name: "tmp/dead", Bytes: 7 });
        Assert.False(Directory.Exists(_folder["store/tmp/dead"]));
    }

    [Fact]
    public async Task GcAsync_DryRun_SaysTheSameAndDoesNothing()
    {
        Object("x", ageDays: 90);
        Put(new ActionKeyBuilder("k", 1).Build(), 90, Object("y", ageDays: 90));
        Directory.CreateDirectory(_folder["store/tmp/dead"]);
        string before = Listing();
        GcOptions options = new() { OlderThan = TimeSpan.FromDays(30) };

        GcResult would = await _maintenance.GcAsync(options with { DryRun = true }, []);

        Assert.Equal(before, Listing());
        GcResult did = await _maintenance.GcAsync(options, []);
        Assert.Equal(would.Removed, did.Removed);
        Assert.Equal((would.FreedBytes, would.KeptBytes), (did.FreedBytes, did.KeptBytes));
        Assert.Equal(4, did.Removed.Count);
    }

    [Fact]
    public async Task GcAsync_AnotherOpenStore_IsRefused()
    {
        Sha256Digest digest = Object("x", ageDays: 90);
        using (ObjectStore other = new(_store.Root))
        {
            StrataException e = await Assert.ThrowsAsync<StrataException>(
                () => _maintenance.GcAsync(new GcOptions { KeepBytes = new ByteSize(0) }, []));
            Assert.Contains("is using it", e.Message, StringComparison.Ordinal);
            Assert.True(other.Contains(digest));
        }

        await _maintenance.GcAsync(new GcOptions { KeepBytes = new ByteSize(0) }, []);

        Assert.False(_store.Contains(digest));
        using ObjectStore next = new(_store.Root); // and the clean-up has let go
    }

    [Fact]
    public async Task GcAsync_NoLimit_IsTheCallersMistake() =>
        await Assert.ThrowsAsync<ArgumentException>(() => _maintenance.GcAsync(new GcOptions(), []));

    [Fact]
    public void Touch_OncePerDay_KeepsFromGoing()
    {
        Sha256Digest digest = Object("x", ageDays: 90);
        Assert.True(_store.TryGetPath(digest, out string? path));

        _store.Touch(digest);
        Assert.Equal(s_now.UtcDateTime, File.GetLastWriteTimeUtc(path));
        DateTime hoursAgo = s_now.UtcDateTime.AddHours(-23);
        File.SetLastWriteTimeUtc(path, hoursAgo);
        _store.Touch(digest);

        Assert.Equal(hoursAgo, File.GetLastWriteTimeUtc(path));
        _store.Touch(Sha256Digest.Of("absent"u8)); // no error
    }

    /// <summary>
    /// What is asked for is as young as that: the result, which the age of an object follows, and each object of its own.
    /// </summary>
    [Fact]
    public async Task TryGet_ResultNotUsedForLong_IsAsYoungAsThisUse()
    {
        Sha256Digest[] objects = [Object("first", ageDays: 90), Object("second", ageDays: 90)];
        ActionKey used = new ActionKeyBuilder("used", 1).Build();
        ActionKey listed = new ActionKeyBuilder("listed", 1).Build();
        Put(used, 90, objects);
        Put(listed, 90, Object("third", ageDays: 90));
        ActionCache cache = new(_store);

        Assert.NotNull(cache.TryGet(used));
        Assert.Single(cache.ResultsOf("listed")); // looking through all of a step is no use

        Assert.Equal(s_now.UtcDateTime, File.GetLastWriteTimeUtc(ActionPath(used)));
        foreach (Sha256Digest digest in objects)
        {
            Assert.True(_store.TryGetPath(digest, out string? path));
            Assert.Equal(s_now.UtcDateTime, File.GetLastWriteTimeUtc(path));
        }
        await _maintenance.GcAsync(new GcOptions { OlderThan = TimeSpan.FromDays(30) }, []);
        Assert.NotNull(cache.TryGet(used));
        Assert.Null(cache.TryGet(listed));
    }

    [Fact]
    public async Task TreeStore_FilledOnce_IsShownWholeOrNotAtAll()
    {
        TreeStore trees = new(_store, _progress);
        Sha256Digest digest = Sha256Digest.Of("packages"u8);
        await Assert.ThrowsAsync<InvalidDataException>(() => trees.GetOrAddAsync(digest, "toolbox", (root, _) =>
        {
            File.WriteAllText(Path.Combine(root, "half"), "");
            throw new InvalidDataException("bad package");
        }));
        Assert.False(trees.TryGetPath(digest, out _));

        int filled = 0;
        string[] roots = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => trees.GetOrAddAsync(digest, "toolbox", async (root, cancel) =>
        {
            Interlocked.Increment(ref filled);
            await Task.Delay(100, cancel);
            await File.WriteAllTextAsync(Path.Combine(root, "whole"), "", cancel);
        })));

        Assert.Equal(1, filled);
        Assert.Equal([_folder[$"store/trees/{digest}/root"]], roots.Distinct());
        Assert.Equal(["whole"], Directory.EnumerateFileSystemEntries(roots[0]).Select(Path.GetFileName));
        Assert.Contains("another build is unpacking toolbox; waiting for it", _progress.Notes);
    }

    [Fact]
    public async Task GcAsync_TreeWithLockedFolders_IsRemoved()
    {
        await new TreeStore(_store).GetOrAddAsync(Sha256Digest.Of("t"u8), "t", (root, _) =>
        {
            Directory.CreateDirectory(Path.Combine(root, "a/b"));
            File.WriteAllText(Path.Combine(root, "a/b/file"), "x");
            File.CreateSymbolicLink(Path.Combine(root, "a/out"), _folder.Path);
            Assert.Equal((0, ""), Oracle.Run("chmod", "0555", Path.Combine(root, "a/b"), Path.Combine(root, "a")));
            return Task.CompletedTask;
        });

        await _maintenance.GcAsync(new GcOptions { KeepBytes = new ByteSize(0) }, []);

        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder["store/trees"]));
        Assert.True(Directory.Exists(_folder.Path)); // the link was not followed
    }

    private Sha256Digest Object(string content, int ageDays)
    {
        Sha256Digest digest = _store.AddBytes(System.Text.Encoding.ASCII.GetBytes(content));
        Assert.True(_store.TryGetPath(digest, out string? path));
        File.SetLastWriteTimeUtc(path, s_now.UtcDateTime.AddDays(-ageDays));
        return digest;
    }

    private void Put(ActionKey key, int ageDays, params Sha256Digest[] outputs)
    {
        new ActionCache(_store).Put(key, new ActionResult(outputs.Select((d, i) =>
        {
            Assert.True(_store.TryGetSize(d, out long size));
            return new ActionOutput($"o{i}", d, size);
        })));
        File.SetLastWriteTimeUtc(ActionPath(key), s_now.UtcDateTime.AddDays(-ageDays));
    }

    private Sha256Digest Damage(string content, string instead)
    {
        Sha256Digest digest = _store.AddBytes(System.Text.Encoding.ASCII.GetBytes(content));
        Assert.True(_store.TryGetPath(digest, out string? path));
        File.Delete(path);
        File.WriteAllText(path, instead);
        return digest;
    }

    private async Task<Sha256Digest> AddTreeAsync(string name, int bytes)
    {
        Sha256Digest digest = Sha256Digest.Of(System.Text.Encoding.ASCII.GetBytes(name));
        await new TreeStore(_store).GetOrAddAsync(
            digest, name, (root, cancel) => File.WriteAllBytesAsync(Path.Combine(root, "file"), new byte[bytes], cancel));
        return digest;
    }

    private void Write(string relative, int bytes)
    {
        string path = _folder[$"store/{relative}"];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, new byte[bytes]);
    }

    private string ActionPath(ActionKey key) => _folder[$"store/ac/{key.Digest.ToString()[..2]}/{key.Digest}"];

    private string Listing() => Oracle.Run("find", _store.Root, "-not", "-name", "locks", "-printf", "%p %s %T@\n").Output;

    private string[] FilesOf(params string[] parts) =>
        [.. Oracle.Run("find", [.. parts.Select(p => _folder[$"store/{p}"]), "-type", "f"]).Output
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(path => Path.GetRelativePath(_store.Root, path)).Order(StringComparer.Ordinal)];
}
