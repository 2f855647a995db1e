using Strata.Composition.Kernels;

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

    /// <summary>All of them that a kernel has, built in or not, and what no layer can be opened without.</summary>
    public static IReadOnlyList<string> Of(KernelModules modules)
    {
        ArgumentNullException.ThrowIfNull(modules);
        return [.. ForLayers, .. ForMedia.Where(modules.Has)];
    }
}
