using System.Text;
using Strata.Core;
using Strata.Testing;

namespace Strata.Store.Tests;

public sealed class ObjectStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ObjectStore _store;

    public ObjectStoreTests() => _store = new ObjectStore(_folder["store"]);

    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task AddAsync_Stream_IsReadBackUnderItsDigest()
    {
        byte[] content = Bytes(300_000, seed: 1);

        Sha256Digest digest = await _store.AddAsync(new MemoryStream(content));

        Assert.Equal(Sha256Digest.Of(content), digest);
        Assert.True(_store.Contains(digest));
        Assert.True(_store.TryGetSize(digest, out long size));
        Assert.Equal(content.Length, size);
        Assert.Equal(content, ReadAll(digest));
    }

    [Fact]
    public void AddBytes_NewObject_IsReadOnlyAndAloneInTheStore()
    {
        Sha256Digest digest = _store.AddBytes("hello\n"u8);

        Assert.True(_store.TryGetPath(digest, out string? path));
        Assert.Equal("5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03", digest.ToString()); // echo hello | sha256sum
        Assert.EndsWith("/cas/58/5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03", path, StringComparison.Ordinal);
        Assert.Equal((0, "444 1\n"), Oracle.Run("stat", "-c", "%a %h", path)); // one name only: the temporary one is gone
        Assert.Equal([path], Files("cas"));
        Assert.Equal(["lock"], Files("tmp").Select(Path.GetFileName));
    }

    [Fact]
    public void AddBytes_ObjectThere_KeepsTheFile()
    {
        Sha256Digest digest = _store.AddBytes("same"u8);
        Assert.True(_store.TryGetPath(digest, out string? path));
        (_, string before) = Oracle.Run("stat", "-c", "%i", path);

        _store.AddBytes("same"u8);
        using (ObjectWriter writer = _store.BeginObject())
        {
            writer.Write("same"u8);
            Assert.Equal(digest, writer.Commit());
        }

        (_, string after) = Oracle.Run("stat", "-c", "%i", path);
        Assert.Equal(before, after);
    }

    [Fact]
    public void Writer_ThatWasClosed_TakesNothingMore()
    {
        ObjectWriter writer = _store.BeginObject();
        writer.Write("half"u8);
        writer.Dispose();
        Assert.Throws<ObjectDisposedException>(() => writer.Write("more"u8));
        Assert.Throws<ObjectDisposedException>(() => writer.Commit());
        Assert.False(_store.Contains(Sha256Digest.Of("half"u8)));
        writer.Dispose(); // closed is closed
    }

    [Fact]
    public void AddBytes_Empty_IsAnObject()
    {
        Sha256Digest digest = _store.AddBytes([]);

        // FIPS 180-4, the digest of nothing
        Assert.Equal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", digest.ToString());
        Assert.Equal([], ReadAll(digest));
    }

    [Fact]
    public void AddBytes_PresentFileHasAnotherLength_IsReplacedAndSetAside()
    {
        Sha256Digest digest = _store.AddBytes("whole content"u8);
        Assert.True(_store.TryGetPath(digest, out string? path));
        File.Delete(path);
        File.WriteAllText(path, "whole"); // as after a disk fault

        _store.AddBytes("whole content"u8);

        Assert.Equal("whole content", Encoding.UTF8.GetString(ReadAll(digest)));
        Assert.Equal("whole", File.ReadAllText(Path.Combine(_store.Root, "damaged", digest.ToString())));
    }

    [Fact]
    public async Task AddExpectedAsync_OtherContent_IsRefusedAndLeavesNothing()
    {
        Sha256Digest expected = Sha256Digest.Of("abc"u8);

        StrataException wrong = await Assert.ThrowsAsync<StrataException>(() => _store.AddExpectedAsync(Text("abd"), expected, 3));
        StrataException tooShort = await Assert.ThrowsAsync<StrataException>(() => _store.AddExpectedAsync(Text("ab"), expected, 3));
        StrataException tooLong = await Assert.ThrowsAsync<StrataException>(() => _store.AddExpectedAsync(Text("abcd"), expected, 3));

        Assert.Contains($"SHA-256 is {Sha256Digest.Of("abd"u8)}, expected {expected}", wrong.Message, StringComparison.Ordinal);
        Assert.Contains("has 2 bytes, expected 3", tooShort.Message, StringComparison.Ordinal);
        Assert.Contains("more than the expected 3 bytes", tooLong.Message, StringComparison.Ordinal);
        Assert.False(_store.Contains(expected));
        Assert.Equal(["lock"], Files("tmp").Select(Path.GetFileName));
        await _store.AddExpectedAsync(Text("abc"), expected, 3);
        Assert.True(_store.Contains(expected));
    }

    [Fact]
    public async Task AddFileAsync_Copy_LeavesTheFile()
    {
        string path = _folder["input"];
        await File.WriteAllTextAsync(path, "input");

        Sha256Digest digest = await _store.AddFileAsync(path);

        Assert.Equal("input", await File.ReadAllTextAsync(path));
        Assert.Equal(Sha256Digest.Of("input"u8), digest);
        Assert.True(_store.Contains(digest));
    }

    [Fact]
    public async Task AddFileAsync_MoveInTheSameFileSystem_TakesTheFileItself()
    {
        string path = _store.NewTemporaryPath();
        await File.WriteAllTextAsync(path, "made here");
        (_, string inode) = Oracle.Run("stat", "-c", "%i 444", path);

        Sha256Digest digest = await _store.AddFileAsync(path, move: true);

        Assert.False(File.Exists(path));
        Assert.True(_store.TryGetPath(digest, out string? stored));
        Assert.Equal(inode, Oracle.Run("stat", "-c", "%i %a", stored).Output);
    }

    [SkippableFact]
    public async Task AddFileAsync_MoveFromAnotherFileSystem_CopiesAndRemoves()
    {
        Skip.IfNot(Directory.Exists("/dev/shm"), "no second file system here");
        string path = Path.Combine("/dev/shm", Path.GetRandomFileName());
        await File.WriteAllTextAsync(path, "from memory");

        Sha256Digest digest = await _store.AddFileAsync(path, move: true);

        Assert.False(File.Exists(path));
        Assert.Equal("from memory", Encoding.UTF8.GetString(ReadAll(digest)));
    }

    [Fact]
    public async Task AddAsync_Cancelled_LeavesNothing()
    {
        using CancellationTokenSource cancelled = new();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _store.AddAsync(Text("abc"), cancelled.Token));

        Assert.Equal(["lock"], Files("tmp").Select(Path.GetFileName));
        Assert.Empty(Files("cas"));
    }

    [Fact]
    public void OpenRead_AbsentObject_NamesObjectAndStore()
    {
        Sha256Digest absent = Sha256Digest.Of("absent"u8);

        StrataException e = Assert.Throws<StrataException>(() => _store.OpenRead(absent));

        Assert.Contains(absent.ToString(), e.Message, StringComparison.Ordinal);
        Assert.Contains(_store.Root, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AddBytes_ManyThreadsSameAndDifferent_AllAreThere()
    {
        Parallel.For(0, 400, new ParallelOptions { MaxDegreeOfParallelism = 16 }, i => _store.AddBytes(Bytes(1000 + (i % 50), seed: i % 50)));

        Assert.Equal(50, Files("cas").Length);
        Assert.All(Files("cas"), path => Assert.Equal(Path.GetFileName(path), Sha256Digest.Of(File.ReadAllBytes(path)).ToString()));
        Assert.Equal(["lock"], Files("tmp").Select(Path.GetFileName));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(200)]
    public void BatchCommit_SmallObjects_AppearTogether(int count)
    {
        Sha256Digest known = _store.AddBytes("known"u8);
        using ObjectBatch batch = _store.BeginBatch();
        Sha256Digest[] digests = [.. Enumerable.Range(0, count).Select(i => batch.Add(Bytes(100, i)))];
        Assert.Equal(digests[0], batch.Add(Bytes(100, 0)));
        Assert.Equal(known, batch.Add("known"u8));
        Assert.DoesNotContain(digests, _store.Contains);

        batch.Commit();
        batch.Commit();

        Assert.All(digests, d => Assert.True(_store.Contains(d)));
        Assert.Equal(count + 1, Files("cas").Length);
        Assert.Equal(["lock"], Files("tmp").Select(Path.GetFileName));
    }

    /// <summary>What a lost disk has cut short is known by its length, and written anew.</summary>
    [Fact]
    public void BatchAdd_ObjectOfAnotherLengthIsThere_ReplacesIt()
    {
        Sha256Digest digest = _store.AddBytes("whole"u8);
        Assert.True(_store.TryGetPath(digest, out string? path));
        File.SetUnixFileMode(path!, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.WriteAllText(path!, "who");

        using ObjectBatch batch = _store.BeginBatch();
        batch.Add("whole"u8);
        batch.Commit();

        Assert.Equal("whole", File.ReadAllText(path!));
    }

    [Fact]
    public void BatchDispose_NotCommitted_LeavesNothing()
    {
        using (ObjectBatch batch = _store.BeginBatch())
        {
            batch.Add("never"u8);
        }

        Assert.Empty(Files("cas"));
        Assert.Equal(["lock"], Files("tmp").Select(Path.GetFileName));
    }

    [Fact]
    public void Dispose_AfterWork_LeavesNoTemporaryFolder()
    {
        _store.AddBytes("x"u8);
        _ = _store.NewTemporaryPath();

        _store.Dispose();

        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(_store.Root, "tmp")));
        Assert.Throws<ObjectDisposedException>(() => _store.NewTemporaryPath());
    }

    internal static byte[] Bytes(int count, int seed)
    {
        byte[] bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static MemoryStream Text(string text) => new(Encoding.UTF8.GetBytes(text));

    private string[] Files(string part) =>
        Directory.Exists(Path.Combine(_store.Root, part))
            ? [.. Directory.EnumerateFiles(Path.Combine(_store.Root, part), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)]
            : [];

    private byte[] ReadAll(Sha256Digest digest)
    {
        using FileStream file = _store.OpenRead(digest);
        byte[] bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }
}
