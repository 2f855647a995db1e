using Strata.Packages.Listings;

namespace Strata.Packages.Slices;

/// <summary>What a package needs by Pre-Depends and Depends and an image has nothing of.</summary>
public static class UnmetDepends
{
    /// <summary>Names of the packages, the preferred alternative of each relation; in the order of the package.</summary>
    /// <param name="package">The package.</param>
    /// <param name="present">The packages that the image has files of. Versions are not asked: the lock has chosen them.</param>
    public static IEnumerable<string> Of(ListedPackage package, IReadOnlyCollection<ListedPackage> present)
    {
        ArgumentNullException.ThrowIfNull(package);
        ArgumentNullException.ThrowIfNull(present);
        HashSet<string> names = [.. present.Select(p => p.Name), .. present.SelectMany(p => p.Provides).Select(p => p.Name)];
        return package.Depends.Where(g => !g.Alternatives.Any(r => names.Contains(r.Name))).Select(g => g.Alternatives[0].Name)
            .Distinct(StringComparer.Ordinal);
    }
}
