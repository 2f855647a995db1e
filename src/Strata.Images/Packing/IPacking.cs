using Strata.Blueprints;
using Strata.Composition;
using Strata.Core;

namespace Strata.Images.Packing;

/// <summary>How the tree of an edition becomes something that is started.</summary>
internal interface IPacking
{
    /// <summary>Name of its step.</summary>
    string Step { get; }

    /// <summary>Begins what takes long and needs nothing of the composed edition; done beside composing.</summary>
    Task PrepareAsync(Edition edition, StepClock clock, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Packs a composed edition.</summary>
    /// <param name="composed">The tree, its kernel, its tools.</param>
    /// <param name="clock">Times the parts.</param>
    /// <param name="cancellationToken">Stops the work; nothing half-done is kept.</param>
    /// <exception cref="StrataException">It cannot be packed, or a budget is broken.</exception>
    Task<Product> PackAsync(ComposedEdition composed, StepClock clock, CancellationToken cancellationToken);
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
