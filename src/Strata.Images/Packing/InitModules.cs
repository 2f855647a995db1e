using Strata.Composition;
using Strata.Composition.Kernels;
using Strata.Core.Trees;

namespace Strata.Images.Packing;

/// <summary>
/// Kernel modules that the early init needs before there is a root file system. A kernel of Strata's own has them built in.
/// </summary>
internal static class InitModules
{
    /// <summary>Without these no layer can be opened.</summary>
    public static IReadOnlyList<string> ForLayers { get; } = ["dm_verity", "loop", "overlay", "squashfs"];

    /// <summary>
    /// Drivers of media and their file systems, and of the firmware's variables, which tell the disk it started; those that a kernel does
    /// not have are not missed.
    /// </summary>
    public static IReadOnlyList<string> ForMedia { get; } =
    [
        "ahci", "ata_piix", "ehci_pci", "mmc_block", "nvme", "ohci_pci", "sd_mod", "sdhci_acpi", "sdhci_pci", "sr_mod", "uas", "uhci_hcd",
        "usb_storage",
        "virtio_blk", "virtio_mmio", "virtio_pci", "virtio_scsi", "xhci_pci", "efivarfs",
        "ext4", "isofs", "nls_ascii", "nls_cp437", "nls_utf8", "vfat",
    ];

    /// <summary>Without these no change of a whole system can be kept, and no folder with a limit.</summary>
    public static IReadOnlyList<string> ForState { get; } = ["loop", "overlay"];

    /// <summary>Files of the modules that a system cannot do without, of those for media that its kernel has, and of what they need.</summary>
    /// <param name="services">Where they are kept.</param>
    /// <param name="kernel">The kernel.</param>
    /// <param name="needed">Names of those it cannot do without.</param>
    /// <returns>In the order in which they are loaded; none that is built in.</returns>
    public static IReadOnlyList<(string Name, FileContent Module)> FilesOf(
        BuildServices services, KernelFiles kernel, IReadOnlyList<string> needed)
    {
        ArgumentNullException.ThrowIfNull(services);
        using IContentReader contents = services.OpenKept();
        KernelModules all = new(kernel, contents);
        return [.. ModuleOrder.Of(all.Closure([.. needed, .. ForMedia.Where(all.Has)]))
            .Select(m => (m.Name, (FileContent)new StoredContent(m.Bytes.Length, services.Store.AddBytes(m.Bytes.Span))))];
    }
}
