using System.Globalization;
using Strata.Composition;
using Strata.Composition.Kernels;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Elf;
using Strata.Store.Actions;

namespace Strata.Images.Packing;

/// <summary>
/// Kernel modules that the early init needs before there is a root file system. A kernel of Strata's own has them built in.
/// </summary>
internal static class InitModules
{
    private static readonly int s_numberLength = "0000-".Length;

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

    /// <summary>
    /// Files of the modules that a system cannot do without, of those for media that its kernel has, and of what they need. They are read
    /// once for a kernel: decompressing them takes longer than all else that an initrd needs.
    /// </summary>
    /// <param name="services">Where they are kept.</param>
    /// <param name="kernel">The kernel.</param>
    /// <param name="needed">Names of those it cannot do without.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>In the order in which they are loaded; none that is built in.</returns>
    public static async Task<IReadOnlyList<(string Name, FileContent Module)>> FilesOfAsync(
        BuildServices services, KernelFiles kernel, IReadOnlyList<string> needed, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(kernel);
        ActionKey key = new ActionKeyBuilder("init-modules", 1)
            .WithCode(typeof(InitModules), typeof(KernelModules), typeof(ElfFile), typeof(GuestPath))
            .Add("kernel", kernel.Digest).Add("needed", needed).Add("media", ForMedia).Build();
        ActionResult result = await services.Actions.GetOrAddAsync(
            key, _ => Task.FromResult(new ActionResult(Read(services, kernel, needed))), cancellationToken);
        return [.. result.Outputs.Select(o => (o.Name[s_numberLength..], (FileContent)new StoredContent(o.Size, o.Digest)))];
    }

    private static IEnumerable<ActionOutput> Read(BuildServices services, KernelFiles kernel, IReadOnlyList<string> needed)
    {
        using IContentReader contents = services.OpenKept();
        KernelModules all = new(kernel, contents);
        IReadOnlyList<TakenModule> ordered = ModuleOrder.Of(all.Closure([.. needed, .. ForMedia.Where(all.Has)]));
        foreach ((int place, TakenModule module) in ordered.Index())
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"{place:D4}-{module.Name}"); // a result is sorted by its names
            yield return new ActionOutput(name, services.Store.AddBytes(module.Bytes.Span), module.Bytes.Length);
        }
    }
}
