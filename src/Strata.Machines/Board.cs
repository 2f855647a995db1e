using Strata.Core;

namespace Strata.Machines;

/// <summary>A kind of machine that QEMU emulates: processor, firmware, how it starts and what it has.</summary>
/// <remarks>
/// The only place that tells boards apart. Every property must be given, so that whoever adds one has thought of all of it. Written for
/// QEMU 10.0.
/// </remarks>
public sealed record Board
{
    /// <summary>Name, as in <c>tests.yaml</c> and messages: <c>q35</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Its processor.</summary>
    public required GuestArchitecture Architecture { get; init; }

    /// <summary>QEMU's program for it in a tree of tools: <c>usr/bin/qemu-system-x86_64</c>.</summary>
    public required string Program { get; init; }

    /// <summary>QEMU's <c>-machine</c>.</summary>
    public required string Machine { get; init; }

    /// <summary>QEMU's <c>-cpu</c> when it emulates.</summary>
    public required string EmulatedProcessor { get; init; }

    /// <summary>Its UEFI firmware in a tree of tools; null without.</summary>
    public required UefiFirmware? Uefi { get; init; }

    /// <summary>
    /// Its UEFI firmware with Secure Boot, whose variables only code in system management mode can write; null without.
    /// </summary>
    public required UefiFirmware? SecureUefi { get; init; }

    /// <summary>True when it starts a medium by itself; false when a kernel has to be put into its memory.</summary>
    public required bool StartsMedia { get; init; }

    /// <summary>True with PCI, and with it disks of all kinds and a screen; false for virtio over MMIO alone.</summary>
    public required bool HasPci { get; init; }

    /// <summary>Ports for SATA or IDE disks and CD drives.</summary>
    public required int IdePorts { get; init; }

    /// <summary>QEMU's device that tells of a guest's panic; null for none.</summary>
    public required string? PanicDevice { get; init; }

    /// <summary>QEMU's device that is a TPM 2.0, less its <c>tpmdev</c>; null for none.</summary>
    public required string? TpmDevice { get; init; }

    /// <summary>
    /// Words that the kernel of an emulated guest is given behind those of its image, where it can be given any
    /// (<see cref="MachineConfig.EasesEmulation"/>); empty for none.
    /// </summary>
    public required string EmulationWords { get; init; }

    /// <summary>A PC with PCI Express and AHCI: what current hardware looks like.</summary>
    public static Board Q35 { get; } = new()
    {
        Name = "q35",
        Architecture = GuestArchitecture.Amd64,
        Program = "usr/bin/qemu-system-x86_64",
        Machine = "q35",
        EmulatedProcessor = "max",
        Uefi = UefiFirmware.Ovmf,
        SecureUefi = UefiFirmware.OvmfSecure,
        StartsMedia = true,
        HasPci = true,
        IdePorts = 6, // ICH9 AHCI
        PanicDevice = "pvpanic", // at its ISA port, which the guest finds through ACPI; a PCI function would change the slots of the others
        TpmDevice = "tpm-tis", // not tpm-crb: older kernels and firmware of a PC know only this one
        EmulationWords = "no_timer_check", // or the kernel may miss the few ticks it waits for on a busy host, and panics (check_timer)
    };

    /// <summary>A PC of 1996 with PCI and IDE: for old boot paths.</summary>
    public static Board Pc { get; } =
        Q35 with { Name = "pc", Machine = "pc", SecureUefi = null, IdePorts = 4 }; // PIIX IDE: two channels of two

    /// <summary>
    /// No PCI and no firmware menu, virtio over MMIO only: the fastest start, direct kernel boot only. It has one timer to calibrate the
    /// processor's clock with, and under emulation on a busy host some kernels fail at that and stand still.
    /// </summary>
    public static Board MicroVm { get; } = Q35 with
    {
        Name = "microvm",
        Machine = "microvm,rtc=on",
        Uefi = null,
        SecureUefi = null,
        StartsMedia = false,
        HasPci = false,
        IdePorts = 0,
        PanicDevice = null,
        TpmDevice = null,
    };

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Board> All { get; } = [Q35, Pc, MicroVm];

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}

/// <summary>UEFI firmware as Debian packages it.</summary>
/// <param name="Code">Its code in a tree of tools, without a leading slash.</param>
/// <param name="Variables">Its variable store as the package has it; every machine gets a copy.</param>
public sealed record UefiFirmware(string Code, string Variables)
{
    /// <summary>That of PCs, of package <c>ovmf</c>.</summary>
    public static UefiFirmware Ovmf { get; } = new("usr/share/OVMF/OVMF_CODE_4M.fd", "usr/share/OVMF/OVMF_VARS_4M.fd");

    /// <summary>The same with Secure Boot, which keeps its variables to itself; no key is enrolled, so it is in setup mode.</summary>
    public static UefiFirmware OvmfSecure { get; } = Ovmf with { Code = "usr/share/OVMF/OVMF_CODE_4M.secboot.fd" };
}
