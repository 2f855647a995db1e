using Strata.Packages.Listings;

namespace Strata.Packages.Slices;

/// <summary>What a package needs by Pre-Depends and Depends and an image has nothing of.</summary>
/// <param name="present">The packages that the image has files of. Versions are not asked: the lock has chosen them.</param>
public sealed class UnmetDepends(IReadOnlyCollection<ListedPackage> present)
{
    private readonly HashSet<string> _names =
        [.. present.Select(p => p.Name), .. present.SelectMany(p => p.Provides).Select(p => p.Name)];

    /// <summary>Names of the packages, the preferred alternative of each relation; in the order of the package.</summary>
    /// <param name="package">The package.</param>
    public IEnumerable<string> Of(ListedPackage package)
    {
        ArgumentNullException.ThrowIfNull(package);
        return package.Depends.Where(g => !g.Alternatives.Any(r => _names.Contains(r.Name))).Select(g => g.Alternatives[0].Name)
            .Distinct(StringComparer.Ordinal);
    }
}
