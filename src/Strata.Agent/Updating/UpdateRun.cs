using Strata.Core;
using Strata.Updates.Applying;
using Strata.Updates.Planning;
using Strata.Updates.Releases;

namespace Strata.Agent.Updating;

/// <summary>One update of a device, from what is published to a kernel image on trial.</summary>
/// <param name="store">Its store.</param>
/// <param name="boot">Its kernel images.</param>
/// <param name="source">Where releases are published.</param>
/// <param name="time">The clock that metadata expires by.</param>
/// <param name="steps">Told how it goes on.</param>
internal sealed class UpdateRun(DeviceStore store, IBootSide boot, IUpdateSource source, TimeProvider time, ApplySteps steps)
{
    private readonly ReleaseApplier _applier = new(store, boot, source, steps);

    /// <summary>Bytes of the release that were fetched.</summary>
    public long Fetched => steps.FetchedBytes;

    /// <summary>Learns what is published, and which of it this device is to have.</summary>
    /// <param name="root">The root of the image.</param>
    /// <param name="running">The release that runs.</param>
    /// <param name="counter">A release by its number; null for the newest.</param>
    /// <param name="isKept">False when nothing may be written.</param>
    /// <exception cref="StrataException">It cannot be learnt, is not believed, or is not for this device.</exception>
    public PublishedRelease Find(byte[] root, Release running, long? counter, bool isKept)
    {
        ReleaseNews news = new(source, new StoredMetadata(store.Storage, isKept), time, steps.Wait);
        news.Refresh(root);
        PublishedRelease target = news.Find(running, counter);
        StoreReleases releases = store.ReadReleases();
        IReadOnlyList<BootImage> images = boot.List();
        DeviceStanding standing = DeviceStanding.Of(running, releases, images);
        if (standing.Counter == 0 && news.FindRunning(running, target) is PublishedRelease own)
        {
            standing = standing with { Counter = own.Counter };
            if (isKept && IsBootable(own, images))
            {
                store.Adopt(own);
            }
        }
        UpdateRules.Demand(target, standing);
        return target;
    }

    /// <summary>Whether nothing is to be done for a release: it runs, or has proven good.</summary>
    public bool IsHere(PublishedRelease target)
    {
        foreach (BootImage image in boot.List())
        {
            if (image.Digest == target.Uki.Digest && (image.IsRunning || image.State == BootImageState.Proven))
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>What would be fetched.</summary>
    /// <exception cref="StrataException">It cannot be learnt.</exception>
    public UpdatePlan Plan(PublishedRelease target) => _applier.Plan(target);

    /// <summary>Brings it.</summary>
    /// <exception cref="StrataException">It cannot be had, or there is no room.</exception>
    public ApplyOutcome Apply(PublishedRelease target, bool again) => _applier.Apply(target, again);

    private static bool IsBootable(PublishedRelease release, IReadOnlyList<BootImage> images)
    {
        foreach (BootImage image in images)
        {
            if (image.Digest == release.Uki.Digest)
            {
                return true;
            }
        }
        return false;
    }
}
