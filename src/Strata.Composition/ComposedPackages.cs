using Strata.Blueprints;
using Strata.Composition.Locks;
using Strata.Composition.Trees;
using Strata.Core.Trees;
using Strata.Packages.Listings;
using Strata.Packages.Locks;

namespace Strata.Composition;

/// <summary>An edition before effects: what its packages and capabilities bring.</summary>
/// <param name="Packages">All packages of its lock.</param>
/// <param name="Tree">Their files, as far as capabilities take them.</param>
/// <param name="Used">Names of the packages it takes files from.</param>
internal sealed record ComposedPackages(PackageSet Packages, FileTree Tree, IReadOnlySet<string> Used)
{
    /// <summary>Fetches what is missing, reads it, and composes.</summary>
    public static async Task<ComposedPackages> OfAsync(
        BuildServices services, Blueprint blueprint, EditionLock editionLock, StepClock clock, CancellationToken cancellationToken)
    {
        await clock.TimeAsync("fetch", async () =>
        {
            foreach (OwnPackage own in blueprint.OwnPackages.Where(o => editionLock.Guest.Packages.Any(p => p.Sha256 == o.Locked.Sha256)))
            {
                await own.AddToAsync(services.Store, cancellationToken);
            }
            await PackageFetcher.FetchAsync(
                editionLock.Guest, services.Downloader, services.Store,
                () => services.Resolver.SuitesOf(blueprint.Edition.Suite, blueprint.Edition.Archives),
                cancellationToken);
            return editionLock.Guest.Packages.Count;
        });
        PackageLister lister = new(
            services.Store, services.Actions,
            editionLock.Guest.Packages.Where(p => p.IsOwn).ToDictionary(p => p.Sha256, p => p.Filename));
        PackageSet packages = await clock.TimeAsync("listing", async () => new PackageSet(await lister.ListAsync(
            [.. editionLock.Guest.Packages.Select(p => (p.Name, p.Version, p.Sha256))], services.Progress, cancellationToken)));
        (FileTree tree, IReadOnlySet<string> used, IReadOnlyList<string> warnings) =
            clock.Time("compose", () => Composer.Compose(blueprint, packages));
        foreach (string warning in warnings)
        {
            services.Progress.Warn(warning);
        }
        return new ComposedPackages(packages, tree, used);
    }
}
