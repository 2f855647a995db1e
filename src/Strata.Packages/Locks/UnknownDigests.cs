using Strata.Core;
using Strata.Packages.Indexes;
using Strata.Packages.Releases;
using Strata.Packages.Solving;
using Strata.Packages.Sources;
using Strata.Store;
using Strata.Store.Downloads;

namespace Strata.Packages.Locks;

/// <summary>The SHA-256 of chosen packages whose archive has only their SHA-512: they are fetched when the lock is made.</summary>
internal static class UnknownDigests
{
    /// <summary>Fetches them.</summary>
    /// <param name="selected">What was chosen.</param>
    /// <param name="suites">Where the packages are.</param>
    /// <param name="downloader">Asks the servers.</param>
    /// <param name="store">Takes the packages.</param>
    /// <param name="cancellationToken">Ends the transfers.</param>
    /// <returns>By package; what its archive says itself is not in it.</returns>
    public static async Task<IReadOnlyDictionary<PackageEntry, Sha256Digest>> LearnAsync(
        IEnumerable<SelectedPackage> selected, IReadOnlyList<ArchiveSuite> suites, IDownloader downloader, ObjectStore store,
        CancellationToken cancellationToken)
    {
        Dictionary<PackageEntry, Sha256Digest> learnt = [];
        foreach (PackageEntry entry in selected.Select(s => s.Entry).Where(e => e.Digest == default))
        {
            ArchiveSuite suite = suites.First(s => s.Archive.Name == entry.Origin.Archive && s.Name == entry.Origin.Suite);
            learnt.Add(entry, await Sha512Files.FetchAsync(
                entry.ToString(), [.. suite.Roots.Select(r => ArchivePath.Below(r, entry.Filename))], entry.Size, entry.Sha512,
                downloader, store, cancellationToken));
        }
        return learnt;
    }
}
