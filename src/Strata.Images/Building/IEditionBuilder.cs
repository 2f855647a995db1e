using Strata.Blueprints;
using Strata.Composition;
using Strata.Composition.Locks;
using Strata.Core;
using Strata.Images.Budgets;

namespace Strata.Images.Building;

/// <summary>
/// Makes images of editions. There is one, <see cref="EditionBuilder"/>; whoever only asks for images is tested without it.
/// </summary>
public interface IEditionBuilder
{
    /// <summary>Builds, or finds everything built.</summary>
    /// <param name="blueprint">What to build.</param>
    /// <param name="editionLock">With which inputs.</param>
    /// <param name="kind">What to make of it; no other image is made.</param>
    /// <param name="clock">Times the steps.</param>
    /// <param name="last">
    /// The last build within its budgets, to forecast this one and to tell what changed; null when none is known.
    /// </param>
    /// <param name="cancellationToken">Stops the work; nothing half-done is kept.</param>
    /// <exception cref="BudgetException">The image is larger than its budget.</exception>
    /// <exception cref="StrataException">A step failed; the message names the thing and what to try.</exception>
    Task<BuildResult> BuildAsync(
        Blueprint blueprint, EditionLock editionLock, ImageKind kind, StepClock clock, GoodBuild? last,
        CancellationToken cancellationToken);

    /// <summary>Makes one more image of what was packed, without composing it again; one that is there already is not made again.</summary>
    /// <exception cref="BudgetException">The image is larger than its budget.</exception>
    /// <exception cref="StrataException">It cannot be made of this edition.</exception>
    Task<BuildResult> AddAsync(BuildResult built, ImageKind kind, StepClock clock, CancellationToken cancellationToken);

    /// <summary>The edition as a tree of files, out of what is in the store; what is missing is fetched.</summary>
    /// <exception cref="StrataException">It cannot be composed.</exception>
    Task<ComposedEdition> ComposeAsync(
        Blueprint blueprint, EditionLock editionLock, StepClock clock, CancellationToken cancellationToken);
}
