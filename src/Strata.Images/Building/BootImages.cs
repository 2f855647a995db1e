using Strata.Blueprints;
using Strata.Composition;
using Strata.Composition.Kernels;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Deb;
using Strata.Images.Budgets;
using Strata.Images.Manifests;
using Strata.Store;
using Strata.Store.Actions;
using Strata.Toolbox;

namespace Strata.Images.Building;

/// <summary>What boots: the whole tree as initramfs, joined with the kernel into a UKI, and a disk that holds it.</summary>
internal sealed class BootImages(BuildServices services)
{
    private const int LargestStub = 16 << 20;

    /// <summary>Makes outputs <c>disk</c>, <c>uki</c> and <c>manifest</c>.</summary>
    public async Task<ActionResult> MakeAsync(ComposedEdition composed, StepClock clock, CancellationToken cancellationToken)
    {
        Edition edition = composed.Edition;
        KernelFiles kernel = composed.Kernel ?? throw new ArgumentException("the edition has no kernel", nameof(composed));
        ImageSteps steps = new(services.Store, services.Actions, services.Progress);
        ActionOutput kernelImage = await clock.TimeAsync("kernel", () => KeepKernelAsync(services.Store, kernel, cancellationToken));
        ActionOutput initramfs = await clock.TimeAsync(
            "initramfs", () => steps.InitramfsAsync(composed.Tree, edition, composed.Tools, composed.ToolsDigest, OpenContents, cancellationToken));
        byte[] stub = await ReadStubAsync(composed.Tools, edition, cancellationToken);
        ActionOutput uki = await clock.TimeAsync(
            "uki", () => steps.UkiAsync(edition, new UkiInputs(stub, kernelImage, kernel.Version, initramfs), cancellationToken));
        Dictionary<TreeNode, long> shares = clock.Time("shares", () =>
        {
            using IContentReader contents = OpenContents();
            return CompressedShares.Of(composed.Tree, contents, initramfs.Size, composed.Compression);
        });
        SizeBudget.Check(edition, "bootable file", uki.Size, kernelImage.Size, composed.Tree, shares, composed.Versions);
        ActionOutput disk = await clock.TimeAsync("disk", () => steps.DiskAsync(edition, uki, OpenContents, cancellationToken));
        byte[] manifest = (ManifestDescription.Of(composed, shares) with
        {
            Kernel = kernel.Version,
            KernelBytes = kernelImage.Size,
            InitramfsBytes = initramfs.Size,
            UkiBytes = uki.Size,
            DiskBytes = disk.Size,
        }).ToJson();
        return new ActionResult([disk, uki, new ActionOutput("manifest", services.Store.AddBytes(manifest), manifest.Length)]);
    }

    private PackageContentReader OpenContents() => new(services.Store.OpenRead);

    /// <summary>Puts the kernel image into the store, out of its package or where it was built.</summary>
    internal static async Task<ActionOutput> KeepKernelAsync(ObjectStore store, KernelFiles kernel, CancellationToken cancellationToken)
    {
        using PackageContentReader contents = new(store.OpenRead);
        Stream image = contents.Open(kernel.Image);
        await store.AddExpectedAsync(image, kernel.Image.Digest, kernel.Image.Size, cancellationToken);
        return new ActionOutput("kernel", kernel.Image.Digest, kernel.Image.Size);
    }

    /// <summary>The UEFI stub of the edition's architecture.</summary>
    internal static async Task<byte[]> ReadStubAsync(ToolTree tools, Edition edition, CancellationToken cancellationToken)
    {
        string name = edition.Architecture == "arm64" ? "linuxaa64.efi.stub" : "linuxx64.efi.stub";
        FileInfo file = new(tools.PathOf("usr/lib/systemd/boot/efi/" + name));
        if (!file.Exists || file.Length > LargestStub)
        {
            throw new StrataException($"cannot make a unified kernel image: the toolbox has no {name} of a sensible size", "Package 'systemd-boot-efi' should bring it; see toolbox/tools.yaml.");
        }
        return await File.ReadAllBytesAsync(file.FullName, cancellationToken);
    }
}
