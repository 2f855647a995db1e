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
    private ActionOutput? _init; // only with state

    /// <inheritdoc/>
    public string Step => LayerShelf.EditionStep;

    /// <inheritdoc/>
    public Task PrepareAsync(Edition edition, StepClock clock, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(edition);
        return edition.State is null ? Task.CompletedTask : clock.TimeAsync("early init", async () =>
            _init = await services.DevicePrograms.BuildAsync(DeviceProgram.EarlyInit, edition.Architecture, cancellationToken));
    }

    /// <inheritdoc/>
    public async Task<Product> PackAsync(ComposedEdition composed, StepClock clock, CancellationToken cancellationToken)
    {
        KernelFiles kernel = composed.Kernel ?? throw new ArgumentException("the edition has no kernel", nameof(composed));
        ActionOutput kernelImage = await clock.TimeAsync("kernel", () => UkiFile.KeepKernelAsync(services, kernel, cancellationToken));
        FileTree tree = _init is null ? composed.Tree : clock.Time("state", () => InitrdTree.Before(
            composed.Tree, new StoredContent(_init.Size, _init.Digest), InitModules.FilesOf(services, kernel, InitModules.ForState),
            program => StateOf.Edition(composed.Edition, composed.Tree, program)!));
        ActionOutput initramfs = await clock.TimeAsync(
            "initramfs", () => InitramfsArchive.PackAsync(services, tree, composed, cancellationToken));
        ActionOutput uki = await clock.TimeAsync(
            "uki", () => UkiFile.JoinAsync(services, composed, new UkiParts(kernelImage, kernel.Version, initramfs), cancellationToken));
        IReadOnlyDictionary<TreeNode, long> shares = await clock.TimeAsync(
            "shares", () => CompressedShares.OfAsync(services, composed, initramfs.Size, cancellationToken));
        SizeBudget.Check(composed.Edition, "bootable file", uki.Size, kernelImage.Size, composed.Tree, shares, composed.Versions);
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
