using Strata.Core;
using Strata.Core.Progress;
using Strata.Store.Blocks;

namespace Strata.Store.Maintenance;

/// <summary>What the owner of a store does with it: measure, check, clean up.</summary>
/// <param name="store">The store.</param>
/// <param name="progress">Told how far it is; nobody when null.</param>
public sealed class StoreMaintenance(ObjectStore store, IProgressReporter? progress = null)
{
    private readonly IProgressReporter _progress = progress ?? SilentProgress.Instance;

    /// <summary>How much each part holds; every part is listed.</summary>
    public IReadOnlyList<StoreUsage> SizeOf()
    {
        ILookup<StoreKind, StoredThing> things = new StoreScan(store.Layout).All().ToLookup(t => t.Kind);
        (int blocks, long blockBytes) = new BlockUpkeep(store).Usage();
        return
        [
            .. Enum.GetValues<StoreKind>().Select(k => k == StoreKind.Blocks
                ? new StoreUsage(k, blocks, blockBytes)
                : new StoreUsage(k, things[k].Count(), things[k].Sum(t => t.Bytes))),
        ];
    }

    /// <summary>
    /// Reads every object and every remembered result. Builds may go on meanwhile; what is found damaged is gone for them.
    /// </summary>
    /// <exception cref="StrataException">A damaged object cannot be moved aside.</exception>
    public Task<VerifyResult> VerifyAsync(CancellationToken cancellationToken = default) =>
        new StoreVerifier(store, _progress).RunAsync(cancellationToken);

    /// <summary>
    /// Removes what was not used for long. Remembered results go first, then objects that no remaining result needs, trees, partial
    /// downloads,
    /// documents. Left-overs of killed processes always go.
    /// </summary>
    /// <param name="options">What may stay.</param>
    /// <param name="roots">Objects and trees that stay in any case: those of the locks and releases in use.</param>
    /// <param name="cancellationToken">Ends the work between two removals.</param>
    /// <exception cref="ArgumentException">The options name no limit or a negative one.</exception>
    /// <exception cref="StrataException">Somebody uses the store, or something cannot be removed.</exception>
    public Task<GcResult> GcAsync(GcOptions options, IEnumerable<Sha256Digest> roots, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(roots);
        if (options is { KeepBytes: null, OlderThan: null } || options.KeepBytes is { Bytes: < 0 } || options.OlderThan < TimeSpan.Zero)
        {
            throw new ArgumentException("a clean-up needs KeepBytes or OlderThan, neither negative", nameof(options));
        }
        return Task.Run(() => new StoreCollector(store, _progress).Run(options, roots.ToHashSet(), cancellationToken), cancellationToken);
    }
}
