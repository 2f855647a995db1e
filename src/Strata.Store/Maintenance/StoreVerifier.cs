using System.Collections.Concurrent;
using Strata.Core;
using Strata.Core.Progress;
using Strata.Store.Actions;
using Strata.Store.Blocks;

namespace Strata.Store.Maintenance;

/// <summary>Reads everything in a store and compares it with its name.</summary>
internal sealed class StoreVerifier(ObjectStore store, IProgressReporter progress)
{
    private readonly StoreScan _scan = new(store.Layout);
    private readonly ConcurrentBag<DamagedObject> _damaged = [];

    public async Task<VerifyResult> RunAsync(CancellationToken cancellationToken)
    {
        ILookup<bool, StoredThing> files = _scan.Objects().ToLookup(f => f.Digest is not null);
        List<StoredThing> objects = [.. files[true]];
        using (IProgressTask task = progress.Begin("checking the store", objects.Sum(o => o.Bytes), ProgressUnit.Bytes))
        {
            ParallelOptions parallel = new() { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellationToken };
            await Parallel.ForEachAsync(objects, parallel, async (thing, cancel) =>
            {
                await CheckAsync(thing, cancel);
                task.Advance(thing.Bytes);
            });
        }
        List<StoredThing> strays = [.. files[false]];
        List<Sha256Digest> actions = CheckActions(strays);
        (int blocks, long blockBytes, int damagedBlocks) = CheckBlocks(cancellationToken);
        return new VerifyResult(
            objects.Count,
            objects.Sum(o => o.Bytes),
            [.. _damaged.OrderBy(d => d.Digest)],
            actions,
            [.. strays.Select(s => _scan.Relative(s.Path)).Order(StringComparer.Ordinal)])
        {
            Blocks = blocks,
            BlockBytes = blockBytes,
            DamagedBlocks = damagedBlocks,
        };
    }

    private (int Count, long Bytes, int Damaged) CheckBlocks(CancellationToken cancellationToken)
    {
        if (BlockCache.PathsOf(store).Count == 0)
        {
            return (0, 0, 0);
        }
        using IProgressTask task = progress.Begin("checking compressed blocks");
        try
        {
            return new BlockUpkeep(store).Verify(cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw StoreFault.Describe(e, "check the compressed blocks of the store", store.Root, needed: null);
        }
    }

    private async Task CheckAsync(StoredThing thing, CancellationToken cancellationToken)
    {
        Sha256Digest expected = thing.Digest!.Value;
        string problem;
        try
        {
            await using FileStream file = new(thing.Path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
            Sha256Digest got = await Sha256Digest.OfAsync(file, cancellationToken);
            if (got == expected)
            {
                return;
            }
            problem = $"its SHA-256 is {got}";
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return; // removed meanwhile
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problem = $"it cannot be read ({e.Message})";
        }
        try
        {
            store.Quarantine(thing.Path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw StoreFault.Describe(e, $"move aside the damaged object {expected} in the store", store.Root, needed: null);
        }
        _damaged.Add(new DamagedObject(expected, problem));
    }

    private List<Sha256Digest> CheckActions(List<StoredThing> strays)
    {
        List<Sha256Digest> damaged = [];
        foreach (StoredThing entry in _scan.Actions())
        {
            if (entry.Digest is not { } key)
            {
                strays.Add(entry);
            }
            else if (ActionEntryFormat.TryReadFile(entry.Path, key) is null && File.Exists(entry.Path))
            {
                File.Delete(entry.Path);
                damaged.Add(key);
            }
        }
        return damaged;
    }
}
