using Strata.Blueprints;
using Strata.Composition;
using Strata.Composition.Locks;
using Strata.Core;
using Strata.Editions.Locks;
using Strata.Editions.Remembered;
using Strata.Editions.Results;
using Strata.Images.Budgets;
using Strata.Images.Building;
using Strata.Store;

namespace Strata.Editions.Building;

/// <summary>How a build is done from its lock to what later builds want to know of it.</summary>
/// <param name="store">Keeps what is built, and what is remembered of it.</param>
/// <param name="builder">Makes the images.</param>
/// <param name="locks">Moves a lock whose packages are gone.</param>
/// <param name="choice">Chooses the lock.</param>
public sealed class EditionBuilds(ObjectStore store, IEditionBuilder builder, EditionLocks locks, LockChoice choice)
{
    private readonly GoodBuilds _good = new(store);

    /// <summary>Builds an edition from its lock, or else from the packages of today.</summary>
    /// <param name="blueprint">The edition.</param>
    /// <param name="locked">True to refuse a build without a lock that answers the blueprint.</param>
    /// <param name="kind">What to make of it; null for what is usual for the edition.</param>
    /// <param name="results">Folder for a copy of the lock that was really used; null for none.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="BudgetException">
    /// The image is larger than its budget; it is told what changed since the last build that kept it.
    /// </exception>
    /// <exception cref="StrataException">There is no lock that may be used, or a step failed.</exception>
    public async Task<BuildResult> BuildAsync(
        Blueprint blueprint, bool locked, ImageKind? kind, string? results, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(blueprint);
        StepClock clock = new();
        EditionLock chosen = await clock.TimeAsync("lock", () => choice.ChooseAsync(blueprint, locked, cancellationToken));
        ImageKind made = kind ?? BuildResult.UsualKind(blueprint.Edition);
        bool isMedium = made == ImageKind.Iso;
        BuildResult result = await locks.UseAsync(
            blueprint, chosen, locked,
            used => builder.BuildAsync(blueprint, used, made, clock, _good.Last(blueprint, isMedium), cancellationToken),
            cancellationToken);
        if (result.Lock != chosen)
        {
            await choice.RememberAsync(blueprint, chosen, result.Lock, cancellationToken);
        }
        if (!result.WasKept || !_good.Has(blueprint, isMedium))
        {
            long bytes = isMedium ? result[ImageKind.Iso].Size : BuiltParts.DownloadBytesOf(store, result);
            GoodBuild good = GoodBuild.Of(blueprint, BuiltParts.ManifestOf(store, result), bytes, isMedium);
            await _good.RememberAsync(blueprint, good, isMedium, cancellationToken);
        }
        if (results is not null)
        {
            await ResultFile.WriteAsync(Path.Combine(results, EditionLock.FileName), result.Lock.Write(), cancellationToken);
        }
        return result;
    }
}
