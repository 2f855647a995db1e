using Strata.Packages.Listings;

namespace Strata.Packages.Slices;

/// <summary>What apt would install with a package: everything that it needs by Pre-Depends and Depends, and what that needs.</summary>
/// <remarks>
/// The lock has chosen already: of the alternatives of a relation, and of the packages that provide a name, the first counts that is among
/// the packages. A relation that none of them answers was cut off or is of a package whose dependencies are ignored; it is passed over.
/// </remarks>
public static class DependencyClosure
{
    /// <summary>The package first, then the others in the order in which they are come across; none twice.</summary>
    /// <param name="package">The package.</param>
    /// <param name="packages">Those of the lock.</param>
    public static IReadOnlyList<ListedPackage> Of(ListedPackage package, PackageSet packages)
    {
        ArgumentNullException.ThrowIfNull(package);
        ArgumentNullException.ThrowIfNull(packages);
        List<ListedPackage> closure = [package];
        HashSet<string> names = [package.Name];
        for (int i = 0; i < closure.Count; i++)
        {
            closure.AddRange(packages.NeedsOf(closure[i]).Where(n => names.Add(n.Name)));
        }
        return closure;
    }
}
