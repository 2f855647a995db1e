using Strata.Core;
using Strata.Testing;

namespace Strata.Store.Tests;

/// <summary>Nothing has a name before its bytes are on the disk: where they cannot be brought there, there is no name.</summary>
public sealed class DurabilityTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ObjectStore _store;

    public DurabilityTests()
    {
        _store = new ObjectStore(_folder["store"]);
        for (int first = 0; first < 256; first++)
        {
            Directory.CreateDirectory(_folder[$"store/cas/{first:x2}"]); // else the new folder is what cannot be flushed
        }
    }

    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    [SkippableFact]
    public void Objects_ThatCannotBeFlushed_HaveNoName() => FailingFlush.Run(async () =>
    {
        Assert.Throws<StrataException>(() => _store.AddBytes("bytes"u8));
        await Assert.ThrowsAsync<StrataException>(() => _store.AddAsync(new MemoryStream("stream"u8.ToArray())));
        await Assert.ThrowsAsync<StrataException>(() =>
            _store.AddExpectedAsync(new MemoryStream("known"u8.ToArray()), Sha256Digest.Of("known"u8), 5));
        await Assert.ThrowsAsync<StrataException>(() => _store.AddWrittenAsync(file =>
        {
            file.Write("written"u8);
            return Task.CompletedTask;
        }));
        File.WriteAllText(_folder["file"], "moved");
        await Assert.ThrowsAsync<StrataException>(() => _store.AddFileAsync(_folder["file"], move: true));
        Assert.Empty(Objects());
        Assert.True(File.Exists(_folder["file"]));
    });

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(8)] // flushed one by one
    [InlineData(9)] // all at once
    public void Batch_ThatCannotBeFlushed_NamesNoneOfItsObjects(int count) => FailingFlush.Run(() =>
    {
        using ObjectBatch batch = _store.BeginBatch();
        for (int i = 0; i < count; i++)
        {
            batch.Add(ObjectStoreTests.Bytes(100, i));
        }
        Assert.Throws<StrataException>(batch.Commit);
        Assert.Empty(Objects());
    });

    [SkippableFact]
    public void Replace_ThatCannotBeFlushed_LeavesTheFileAsItWas()
    {
        DurableFile.Replace(_store, _folder["file"], "old"u8, "write it");
        FailingFlush.Run(() => Assert.Throws<StrataException>(() => DurableFile.Replace(_store, _folder["file"], "new"u8, "write it")));
        Assert.Equal("old", File.ReadAllText(_folder["file"]));
        DurableFile.Replace(_store, _folder["file"], "new"u8, "write it"); // the thread is gone, and what it could not do with it
        Assert.Equal("new", File.ReadAllText(_folder["file"]));
    }

    private string[] Objects() => Directory.GetFiles(_folder["store/cas"], "*", new EnumerationOptions { RecurseSubdirectories = true });
}
