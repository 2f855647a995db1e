using System.Net;
using Strata.Core;
using Strata.Core.Progress;
using Strata.Packages.Indexes;
using Strata.Packages.Sources;
using Strata.Store;
using Strata.Store.Downloads;

namespace Strata.Packages.Locks;

/// <summary>Brings the package files of a lock into the store.</summary>
public static class PackageFetcher
{
    private const int Parallel = 8;

    /// <summary>Fetches what is not there yet, several at a time; what is in the store is not asked for.</summary>
    /// <param name="packages">What to fetch.</param>
    /// <param name="downloader">Brings files into <paramref name="store"/>.</param>
    /// <param name="store">Where they go.</param>
    /// <param name="suites">Where the suites of the lock are reached; others are ignored.</param>
    /// <param name="progress">Told of bytes.</param>
    /// <param name="cancellationToken">Ends the transfers.</param>
    /// <exception cref="StrataException">A package cannot be had; the message names it, its version and what to do.</exception>
    public static async Task FetchAsync(
        PackageLock packages,
        IDownloader downloader,
        ObjectStore store,
        IReadOnlyList<ArchiveSuite> suites,
        IProgressReporter progress,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(packages);
        ArgumentNullException.ThrowIfNull(downloader);
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(progress);
        ILookup<string, Uri> roots = suites.ToLookup(s => s.Name, s => s.Root, StringComparer.Ordinal);
        List<LockedPackage> missing = [.. packages.Packages.Where(p => !store.Contains(p.Sha256))];
        if (missing.FirstOrDefault(p => !roots.Contains(p.Suite)) is { } homeless)
        {
            throw new StrataException($"cannot fetch {homeless}: the lock takes it from suite '{homeless.Suite}', for which no archive is known",
                $"Known suites: {string.Join(", ", suites.Select(s => s.Name).Distinct())}.");
        }
        using IProgressTask task = progress.Begin($"{missing.Count} packages", missing.Sum(p => p.Size), ProgressUnit.Bytes);
        ParallelOptions options = new() { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellationToken };
        await System.Threading.Tasks.Parallel.ForEachAsync(missing, options, async (package, token) =>
        {
            await FetchAsync(package, downloader, [.. roots[package.Suite].Distinct()], token);
            task.Advance(package.Size);
        });
    }

    private static async Task FetchAsync(LockedPackage package, IDownloader downloader, IReadOnlyList<Uri> roots, CancellationToken cancellationToken)
    {
        Download download = new(
            package.ToString(), [.. roots.Select(r => ArchivePath.Below(r, package.Filename))], package.Size, package.Sha256);
        try
        {
            await downloader.FetchAsync(download, cancellationToken);
        }
        catch (StrataException e) when (IsGone(e))
        {
            throw new StrataException(
                $"cannot fetch {package}: the mirror no longer has this version",
                $"Run 'strata lock NAME' to move to the versions of today, or set {ArchiveMirrors.MainSetting} to a snapshot archive " +
                $"of about {package.Suite}'s date in the lock.",
                e);
        }
    }

    private static bool IsGone(Exception failure)
    {
        for (Exception? e = failure; e is not null; e = e.InnerException)
        {
            if (e is HttpRequestException { StatusCode: HttpStatusCode.NotFound or HttpStatusCode.Gone } or FileNotFoundException)
            {
                return true;
            }
        }
        return false;
    }
}
