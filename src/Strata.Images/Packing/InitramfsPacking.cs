using Strata.Blueprints;
using Strata.Composition;
using Strata.Composition.Kernels;
using Strata.Core.Trees;
using Strata.Images.Boot;
using Strata.Images.Budgets;
using Strata.Images.Manifests;
using Strata.Images.Steps;
using Strata.Layers;
using Strata.Store.Actions;

namespace Strata.Images.Packing;

/// <summary>The whole tree as initramfs, joined with the kernel into one bootable file.</summary>
internal sealed class InitramfsPacking(BuildServices services) : IPacking
{
    /// <inheritdoc/>
    public string Step => LayerShelf.EditionStep;

    /// <inheritdoc/>
    public async Task<Product> PackAsync(
        Edition edition, Func<CancellationToken, Task<ComposedEdition>> compose, StepClock clock, CancellationToken cancellationToken)
    {
        ComposedEdition composed = await compose(cancellationToken);
        KernelFiles kernel = composed.Kernel ?? throw new ArgumentException("the edition has no kernel", nameof(compose));
        ActionOutput kernelImage = await clock.TimeAsync("kernel", () => UkiFile.KeepKernelAsync(services, kernel, cancellationToken));
        ActionOutput? init = edition.State is null ? null : await clock.TimeAsync(
            "early init", () => services.DevicePrograms.BuildAsync(DeviceProgram.EarlyInit, edition.Architecture, cancellationToken));
        FileTree tree = init is null ? composed.Tree : await clock.TimeAsync("state", async () => InitrdTree.Before(
            composed.Tree, new StoredContent(init.Size, init.Digest),
            await InitModules.FilesOfAsync(services, kernel, InitModules.ForState, edition.State!.Encryption, cancellationToken),
            program => StateOf.Edition(edition, composed.Tree, program)!));
        ActionOutput initramfs = await clock.TimeAsync(
            "initramfs", () => InitramfsArchive.PackAsync(services, tree, composed, cancellationToken));
        ActionOutput uki = await clock.TimeAsync(
            "uki", () => UkiFile.JoinAsync(services, composed, new UkiParts(kernelImage, kernel.Version, initramfs), cancellationToken));
        IReadOnlyDictionary<TreeNode, long> shares = await clock.TimeAsync(
            "shares", () => CompressedShares.OfAsync(services, composed, initramfs.Size, cancellationToken));
        SizeBudget.Check(edition, "bootable file", uki.Size, kernelImage.Size, composed.Tree, shares, composed.Versions);
        byte[] manifest = (ManifestDescription.Of(services, composed, shares) with
        {
            Kernel = kernel.Version,
            KernelBytes = kernelImage.Size,
            InitramfsBytes = initramfs.Size,
            UkiBytes = uki.Size,
        }).ToJson();
        return new Product { Uki = uki, Manifest = services.Keep("manifest", manifest) };
    }
}
