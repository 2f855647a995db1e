using Strata.Core;
using Strata.Device.Handles;

namespace Strata.Store.Blocks;

/// <summary>Adds blocks to the end of a pack that nobody else adds to, as long as it lives.</summary>
internal sealed class BlockPackWriter : IDisposable
{
    /// <summary>A pack that has reached this size is not continued.</summary>
    public const long FullSize = 64L << 20;

    private readonly ObjectStore _store;
    private readonly FileLock _lock;
    private readonly BlockPack _before;
    private readonly Lock _gate = new();
    private readonly Dictionary<Sha256Digest, BlockEntry> _added = [];
    private long _end;

    private BlockPackWriter(ObjectStore store, FileLock taken, BlockPack before) =>
        (_store, _lock, _before, _end) = (store, taken, before, before.Covered);

    /// <summary>The pack written to.</summary>
    public string Path => _lock.Path;

    /// <summary>True when the pack is large enough.</summary>
    public bool IsFull => Volatile.Read(ref _end) >= FullSize;

    /// <summary>Continues a pack that is neither full nor in use, or starts one.</summary>
    public static BlockPackWriter Open(ObjectStore store, string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (string path in Directory.EnumerateFiles(folder, "*" + BlockPackFormat.PackSuffix).Order(StringComparer.Ordinal))
        {
            if (new FileInfo(path) is { Exists: true, Length: < FullSize } && TryContinue(store, path) is { } writer)
            {
                return writer;
            }
        }
        while (true)
        {
            string fresh = System.IO.Path.Combine(folder, System.IO.Path.GetFileNameWithoutExtension(System.IO.Path.GetRandomFileName()) + BlockPackFormat.PackSuffix);
            if (TryContinue(store, fresh) is { } writer)
            {
                return writer;
            }
        }
    }

    /// <summary>Adds a block; one that this session added already is left as it is.</summary>
    public void Add(Sha256Digest key, ReadOnlySpan<byte> stored, int plainLength)
    {
        byte[] record = new byte[BlockPackFormat.HeaderSize + stored.Length];
        BlockPackFormat.WriteHeader(record, key, stored.Length, plainLength, Sha256Digest.Of(stored));
        stored.CopyTo(record.AsSpan(BlockPackFormat.HeaderSize));
        lock (_gate)
        {
            if (_added.ContainsKey(key))
            {
                return;
            }
            RandomAccess.Write(_lock.Handle, record, _end);
            _added.Add(key, new BlockEntry(key, _end, stored.Length, plainLength, BlockPackFormat.DayOf(_store.Time.GetUtcNow())));
            Volatile.Write(ref _end, _end + record.Length);
        }
    }

    /// <summary>Looks up what this session added.</summary>
    public bool TryFind(Sha256Digest key, out BlockEntry entry)
    {
        lock (_gate)
        {
            return _added.TryGetValue(key, out entry);
        }
    }

    /// <summary>Reads what this session added.</summary>
    public bool TryRead(BlockEntry entry, Span<byte> room, out Sha256Digest digest) => BlockPack.TryReadRecord(_lock.Handle, entry, room, out digest);

    /// <summary>Writes the index and lets others add.</summary>
    public void Dispose()
    {
        try
        {
            Dictionary<Sha256Digest, BlockEntry> entries = _before.Entries().ToDictionary(e => e.Key);
            foreach (BlockEntry entry in _added.Values)
            {
                entries[entry.Key] = entry;
            }
            if (_added.Count > 0)
            {
                BlockPack.WriteIndex(_store, Path, _end, entries.Values);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or StrataException)
        {
            // the next session reads the records instead; the outcome of the work must not depend on it
        }
        _before.Dispose();
        _lock.Dispose();
    }

    private static BlockPackWriter? TryContinue(ObjectStore store, string path)
    {
        FileLock? taken = FileLock.TryAcquire(path, exclusive: true);
        try
        {
            if (taken is null || BlockPack.Open(store, path, taken) is not { } before)
            {
                return null;
            }
            BlockPackWriter writer = new(store, taken, before);
            taken = null;
            return writer;
        }
        finally
        {
            taken?.Dispose();
        }
    }
}
