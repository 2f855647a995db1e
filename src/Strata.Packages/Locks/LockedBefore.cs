namespace Strata.Packages.Locks;

/// <summary>What an earlier lock means for a new one.</summary>
/// <param name="Packages">The earlier lock.</param>
/// <param name="Moves">
/// Says which of its packages take their version of today; the others keep theirs as long as no package that moves speaks against it.
/// </param>
/// <param name="RefusesOlder">
/// True to refuse releases of the archives that are older than those of the earlier lock: a fresh store remembers none, but the lock
/// tells. Not for a lock that was made from somebody else's mirrors, such as those that strata comes with.
/// </param>
public sealed record LockedBefore(PackageLock Packages, Func<LockedPackage, bool> Moves, bool RefusesOlder = false)
{
    /// <summary>Keeps what is locked; only what is new, or no longer to be had, is chosen anew.</summary>
    public static LockedBefore Keep(PackageLock packages) => new(packages, _ => false);
}
