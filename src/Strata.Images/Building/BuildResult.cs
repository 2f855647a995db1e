using Strata.Blueprints;
using Strata.Composition;
using Strata.Composition.Locks;
using Strata.Images.Manifests;
using Strata.Store.Actions;

namespace Strata.Images.Building;

/// <summary>What a build can make of an edition.</summary>
public enum ImageKind
{
    /// <summary>A disk that boots under UEFI.</summary>
    Disk,

    /// <summary>The bootable file alone: kernel and initramfs in one.</summary>
    Uki,

    /// <summary>A hybrid ISO image: boots as CD and as disk, under BIOS and UEFI.</summary>
    Iso,

    /// <summary>A folder for booting from the network: kernel, initramfs, a script for iPXE, and iPXE itself.</summary>
    Pxe,

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

    /// <summary>The files for booting from the network, sorted by name; empty when they were not asked for.</summary>
    public IReadOnlyList<ActionOutput> Pxe => [.. Outputs.Outputs.Where(o => o.Name.StartsWith(PxeFiles.Prefix, StringComparison.Ordinal))];

    /// <summary>The image of a kind; of the files for the network, the one with the digests of all others.</summary>
    /// <exception cref="KeyNotFoundException">This build made none.</exception>
    public ActionOutput this[ImageKind kind] => kind switch
    {
        ImageKind.Disk => Disk,
        ImageKind.Uki => Uki,
        ImageKind.Iso => Outputs["iso"],
        ImageKind.Pxe => Outputs[PxeFiles.Prefix + PxeFiles.Sums],
        _ => Outputs["oci"],
    };

    /// <summary>The kind that an edition is made as when nobody says which.</summary>
    public static ImageKind UsualKind(Edition edition)
    {
        ArgumentNullException.ThrowIfNull(edition);
        return edition.HasKernel ? ImageKind.Disk : ImageKind.Oci;
    }
}
