using Strata.Blueprints;
using Strata.Composition;
using Strata.Composition.Locks;
using Strata.Core;
using Strata.Core.Progress;
using Strata.Editions.Locks;
using Strata.Packages.Listings;
using Strata.Packages.Locks;
using Strata.Packages.Solving;
using Strata.Toolbox;

namespace Strata.Editions.Installing;

/// <summary>Learns from dpkg what the scripts of a package do: it installs the package twice, and once what it depends on.</summary>
/// <param name="services">What it works with.</param>
/// <param name="choice">Chooses the edition's lock, whose versions stay.</param>
/// <param name="every">The set <see cref="DpkgRoom.Tools"/>: what every system has.</param>
public sealed class PackageLearner(BuildServices services, LockChoice choice, ToolSet every)
{
    /// <summary>Installs the package as an edition would have it, and says what a capability would have to declare.</summary>
    /// <param name="blueprint">The edition: its suite, its archives, its own packages.</param>
    /// <param name="name">The package.</param>
    /// <param name="cancellationToken">Stops between two installations.</param>
    /// <exception cref="StrataException">The host allows no room for dpkg, or the package cannot be had or installed.</exception>
    public async Task<string> LearnAsync(Blueprint blueprint, string name, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(blueprint);
        Edition edition = blueprint.Edition;
        foreach (OwnPackage own in blueprint.OwnPackages)
        {
            await own.AddToAsync(services.Store, cancellationToken);
        }
        EditionLock kept = await choice.ChooseAsync(blueprint, locked: false, cancellationToken);
        PackageLock all = await services.Resolver.ResolveAsync(
            edition.Suite, edition.Architecture.Name,
            new PackageRequest
            {
                Roots = [.. every.Packages.Append(name).Distinct().Select(n => PackageRoot.Parse(n))],
                Components = edition.Components,
                Archives = edition.Archives,
            },
            [.. blueprint.OwnPackages.Select(o => o.Locked)], LockedBefore.Keep(kept.Guest), cancellationToken);
        await PackageFetcher.FetchAsync(all, services.Downloader, services.Store,
            () => services.Resolver.SuitesOf(edition.Suite, edition.Archives), cancellationToken);
        PackageSet packages = new(await new PackageLister(services.Store, services.Actions).ListAsync(
            [.. all.Packages.Select(p => (p.Name, p.Version, p.Sha256))], services.Progress, cancellationToken));
        ListedPackage[] common = InstallationSet.Closure(packages, every.Packages);
        ListedPackage[] wanted = InstallationSet.Closure(packages, [name]);
        ToolTree tools = await services.Toolbox.InstallAsync(DpkgRoom.Tools, InstallationSet.Part(all, common), cancellationToken);
        if (DpkgRoom.ProblemOf(tools) is string problem)
        {
            throw new StrataException($"cannot learn what {name} does: {problem}");
        }
        if (common.Any(p => p.Name == name))
        {
            throw new StrataException($"cannot learn what {name} does: every system has it, and dpkg cannot do without",
                $"'strata ledger {edition.Name} --explain {name}' shows its scripts.");
        }
        return await Task.Run(() => Learn(tools, common, wanted, name, cancellationToken), cancellationToken);
    }

    private string Learn(
        ToolTree tools, ListedPackage[] common, ListedPackage[] wanted, string name, CancellationToken cancellationToken)
    {
        string work = Directory.CreateTempSubdirectory("strata-learn-").FullName;
        try
        {
            DpkgRoom room;
            using (services.Progress.Begin($"making a system for {name}"))
            {
                room = DpkgRoom.Make(tools, services.Store, common, Path.Combine(work, "base"));
            }
            InstalledFiles Install(string folder, string what, IEnumerable<ListedPackage> packages)
            {
                cancellationToken.ThrowIfCancellationRequested();
                using IProgressTask task = services.Progress.Begin(what);
                return room.Install([.. packages], Path.Combine(work, folder));
            }
            InstalledFiles without = Install("without", $"installing what {name} depends on", wanted.Where(p => p.Name != name));
            InstalledFiles first = Install("first", $"installing {name}", wanted);
            InstalledFiles second = Install("second", $"installing {name} again", wanted);
            ListedPackage package = wanted.Single(p => p.Name == name);
            return $"# What dpkg's scripts made of {name} {package.Version}, beside {wanted.Length - 1} packages that it depends on. "
                + "Paste what your\n# image needs into a capability; what 'strata ledger EDITION --explain "
                + $"{name}' calls covered is made already.\n\n"
                + LearnedChanges.Describe(package, without, first, second)
                + Rule(package);
        }
        finally
        {
            DpkgRoom.Remove(tools, work);
        }
    }

    private static string Rule(ListedPackage package)
    {
        string[] kinds = [.. package.Scripts.Keys.Where(k => k is "preinst" or "postinst").Order(StringComparer.Ordinal)];
        return kinds.Length == 0 ? "" : "\n# effects/own.yaml, where a script cannot be followed:\n# scripts:\n#   " + package.Name + ":\n"
            + string.Concat(kinds.Select(k => $"#     {k}: {{irrelevant: what it makes is declared in capability NAME}}\n"));
    }
}
