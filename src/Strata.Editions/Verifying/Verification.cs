using Strata.Core;
using Strata.Measure.Bytes;

namespace Strata.Editions.Verifying;

/// <summary>Whether an image is what its lock and blueprint make.</summary>
/// <param name="Edition">Name of the edition.</param>
/// <param name="Version">Its version.</param>
/// <param name="Kind">What the image is.</param>
/// <param name="Lock">SHA-256 of the lock that it was rebuilt from.</param>
/// <param name="Files">Its files: one, or all of a folder.</param>
public sealed record Verification(string Edition, string Version, ImageKind Kind, Sha256Digest Lock, IReadOnlyList<VerifiedFile> Files)
{
    /// <summary>True when every byte of every file is the same, and there is no other file.</summary>
    public bool IsSame => Files.All(f => f.Comparison is { IsSame: true });
}

/// <summary>A file that was given, that was rebuilt, or both.</summary>
/// <param name="Path">Where it is, or should be.</param>
/// <param name="Rebuilt">SHA-256 of the rebuilt one; null when the build makes none of that name.</param>
/// <param name="Comparison">Both beside each other; null when one of them is missing.</param>
public sealed record VerifiedFile(string Path, Sha256Digest? Rebuilt, ByteComparison? Comparison);
