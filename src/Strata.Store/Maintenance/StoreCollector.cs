using Strata.Core;
using Strata.Core.Progress;
using Strata.Store.Actions;
using Strata.Store.Blocks;

namespace Strata.Store.Maintenance;

/// <summary>Removes what was not used for long; alone in the store while it does.</summary>
/// <remarks>
/// One rule: an object is as young as the youngest remembered result that needs it. So nothing that a kept result needs goes by age, and
/// when
/// the size decides, results and their objects go together, longest unused first.
/// </remarks>
internal sealed class StoreCollector(ObjectStore store, IProgressReporter progress)
{
    private readonly StoreScan _scan = new(store.Layout);
    private readonly List<GcRemoval> _removed = [];
    private readonly BlockUpkeep _blocks = new(store);

    public GcResult Run(GcOptions options, HashSet<Sha256Digest> roots, CancellationToken cancellationToken)
    {
        using IDisposable? alone = options.DryRun ? null : store.TryHoldAlone()
            ?? throw new StrataException(
                $"cannot clean up the store {store.Root}: a build or another strata is using it", "Try again when it has ended.");
        try
        {
            return Collect(options, roots, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw StoreFault.Describe(e, "clean up the store", store.Root, needed: null);
        }
    }

    private static bool IsDamaged(StoredThing action, out ActionResult? result)
    {
        result = action.Digest is { } key ? ActionEntryFormat.TryReadFile(action.Path, key) : null;
        return result is null;
    }

    private GcResult Collect(GcOptions options, HashSet<Sha256Digest> roots, CancellationToken cancellationToken)
    {
        using IProgressTask task = progress.Begin("cleaning up the store");
        DateTime cutoff = options.OlderThan is { } age && store.Time.GetUtcNow().UtcDateTime - DateTime.MinValue > age
            ? store.Time.GetUtcNow().UtcDateTime - age
            : DateTime.MinValue;
        ReclaimTemporary(options.DryRun);

        List<(StoredThing Entry, ActionResult Result)> actions = [];
        List<StoredThing> doomed = [];
        foreach (StoredThing entry in _scan.Actions())
        {
            if (IsDamaged(entry, out ActionResult? result) || entry.LastUse < cutoff)
            {
                doomed.Add(entry);
            }
            else
            {
                actions.Add((entry, result!));
            }
        }

        Dictionary<Sha256Digest, DateTime> needed = [];
        foreach ((StoredThing entry, ActionResult result) in actions)
        {
            foreach (ActionOutput output in result.Outputs)
            {
                needed[output.Digest] = Later(entry.LastUse, needed.GetValueOrDefault(output.Digest));
            }
        }
        List<StoredThing> things =
        [
            .. _scan.Objects().Select(o => o with { LastUse = Later(o.LastUse, needed.GetValueOrDefault(o.Digest ?? default)) }),
            .. _scan.Trees(),
            .. _scan.Partials(),
            .. _scan.Documents(),
            .. _scan.Damaged(),
        ];
        Dictionary<StoredThing, BlockGroup> blocks = _blocks.Groups().ToDictionary(
            g => new StoredThing(StoreKind.Blocks, g.Pack, null, g.Bytes, BlockPackFormat.StartOf(g.Day)));
        things.AddRange(blocks.Keys);
        long left = actions.Sum(a => a.Entry.Bytes) + things.Sum(t => t.Bytes);
        HashSet<Sha256Digest> gone = [];
        foreach (StoredThing thing in things.OrderBy(t => t.LastUse).ThenBy(t => t.Path, StringComparer.Ordinal))
        {
            bool isRoot = thing.Kind is StoreKind.Objects or StoreKind.Trees && thing.Digest is { } digest && roots.Contains(digest);
            bool isUnfinished = thing is { Kind: StoreKind.Trees } && thing.LastUse == DateTime.MinValue;
            if (isUnfinished || (!isRoot && (thing.LastUse < cutoff || left > options.KeepBytes?.Bytes)))
            {
                doomed.Add(thing);
                left -= thing.Bytes;
                if (thing is { Kind: StoreKind.Objects, Digest: { } lost })
                {
                    gone.Add(lost);
                }
            }
        }
        foreach ((StoredThing entry, _) in actions.Where(a => a.Result.Outputs.Any(o => gone.Contains(o.Digest))))
        {
            doomed.Add(entry);
            left -= entry.Bytes;
        }

        // Results first: at no moment does one point to an object that is gone on purpose.
        IEnumerable<StoredThing> inOrder = doomed
            .OrderByDescending(t => t.Kind == StoreKind.Actions)
            .ThenBy(t => t.LastUse)
            .ThenBy(t => t.Path, StringComparer.Ordinal);
        foreach (StoredThing thing in inOrder)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Remove(thing, options.DryRun);
            task.Advance(1);
        }
        if (!options.DryRun)
        {
            _blocks.Thin([.. doomed.Where(blocks.ContainsKey).Select(t => blocks[t])], cancellationToken);
        }
        RemoveLocks(options.DryRun);
        return new GcResult(_removed, _removed.Sum(r => r.Bytes), left);
    }

    private static DateTime Later(DateTime a, DateTime b) => a > b ? a : b;

    private void Remove(StoredThing thing, bool dryRun)
    {
        if (!dryRun)
        {
            if (thing.Kind == StoreKind.Blocks)
            {
                // all of a pack's together, at the end
            }
            else if (thing.Kind == StoreKind.Trees)
            {
                TreeRemoval.Remove(thing.Path);
            }
            else
            {
                File.Delete(thing.Path);
            }
        }
        _removed.Add(new GcRemoval(thing.Kind, _scan.Relative(thing.Path), thing.Bytes));
    }

    private void ReclaimTemporary(bool dryRun)
    {
        Dictionary<string, StoredThing> unfinished = _scan.Temporary().ToDictionary(t => t.Path, StringComparer.Ordinal);
        foreach (string path in TemporarySession.Reclaim(store.Layout.Temporary, store.Time.GetUtcNow(), age: null, dryRun))
        {
            long bytes = unfinished.TryGetValue(path, out StoredThing? thing) ? thing.Bytes : 0;
            _removed.Add(new GcRemoval(StoreKind.Temporary, _scan.Relative(path), bytes));
        }
    }

    /// <summary>Nobody works, so nobody waits: lock files that killed processes left have no meaning.</summary>
    private void RemoveLocks(bool dryRun)
    {
        if (dryRun || !Directory.Exists(store.Layout.Locks))
        {
            return;
        }
        foreach (string path in Directory.EnumerateFiles(store.Layout.Locks))
        {
            File.Delete(path);
        }
    }
}
