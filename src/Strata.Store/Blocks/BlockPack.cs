using Microsoft.Win32.SafeHandles;
using Strata.Core;
using Strata.Device.Handles;
using Strata.Device.Posix;

namespace Strata.Store.Blocks;

/// <summary>A pack as one session sees it: the index in memory and the open file.</summary>
/// <remarks>
/// A pack only grows, and only under its exclusive lock; its index is replaced as a whole. What lies behind the part that the index covers was written by
/// a session that still runs (the lock is taken: not ours to look at) or that was killed (the lock is free: it is read record by record, up to
/// the first that is torn).
/// </remarks>
internal sealed class BlockPack : IDisposable
{
    private const int LongestIndex = 256 << 20;

    private readonly SafeFileHandle _file;
    private readonly byte[] _index;
    private readonly int _count;
    private readonly bool[] _used;
    private readonly bool[] _dropped;

    private BlockPack(string path, SafeFileHandle file, long covered, byte[] index, int count)
    {
        (Path, _file, Covered, _index, _count) = (path, file, covered, index, count);
        (_used, _dropped) = (new bool[count], new bool[count]);
    }

    /// <summary>Full path of the pack.</summary>
    public string Path { get; }

    /// <summary>Bytes of the pack that the index covers.</summary>
    public long Covered { get; }

    /// <summary>True when an entry proved to be damaged.</summary>
    public bool HasDropped { get; private set; }

    /// <summary>Opens a pack; null when it vanished.</summary>
    /// <param name="store">The store, for temporary files.</param>
    /// <param name="path">The pack.</param>
    /// <param name="held">The caller's lock on the pack; null to take it when that is needed.</param>
    public static BlockPack? Open(ObjectStore store, string path, FileLock? held = null)
    {
        // not through the framework, whose own advisory lock on every open file would meet the writer's
        SafeFileHandle? file = FileHandles.OpenForReading(path, out int errno);
        if (file is null)
        {
            return errno == PosixError.NoEntry ? null : throw PosixException.Of("open", path, errno);
        }
        byte[] index = ReadIndex(path, out long covered, out int count);
        long length = RandomAccess.GetLength(file);
        if (covered == length)
        {
            return new BlockPack(path, file, covered, index, count);
        }
        FileLock? taken = held ?? FileLock.TryAcquire(path, exclusive: true);
        try
        {
            if (taken is not null)
            {
                index = ReadIndex(path, out covered, out count); // its writer may just have ended
                length = RandomAccess.GetLength(file);
                if (covered > length) // the index of a longer pack: trust neither
                {
                    (index, covered, count) = ([], 0, 0);
                }
                index = Recover(store, path, file, index, count, ref covered, length);
                RandomAccess.SetLength(taken.Handle, covered); // what is torn goes, or nothing could follow it
                if (!BlockPackFormat.TryReadIndex(index, out _, out count))
                {
                    throw new InvalidOperationException("an index of ours does not read");
                }
            }
            else if (covered > length)
            {
                (index, covered, count) = ([], 0, 0);
            }
        }
        finally
        {
            if (held is null)
            {
                taken?.Dispose();
            }
        }
        return new BlockPack(path, file, covered, index, count);
    }

    /// <summary>All entries that are not dropped, sorted by key, with <paramref name="today"/> as day of the used ones.</summary>
    public IEnumerable<BlockEntry> Entries(uint today = 0) => Enumerable.Range(0, _count)
        .Where(i => !_dropped[i])
        .Select(i => EntryAt(i) is var entry && _used[i] && entry.LastUse < today ? entry with { LastUse = today } : entry);

    /// <summary>True when an entry was used that was not used on that day before.</summary>
    public bool HasNewUse(uint today)
    {
        for (int i = 0; i < _count; i++)
        {
            if (_used[i] && EntryAt(i).LastUse < today)
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>Looks a key up.</summary>
    public bool TryFind(Sha256Digest key, out BlockEntry entry)
    {
        int place = Find(key);
        entry = place < 0 ? default : EntryAt(place);
        return place >= 0 && !_dropped[place];
    }

    /// <summary>Reads the stored bytes of an entry; false, and never found again, when they are not what was put in.</summary>
    /// <param name="entry">From <see cref="TryFind"/>.</param>
    /// <param name="room">At least <see cref="BlockEntry.StoredLength"/> bytes.</param>
    /// <param name="digest">SHA-256 of the stored bytes.</param>
    public bool TryRead(BlockEntry entry, Span<byte> room, out Sha256Digest digest)
    {
        bool sound = TryReadRecord(_file, entry, room, out digest);
        if (Find(entry.Key) is >= 0 and var place)
        {
            _used[place] = true;
            if (!sound)
            {
                _dropped[place] = true;
                HasDropped = true;
            }
        }
        return sound;
    }

    /// <summary>Reads a record and checks all of it.</summary>
    public static bool TryReadRecord(SafeFileHandle file, BlockEntry entry, Span<byte> room, out Sha256Digest digest)
    {
        Span<byte> header = stackalloc byte[BlockPackFormat.HeaderSize];
        digest = default;
        if (ReadFully(file, header, entry.Offset) && BlockPackFormat.TryReadHeader(header, entry.Offset, out BlockEntry found, out digest)
            && found.Key == entry.Key && found.StoredLength == entry.StoredLength && found.PlainLength == entry.PlainLength)
        {
            Span<byte> stored = room[..entry.StoredLength];
            return ReadFully(file, stored, entry.Offset + BlockPackFormat.HeaderSize) && Sha256Digest.Of(stored) == digest;
        }
        return false;
    }

    /// <summary>Replaces the index of a pack. The pack's lock is the caller's.</summary>
    public static byte[] WriteIndex(ObjectStore store, string pack, long covered, IEnumerable<BlockEntry> entries)
    {
        List<BlockEntry> sorted = [.. entries.OrderBy(e => e.Key)];
        byte[] bytes = BlockPackFormat.WriteIndex(covered, sorted);
        string temporary = store.NewTemporaryPath();
        File.WriteAllBytes(temporary, bytes); // checked by its digest when it is read, so it need not be durable
        string path = IndexOf(pack);
        int errno = FileHandles.Rename(temporary, path);
        return errno == 0 ? bytes : throw PosixException.Of("rename", path, errno);
    }

    /// <summary>Path of a pack's index.</summary>
    public static string IndexOf(string pack) => System.IO.Path.ChangeExtension(pack, BlockPackFormat.IndexSuffix);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static byte[] ReadIndex(string pack, out long covered, out int count)
    {
        try
        {
            using FileStream file = new(IndexOf(pack), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
            if (file.Length <= LongestIndex)
            {
                byte[] bytes = new byte[file.Length];
                file.ReadExactly(bytes);
                if (BlockPackFormat.TryReadIndex(bytes, out covered, out count))
                {
                    return bytes;
                }
            }
        }
        catch (Exception e) when (e is FileNotFoundException or EndOfStreamException)
        {
            // never written, or of a session that was killed: the pack itself tells
        }
        (covered, count) = (0, 0);
        return [];
    }

    /// <summary>Reads the records behind the covered part and makes an index of both.</summary>
    private static byte[] Recover(ObjectStore store, string path, SafeFileHandle file, byte[] index, int count, ref long covered, long length)
    {
        Dictionary<Sha256Digest, BlockEntry> entries = [];
        for (int i = 0; i < count; i++)
        {
            BlockEntry entry = BlockPackFormat.ReadEntry(Entry(index, i));
            entries[entry.Key] = entry;
        }
        uint today = BlockPackFormat.DayOf(store.Time.GetUtcNow());
        Span<byte> header = stackalloc byte[BlockPackFormat.HeaderSize];
        while (length - covered >= header.Length && ReadFully(file, header, covered)
            && BlockPackFormat.TryReadHeader(header, covered, out BlockEntry entry, out _) && entry.RecordLength <= length - covered)
        {
            entries[entry.Key] = entry with { LastUse = today };
            covered += entry.RecordLength;
        }
        return WriteIndex(store, path, covered, entries.Values);
    }

    private static bool ReadFully(SafeFileHandle file, Span<byte> room, long offset)
    {
        while (room.Length > 0)
        {
            int read = RandomAccess.Read(file, room, offset);
            if (read == 0)
            {
                return false;
            }
            room = room[read..];
            offset += read;
        }
        return true;
    }

    private static ReadOnlySpan<byte> Entry(byte[] index, int place) =>
        index.AsSpan(BlockPackFormat.IndexHeadSize + (place * BlockPackFormat.EntrySize), BlockPackFormat.EntrySize);

    private BlockEntry EntryAt(int place) => BlockPackFormat.ReadEntry(Entry(_index, place));

    private int Find(Sha256Digest key)
    {
        (int low, int high) = (0, _count - 1);
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            int order = Entry(_index, middle)[..Sha256Digest.Size].SequenceCompareTo(key.Bytes);
            if (order == 0)
            {
                return middle;
            }
            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }
        return -1;
    }
}
