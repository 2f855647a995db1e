using Strata.Blueprints;
using Strata.Composition;
using Strata.Composition.Builds;
using Strata.Composition.Locks;
using Strata.Core;
using Strata.Packages.Locks;
using Strata.Packages.Solving;
using Strata.Packages.Sources;
using Strata.Toolbox;

namespace Strata.Editions.Locks;

/// <summary>Which packages of an earlier lock move to their versions of today.</summary>
/// <param name="Names">Only these, with what they force; null for all.</param>
/// <param name="SecurityOnly">True for only those of which a security update is newer, with what they force.</param>
public sealed record LockMove(IReadOnlySet<string>? Names = null, bool SecurityOnly = false)
{
    /// <summary>Every package.</summary>
    public static LockMove All { get; } = new();
}

/// <summary>The locks of editions: what a blueprint asks for, whether a lock answers it, and how one is made or moved.</summary>
public sealed class EditionLocks(BuildServices services)
{
    private const int MostMoves = 4; // each has to find new packages that are gone, on a mirror that changes under one's hands

    /// <summary>What the blueprint asks of the archive.</summary>
    public PackageRequest RequestOf(Blueprint blueprint)
    {
        ArgumentNullException.ThrowIfNull(blueprint);
        IEnumerable<PackageRoot> roots = blueprint.Capabilities
            .SelectMany(c => c.Packages)
            .Select(p => PackageRoot.Parse(p.Version is null ? p.Package : $"{p.Package} (= {p.Version})", p.FollowDependencies))
            .Concat(blueprint.Capabilities.SelectMany(c => c.FirmwarePackages)
                .Select(p => PackageRoot.Parse(p.Text, followDependencies: false)));
        if (blueprint.KernelPackage is string kernel)
        {
            roots = roots.Append(PackageRoot.Parse(kernel));
        }
        return new PackageRequest { Roots = [.. roots], Cut = [.. services.ScriptRules.With(blueprint.RuleFiles).Cut.Keys],
            Components = blueprint.Edition.Components, Archives = blueprint.Edition.Archives };
    }

    /// <summary>What builds of a blueprint ask of the archive: one set of packages for all of them; null when it has none.</summary>
    public PackageRequest? BuildRequestOf(Blueprint blueprint)
    {
        ArgumentNullException.ThrowIfNull(blueprint);
        string[] named = [.. blueprint.Capabilities.SelectMany(c => c.Builds).SelectMany(b => b.Packages).Select(p => p.Text).Distinct()];
        return blueprint.Capabilities.All(c => c.Builds.Count == 0) ? null : new PackageRequest
        {
            Roots = [.. BuiltSoftware.RoomPackages.Concat(named).Distinct().Select(p => PackageRoot.Parse(p))],
            Cut = [.. services.ScriptRules.Cut.Keys],
        };
    }

    /// <summary>True when the lock was made for what the blueprint asks now.</summary>
    public bool Answers(EditionLock editionLock, Blueprint blueprint)
    {
        ArgumentNullException.ThrowIfNull(editionLock);
        ArgumentNullException.ThrowIfNull(blueprint);
        return IsOfSystem(editionLock.Guest, blueprint)
            && editionLock.Guest.Request.IsSameAs(LockedRequest.Of(RequestOf(blueprint)))
            && HasOwn(editionLock.Guest, blueprint)
            && IsFor(editionLock.Tools, services.BuildTools)
            && (blueprint.KernelProfile is null ? editionLock.Kernel is null : IsFor(editionLock.Kernel, services.KernelTools))
            && HasBuilds(editionLock.Builds, BuildRequestOf(blueprint));
    }

    /// <summary>What the archives that a blueprint draws on say of themselves today.</summary>
    /// <exception cref="StrataException">One cannot be had or trusted.</exception>
    public Task<IReadOnlyList<SuiteState>> ArchivesOfAsync(Blueprint blueprint, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(blueprint);
        return services.Resolver.StatesOfAsync(blueprint.Edition.Suite, RequestOf(blueprint), cancellationToken);
    }

    /// <summary>Archives that a lock takes packages from and the blueprint does not name.</summary>
    public static IReadOnlyList<string> UnknownArchives(EditionLock editionLock, Blueprint blueprint)
    {
        ArgumentNullException.ThrowIfNull(editionLock);
        ArgumentNullException.ThrowIfNull(blueprint);
        return
        [
            .. editionLock.Guest.Packages.Select(p => p.Archive).Where(a => a != PackageArchive.DebianName).Distinct()
                .Except(blueprint.Edition.Archives.Select(a => a.Name)).Order(StringComparer.Ordinal),
        ];
    }

    /// <summary>Package files beside the blueprint that are not what the lock fixes under their names.</summary>
    public static IReadOnlyList<string> ChangedFiles(EditionLock editionLock, Blueprint blueprint)
    {
        ArgumentNullException.ThrowIfNull(editionLock);
        ArgumentNullException.ThrowIfNull(blueprint);
        return
        [
            .. blueprint.OwnPackages.Select(p => p.Locked).Where(p => p.Archive == PackageArchive.DebianName)
                .Where(p => editionLock.Guest.Find(p.Name) is { IsOwn: true } locked && locked.Sha256 != p.Sha256).Select(p => p.Filename),
            .. OfFolders(editionLock.Guest)
                .Where(p => blueprint.Edition.Archives.Any(a => a.Name == p.Archive) && !IsInFolder(p, blueprint)).Select(p => p.Filename),
        ];
    }

    /// <summary>
    /// A lock for what the blueprint asks now. What an earlier lock fixes stays; what is new is chosen among the packages of today, the
    /// tools among those that strata comes with.
    /// </summary>
    /// <param name="blueprint">What asks.</param>
    /// <param name="before">An earlier lock of the edition; null when there is none.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public async Task<EditionLock> CompleteAsync(Blueprint blueprint, EditionLock? before, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(blueprint);
        PackageLock? guest = before is not null && IsOfSystem(before.Guest, blueprint) ? before.Guest : null;
        return new EditionLock(
            await ResolveGuestAsync(blueprint, guest is null ? null : LockedBefore.Keep(guest), cancellationToken),
            IsFor(before?.Tools, services.BuildTools) ? before!.Tools
                : await services.Toolbox.LockAsync(services.BuildTools, update: false, cancellationToken),
            blueprint.KernelProfile is null ? null
                : IsFor(before?.Kernel, services.KernelTools) ? before!.Kernel
                : await services.Toolbox.LockAsync(services.KernelTools, update: false, cancellationToken),
            await ResolveBuildsAsync(blueprint, before?.Builds, _ => false, cancellationToken));
    }

    /// <summary>A lock with the packages of today.</summary>
    /// <param name="blueprint">What asks.</param>
    /// <param name="before">An earlier lock of the edition; null when there is none.</param>
    /// <param name="move">What of it moves.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public async Task<EditionLock> MoveAsync(Blueprint blueprint, EditionLock? before, LockMove move, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(blueprint);
        ArgumentNullException.ThrowIfNull(move);
        if (!move.SecurityOnly)
        {
            return await MoveAsync(blueprint, before, p => move.Names?.Contains(p.Name) != false, refusesOlder: true, cancellationToken);
        }
        EditionLock today = await MoveAsync(blueprint, before, _ => true, refusesOlder: true, cancellationToken);
        HashSet<string> secured = [.. LockParts.Between(before, today).Where(c => c.Change.IsSecurity).Select(c => c.Change.Name)];
        return await MoveAsync(blueprint, before, p => secured.Contains(p.Name), refusesOlder: true, cancellationToken);
    }

    /// <summary>The lock of a set of tools that strata comes with, and the one that it moves to.</summary>
    public async Task<(PackageLock? Before, PackageLock After)> MoveToolsAsync(
        ToolSet set, LockMove move, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(move);
        PackageLock? before = services.Toolbox.ReadShippedLock(set);
        if (!move.SecurityOnly)
        {
            return (before, await MoveToolsAsync(set, before, p => move.Names?.Contains(p.Name) != false, cancellationToken));
        }
        PackageLock today = await MoveToolsAsync(set, before, _ => true, cancellationToken);
        HashSet<string> secured = [.. LockChange.Between(before, today).Where(c => c.IsSecurity).Select(c => c.Name)];
        return (before, await MoveToolsAsync(set, before, p => secured.Contains(p.Name), cancellationToken));
    }

    /// <summary>
    /// Tools of a lock that nobody vouches for. They would run on this host, and a lock may be a stranger's: they have to be those that
    /// strata comes with, or listed by an index that the archive signed.
    /// </summary>
    /// <param name="editionLock">The lock.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public async Task<IReadOnlyList<LockedPackage>> UnvouchedAsync(EditionLock editionLock, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(editionLock);
        List<LockedPackage> unvouched = [];
        foreach ((ToolSet? set, PackageLock? packages) in new (ToolSet?, PackageLock?)[] { (services.BuildTools, editionLock.Tools),
            (services.KernelTools, editionLock.Kernel), (null, editionLock.Builds) })
        {
            HashSet<Sha256Digest> shipped =
                [.. set is null ? [] : services.Toolbox.ReadShippedLock(set)?.Packages.Select(p => p.Sha256) ?? []];
            if (packages is null || packages.Packages.All(p => shipped.Contains(p.Sha256)))
            {
                continue;
            }
            IReadOnlyList<LockedPackage> unlisted = await services.Resolver.UnlistedAsync(
                ToolboxInstaller.Suite, packages, cancellationToken);
            unvouched.AddRange(unlisted.Where(p => !shipped.Contains(p.Sha256)));
        }
        return unvouched;
    }

    /// <summary>The lock with those of today in the place of packages that may not or cannot be used, and a line for each.</summary>
    /// <param name="blueprint">The edition.</param>
    /// <param name="editionLock">The lock.</param>
    /// <param name="packages">What has to move.</param>
    /// <param name="why">Why it has to.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public async Task<EditionLock> ReplaceAsync(
        Blueprint blueprint, EditionLock editionLock, IReadOnlyList<LockedPackage> packages, string why,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(blueprint);
        HashSet<Sha256Digest> digests = [.. packages.Select(p => p.Sha256)];
        EditionLock moved = await MoveAsync(
            blueprint, editionLock, p => digests.Contains(p.Sha256), refusesOlder: false, cancellationToken);
        foreach (LockChange change in LockParts.Between(editionLock, moved).Select(c => c.Change).DistinctBy(c => c.Name))
        {
            services.Progress.Note(change.Moved(packages, why));
        }
        return moved;
    }

    /// <summary>
    /// Works with a lock. When packages of it turn out to be gone from every mirror, those of today take their place, each with a line
    /// that says so, and the work is done again.
    /// </summary>
    /// <typeparam name="T">What the work comes to.</typeparam>
    /// <param name="blueprint">The edition.</param>
    /// <param name="editionLock">The lock to begin with.</param>
    /// <param name="locked">True to fail instead.</param>
    /// <param name="work">Given the lock that is really used.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="PackagesGoneException">
    /// Packages are gone, and <paramref name="locked"/> is set or their successors are gone too.
    /// </exception>
    public async Task<T> UseAsync<T>(
        Blueprint blueprint, EditionLock editionLock, bool locked, Func<EditionLock, Task<T>> work, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(editionLock);
        ArgumentNullException.ThrowIfNull(work);
        for (int moves = 0; ; moves++)
        {
            try
            {
                return await work(editionLock);
            }
            catch (PackagesGoneException e) when (!locked && moves < MostMoves)
            {
                editionLock = await ReplaceAsync(blueprint, editionLock, e.Packages, "the mirror no longer has it", cancellationToken);
            }
        }
    }

    private static bool IsFor(PackageLock? packages, ToolSet set) =>
        packages?.Request.IsSameAs(LockedRequest.Of(ToolboxInstaller.RequestOf(set))) == true;

    // what is named itself is in the lock; of a folder the lock has what was chosen, and more may lie there
    private static bool HasOwn(PackageLock guest, Blueprint blueprint) =>
        guest.Packages.Where(p => p.IsOwn).Except(OfFolders(guest)).Select(p => (p.Name, p.Sha256)).ToHashSet()
            .SetEquals(blueprint.OwnPackages.Select(p => p.Locked).Where(p => p.Archive == PackageArchive.DebianName)
                .Select(p => (p.Name, p.Sha256)))
        && OfFolders(guest).All(p => IsInFolder(p, blueprint));

    private static IEnumerable<LockedPackage> OfFolders(PackageLock guest) =>
        guest.Packages.Where(p => p.IsOwn && p.Archive != PackageArchive.DebianName);

    private static bool IsInFolder(LockedPackage package, Blueprint blueprint) => blueprint.OwnPackages.Any(
        p => p.Locked.Archive == package.Archive && p.Locked.Sha256 == package.Sha256);

    private static bool IsOfSystem(PackageLock guest, Blueprint blueprint) =>
        guest.Architecture == blueprint.Edition.Architecture.Name && guest.Releases.Any(
            r => r.Archive == PackageArchive.DebianName && r.Suite == blueprint.Edition.Suite);

    private async Task<EditionLock> MoveAsync(
        Blueprint blueprint, EditionLock? before, Func<LockedPackage, bool> moves, bool refusesOlder, CancellationToken cancellationToken)
    {
        PackageLock? guest = before is not null && IsOfSystem(before.Guest, blueprint) ? before.Guest : null;
        bool staysAsItIs = guest is not null && guest.Request.IsSameAs(LockedRequest.Of(RequestOf(blueprint)))
            && HasOwn(guest, blueprint) && !guest.Packages.Any(moves);
        Task<PackageLock> movedGuest = staysAsItIs ? Task.FromResult(guest!)
            : ResolveGuestAsync(blueprint, guest is null ? null : new LockedBefore(guest, moves, refusesOlder), cancellationToken);
        Task<PackageLock> tools = MoveToolsAsync(services.BuildTools, before?.Tools, moves, cancellationToken);
        Task<PackageLock>? kernel = blueprint.KernelProfile is null ? null
            : MoveToolsAsync(services.KernelTools, before?.Kernel, moves, cancellationToken);
        return new EditionLock(
            await movedGuest, await tools, kernel is null ? null : await kernel,
            await ResolveBuildsAsync(blueprint, before?.Builds, moves, cancellationToken));
    }

    private async Task<PackageLock> ResolveGuestAsync(Blueprint blueprint, LockedBefore? before, CancellationToken cancellationToken)
    {
        foreach (OwnPackage own in blueprint.OwnPackages)
        {
            await own.AddToAsync(services.Store, cancellationToken);
        }
        return await services.Resolver.ResolveAsync(
            blueprint.Edition.Suite, blueprint.Edition.Architecture.Name, RequestOf(blueprint),
            [.. blueprint.OwnPackages.Select(p => p.Locked)], before, cancellationToken);
    }

    private static bool HasBuilds(PackageLock? packages, PackageRequest? request) => request is null
        ? packages is null : packages?.Request.IsSameAs(LockedRequest.Of(request)) == true;

    // they run on this host, so they are of its release and architecture, whatever the edition is
    private async Task<PackageLock?> ResolveBuildsAsync(
        Blueprint blueprint, PackageLock? before, Func<LockedPackage, bool> moves, CancellationToken cancellationToken)
    {
        PackageRequest? request = BuildRequestOf(blueprint);
        return request is null ? null
            : before is not null && HasBuilds(before, request) && !before.Packages.Any(moves) ? before
            : await services.Resolver.ResolveAsync(
                ToolboxInstaller.Suite, ToolboxInstaller.Architecture, request, before is null ? null : new LockedBefore(before, moves),
                cancellationToken);
    }

    private async Task<PackageLock> MoveToolsAsync(
        ToolSet set, PackageLock? before, Func<LockedPackage, bool> moves, CancellationToken cancellationToken) =>
        before is not null && IsFor(before, set) && !before.Packages.Any(moves)
            ? before // nothing of it moves, so no archive has to be read for it
            : await services.Resolver.ResolveAsync(
                ToolboxInstaller.Suite, ToolboxInstaller.Architecture, ToolboxInstaller.RequestOf(set),
                before is null ? null : new LockedBefore(before, moves), cancellationToken);
}
