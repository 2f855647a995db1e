using Strata.Core;
using Strata.Core.Progress;
using Strata.Packages.Releases;
using Strata.Packages.Solving;
using Strata.Packages.Sources;
using Strata.Store.Actions;

namespace Strata.Packages.Locks;

/// <summary>From a request to a lock: fresh when the archives say something new, remembered when they do not.</summary>
/// <param name="mirrors">Where the archives are; asked for only when something is fetched.</param>
/// <param name="access">The surroundings.</param>
/// <param name="actions">Remembers locks under the releases they were made from.</param>
/// <param name="progress">Told what is being done.</param>
/// <remarks>
/// A resolver sees one state of the archives: the release files of a suite are fetched and verified once, however many requests there are.
/// </remarks>
public sealed class LockResolver(Func<ArchiveMirrors> mirrors, ArchiveAccess access, ActionCache actions, IProgressReporter progress)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Task<VerifiedRelease[]>> _releases = new(StringComparer.Ordinal);

    /// <summary>
    /// Where the suites of a Debian release are reached: the release, its updates, its security updates. The packages of all components lie below the
    /// same addresses.
    /// </summary>
    public IReadOnlyList<ArchiveSuite> SuitesOf(string codename) => mirrors().SuitesOf(codename, PackageRequest.Main);

    /// <summary>Chooses the packages of a request among those of today.</summary>
    /// <exception cref="StrataException">The archives cannot be had or trusted, or the request cannot be satisfied.</exception>
    public async Task<PackageLock> ResolveAsync(string codename, string architecture, PackageRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        VerifiedRelease[] releases = await ReleasesOfAsync(codename, request.Components, cancellationToken);
        LockedRequest asked = LockedRequest.Of(request);
        ActionKey key = new ActionKeyBuilder("resolve", 1)
            .Add("code", typeof(LockResolver).Module.ModuleVersionId.ToString("N"))
            .Add("architecture", architecture)
            .Add("releases", releases.Select(r => r.Digest))
            .Add("roots", asked.Roots.Select(r => $"{r.Package} {(r.Alone ? "alone" : "")}"))
            .Add("cut", asked.Cut)
            .Add("recommends", asked.Recommends)
            .Add("components", request.Components)
            .Build();
        ActionResult result = await actions.GetOrAddAsync(key, SolveAsync, cancellationToken);
        using FileStream file = access.Store.OpenRead(result["lock"].Digest);
        using MemoryStream bytes = new();
        await file.CopyToAsync(bytes, cancellationToken);
        return PackageLockFile.Read(bytes.ToArray(), "the remembered lock");

        async Task<ActionResult> SolveAsync(CancellationToken token)
        {
            ArchiveSet archives;
            using (progress.Begin("reading the package indexes"))
            {
                // their indexes are read only for who names one: they are not small, and some mirrors are careless with them
                archives = await ArchiveSet.OpenAsync(releases, architecture, request.Roots.Any(r => r.IsOfInstaller), access, token);
            }
            using IProgressTask task = progress.Begin("choosing packages");
            byte[] made = PackageLockFile.Write(archives.Lock(request, token));
            return new ActionResult([new ActionOutput("lock", access.Store.AddBytes(made), made.Length)]);
        }
    }

    private Task<VerifiedRelease[]> ReleasesOfAsync(string codename, IReadOnlyList<string> components, CancellationToken cancellationToken)
    {
        string key = $"{codename} {string.Join(' ', components)}";
        lock (_gate)
        {
            if (!_releases.TryGetValue(key, out Task<VerifiedRelease[]>? releases) || releases.IsFaulted || releases.IsCanceled)
            {
                releases = FetchReleasesAsync(codename, components, cancellationToken);
                _releases[key] = releases;
            }
            return releases;
        }
    }

    private async Task<VerifiedRelease[]> FetchReleasesAsync(string codename, IReadOnlyList<string> components, CancellationToken cancellationToken)
    {
        using IProgressTask task = progress.Begin($"checking the archives of {codename}");
        ReleaseFetcher fetcher = new(access);
        return await Task.WhenAll(mirrors().SuitesOf(codename, components).Select(s => fetcher.FetchAsync(s, cancellationToken)));
    }
}
