using Strata.Packages.Listings;
using Strata.Packages.Relations;
using Strata.Packages.Versions;

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
            foreach (RelationGroup group in closure[i].Depends)
            {
                ListedPackage? target = group.Alternatives.SelectMany(r => TargetsOf(r, packages)).FirstOrDefault();
                if (target is not null && names.Add(target.Name))
                {
                    closure.Add(target);
                }
            }
        }
        return closure;
    }

    // the package of that name comes before those that provide it, as in apt
    private static IEnumerable<ListedPackage> TargetsOf(Relation relation, PackageSet packages)
    {
        if (packages.TryGetPackage(relation.Name, out ListedPackage? real)
            && relation.Constraint.Accepts(DebianVersion.Parse(real.Version)))
        {
            yield return real;
        }
        foreach (ListedPackage provider in packages.Packages)
        {
            if (provider.Provides.Any(p => p.Name == relation.Name && relation.Constraint.Accepts(p.Constraint.Version)))
            {
                yield return provider;
            }
        }
    }
}
