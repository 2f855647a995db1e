using System.Globalization;
using System.Text;
using Strata.Core;
using Strata.Formats.Deb;
using Strata.Packages.Indexes;
using Strata.Store;

namespace Strata.Packages.Locks;

/// <summary>
/// Packages that a lock knows by their digests as indexes of their own, so that they can be chosen although the archives of today do not
/// list them.
/// </summary>
/// <remarks>
/// What a package says of itself is the same text that an archive lists (deb-control(5)); where it lies and its digest come from the lock.
/// </remarks>
internal static class KnownPackages
{
    /// <summary>Reads the control files of packages in the store.</summary>
    /// <param name="packages">All of them are in the store.</param>
    /// <param name="store">Holds them.</param>
    /// <param name="architecture">Architecture of the system.</param>
    /// <exception cref="StrataException">One of them breaks a rule.</exception>
    public static IReadOnlyList<PackageIndex> Read(IReadOnlyList<LockedPackage> packages, ObjectStore store, string architecture) =>
    [
        .. packages
            .GroupBy(p => new IndexOrigin(p.Suite, p.Component, architecture, IsOfInstaller(p), p.Archive))
            .OrderBy(g => g.Key.ToString(), StringComparer.Ordinal)
            .Select(g => Read(g.Key, g, store)),
    ];

    /// <summary>True for a package of the Debian Installer.</summary>
    public static bool IsOfInstaller(LockedPackage package) => package.Filename.EndsWith(".udeb", StringComparison.Ordinal);

    private static PackageIndex Read(IndexOrigin origin, IEnumerable<LockedPackage> packages, ObjectStore store)
    {
        using MemoryStream text = new();
        foreach (LockedPackage package in packages)
        {
            try
            {
                using FileStream deb = store.OpenRead(package.Sha256);
                string control = DebReader.Read(deb).Control.TrimEnd();
                text.Write(Encoding.UTF8.GetBytes(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{control}\nFilename: {package.Filename}\nSize: {package.Size}\nSHA256: {package.Sha256}\n\n")));
            }
            catch (ImageFormatException e)
            {
                throw new StrataException($"cannot keep {package} of the lock: {e.Message}",
                    "'strata lock NAME' moves to the packages of today.", e);
            }
        }
        text.Position = 0;
        return PackageIndexReader.Read(text, origin);
    }
}
