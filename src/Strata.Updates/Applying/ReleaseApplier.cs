using Strata.Core;
using Strata.Updates.Layers;
using Strata.Updates.Planning;
using Strata.Updates.Releases;
using Strata.Updates.Storage;

namespace Strata.Updates.Applying;

/// <summary>What came of an update.</summary>
public enum ApplyOutcome
{
    /// <summary>The release is there, and the next start tries it.</summary>
    OnTrial,

    /// <summary>It is on trial since an earlier time: the machine has only to be started anew.</summary>
    WaitsForStart,

    /// <summary>It runs, or has proven good already.</summary>
    IsThere,
}

/// <summary>Brings a published release, which is believed, to a device while its system runs.</summary>
/// <remarks>
/// In an order in which each power cut leaves a machine that starts: garbage goes, room is looked at, objects come, then the record of the
/// release, then its kernel image.
/// </remarks>
/// <param name="store">The store of the device.</param>
/// <param name="boot">Its kernel images.</param>
/// <param name="source">Where the release lies.</param>
/// <param name="steps">Told how it goes on.</param>
public sealed class ReleaseApplier(DeviceStore store, IBootSide boot, IUpdateSource source, ApplySteps steps)
{
    private const long SpareBytes = 1 << 20; // folders, records, what a file system rounds up

    /// <summary>What would be fetched, to the byte. Nothing is written.</summary>
    /// <param name="target">The release.</param>
    /// <exception cref="StrataException">Block indexes cannot be had.</exception>
    public UpdatePlan Plan(PublishedRelease target)
    {
        ArgumentNullException.ThrowIfNull(target);
        return Guarded("plan the way", target, () =>
        {
            ObjectFetch objects = new(store, source, steps);
            return PlanOf(target, store.ReadReleases(), boot.List(), (layer, file) =>
                store.TryReadIndex(file)
                ?? BlockIndex.Read(objects.Read(file, DeviceStore.MostIndexBytes, $"the block index of layer {layer.Name}")));
        });
    }

    /// <summary>Brings it. What came is kept when it cannot be finished, and the next time goes on from there.</summary>
    /// <param name="target">The release.</param>
    /// <param name="again">Also where it was tried before and did not prove good.</param>
    /// <exception cref="StrataException">It cannot be had, or there is no room; the machine starts what it started before.</exception>
    public ApplyOutcome Apply(PublishedRelease target, bool again = false)
    {
        ArgumentNullException.ThrowIfNull(target);
        return Guarded("go", target, () => Applied(target, again));
    }

    /// <summary>Fetches damaged and missing objects once more. What is open of a damaged one stays open until the next start.</summary>
    /// <param name="damaged">From a check of the store.</param>
    /// <exception cref="StrataException">One cannot be had, or there is no room.</exception>
    public void Repair(IReadOnlyList<DamagedObject> damaged)
    {
        ArgumentNullException.ThrowIfNull(damaged);
        try
        {
            foreach (DamagedObject one in damaged)
            {
                long free = store.Storage.FreeBytes;
                if (free < one.Size + SpareBytes)
                {
                    throw new StrataException(
                        $"cannot repair {one.What}: it needs {new ByteSize(one.Size)}, and {new ByteSize(free)} are free");
                }
                steps.Begun(one.What, one.Size);
                new ObjectFetch(store, source, steps).Run(new PublishedFile(one.Digest, one.Size), one.What);
            }
        }
        catch (IOException e)
        {
            throw new StrataException($"cannot repair the store: {e.Message}", innerException: e);
        }
    }

    private ApplyOutcome Applied(PublishedRelease target, bool again)
    {
        ApplyOutcome? before = Standing(target);
        foreach (string problem in new Collection(store, boot).Run(target))
        {
            steps.Noticed(problem);
        }
        if (before is not null)
        {
            return before.Value; // what a power cut left of its end is collected now
        }
        DemandTry(target, again);
        DemandRoom(target);
        Fetch(target);
        store.Record(target);
        before = Standing(target); // the disk was made with it, and only the record was not there
        PutOnTrial(target);
        _ = new Collection(store, boot).Run(target);
        return before ?? ApplyOutcome.OnTrial;
    }

    /// <summary>Where a release stands that is here already; null when it is not.</summary>
    private ApplyOutcome? Standing(PublishedRelease target)
    {
        if (store.ReadReleases().Recorded.All(r => r.Counter != target.Counter))
        {
            return null;
        }
        foreach (BootImage image in boot.List().Where(i => i.Digest == target.Uki.Digest && i.State != BootImageState.Failed))
        {
            return image.IsRunning || image.State == BootImageState.Proven ? ApplyOutcome.IsThere : ApplyOutcome.WaitsForStart;
        }
        return null;
    }

    private void DemandTry(PublishedRelease target, bool again)
    {
        bool hasFailed = store.HasFailed(target.Counter); // whatever failed was marked when garbage went
        if (hasFailed && !again)
        {
            throw new StrataException(
                $"cannot go to release {target.Counter} ({target.Release.Version}): it was tried on this machine and did not prove good",
                "The next release is taken. 'strata-agent update --again' tries this one once more.");
        }
        if (hasFailed)
        {
            store.ClearFailed(target.Counter);
        }
    }

    private void DemandRoom(PublishedRelease target)
    {
        long needed = SpareBytes + target.Release.Layers.Zip(target.Layers).DistinctBy(l => l.First.Image).Sum(l =>
            Lacking(l.First.Image, l.First.Size) + Lacking(l.First.Manifest, l.Second.ManifestSize)
            + Lacking(l.Second.Index.Digest, l.Second.Index.Size));
        bool isBootable = boot.List().Any(i => i.Digest == target.Uki.Digest);
        needed += isBootable ? 0 : Lacking(target.Uki.Digest, target.Uki.Size);
        long free = store.Storage.FreeBytes;
        if (free < needed)
        {
            throw new StrataException(
                $"cannot go to release {target.Counter} ({target.Release.Version}): the store has {new ByteSize(free)} free, "
                + $"needed are {new ByteSize(needed)}",
                "Releases that are not needed are gone already. A larger store: 'disk: parts:' with 'role: store' in the edition.");
        }
        if (!isBootable)
        {
            boot.DemandTry(target, KeptReleases.Of(store.ReadReleases().Recorded, boot.List(), target).Images);
        }

        long Lacking(Sha256Digest digest, long size) => store.Has(digest, size) ? 0 : size - Math.Min(size, store.ArrivedBytes(digest));
    }

    private void Fetch(PublishedRelease target)
    {
        ObjectFetch objects = new(store, source, steps);
        foreach ((ReleaseLayer layer, PublishedLayer more) in target.Release.Layers.Zip(target.Layers))
        {
            objects.Run(new PublishedFile(layer.Manifest, more.ManifestSize), $"the manifest of layer {layer.Name}");
            objects.Run(more.Index, $"the block index of layer {layer.Name}");
        }
        StoreReleases releases = store.ReadReleases();
        IReadOnlyList<BootImage> images = boot.List();
        UpdatePlan plan = PlanOf(target, releases, images, (layer, file) => IndexOf(layer, file));
        using LocalBlocks local = new();
        AddLocal(local, releases);
        foreach ((LayerPlan layer, PublishedLayer more) in plan.Layers.Zip(target.Layers))
        {
                if (!store.Has(layer.Layer.Image, layer.Layer.Size))
            {
                steps.Begun($"layer {layer.Layer.Name}", layer.Bytes);
                new LayerFetch(store, source, local, steps).Run(layer, IndexOf(layer.Layer, more.Index));
            }
        }
        if (local.Damaged > 0)
        {
            steps.Noticed($"blocks of layers that are here were damaged ({local.Damaged}) and came from {source.Name} instead: "
                + "'strata-agent verify' says of which");
        }
        if (plan.UkiBytes > 0)
        {
            steps.Begun("kernel image", target.Uki.Size);
            objects.Run(target.Uki, "the kernel image");
        }
    }

    private void PutOnTrial(PublishedRelease target)
    {
        if (boot.List().Any(i => i.Digest == target.Uki.Digest && i.State != BootImageState.Failed))
        {
            return; // a power cut came right behind it
        }
        using IStoredFile? image = store.TryOpen(target.Uki.Digest, target.Uki.Size);
        if (image is null)
        {
            throw new StrataException("its kernel image is not in the store");
        }
        KernelImageCheck.Demand(image, target);
        boot.Try(target, image);
    }

    private UpdatePlan PlanOf(
        PublishedRelease target, StoreReleases releases, IReadOnlyList<BootImage> images,
        Func<ReleaseLayer, PublishedFile, BlockIndex> indexOf)
    {
        Dictionary<Sha256Digest, BlockIndex> has = [];
        foreach ((ReleaseLayer layer, BlockIndex? index) in Present(releases))
        {
            has.TryAdd(layer.Image, index ?? new BlockIndex(ReleaseLayer.BlockSize, 0, []));
        }
        foreach (ReleaseLayer layer in target.Release.Layers.Where(l => store.Has(l.Image, l.Size)))
        {
            has.TryAdd(layer.Image, new BlockIndex(ReleaseLayer.BlockSize, 0, [])); // came at an earlier time that was cut
        }
        Sha256Digest? uki = images.Any(i => i.Digest == target.Uki.Digest && i.State != BootImageState.Failed)
            || store.Has(target.Uki.Digest, target.Uki.Size) ? target.Uki.Digest : null;
        return Exactly(UpdatePlan.Of(target, has, uki, indexOf));
    }

    /// <summary>Without what is here already, or comes with a layer below: manifests, indexes, and images that two layers share.</summary>
    private UpdatePlan Exactly(UpdatePlan plan)
    {
        HashSet<Sha256Digest> counted = [];
        List<LayerPlan> layers = [];
        foreach ((LayerPlan layer, PublishedLayer more) in plan.Layers.Zip(plan.Release.Layers))
        {
            long side = Side(layer.Layer.Manifest, more.ManifestSize) + Side(more.Index.Digest, more.Index.Size);
            layers.Add(counted.Add(layer.Layer.Image) ? layer with { SideBytes = side }
                : layer with { Way = LayerWay.Nothing, Ranges = [], SideBytes = side });
        }
        return plan with { Layers = layers };

        long Side(Sha256Digest digest, long size) => counted.Add(digest) && !store.Has(digest, size) ? size : 0;
    }

    private void AddLocal(LocalBlocks local, StoreReleases releases)
    {
        foreach ((ReleaseLayer layer, BlockIndex? index) in Present(releases))
        {
            if (index is not null && store.TryOpen(layer.Image, layer.Size) is IStoredFile image)
            {
                local.Add(image, index);
            }
        }
    }

    /// <summary>Layers of the releases that are kept, as far as they are there; each image once.</summary>
    private IEnumerable<(ReleaseLayer Layer, BlockIndex? Index)> Present(StoreReleases releases)
    {
        HashSet<Sha256Digest> seen = [];
        foreach (PublishedRelease release in releases.Recorded.Reverse())
        {
            foreach ((ReleaseLayer layer, PublishedLayer more) in release.Release.Layers.Zip(release.Layers))
            {
                if (store.Has(layer.Image, layer.Size) && seen.Add(layer.Image))
                {
                    yield return (layer, store.TryReadIndex(more.Index));
                }
            }
        }
        foreach (ReleaseLayer layer in releases.Built?.Layers ?? [])
        {
            if (store.Has(layer.Image, layer.Size) && seen.Add(layer.Image))
            {
                yield return (layer, BuiltRelease.IndexOf(store, layer));
            }
        }
    }

    private BlockIndex IndexOf(ReleaseLayer layer, PublishedFile file) => store.TryReadIndex(file)
        ?? throw new StrataException($"the block index of layer {layer.Name} is damaged", "Run 'strata-agent update' again.");

    private static T Guarded<T>(string verb, PublishedRelease target, Func<T> act)
    {
        try
        {
            return act();
        }
        catch (Exception e) when (e is IOException or ImageFormatException)
        {
            throw new StrataException(
                $"cannot {verb} to release {target.Counter} ({target.Release.Version}): {e.Message}",
                "The machine starts what it started before.", e);
        }
    }
}
