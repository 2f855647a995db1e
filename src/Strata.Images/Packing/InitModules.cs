using System.Globalization;
using Strata.Composition;
using Strata.Composition.Kernels;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Elf;
using Strata.Store.Actions;
using Strata.Updates.State;

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

    /// <summary>Without these no encrypted state can be opened.</summary>
    public static IReadOnlyList<string> ForEncryption { get; } = ["aes_generic", "dm_crypt", "xts"];

    /// <summary>Drivers of a TPM: one of them is needed where it opens the state.</summary>
    public static IReadOnlyList<string> ForTpm { get; } = ["tpm_crb", "tpm_tis"];

    /// <summary>The processor's own AES, and keyboards on which a key is typed; those that a kernel does not have are not missed.</summary>
    public static IReadOnlyList<string> ForKeys { get; } = ["aes_ce_blk", "aesni_intel", "atkbd", "hid_generic", "i8042", "usbhid"];

    /// <summary>
    /// Files of the modules that a system cannot do without, of those for media that its kernel has, and of what they need. They are read
    /// once for a kernel: decompressing them takes longer than all else that an initrd needs.
    /// </summary>
    /// <param name="services">Where they are kept.</param>
    /// <param name="kernel">The kernel.</param>
    /// <param name="needed">Names of those it cannot do without.</param>
    /// <param name="encryption">Whether its state is encrypted.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>In the order in which they are loaded; none that is built in.</returns>
    /// <exception cref="StrataException">The kernel has not all that is needed.</exception>
    public static async Task<IReadOnlyList<(string Name, FileContent Module)>> FilesOfAsync(
        BuildServices services, KernelFiles kernel, IReadOnlyList<string> needed, StateEncryption encryption,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(kernel);
        ActionKey key = new ActionKeyBuilder("init-modules", 1)
            .WithCode(typeof(InitModules), typeof(KernelModules), typeof(ElfFile), typeof(GuestPath))
            .Add("kernel", kernel.Digest).Add("needed", needed).Add("media", ForMedia)
            .Add("encryption", StatePlanText.Word(encryption)).Build();
        ActionResult result = await services.Actions.GetOrAddAsync(
            key, _ => Task.FromResult(new ActionResult(Read(services, kernel, needed, encryption))), cancellationToken);
        return [.. result.Outputs.Select(o => (o.Name[s_numberLength..], (FileContent)new StoredContent(o.Size, o.Digest)))];
    }

    private static IEnumerable<ActionOutput> Read(
        BuildServices services, KernelFiles kernel, IReadOnlyList<string> needed, StateEncryption encryption)
    {
        using IContentReader contents = services.OpenKept();
        KernelModules all = new(kernel, contents);
        IEnumerable<string> encrypting = encryption == StateEncryption.None ? [] : Encrypting(kernel, all, encryption);
        IReadOnlyList<TakenModule> ordered = ModuleOrder.Of(all.Closure([.. needed, .. ForMedia.Where(all.Has), .. encrypting]));
        foreach ((int place, TakenModule module) in ordered.Index())
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"{place:D4}-{module.Name}"); // a result is sorted by its names
            yield return new ActionOutput(name, services.Store.AddBytes(module.Bytes.Span), module.Bytes.Length);
        }
    }

    private static IEnumerable<string> Encrypting(KernelFiles kernel, KernelModules all, StateEncryption encryption)
    {
        List<string> missing = [.. ForEncryption.Where(m => !all.Has(m))];
        if (encryption == StateEncryption.Tpm && !ForTpm.Any(all.Has))
        {
            missing.AddRange(ForTpm);
        }
        return missing.Count == 0 ? [.. ForEncryption, .. ForTpm.Where(all.Has), .. ForKeys.Where(all.Has)] : throw new StrataException(
            $"cannot encrypt the state with kernel {kernel.Version}: it has no {string.Join(", ", missing)}",
            "It needs CONFIG_BLK_DEV_DM, CONFIG_DM_CRYPT, CONFIG_CRYPTO_AES, CONFIG_CRYPTO_XTS and CONFIG_KEYS; with 'encrypt: tpm'\n"
            + "CONFIG_TCG_TPM with CONFIG_TCG_TIS or CONFIG_TCG_CRB too. Debian's kernels have all of them.");
    }
}
