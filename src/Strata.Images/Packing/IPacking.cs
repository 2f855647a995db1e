using Strata.Blueprints;
using Strata.Composition;
using Strata.Core;

namespace Strata.Images.Packing;

/// <summary>How the tree of an edition becomes something that is started.</summary>
internal interface IPacking
{
    /// <summary>Name of its step.</summary>
    string Step { get; }

    /// <summary>Has an edition composed, and packs it; what needs nothing of the composed edition is done meanwhile.</summary>
    /// <param name="edition">The edition.</param>
    /// <param name="compose">Makes the tree, and gives kernel and tools with it; called once.</param>
    /// <param name="clock">Times the parts.</param>
    /// <param name="cancellationToken">Stops the work; nothing half-done is kept.</param>
    /// <exception cref="StrataException">It cannot be packed, or a budget is broken.</exception>
    Task<Product> PackAsync(
        Edition edition, Func<CancellationToken, Task<ComposedEdition>> compose, StepClock clock, CancellationToken cancellationToken);
}

/// <summary>The packings there are.</summary>
internal static class Packings
{
    /// <summary>The one that an edition is packed by for a kind of image.</summary>
    public static IPacking For(Edition edition, ImageKind kind, BuildServices services) =>
        !kind.Boots ? new ContainerPacking(services)
        : edition.Layout == EditionLayout.Layers ? new LayersPacking(services)
        : new InitramfsPacking(services);
}
