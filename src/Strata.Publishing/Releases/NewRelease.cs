using Strata.Core;
using Strata.Updates.Releases;

namespace Strata.Publishing.Releases;

/// <summary>A release that is to be published.</summary>
/// <param name="Release">What the kernel image has of it.</param>
/// <param name="Uki">SHA-256 of the kernel image.</param>
/// <param name="Bills">Bills of materials, by the names of their forms.</param>
/// <param name="Open">Opens kernel image and parts of layers by their digests.</param>
public sealed record NewRelease(
    Release Release, Sha256Digest Uki, IReadOnlyDictionary<string, byte[]> Bills, Func<Sha256Digest, Stream> Open)
{
    /// <summary>Its number among the releases of the edition; null for the next one.</summary>
    public long? Counter { get; init; }

    /// <summary>Its security version; null for that of the release before.</summary>
    public long? SecurityVersion { get; init; }

    /// <summary>The smallest counter that may go to it in one step; 0 for any.</summary>
    public long UpgradeFrom { get; init; }
}

/// <summary>A release that lies in a repository; metadata does not name it yet where it is new.</summary>
/// <param name="Release">The release.</param>
/// <param name="Targets">Its files that metadata has to name.</param>
/// <param name="NewObjects">Objects that were not there before.</param>
/// <param name="NewBytes">Bytes of those.</param>
/// <param name="IsNew">False when the newest release that is published is the same.</param>
public sealed record AddedRelease(
    PublishedRelease Release, IReadOnlyList<Tuf.Metadata.TargetFile> Targets, int NewObjects, long NewBytes, bool IsNew);
