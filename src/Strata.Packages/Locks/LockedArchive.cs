using Strata.Core;
using Strata.Packages.Sources;

namespace Strata.Packages.Locks;

/// <summary>What a blueprint said of an archive when the lock was made. Never where it is: mirrors may change.</summary>
/// <param name="Name">What the blueprint calls it.</param>
/// <param name="Suites">As in the blueprint, at least one.</param>
/// <param name="Components">As in the blueprint; none for a flat archive.</param>
/// <param name="Keys">SHA-256 of each of its keyrings without armour; none for suites of Debian's own archive.</param>
/// <param name="Priority">Its priority; null for what its releases say.</param>
/// <param name="Packages">Names of packages that may come from it; <c>*</c> stands for any characters.</param>
public sealed record LockedArchive(
    string Name, IReadOnlyList<string> Suites, IReadOnlyList<string> Components, IReadOnlyList<Sha256Digest> Keys, int? Priority,
    IReadOnlyList<string> Packages)
{
    /// <summary>The archive in the form in which locks keep it.</summary>
    public static LockedArchive Of(PackageArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        return new LockedArchive(
            archive.Name, archive.Suites, archive.Components, [.. archive.Keyrings.Select(k => k.Digest)], archive.Priority,
            archive.Packages);
    }

    /// <summary>True when both say the same.</summary>
    public bool IsSameAs(LockedArchive other) => other is not null
        && Name == other.Name
        && Suites.SequenceEqual(other.Suites, StringComparer.Ordinal)
        && Components.SequenceEqual(other.Components, StringComparer.Ordinal)
        && Keys.SequenceEqual(other.Keys)
        && Priority == other.Priority
        && Packages.SequenceEqual(other.Packages, StringComparer.Ordinal);
}
