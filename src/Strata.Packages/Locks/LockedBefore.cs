namespace Strata.Packages.Locks;

/// <summary>What an earlier lock means for a new one.</summary>
/// <param name="Packages">The earlier lock.</param>
/// <param name="Moves">
/// Says which of its packages take their version of today; the others keep theirs as long as no package that moves speaks against it.
/// </param>
public sealed record LockedBefore(PackageLock Packages, Func<LockedPackage, bool> Moves)
{
    /// <summary>Keeps what is locked; only what is new, or no longer to be had, is chosen anew.</summary>
    public static LockedBefore Keep(PackageLock packages) => new(packages, _ => false);
}
