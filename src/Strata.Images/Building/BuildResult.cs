using Strata.Core;
using Strata.Images.Blueprints;
using Strata.Store.Actions;

namespace Strata.Images.Building;

/// <summary>What a build can make of an edition.</summary>
public enum ImageKind
{
    /// <summary>A disk that boots under UEFI.</summary>
    Disk,

    /// <summary>The bootable file alone: kernel and initramfs in one.</summary>
    Uki,

    /// <summary>A container image: an OCI image layout in a tar archive.</summary>
    Oci,
}

/// <summary>What a build made; all of it lies in the store.</summary>
/// <param name="Blueprint">What it was made from.</param>
/// <param name="Lock">With which inputs.</param>
/// <param name="Outputs">Images by kind, in lower case, and <c>manifest</c>.</param>
/// <param name="WasKept">True when all of it was there already.</param>
/// <param name="Steps">What took how long.</param>
public sealed record BuildResult(Blueprint Blueprint, EditionLock Lock, ActionResult Outputs, bool WasKept, IReadOnlyList<StepTime> Steps)
{
    /// <summary>The disk image.</summary>
    public ActionOutput Disk => Outputs["disk"];

    /// <summary>The file that firmware boots.</summary>
    public ActionOutput Uki => Outputs["uki"];

    /// <summary>What it consists of (<see cref="BuildManifest"/> as JSON).</summary>
    public ActionOutput Manifest => Outputs["manifest"];

    /// <summary>The image of a kind.</summary>
    /// <exception cref="StrataException">This build made none.</exception>
    public ActionOutput this[ImageKind kind] => kind switch
    {
        ImageKind.Disk => Disk,
        ImageKind.Uki => Uki,
        _ => Outputs["oci"],
    };

    /// <summary>The kind that an edition is made as when nobody says which.</summary>
    public static ImageKind UsualKind(Edition edition)
    {
        ArgumentNullException.ThrowIfNull(edition);
        return edition.HasKernel ? ImageKind.Disk : ImageKind.Oci;
    }
}
