using Strata.Core;
using Strata.Device.Handles;

namespace Strata.Store.Blocks;

/// <summary>A block found in the cache.</summary>
/// <param name="StoredLength">Bytes kept.</param>
/// <param name="PlainLength">Bytes they stand for.</param>
public readonly record struct CachedBlock(int StoredLength, int PlainLength);

/// <summary>Small results by key, many to a file: compressed blocks, and lists of blocks. Shared by everything that is built with one store.</summary>
/// <remarks>
/// Safe for any number of threads and processes, and for a kill at any moment: packs only grow, one session to a pack, and every byte is checked
/// against its digest when it is read. A key must say everything that decides about the content, as an action key does: what is found is used.
/// What other sessions add becomes visible when the cache is opened the next time. Form: docs/formats/blocks.md.
/// </remarks>
public sealed class BlockCache : IDisposable
{
    private readonly ObjectStore _store;
    private readonly List<BlockPack> _packs = [];
    private readonly Lock _gate = new();
    private readonly List<BlockPackWriter> _written = [];
    private bool _disposed;

    /// <summary>Opens the cache of a store.</summary>
    /// <exception cref="StrataException">It cannot be read.</exception>
    public BlockCache(ObjectStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        _store = store;
        try
        {
            foreach (string path in PathsOf(store))
            {
                if (BlockPack.Open(store, path) is { } pack)
                {
                    _packs.Add(pack);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw StoreFault.Describe(e, "open the block cache of the store", store.Root, needed: null);
        }
    }

    /// <summary>Longest content in bytes.</summary>
    public static int MaxLength => BlockPackFormat.MaxStored;

    /// <summary>Looks a key up without reading its content.</summary>
    public bool TryFind(Sha256Digest key, out CachedBlock block)
    {
        foreach (BlockPackWriter writer in Written())
        {
            if (writer.TryFind(key, out BlockEntry added))
            {
                block = new CachedBlock(added.StoredLength, added.PlainLength);
                return true;
            }
        }
        foreach (BlockPack pack in _packs)
        {
            if (pack.TryFind(key, out BlockEntry entry))
            {
                block = new CachedBlock(entry.StoredLength, entry.PlainLength);
                return true;
            }
        }
        block = default;
        return false;
    }

    /// <summary>Reads and checks a content; a damaged one is forgotten and not found.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="room">Where it goes; a longer content is not found.</param>
    /// <param name="block">Its lengths.</param>
    /// <param name="digest">SHA-256 of the stored bytes.</param>
    public bool TryRead(Sha256Digest key, Span<byte> room, out CachedBlock block, out Sha256Digest digest)
    {
        foreach (BlockPackWriter writer in Written())
        {
            if (writer.TryFind(key, out BlockEntry added) && added.StoredLength <= room.Length && writer.TryRead(added, room, out digest))
            {
                block = new CachedBlock(added.StoredLength, added.PlainLength);
                return true;
            }
        }
        foreach (BlockPack pack in _packs)
        {
            if (pack.TryFind(key, out BlockEntry entry) && entry.StoredLength <= room.Length && pack.TryRead(entry, room, out digest))
            {
                block = new CachedBlock(entry.StoredLength, entry.PlainLength);
                return true;
            }
        }
        (block, digest) = (default, default);
        return false;
    }

    /// <summary>Keeps a content; does nothing when the key is there already.</summary>
    /// <param name="key">Says everything that decides about the content.</param>
    /// <param name="stored">At most <see cref="MaxLength"/> bytes.</param>
    /// <param name="plainLength">Bytes they stand for.</param>
    /// <exception cref="StrataException">The disk is full or fails.</exception>
    public void Add(Sha256Digest key, ReadOnlySpan<byte> stored, int plainLength)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(stored.Length, BlockPackFormat.MaxStored, nameof(stored));
        ArgumentOutOfRangeException.ThrowIfNegative(plainLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(plainLength, BlockPackFormat.MaxPlain);
        if (TryFind(key, out _))
        {
            return;
        }
        try
        {
            Writer().Add(key, stored, plainLength);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw StoreFault.Describe(e, "keep a compressed block", _store.Root, stored.Length);
        }
    }

    /// <summary>Writes what is to be remembered about this session and lets go.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }
            _disposed = true;
        }
        HashSet<string> written = [.. _written.Select(w => w.Path)];
        _written.ForEach(w => w.Dispose());
        uint today = BlockPackFormat.DayOf(_store.Time.GetUtcNow());
        foreach (BlockPack pack in _packs)
        {
            if (pack.HasDropped || pack.HasNewUse(today))
            {
                NoteUse(pack, today);
            }
            pack.Dispose();
        }
    }

    /// <summary>Full paths of the packs of a store, in order.</summary>
    internal static IReadOnlyList<string> PathsOf(ObjectStore store) => Directory.Exists(store.Layout.Blocks)
        ? [.. Directory.EnumerateFiles(store.Layout.Blocks, "*" + BlockPackFormat.PackSuffix).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>Takes over into the index which entries were used today, and which are damaged; another time when the pack is in use.</summary>
    private void NoteUse(BlockPack pack, uint today)
    {
        try
        {
            using FileLock? taken = FileLock.TryAcquire(pack.Path, exclusive: true);
            if (taken is null)
            {
                return;
            }
            using BlockPack? now = BlockPack.Open(_store, pack.Path, taken);
            if (now is null)
            {
                return;
            }
            Dictionary<Sha256Digest, BlockEntry> seen = pack.Entries(today).ToDictionary(e => e.Key);
            IEnumerable<BlockEntry> merged = now.Entries().SelectMany(e =>
                !seen.TryGetValue(e.Key, out BlockEntry mine) ? e.Offset < pack.Covered ? Array.Empty<BlockEntry>() : [e]
                : e.Offset == mine.Offset ? [e with { LastUse = Math.Max(e.LastUse, mine.LastUse) }] : [e]);
            BlockPack.WriteIndex(_store, pack.Path, now.Covered, merged);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or StrataException)
        {
            // a store that may only be read is still good for reading
        }
    }

    private BlockPackWriter[] Written()
    {
        lock (_gate)
        {
            return [.. _written];
        }
    }

    private BlockPackWriter Writer()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_written is not [.., { IsFull: false } writer])
            {
                writer = BlockPackWriter.Open(_store, _store.Layout.Blocks);
                _written.Add(writer);
            }
            return writer;
        }
    }
}
