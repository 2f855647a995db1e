using Strata.Core;
using Strata.Updates.Releases;

namespace Strata.Updates.Applying;

/// <summary>What a device runs and has, as far as it decides whether a release is for it.</summary>
/// <param name="Running">The release that runs.</param>
/// <param name="Counter">Its counter; 0 when it was never published, or nobody knows.</param>
/// <param name="LeastSecurity">The largest security version that has proven good.</param>
public sealed record DeviceStanding(Release Running, long Counter, long LeastSecurity)
{
    /// <summary>Finds out.</summary>
    /// <param name="running">The release that runs.</param>
    /// <param name="releases">What is recorded.</param>
    /// <param name="images">What can be started.</param>
    public static DeviceStanding Of(Release running, StoreReleases releases, IReadOnlyList<BootImage> images)
    {
        ArgumentNullException.ThrowIfNull(running);
        ArgumentNullException.ThrowIfNull(releases);
        ArgumentNullException.ThrowIfNull(images);
        IEnumerable<PublishedRelease> proven = images.Where(i => i.State == BootImageState.Proven).Select(i => releases.Of(i.Digest))
            .OfType<PublishedRelease>();
        byte[] text = ReleaseWriter.Write(running);
        return new DeviceStanding(
            running, releases.Recorded.LastOrDefault(r => ReleaseWriter.Write(r.Release).AsSpan().SequenceEqual(text))?.Counter ?? 0,
            proven.Select(r => r.SecurityVersion).DefaultIfEmpty(0).Max());
    }
}

/// <summary>Whether a device may go to a release.</summary>
public static class UpdateRules
{
    /// <summary>Version of what applies releases here: a release says which it needs.</summary>
    public const long AgentVersion = 1;

    /// <summary>Refuses what is not for this device.</summary>
    /// <exception cref="StrataException">It may not take the release.</exception>
    public static void Demand(PublishedRelease target, DeviceStanding device)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(device);
        Release running = device.Running;
        string name = $"release {target.Counter} ({target.Release.Edition} {target.Release.Version})";
        if (target.Release.Edition != running.Edition || target.Release.Architecture != running.Architecture)
        {
            throw new StrataException(
                $"cannot take {name}: it is {target.Release.Edition} for {target.Release.Architecture}, and this is {running.Edition} for "
                + running.Architecture);
        }
        if (target.LeastAgent > AgentVersion)
        {
            throw new StrataException(
                $"cannot take {name}: it needs version {target.LeastAgent} of what applies releases, and this is {AgentVersion}",
                "Go to a release in between; 'strata-agent update --to NUMBER' names one.");
        }
        if (target.Counter < device.Counter)
        {
            throw new StrataException(
                $"cannot take {name}: this machine has release {device.Counter}, which is newer",
                "'strata-agent rollback' goes back to one that it has.");
        }
        if (target.SecurityVersion < device.LeastSecurity)
        {
            throw new StrataException(
                $"cannot take {name}: its security version is {target.SecurityVersion}, and one "
                + $"with {device.LeastSecurity} has proven good here");
        }
        if (target.UpgradeFrom > device.Counter)
        {
            string has = device.Counter == 0 ? "has none that was published" : $"has {device.Counter}";
            throw new StrataException(
                $"cannot take {name}: it is for machines that have release {target.UpgradeFrom} or a later one, and this one {has}",
                $"Go to release {target.UpgradeFrom} first: 'strata-agent update --to {target.UpgradeFrom}'.");
        }
    }
}
