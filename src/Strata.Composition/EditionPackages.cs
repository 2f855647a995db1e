using Strata.Blueprints;
using Strata.Composition.Locks;
using Strata.Packages.Listings;
using Strata.Packages.Locks;

namespace Strata.Composition;

/// <summary>What the packages of an edition hold.</summary>
public static class EditionPackages
{
    /// <summary>Fetches packages that are missing, and lists all of them.</summary>
    /// <param name="services">What it works with.</param>
    /// <param name="blueprint">The edition.</param>
    /// <param name="editionLock">Names the packages.</param>
    /// <param name="clock">Times both.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="Core.StrataException">A package cannot be had, or is damaged.</exception>
    public static async Task<PackageSet> OfAsync(
        BuildServices services, Blueprint blueprint, EditionLock editionLock, StepClock clock, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(blueprint);
        ArgumentNullException.ThrowIfNull(editionLock);
        ArgumentNullException.ThrowIfNull(clock);
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
        return await clock.TimeAsync("listing", async () => new PackageSet(await lister.ListAsync(
            [.. editionLock.Guest.Packages.Select(p => (p.Name, p.Version, p.Sha256))], services.Progress, cancellationToken)));
    }
}
