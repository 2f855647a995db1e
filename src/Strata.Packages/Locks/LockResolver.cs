using System.Globalization;
using Strata.Core;
using Strata.Core.Progress;
using Strata.Packages.Indexes;
using Strata.Packages.Releases;
using Strata.Packages.Solving;
using Strata.Packages.Sources;
using Strata.Packages.Versions;
using Strata.Store.Actions;

namespace Strata.Packages.Locks;

/// <summary>From a request to a lock: fresh when the archives say something new, remembered when they do not.</summary>
/// <param name="mirrors">Where the archives are; asked for only when something is fetched.</param>
/// <param name="access">The surroundings.</param>
/// <param name="actions">Remembers locks under the releases they were made from.</param>
/// <param name="progress">Told what is being done.</param>
/// <param name="known">
/// Packages that locks elsewhere know by their digests; asked for when an index could not be had, for what it would list. None when null.
/// </param>
/// <remarks>
/// A resolver sees one state of the archives: the release files of a suite are fetched and verified once, however many requests there are.
/// </remarks>
public sealed class LockResolver(
    Func<ArchiveMirrors> mirrors,
    ArchiveAccess access,
    ActionCache actions,
    IProgressReporter progress,
    Func<IEnumerable<LockedPackage>>? known = null)
{
    private static readonly HashSet<string> s_none = [];

    private readonly Func<IEnumerable<LockedPackage>> _known = known ?? (() => []);
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Task<VerifiedRelease>> _releases = new(StringComparer.Ordinal);

    /// <summary>
    /// Where the suites of a Debian release are reached: the release, its updates, its security updates; then those of other archives. The
    /// packages of all components lie below the same addresses.
    /// </summary>
    /// <param name="codename">Debian release: <c>trixie</c>.</param>
    /// <param name="archives">Archives that a blueprint names; none when null.</param>
    public IReadOnlyList<ArchiveSuite> SuitesOf(string codename, IReadOnlyList<PackageArchive>? archives = null) =>
        mirrors().SuitesOf(codename, PackageRequest.Main, archives);

    /// <summary>What the suites that a request draws on say of themselves today.</summary>
    /// <exception cref="StrataException">One cannot be had or trusted.</exception>
    public async Task<IReadOnlyList<SuiteState>> StatesOfAsync(string codename, PackageRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        return [.. (await ReleasesOfAsync(codename, request, cancellationToken)).Select(SuiteState.Of)];
    }

    /// <summary>Chooses the packages of a request among those of today.</summary>
    /// <param name="codename">Debian release: <c>trixie</c>.</param>
    /// <param name="architecture">Such as <c>amd64</c>.</param>
    /// <param name="request">What is asked for.</param>
    /// <param name="before">An earlier lock and what shall stay of it; null to choose everything anew.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="StrataException">The archives cannot be had or trusted, or the request cannot be satisfied.</exception>
    public Task<PackageLock> ResolveAsync(
        string codename, string architecture, PackageRequest request, LockedBefore? before, CancellationToken cancellationToken) =>
        ResolveAsync(codename, architecture, request, [], before, cancellationToken);

    /// <summary>The same with packages that no archive has.</summary>
    /// <param name="codename">Debian release: <c>trixie</c>.</param>
    /// <param name="architecture">Such as <c>amd64</c>.</param>
    /// <param name="request">What is asked for.</param>
    /// <param name="ownPackages">
    /// Package files beside the blueprint, in the store. One of no archive stands for every package of its name; those of a folder that is
    /// an archive of the request are chosen from like those of any other.
    /// </param>
    /// <param name="before">An earlier lock and what shall stay of it; null to choose everything anew.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="StrataException">The archives cannot be had or trusted, or the request cannot be satisfied.</exception>
    public async Task<PackageLock> ResolveAsync(
        string codename, string architecture, PackageRequest request, IReadOnlyList<LockedPackage> ownPackages, LockedBefore? before,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(ownPackages);
        VerifiedRelease[] releases = await ReleasesOfAsync(codename, request, cancellationToken);
        RefuseOlder(releases, before);
        HashSet<string> own = [.. ownPackages.Where(p => p.Archive == PackageArchive.DebianName).Select(p => p.Name)];
        HashSet<(string, Sha256Digest)> inFolders = [.. ownPackages.Select(p => (p.Archive, p.Sha256))];
        IReadOnlySet<string> changed = before?.Packages.Request.ArchivesThatDiffer(LockedRequest.Of(request)) ?? s_none;
        LockedPackage[] stay =
        [
            .. before?.Packages.Packages.Where(
                p => !before.Moves(p) && (!p.IsOwn || inFolders.Contains((p.Archive, p.Sha256))) && !own.Contains(p.Name)
                    && !changed.Contains(p.Archive)) ?? [],
        ];
        ActionKey key = KeyOf(architecture, request, ownPackages, releases, stay, changed);
        if (actions.TryGet(key) is { } kept)
        {
            using FileStream file = access.Store.OpenRead(kept["lock"].Digest);
            using MemoryStream bytes = new();
            await file.CopyToAsync(bytes, cancellationToken);
            return PackageLockFile.Read(bytes.ToArray(), "the remembered lock");
        }
        ArchiveSet archives;
        using (progress.Begin("reading the package indexes"))
        {
            // their indexes are read only for who names one: they are not small, and some mirrors are careless with them
            archives = await ArchiveSet.OpenAsync(
                releases, architecture, request.Roots.Any(r => r.IsOfInstaller), access, cancellationToken);
            archives = archives.WithOwn(ReadOwn(ownPackages, architecture), request.Archives.Where(a => a.Folder is not null));
        }
        // what an archive has that is new here, or whose rank is, is chosen anew
        stay = [.. stay.Where(p => !archives.Pool.VersionsOf(p.Name).Any(e => changed.Contains(e.Origin.Archive)))];
        IEnumerable<LockedPackage> unlisted = archives.Pool.LeftOut.Count == 0 ? [] : (before?.Packages.Packages ?? []).Concat(_known())
            .Where(p => archives.MayNotList(p) && !own.Contains(p.Name) && (p.Architecture == architecture || p.Architecture == "all"));
        LockedPackage[] wished = [.. stay.Concat(unlisted).DistinctBy(p => p.Name, StringComparer.Ordinal)];
        LockedPackage[] had = await FetchAsync(
            codename, request, [.. wished.Where(p => !archives.Lists(p))], before?.Packages, cancellationToken);
        PackageLock made;
        using (progress.Begin("choosing packages"))
        {
            made = await archives.WithKnown(KnownPackages.Read(had, access.Store, architecture)).LockAsync(
                request, wished.ToDictionary(p => p.Name, p => DebianVersion.Parse(p.Version), StringComparer.Ordinal), cancellationToken);
        }
        // what a bad day makes is not remembered
        if (archives.Pool.LeftOut.Count == 0 && had.Length == wished.Count(p => !archives.Lists(p)))
        {
            byte[] bytes = PackageLockFile.Write(made);
            actions.Put(key, new ActionResult([new ActionOutput("lock", access.Store.AddBytes(bytes), bytes.Length)]));
            if (had.Length == 0 && ownPackages.Count == 0 && request.Archives.Count == 0) // Debian signed none of those
            {
                Vouch(made);
            }
        }
        return made;
    }

    /// <summary>
    /// Packages of a lock that no signed index lists as they are. A lock that was made here, or was looked up here before, is not looked
    /// up again.
    /// </summary>
    /// <param name="codename">Debian release: <c>trixie</c>.</param>
    /// <param name="packages">The lock; somebody else may have written it.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="StrataException">The archives cannot be had or trusted.</exception>
    public async Task<IReadOnlyList<LockedPackage>> UnlistedAsync(
        string codename, PackageLock packages, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(packages);
        if (actions.TryGet(VouchedKey(packages)) is not null)
        {
            return [];
        }
        VerifiedRelease[] releases = await ReleasesOfAsync(codename, new PackageRequest { Roots = [] }, cancellationToken);
        ArchiveSet archives = await ArchiveSet.OpenAsync(
            releases, packages.Architecture, installerPackages: false, access, cancellationToken);
        LockedPackage[] unlisted = [.. packages.Packages.Where(p => !archives.Lists(p))];
        if (unlisted.Length == 0)
        {
            Vouch(packages);
        }
        return unlisted;
    }

    private IReadOnlyList<PackageIndex> ReadOwn(IReadOnlyList<LockedPackage> own, string architecture)
    {
        IReadOnlyList<PackageIndex> indexes = KnownPackages.Read(own, access.Store, architecture);
        foreach (LockedPackage package in own)
        {
            // what it says of itself must not become a package of another name or with other bytes
            if (!indexes.SelectMany(i => i.Find(package.Name)).Any(e => e.Digest == package.Sha256 && e.Filename == package.Filename))
            {
                string? problem = indexes.SelectMany(i => i.Refused).FirstOrDefault(r => r.Name == package.Name)?.Problem;
                throw new StrataException(
                    $"cannot take package {package.Filename}: its control file {problem ?? "is not that of one package"}");
            }
        }
        return indexes.Sum(i => i.Count) == own.Count ? indexes
            : throw new StrataException("cannot take packages of one's own: a control file describes more than one package");
    }

    private static ActionKey VouchedKey(PackageLock packages) =>
        new ActionKeyBuilder("vouched-packages", 1).Add("packages", packages.Packages.Select(p => $"{p.Name} {p.Version} {p.Sha256}"))
            .Build();

    private void Vouch(PackageLock packages)
    {
        byte[] bytes = PackageLockFile.Write(packages);
        actions.Put(VouchedKey(packages), new ActionResult([new ActionOutput("lock", access.Store.AddBytes(bytes), bytes.Length)]));
    }

    private static ActionKey KeyOf(
        string architecture, PackageRequest request, IReadOnlyList<LockedPackage> ownPackages, VerifiedRelease[] releases,
        LockedPackage[] stay, IReadOnlySet<string> changed)
    {
        LockedRequest asked = LockedRequest.Of(request);
        return new ActionKeyBuilder("resolve", 3)
            .WithCode(typeof(LockResolver))
            .Add("architecture", architecture)
            .Add("releases", releases.Select(r => r.Digest))
            .Add("roots", asked.Roots.Select(r => $"{r.Package} {(r.Alone ? "alone" : "")}"))
            .Add("cut", asked.Cut)
            .Add("recommends", asked.Recommends)
            .Add("components", request.Components)
            .Add("own", ownPackages.Select(p => $"{p.Name} {p.Version} {p.Archive} {p.Filename} {p.Sha256}"))
            .Add("archives", asked.Archives.Select(a => string.Join(
                '\n', [a.Name, string.Join(' ', a.Suites), string.Join(' ', a.Components), string.Join(' ', a.Keys), $"{a.Priority}",
                    .. a.Packages])))
            .Add("changed", changed.Order(StringComparer.Ordinal))
            .Add("stay", stay.Select(p => $"{p.Name} {p.Version} {p.Archive} {p.Suite} {p.Component} {p.Filename} {p.Sha256}"))
            .Build();
    }

    private void RefuseOlder(VerifiedRelease[] releases, LockedBefore? before)
    {
        foreach (VerifiedRelease release in access.AllowOlder || before is not { RefusesOlder: true } ? [] : releases)
        {
            if (before?.Packages.Releases.FirstOrDefault(
                r => r.Archive == release.Suite.Archive.Name && r.Suite == release.Suite.Name) is { } locked
                && release.File.Date < locked.Date)
            {
                throw new StrataException(
                    string.Create(CultureInfo.InvariantCulture,
                        $"cannot choose packages of {release.Suite}: its Release was made on "
                        + $"{release.File.Date:yyyy-MM-dd HH:mm}, the lock from one of {locked.Date:yyyy-MM-dd HH:mm}"),
                    "The mirror is out of date, or an old copy was served, which hides security updates. Try another mirror with " +
                    $"{release.Suite.MirrorSetting}; --allow-older takes the older one.");
            }
        }
    }

    /// <summary>Fetches packages that shall be chosen although no archive lists them; those that are gone are left out.</summary>
    private async Task<LockedPackage[]> FetchAsync(
        string codename, PackageRequest request, LockedPackage[] wanted, PackageLock? before, CancellationToken cancellationToken)
    {
        IReadOnlyList<ArchiveSuite> suites =
            wanted.Length == 0 ? [] : mirrors().SuitesOf(codename, request.Components, request.Archives);
        LockedPackage[] reachable = [.. wanted.Where(p => suites.Any(s => s.Archive.Name == p.Archive && s.Name == p.Suite))];
        try
        {
            await PackageFetcher.FetchAsync(reachable, before?.Releases ?? [], access.Downloader, access.Store, () => suites,
                cancellationToken);
            return reachable;
        }
        catch (PackagesGoneException e)
        {
            return [.. reachable.Except(e.Packages)];
        }
    }

    private async Task<VerifiedRelease[]> ReleasesOfAsync(string codename, PackageRequest request, CancellationToken cancellationToken)
    {
        string of = codename == ArchiveMirrors.NoSuite ? "" : $" of {codename}";
        using IProgressTask task = progress.Begin($"checking the archives{of}");
        return await Task.WhenAll(mirrors().SuitesOf(codename, request.Components, request.Archives)
            .Select(s => ReleaseOfAsync(s, cancellationToken)));
    }

    private Task<VerifiedRelease> ReleaseOfAsync(ArchiveSuite suite, CancellationToken cancellationToken)
    {
        string key = string.Join('\n', [$"{suite}", .. suite.Components, .. suite.Roots.Select(r => r.AbsoluteUri),
            .. suite.Archive.Keyrings.Select(k => k.Digest.ToString())]);
        lock (_gate)
        {
            if (!_releases.TryGetValue(key, out Task<VerifiedRelease>? release) || release.IsFaulted || release.IsCanceled)
            {
                release = new ReleaseFetcher(access).FetchAsync(suite, cancellationToken);
                _releases[key] = release;
            }
            // how it ranks and what may come from it is asked for each time
            return WithAsync(release, suite);
        }

        static async Task<VerifiedRelease> WithAsync(Task<VerifiedRelease> release, ArchiveSuite suite) =>
            (await release) with { Suite = suite };
    }
}
