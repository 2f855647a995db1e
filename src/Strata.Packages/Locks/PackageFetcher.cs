using Strata.Core;
using Strata.Packages.Sources;
using Strata.Store;
using Strata.Store.Downloads;

namespace Strata.Packages.Locks;

/// <summary>Brings the package files of a lock into the store.</summary>
public static class PackageFetcher
{
    /// <summary>Fetches what is not there yet, several at a time; the downloader reports progress.</summary>
    /// <param name="packages">What to fetch.</param>
    /// <param name="downloader">Brings files into <paramref name="store"/>.</param>
    /// <param name="store">Where they go.</param>
    /// <param name="suites">Where the suites of the lock are reached, each once; asked for only when something is missing.</param>
    /// <param name="cancellationToken">Ends the transfers.</param>
    /// <exception cref="PackagesGoneException">
    /// No mirror, and no snapshot service, has some of them any more; the others are in the store.
    /// </exception>
    /// <exception cref="StrataException">A package cannot be had; the message names it, its version and what to do.</exception>
    public static Task FetchAsync(
        PackageLock packages,
        IDownloader downloader,
        ObjectStore store,
        Func<IReadOnlyList<ArchiveSuite>> suites,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(packages);
        return FetchAsync(packages.Packages, packages.Releases, downloader, store, suites, cancellationToken);
    }

    /// <summary>Fetches some packages of a lock.</summary>
    /// <exception cref="PackagesGoneException">No mirror has some of them any more.</exception>
    /// <exception cref="StrataException">A package cannot be had.</exception>
    internal static async Task FetchAsync(
        IReadOnlyList<LockedPackage> packages,
        IReadOnlyList<LockedRelease> releases,
        IDownloader downloader,
        ObjectStore store,
        Func<IReadOnlyList<ArchiveSuite>> suites,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(downloader);
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(suites);
        List<LockedPackage> missing = [.. packages.Where(p => !store.Contains(p.Sha256))];
        if (missing.Count == 0)
        {
            return; // nobody needs to know where the archives are
        }
        if (missing.Find(p => p.IsOwn) is { } own)
        {
            throw new StrataException(
                $"cannot fetch {own}: the lock takes it from {own.Filename} beside the blueprint, which no longer says so",
                "'strata lock NAME' makes a lock for the blueprint as it is now.");
        }
        Dictionary<(string, string), ArchiveSuite> byName = suites().ToDictionary(s => (s.Archive.Name, s.Name));
        if (missing.FirstOrDefault(p => !byName.ContainsKey((p.Archive, p.Suite))) is { } homeless)
        {
            string known = string.Join(", ", byName.Values.Select(s => s.ToString()).Order(StringComparer.Ordinal));
            throw new StrataException(
                homeless.Archive == PackageArchive.DebianName
                    ? $"cannot fetch {homeless}: the lock takes it from suite '{homeless.Suite}', for which no archive is known"
                    : $"cannot fetch {homeless}: the lock takes it from suite '{homeless.Suite}' of archive '{homeless.Archive}', which "
                        + "the blueprint does not name",
                $"Known suites: {known}.");
        }
        Dictionary<(string, string), DateTimeOffset> dates = releases.ToDictionary(r => (r.Archive, r.Suite), r => r.Date);
        try
        {
            await downloader.FetchAllAsync(
                "packages",
                [
                    .. missing.Select(p => new Download(
                        p.ToString(),
                        SourcesOf(
                            p, byName[(p.Archive, p.Suite)],
                            dates.TryGetValue((p.Archive, p.Suite), out DateTimeOffset date) ? date : null),
                        p.Size, p.Sha256)),
                ],
                cancellationToken);
        }
        catch (DownloadException e) when (e.Gone.Count > 0)
        {
            HashSet<Sha256Digest> gone = [.. e.Gone.Select(d => d.Digest)];
            string released = string.Join(", ", releases.Select(r => $"{ArchiveSuite.Show(r.Archive, r.Suite)} {r.Date:yyyy-MM-dd}"));
            throw new PackagesGoneException(
                e.Message,
                "The mirror no longer has this version. Run 'strata lock NAME' to move to the current ones, or set " +
                $"{SnapshotArchive.Setting} to a snapshot service that still has the lock's packages ({released}).",
                [.. packages.Where(p => gone.Contains(p.Sha256))],
                e);
        }
    }

    private static List<Uri> SourcesOf(LockedPackage package, ArchiveSuite suite, DateTimeOffset? released) =>
    [
        .. suite.Roots.Select(r => ArchivePath.Below(r, package.Filename)),
        .. released is { } date ? suite.Snapshot?.AddressesOf(date, package.Filename) ?? [] : [],
    ];
}
