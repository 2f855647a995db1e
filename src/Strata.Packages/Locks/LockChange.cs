namespace Strata.Packages.Locks;

/// <summary>A package in which two locks differ.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Before">What the earlier lock has; null for a package that is new.</param>
/// <param name="After">What the later lock has; null for a package that is gone.</param>
public sealed record LockChange(string Name, LockedPackage? Before, LockedPackage? After)
{
    /// <summary>True when the later one comes from a suite of security updates.</summary>
    public bool IsSecurity => After is not null && After.Suite.EndsWith("-security", StringComparison.Ordinal);

    /// <summary>How many more bytes are fetched; negative for fewer.</summary>
    public long Bytes => (After?.Size ?? 0) - (Before?.Size ?? 0);

    /// <summary>What differs, by name. The same version with other bytes is a change too.</summary>
    /// <param name="before">The earlier lock; null when there is none.</param>
    /// <param name="after">The later lock; null when there is none.</param>
    public static IReadOnlyList<LockChange> Between(PackageLock? before, PackageLock? after)
    {
        SortedSet<string> names = new((before?.Packages ?? []).Concat(after?.Packages ?? []).Select(p => p.Name), StringComparer.Ordinal);
        return
        [
            .. names.Select(n => new LockChange(n, before?.Find(n), after?.Find(n))).Where(c => c.Before?.Sha256 != c.After?.Sha256),
        ];
    }

    /// <summary>For people: <c>moved: curl 8.14.1-2 → 8.14.1-2+deb13u3 (the mirror no longer has it)</c>.</summary>
    /// <param name="moved">Packages that had to move; others moved along with them.</param>
    /// <param name="why">Why they had to.</param>
    public string Moved(IReadOnlyList<LockedPackage> moved, string why = "the mirror no longer has it")
    {
        ArgumentNullException.ThrowIfNull(moved);
        string reason = Before is not null && moved.Contains(Before) ? why : "along with others";
        return this switch
        {
            { Before: null } => $"added: {Name} {After!.Version} (needed by what was moved)",
            { After: null } => $"left out: {Name} {Before.Version} (not needed any more)",
            _ when Before.Version == After.Version => $"replaced: {Name} {After.Version} ({reason})", // other bytes of the same version
            _ => $"moved: {Name} {Before.Version} → {After.Version} ({reason})",
        };
    }
}
