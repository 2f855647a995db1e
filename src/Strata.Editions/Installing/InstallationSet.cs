using Strata.Packages.Listings;
using Strata.Packages.Locks;
using Strata.Packages.Slices;

namespace Strata.Editions.Installing;

/// <summary>Which packages dpkg gets, out of those of a lock.</summary>
internal static class InstallationSet
{
    /// <summary>Packages with all that they depend on, each once.</summary>
    /// <exception cref="InvalidOperationException">One is not among those of the lock.</exception>
    public static ListedPackage[] Closure(PackageSet packages, IEnumerable<string> names) =>
    [
        .. names.SelectMany(n => packages.TryGetPackage(n, out ListedPackage? root) ? DependencyClosure.Of(root, packages)
            : throw new InvalidOperationException($"{n} is not locked")).DistinctBy(p => p.Name),
    ];

    /// <summary>The part of a lock that is about these.</summary>
    public static PackageLock Part(PackageLock all, IEnumerable<ListedPackage> packages)
    {
        HashSet<string> names = [.. packages.Select(p => p.Name)];
        return new PackageLock(all.Architecture, all.Releases, all.Request,
            [.. all.Packages.Where(p => names.Contains(p.Name)).Select(p => p with { RequiredBy = null })]);
    }
}
