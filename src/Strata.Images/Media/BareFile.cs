using Strata.Blueprints;
using Strata.Core;
using Strata.Images.Boot;
using Strata.Images.Manifests;
using Strata.Images.Packing;
using Strata.Store.Actions;

namespace Strata.Images.Media;

/// <summary>A file of what was packed, as it is: nothing is written for it.</summary>
/// <param name="Kind">The kind of image.</param>
/// <param name="Choose">Which file.</param>
internal sealed record BareFile(ImageKind Kind, Func<Product, ActionOutput?> Choose) : IMedium
{
    /// <inheritdoc/>
    public string? Step => null;

    /// <inheritdoc/>
    public IReadOnlyList<IBootProgram> StartedBy => Kind.Boots ? [BootPrograms.Uefi] : [];

    /// <inheritdoc/>
    public bool NeedsTools(Edition edition) => false;

    /// <inheritdoc/>
    public IEnumerable<string> InputsOf(Edition edition) => [];

    /// <inheritdoc/>
    public Task<IReadOnlyList<ActionOutput>> WriteAsync(MediumParts parts, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<ActionOutput>>(
            [Choose(parts.Product) ?? throw new InvalidOperationException($"nothing was packed for the image '{Kind}'")]);

    /// <inheritdoc/>
    public (string What, long Bytes)? Budgeted(IReadOnlyList<ActionOutput> files, BuildManifest manifest) => null;
}
