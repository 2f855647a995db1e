using Strata.Blueprints;
using Strata.Composition.Locks;
using Strata.Composition.Trees;
using Strata.Core.Trees;
using Strata.Packages.Listings;

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
        PackageSet packages = await EditionPackages.OfAsync(services, blueprint, editionLock, clock, cancellationToken);
        (FileTree tree, IReadOnlySet<string> used, IReadOnlyList<string> warnings) =
            clock.Time("compose", () => Composer.Compose(blueprint, packages));
        foreach (string warning in warnings)
        {
            services.Progress.Warn(warning);
        }
        return new ComposedPackages(packages, tree, used);
    }
}
