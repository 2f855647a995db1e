using Strata.Core;
using Strata.Packages.Indexes;
using Strata.Packages.Releases;
using Strata.Packages.Solving;
using Strata.Packages.Sources;
using Strata.Packages.Versions;

namespace Strata.Packages.Locks;

/// <summary>Suites of archives, verified and read, from which locks are made.</summary>
internal sealed class ArchiveSet
{
    private readonly ArchiveAccess _access;

    private ArchiveSet(PackagePool pool, IReadOnlyList<VerifiedRelease> releases, ArchiveAccess access) =>
        (Pool, Releases, _access) = (pool, releases, access);

    /// <summary>All packages of the suites for the architecture.</summary>
    public PackagePool Pool { get; }

    /// <summary>What the suites said of themselves, in the order asked for.</summary>
    public IReadOnlyList<VerifiedRelease> Releases { get; }

    /// <summary>Fetches, verifies and reads suites.</summary>
    /// <param name="suites">In order of preference among equal versions.</param>
    /// <param name="architecture">Such as <c>amd64</c>.</param>
    /// <param name="installerPackages">True to read the packages of the Debian Installer too.</param>
    /// <param name="access">The surroundings.</param>
    /// <param name="cancellationToken">Ends the transfers.</param>
    /// <exception cref="StrataException">A suite cannot be had, is not to be trusted, or is damaged.</exception>
    public static async Task<ArchiveSet> OpenAsync(
        IReadOnlyList<ArchiveSuite> suites,
        string architecture,
        bool installerPackages,
        ArchiveAccess access,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(suites);
        ArgumentNullException.ThrowIfNull(access);
        ReleaseFetcher fetcher = new(access);
        VerifiedRelease[] releases = await Task.WhenAll(suites.Select(s => fetcher.FetchAsync(s, cancellationToken)));
        return await OpenAsync(releases, architecture, installerPackages, access, cancellationToken);
    }

    /// <summary>Reads the indexes of releases that were fetched and verified before.</summary>
    /// <exception cref="StrataException">An index cannot be had or trusted.</exception>
    public static async Task<ArchiveSet> OpenAsync(
        IReadOnlyList<VerifiedRelease> releases,
        string architecture,
        bool installerPackages,
        ArchiveAccess access,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(releases);
        ArgumentNullException.ThrowIfNull(access);
        IndexFetcher indexFetcher = new(access.Downloader, access.Store, access.CacheFolder, access.Progress);
        List<Task<IReadOnlyList<PackageIndex>>> tasks = [];
        foreach (VerifiedRelease release in releases)
        {
            tasks.Add(indexFetcher.FetchAsync(release, architecture, installer: false, cancellationToken));
            if (installerPackages && release.Suite.Archive.IsDebian)
            {
                tasks.Add(indexFetcher.FetchAsync(release, architecture, installer: true, cancellationToken));
            }
        }
        IReadOnlyList<PackageIndex>[] indexes = await Task.WhenAll(tasks);
        return new ArchiveSet(
            new PackagePool(architecture, [.. indexes.SelectMany(i => i)], indexFetcher.LeftOut, new ArchivePreferences(releases)),
            releases, access);
    }

    /// <summary>True when an index lists exactly this package.</summary>
    internal bool Lists(LockedPackage package) =>
        Pool.VersionsOf(package.Name, KnownPackages.IsOfInstaller(package)).Any(e => e.Digest == package.Sha256);

    /// <summary>True when the index that listed this package is one of those that could not be had.</summary>
    internal bool MayNotList(LockedPackage package) => Pool.LeftOut.Any(l =>
        l.Origin.Archive == package.Archive && l.Origin.Suite == package.Suite && l.Origin.Component == package.Component
            && l.Origin.IsInstaller == KnownPackages.IsOfInstaller(package));

    /// <summary>The same archives, with package files beside the blueprint.</summary>
    /// <param name="own">Before those of the archives in the order of preference.</param>
    /// <param name="folders">The archives among those of the blueprint that are folders.</param>
    internal ArchiveSet WithOwn(IReadOnlyList<PackageIndex> own, IEnumerable<PackageArchive> folders) => own.Count == 0 ? this
        : new ArchiveSet(
            new PackagePool(Pool.Architecture, [.. own, .. Pool.Indexes], Pool.LeftOut, Pool.Preferences.With(folders)), Releases, _access);

    /// <summary>The same archives, with packages that a lock knows besides those that they list.</summary>
    /// <param name="known">After those of the archives in the order of preference.</param>
    internal ArchiveSet WithKnown(IReadOnlyList<PackageIndex> known) => known.Count == 0 ? this
        : new ArchiveSet(
            new PackagePool(Pool.Architecture, [.. Pool.Indexes, .. known], Pool.LeftOut, Pool.Preferences), Releases, _access);

    /// <summary>Chooses the packages of a request and fixes them.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="kept">Versions to choose instead of the highest, as <see cref="PackageSolver.Solve"/> takes them.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <exception cref="StrataException">The request cannot be satisfied, or the digest of a package cannot be learnt.</exception>
    public async Task<PackageLock> LockAsync(
        PackageRequest request, IReadOnlyDictionary<string, DebianVersion>? kept = null, CancellationToken cancellationToken = default)
    {
        IReadOnlyList<SelectedPackage> selected = Select(request, kept, cancellationToken);
        IReadOnlyDictionary<PackageEntry, Sha256Digest> learnt = await UnknownDigests.LearnAsync(
            selected, [.. Releases.Select(r => r.Suite)], _access.Downloader, _access.Store, cancellationToken);
        return new PackageLock(
            Pool.Architecture,
            [
                .. Releases.Select(r => new LockedRelease(r.Suite.Name, r.File.Date, r.Digest) { Archive = r.Suite.Archive.Name }),
            ],
            LockedRequest.Of(request),
            [
                .. selected.Select(p => Fix(p, learnt.GetValueOrDefault(p.Entry, p.Entry.Digest)))
                    .OrderBy(p => p.Name, StringComparer.Ordinal),
            ]);
    }

    private IReadOnlyList<SelectedPackage> Select(
        PackageRequest request, IReadOnlyDictionary<string, DebianVersion>? kept, CancellationToken cancellationToken)
    {
        try
        {
            return PackageSolver.Solve(Pool, request, kept, cancellationToken);
        }
        catch (ImageFormatException e)
        {
            throw new StrataException($"cannot choose packages: {e.Message}",
                "The archive lists a package with a relation that breaks Debian Policy §7.1.", e);
        }
    }

    private static LockedPackage Fix(SelectedPackage package, Sha256Digest digest) => new()
    {
        Name = package.Entry.Name,
        Version = package.Entry.Version.ToString(),
        Architecture = package.Entry.Architecture,
        Archive = package.Entry.Origin.Archive,
        Suite = package.Entry.Origin.Suite,
        Component = package.Entry.Origin.Component,
        Filename = package.Entry.Filename,
        Size = package.Entry.Size,
        Sha256 = digest,
        RequiredBy = package.RequiredBy?.Entry.Name,
        Reason = package.Reason,
    };
}
