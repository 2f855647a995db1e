using Strata.Packages.Locks;

namespace Strata.Composition.Locks;

/// <summary>A change of one part of an edition's lock.</summary>
/// <param name="Part"><c>guest</c>, <c>tools</c>, <c>kernel</c> or <c>builds</c>.</param>
/// <param name="Change">What changed.</param>
public sealed record LockPartChange(string Part, LockChange Change);

/// <summary>Differences of editions' locks.</summary>
public static class LockParts
{
    /// <summary>
    /// What differs: the guest's packages first, then those of the tools, of the kernel's compiler and source, and of builds.
    /// </summary>
    /// <param name="before">The earlier lock; null when there is none.</param>
    /// <param name="after">The later lock.</param>
    public static IReadOnlyList<LockPartChange> Between(EditionLock? before, EditionLock after)
    {
        ArgumentNullException.ThrowIfNull(after);
        return
        [
            .. LockChange.Between(before?.Guest, after.Guest).Select(c => new LockPartChange("guest", c)),
            .. LockChange.Between(before?.Tools, after.Tools).Select(c => new LockPartChange("tools", c)),
            .. LockChange.Between(before?.Kernel, after.Kernel).Select(c => new LockPartChange("kernel", c)),
            .. LockChange.Between(before?.Builds, after.Builds).Select(c => new LockPartChange("builds", c)),
        ];
    }
}
