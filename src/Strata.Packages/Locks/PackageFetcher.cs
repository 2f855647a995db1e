using System.Net;
using Strata.Core;
using Strata.Packages.Indexes;
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
    /// <param name="suites">Where the suites of the lock are reached; several of one name are tried in order, others are ignored.</param>
    /// <param name="cancellationToken">Ends the transfers.</param>
    /// <exception cref="StrataException">A package cannot be had; the message names it, its version and what to do.</exception>
    public static async Task FetchAsync(
        PackageLock packages,
        IDownloader downloader,
        ObjectStore store,
        IReadOnlyList<ArchiveSuite> suites,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(packages);
        ArgumentNullException.ThrowIfNull(downloader);
        ArgumentNullException.ThrowIfNull(store);
        ILookup<string, Uri> roots = suites.ToLookup(s => s.Name, s => s.Root, StringComparer.Ordinal);
        List<LockedPackage> missing = [.. packages.Packages.Where(p => !store.Contains(p.Sha256))];
        if (missing.FirstOrDefault(p => !roots.Contains(p.Suite)) is { } homeless)
        {
            throw new StrataException(
                $"cannot fetch {homeless}: the lock takes it from suite '{homeless.Suite}', for which no archive is known",
                $"Known suites: {string.Join(", ", suites.Select(s => s.Name).Distinct())}.");
        }
        Download[] downloads =
        [
            .. missing.Select(p => new Download(
                p.ToString(), [.. roots[p.Suite].Distinct().Select(r => ArchivePath.Below(r, p.Filename))], p.Size, p.Sha256)),
        ];
        try
        {
            await downloader.FetchAllAsync("packages", downloads, cancellationToken);
        }
        catch (DownloadException e) when (e.Status is HttpStatusCode.NotFound or HttpStatusCode.Gone)
        {
            string dates = string.Join(", ", packages.Releases.Select(r => $"{r.Suite} {r.Date:yyyy-MM-dd}"));
            throw new StrataException(
                e.Message,
                "The mirror no longer has this version. Run 'strata lock NAME' to move to the current ones, or set " +
                $"{ArchiveMirrors.MainSetting} to a snapshot archive of the lock's date ({dates}).",
                e);
        }
    }
}
