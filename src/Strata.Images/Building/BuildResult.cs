using Strata.Blueprints;
using Strata.Composition;
using Strata.Composition.Locks;
using Strata.Core;
using Strata.Images.Packing;
using Strata.Store.Actions;

namespace Strata.Images.Building;

/// <summary>An image that was made; all of it lies in the store.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Files">Its files, named as they are placed; the first stands for all.</param>
public sealed record BuiltImage(ImageKind Kind, IReadOnlyList<ActionOutput> Files)
{
    /// <summary>The image, or the file that has the digests of all others.</summary>
    public ActionOutput File => Files[0];

    /// <summary>
    /// What a TPM will hold when it has started (<see cref="Trust.Measurements.ExpectedMeasurements"/> as JSON); null for what UEFI
    /// firmware does not start.
    /// </summary>
    public ActionOutput? Measurements { get; init; }

    /// <summary>Bytes of all files.</summary>
    public long Size => Files.Sum(f => f.Size);
}

/// <summary>What a build made.</summary>
/// <param name="Blueprint">What it was made from.</param>
/// <param name="Lock">With which inputs.</param>
/// <param name="Product">What was packed.</param>
/// <param name="Images">The images that were asked for.</param>
/// <param name="WasKept">True when all of it was there already.</param>
/// <param name="Steps">What took how long.</param>
public sealed record BuildResult(
    Blueprint Blueprint, EditionLock Lock, Product Product, IReadOnlyList<BuiltImage> Images, bool WasKept, IReadOnlyList<StepTime> Steps)
{
    /// <summary>The image of a kind.</summary>
    /// <exception cref="KeyNotFoundException">This build made none.</exception>
    public BuiltImage this[ImageKind kind] => Images.FirstOrDefault(i => i.Kind == kind)
        ?? throw new KeyNotFoundException($"this build made no image '{kind}'");

    /// <summary>What it consists of (<see cref="Manifests.BuildManifest"/> as JSON).</summary>
    public ActionOutput Manifest => Product.Manifest;

    /// <summary>The kind that an edition is made as when nobody says which.</summary>
    public static ImageKind UsualKind(Edition edition)
    {
        ArgumentNullException.ThrowIfNull(edition);
        return edition.HasKernel ? ImageKind.Disk : ImageKind.Oci;
    }
}
