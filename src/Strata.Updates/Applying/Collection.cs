using Strata.Core;
using Strata.Updates.Layers;
using Strata.Updates.Releases;
using Strata.Updates.Storage;

namespace Strata.Updates.Applying;

/// <summary>
/// Removes what no release needs any more: first kernel images, so that nothing is started whose layers go; then records; then objects.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="boot">The kernel images.</param>
public sealed class Collection(DeviceStore store, IBootSide boot)
{
    /// <summary>Does it.</summary>
    /// <param name="target">The release that is wanted, whose parts stay as far as they are there; null when none is.</param>
    /// <returns>Sentences for a person: what could not be removed, and why.</returns>
    /// <exception cref="StrataException">Kernel images cannot be changed.</exception>
    /// <exception cref="IOException">The device fails.</exception>
    public IReadOnlyList<string> Run(PublishedRelease? target)
    {
        StoreReleases releases = store.ReadReleases();
        if (releases.Problems.Count > 0)
        {
            return [.. releases.Problems.Select(p => $"{p}: nothing is removed, because it may keep something")];
        }
        IStorage storage = store.Storage;
        KeptReleases kept = KeptReleases.Of(releases.Recorded, boot.List(), target);
        foreach (long counter in kept.NewlyFailed)
        {
            store.MarkFailed(counter);
        }
        boot.Collect(kept.Images);
        IReadOnlyList<BootImage> images = boot.List();
        List<PublishedRelease> stay = [.. releases.Recorded.Where(r => IsKept(r, kept, images))];
        bool keepsBuilt = releases.Built is not null && (stay.Count == 0 || images.Any(i => releases.Of(i.Digest) is null));
        if (!keepsBuilt && stay.Count > 0 && stay[^1].Release is Release newest && !IsSame(releases.Built, newest))
        {
            storage.Write(Medium.ReleaseFile, ReleaseWriter.Write(newest)); // before layers go that the old one names
        }
        foreach (PublishedRelease gone in releases.Recorded.Except(stay))
        {
            store.Forget(gone.Counter);
        }
        HashSet<Sha256Digest> live = [];
        foreach (PublishedRelease release in target is null ? stay : stay.Append(target))
        {
            live.UnionWith(PartsOf(release, images));
        }
        live.UnionWith(keepsBuilt ? PartsOf(releases.Built!) : []);
        RemoveObjects(storage, live);
        RemoveIncoming(storage, live);
        RemoveAside(storage, DeviceStore.Records);
        RemoveAside(storage, DeviceStore.Metadata);
        RemoveAside(storage, "");
        return [];
    }

    // what the boot side could not let go keeps its layers
    private static bool IsKept(PublishedRelease release, KeptReleases kept, IReadOnlyList<BootImage> images) =>
        kept.Recorded.Any(k => k.Counter == release.Counter) || images.Any(i => i.Digest == release.Uki.Digest);

    private static bool IsSame(Release? one, Release other) =>
        one is not null && ReleaseWriter.Write(one).AsSpan().SequenceEqual(ReleaseWriter.Write(other));

    private static IEnumerable<Sha256Digest> PartsOf(PublishedRelease release, IReadOnlyList<BootImage> images)
    {
        foreach ((ReleaseLayer layer, PublishedLayer more) in release.Release.Layers.Zip(release.Layers))
        {
            yield return layer.Image;
            yield return layer.Manifest;
            yield return more.Index.Digest;
        }
        if (images.All(i => i.Digest != release.Uki.Digest))
        {
            yield return release.Uki.Digest; // until it lies where firmware finds it
        }
    }

    private IEnumerable<Sha256Digest> PartsOf(Release built)
    {
        foreach (ReleaseLayer layer in built.Layers)
        {
            yield return layer.Image;
            yield return layer.Manifest;
            if (BuiltRelease.ManifestOf(store, layer) is LayerManifest manifest)
            {
                yield return manifest.BlockIndex;
            }
        }
    }

    private static void RemoveObjects(IStorage storage, HashSet<Sha256Digest> live)
    {
        foreach (StoredName group in storage.List(Medium.ObjectFolder).Where(n => n.IsFolder))
        {
            string folder = StorageSteps.Join(Medium.ObjectFolder, group.Name);
            Remove(storage, folder, name => !Sha256Digest.TryParse(name, out Sha256Digest digest) || !live.Contains(digest));
        }
    }

    private static void RemoveIncoming(IStorage storage, HashSet<Sha256Digest> live) => Remove(
        storage, DeviceStore.Incoming, name => !Sha256Digest.TryParse(name, out Sha256Digest digest) || !live.Contains(digest)
            || storage.HasFile(Medium.PathOf(digest)));

    private static void RemoveAside(IStorage storage, string folder) =>
        Remove(storage, folder, name => name.StartsWith(StorageSteps.Aside, StringComparison.Ordinal));

    private static void Remove(IStorage storage, string folder, Func<string, bool> isGarbage)
    {
        string[] names = [.. storage.List(folder).Where(n => !n.IsFolder && isGarbage(n.Name)).Select(n => n.Name)];
        foreach (string name in names)
        {
            storage.Remove(StorageSteps.Join(folder, name));
        }
        if (names.Length > 0)
        {
            storage.SyncFolder(folder);
        }
    }
}
