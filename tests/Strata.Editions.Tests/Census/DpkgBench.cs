using Strata.Composition;
using Strata.Core;
using Strata.Core.Progress;
using Strata.Core.Trees;
using Strata.Editions.Installing;
using Strata.Packages.Listings;
using Strata.Packages.Locks;
using Strata.Packages.Solving;
using Strata.Testing;
using Strata.Toolbox;

namespace Strata.Editions.Tests.Census;

/// <summary>How our tree of a package compares with dpkg's.</summary>
/// <param name="Differences">All differences, explained or not.</param>
/// <param name="WhyAlone">
/// Why only the package itself is whole, and of what it depends on no more than it loads: then its own files are compared, and all that
/// we have. Null where all is whole.
/// </param>
internal sealed record Judgement(IReadOnlyList<Difference> Differences, string? WhyAlone);

/// <summary>Installs a package with dpkg, composes it, and compares: both from the same package files.</summary>
internal sealed class DpkgBench(RealArchive archive) : IDisposable
{
    private const string Suite = "trixie";
    private const string Architecture = "amd64";

    private static readonly string[] s_components = ["main", "contrib", "non-free", "non-free-firmware"];

    private readonly ToolSet _set = ToolSet.LoadAll(Path.Combine(Repository.Root, "toolbox/tools.yaml")).Single(s =>
        s.Name == DpkgRoom.Tools);
    private readonly TemporaryFolder _folder = new();
    private readonly KeptInstallations _kept = new(Path.Combine(Repository.Root, "artifacts/installed"));
    private readonly Dictionary<string, Lazy<Task<DpkgRoom>>> _rooms = new(StringComparer.Ordinal);

    /// <summary>All differences between what dpkg makes of a package, whole with all that it depends on, and what we do.</summary>
    /// <param name="package">The package.</param>
    /// <param name="locked">Where package files are fixed; null to choose among those of today.</param>
    /// <param name="change">Changes what dpkg made, to see that it is seen.</param>
    public async Task<Judgement> JudgeAsync(string package, PackageLock? locked, Action<FileTree>? change = null)
    {
        PackageLock all = locked ?? await ResolveAsync([package], before: null);
        await PackageFetcher.FetchAsync(all, archive.Services.Downloader, archive.Services.Store, () =>
            archive.Services.Resolver.SuitesOf(Suite));
        PackageSet packages = await ListAsync(all.Packages);
        ListedPackage[] every = InstallationSet.Closure(packages, _set.Packages);
        ListedPackage[] installed = [.. every.Concat(InstallationSet.Closure(packages, [package])).DistinctBy(p => p.Name)];
        // what a blueprint takes: the same without what only scripts need
        HashSet<string> cut = [.. archive.Services.ScriptRules.Cut.Keys.Where(n => n != package)];
        ListedPackage[] taken = InstallationSet.Closure(new PackageSet(packages.Packages.Where(p => !cut.Contains(p.Name))), [package]);
        (ComposedEdition ours, string? whyAlone) = await ComposeAsync(package, InstallationSet.Part(all, taken));
        InstalledFiles before = _kept.TryGet(every.Select(p => p.Digest)) ?? (await RoomAsync(all, every)).Before;
        Sha256Digest[] digests = [.. installed.Select(p => p.Digest)];
        if (_kept.TryGet(digests) is not InstalledFiles after)
        {
            after = await InstallAsync(await RoomAsync(all, every), installed);
            _kept.Put(digests, after);
        }
        change?.Invoke(after.Tree);
        TreeJudge judge = new(ours, before, after, new PackageSet(installed), whyAlone is null ? null : package);
        return new Judgement(judge.Compare(), whyAlone);
    }

    private async Task<ComposedEdition?> TryComposeAsync(string package, PackageLock locked)
    {
        try
        {
            return await archive.ComposeAsync(package, withDepends: false, locked);
        }
        catch (StrataException)
        {
            return null; // the reason why not whole says more
        }
    }

    // what cannot be had with all that it depends on may be had alone
    private async Task<(ComposedEdition Edition, string? WhyAlone)> ComposeAsync(string package, PackageLock locked)
    {
        try
        {
            return (await archive.ComposeAsync(package, withDepends: true, locked), null);
        }
        catch (StrataException e)
        {
            return await TryComposeAsync(package, locked) is ComposedEdition alone ? (alone,
                e.Message) : throw new StrataException(e.Message, innerException: e);
        }
    }

    /// <summary>Why dpkg has no room on this host; null when it has one.</summary>
    public async Task<string?> RoomProblemAsync(PackageLock locked)
    {
        ListedPackage[] every = InstallationSet.Closure(await ListAsync(locked.Packages), _set.Packages);
        return DpkgRoom.ProblemOf(await ToolsAsync(locked, every));
    }

    /// <summary>What is chosen today for packages, with what every system has.</summary>
    public Task<PackageLock> ResolveAsync(IReadOnlyList<string> names, LockedBefore? before) => archive.Services.Resolver.ResolveAsync(
        Suite, Architecture, RequestOf(names), before, CancellationToken.None);

    /// <summary>Fetches the packages of a lock; those that no mirror has any more are replaced by those of today.</summary>
    public async Task<PackageLock> FetchAsync(PackageLock locked)
    {
        try
        {
            await PackageFetcher.FetchAsync(
                locked, archive.Services.Downloader, archive.Services.Store, () => archive.Services.Resolver.SuitesOf(Suite));
            return locked;
        }
        catch (PackagesGoneException e)
        {
            return await archive.Services.Resolver.ResolveAsync(Suite, Architecture,
                new PackageRequest
                {
                    Roots = [.. locked.Request.Roots.Select(r => PackageRoot.Parse(r.Package))], Components = s_components,
                },
                new LockedBefore(locked, e.Packages.Contains), CancellationToken.None);
        }
    }

    /// <summary>What is asked for packages.</summary>
    public PackageRequest RequestOf(IReadOnlyList<string> names) =>
        new() { Roots = [.. _set.Packages.Concat(names).Distinct().Select(n => PackageRoot.Parse(n))], Components = s_components };

    public void Dispose()
    {
        foreach (Lazy<Task<DpkgRoom>> made in _rooms.Values.Where(r => r is { IsValueCreated: true, Value.IsCompletedSuccessfully: true }))
        {
            DpkgRoom room = made.Value.Result;
            DpkgRoom.Remove(room.Tree, room.Folder);
        }
        _folder.Dispose();
    }

    private async Task<InstalledFiles> InstallAsync(DpkgRoom room, ListedPackage[] packages)
    {
        string folder = _folder[Guid.NewGuid().ToString("N")];
        try
        {
            return await Task.Run(() => room.Install(packages, folder));
        }
        finally
        {
            DpkgRoom.Remove(room.Tree, folder);
        }
    }

    private Task<DpkgRoom> RoomAsync(PackageLock all, ListedPackage[] every)
    {
        lock (_rooms)
        {
            string key = string.Join('\n', every.Select(p => p.Digest).Order());
            if (!_rooms.TryGetValue(key, out Lazy<Task<DpkgRoom>>? room))
            {
                string folder = _folder["base" + _rooms.Count];
                room = new(async () =>
                {
                    ToolTree tools = await ToolsAsync(all, every);
                    DpkgRoom made = await Task.Run(() => DpkgRoom.Make(tools, archive.Services.Store, every, folder));
                    _kept.Put(every.Select(p => p.Digest), made.Before);
                    return made;
                });
                _rooms.Add(key, room);
            }
            return room.Value;
        }
    }

    private Task<ToolTree> ToolsAsync(PackageLock all, ListedPackage[] every) =>
        archive.Services.Toolbox.InstallAsync(DpkgRoom.Tools, InstallationSet.Part(all, every), CancellationToken.None);

    private async Task<PackageSet> ListAsync(IReadOnlyList<LockedPackage> packages) =>
        new(await new PackageLister(archive.Services.Store, archive.Services.Actions).ListAsync(
            [.. packages.Select(p => (p.Name, p.Version, p.Sha256))], SilentProgress.Instance, CancellationToken.None));
}
