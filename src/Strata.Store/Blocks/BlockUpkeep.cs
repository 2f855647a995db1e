using Microsoft.Win32.SafeHandles;
using Strata.Core;
using Strata.Device.Handles;
using Strata.Device.Posix;

namespace Strata.Store.Blocks;

/// <summary>Blocks of one pack that were last used on one day.</summary>
/// <param name="Pack">Full path of the pack.</param>
/// <param name="Day">The day.</param>
/// <param name="Count">How many blocks.</param>
/// <param name="Bytes">Bytes of their records.</param>
internal sealed record BlockGroup(string Pack, uint Day, int Count, long Bytes);

/// <summary>What the owner of a store does with its packs: count, check, thin out.</summary>
internal sealed class BlockUpkeep(ObjectStore store)
{
    /// <summary>All blocks, by pack and day of last use.</summary>
    public IReadOnlyList<BlockGroup> Groups()
    {
        List<BlockGroup> groups = [];
        foreach (string path in BlockCache.PathsOf(store))
        {
            using BlockPack? pack = BlockPack.Open(store, path);
            groups.AddRange((pack?.Entries() ?? []).GroupBy(e => e.LastUse).OrderBy(g => g.Key)
                .Select(g => new BlockGroup(path, g.Key, g.Count(), g.Sum(e => e.RecordLength))));
        }
        return groups;
    }

    /// <summary>Blocks, and bytes of packs and indexes.</summary>
    public (int Count, long Bytes) Usage()
    {
        (int count, long bytes) = (0, 0);
        foreach (string path in BlockCache.PathsOf(store))
        {
            using BlockPack? pack = BlockPack.Open(store, path);
            count += pack?.Entries().Count() ?? 0;
            bytes += LengthOf(path) + LengthOf(BlockPack.IndexOf(path));
        }
        return (count, bytes);
    }

    /// <summary>Reads every block; damaged ones are forgotten and compressed again when needed.</summary>
    /// <returns>How many were read, their bytes, and how many of them were damaged.</returns>
    public (int Count, long Bytes, int Damaged) Verify(CancellationToken cancellationToken)
    {
        (int count, long bytes, int damaged) = (0, 0, 0);
        byte[] room = new byte[BlockPackFormat.MaxStored];
        foreach (string path in BlockCache.PathsOf(store))
        {
            using BlockPack? pack = BlockPack.Open(store, path);
            foreach (BlockEntry entry in pack is null ? [] : pack.Entries().OrderBy(e => e.Offset).ToList())
            {
                cancellationToken.ThrowIfCancellationRequested();
                count++;
                bytes += entry.StoredLength;
                damaged += pack!.TryRead(entry, room, out _) ? 0 : 1;
            }
            if (pack is { HasDropped: true })
            {
                using FileLock? taken = FileLock.TryAcquire(path, exclusive: true);
                if (taken is not null && RandomAccess.GetLength(taken.Handle) == pack.Covered)
                {
                    BlockPack.WriteIndex(store, path, pack.Covered, pack.Entries());
                }
            }
        }
        return (count, bytes, damaged);
    }

    /// <summary>
    /// Removes groups of blocks, and with them what packs hold in vain: blocks that another pack has too, damaged and torn ones. The caller is alone
    /// in the store. A pack that stays as it is is not touched; another is written anew before it is deleted, so a kill costs nothing but room.
    /// </summary>
    /// <param name="doomed">Groups that go.</param>
    /// <param name="cancellationToken">Ends the work between two packs.</param>
    public void Thin(IReadOnlyCollection<BlockGroup> doomed, CancellationToken cancellationToken)
    {
        HashSet<(string, uint)> gone = [.. doomed.Select(g => (g.Pack, g.Day))];
        HashSet<Sha256Digest> kept = [];
        foreach (string path in BlockCache.PathsOf(store))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using FileLock? taken = FileLock.TryAcquire(path, exclusive: true);
            using BlockPack? pack = taken is null ? null : BlockPack.Open(store, path, taken);
            if (pack is null)
            {
                continue; // this very process is adding to it
            }
            List<BlockEntry> entries = [.. pack.Entries()];
            List<BlockEntry> stay = [.. entries.Where(e => !gone.Contains((path, e.LastUse)) && kept.Add(e.Key)).OrderBy(e => e.Offset)];
            if (stay.Sum(e => e.RecordLength) == pack.Covered)
            {
                continue;
            }
            if (stay.Count > 0)
            {
                Rewrite(taken!.Handle, stay);
            }
            File.Delete(BlockPack.IndexOf(path));
            File.Delete(path);
        }
        foreach (string index in Directory.Exists(store.Layout.Blocks) ? Directory.EnumerateFiles(store.Layout.Blocks, "*" + BlockPackFormat.IndexSuffix) : [])
        {
            if (!File.Exists(Path.ChangeExtension(index, BlockPackFormat.PackSuffix)))
            {
                File.Delete(index);
            }
        }
    }

    private static long LengthOf(string path) => new FileInfo(path) is { Exists: true } file ? file.Length : 0;

    private void Rewrite(SafeFileHandle source, List<BlockEntry> stay)
    {
        string temporary = store.NewTemporaryPath();
        List<BlockEntry> moved = [];
        long end = 0;
        using (SafeFileHandle target = File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.Write))
        {
            byte[] record = new byte[BlockPackFormat.HeaderSize + BlockPackFormat.MaxStored];
            foreach (BlockEntry entry in stay)
            {
                Span<byte> stored = record.AsSpan(BlockPackFormat.HeaderSize, entry.StoredLength);
                if (BlockPack.TryReadRecord(source, entry, stored, out Sha256Digest digest))
                {
                    BlockPackFormat.WriteHeader(record, entry.Key, entry.StoredLength, entry.PlainLength, digest);
                    RandomAccess.Write(target, record.AsSpan(0, (int)entry.RecordLength), end);
                    moved.Add(entry with { Offset = end });
                    end += entry.RecordLength;
                }
            }
        }
        string path = Path.Combine(store.Layout.Blocks, Path.GetFileNameWithoutExtension(Path.GetRandomFileName()) + BlockPackFormat.PackSuffix);
        int errno = FileHandles.Rename(temporary, path);
        if (errno != 0)
        {
            throw PosixException.Of("rename", path, errno);
        }
        BlockPack.WriteIndex(store, path, end, moved);
    }
}
