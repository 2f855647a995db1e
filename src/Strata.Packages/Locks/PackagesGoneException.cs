using Strata.Core;

namespace Strata.Packages.Locks;

/// <summary>Packages of a lock that no mirror has any more.</summary>
/// <param name="message">One line for a person.</param>
/// <param name="hint">What to try.</param>
/// <param name="packages">All of them, at least one.</param>
/// <param name="innerException">What the mirrors answered.</param>
public sealed class PackagesGoneException(string message, string hint, IReadOnlyList<LockedPackage> packages, Exception innerException)
    : StrataException(message, hint, innerException)
{
    /// <summary>All of them, at least one.</summary>
    public IReadOnlyList<LockedPackage> Packages { get; } = packages;
}
