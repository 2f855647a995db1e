namespace Strata.Machines;

/// <summary>What a machine boots from: exactly one of the kinds below.</summary>
public abstract record BootMedium
{
    private BootMedium()
    {
    }

    /// <summary>Files of the host that must exist before the machine can start.</summary>
    internal abstract IEnumerable<string> Files { get; }

    /// <summary>A raw disk image with a partition table, attached as the first disk.</summary>
    /// <param name="Path">The image file.</param>
    /// <param name="Bus">How the guest sees it; a rescue stick is <see cref="DiskBus.Usb"/>.</param>
    /// <param name="Keep">True writes the guest's changes into the image; false throws them away at the end.</param>
    public sealed record Disk(string Path, DiskBus Bus = DiskBus.Virtio, bool Keep = false) : BootMedium
    {
        /// <summary>
        /// Free room behind the image in bytes, from 0 on: the guest finds a disk that is larger by so much, as a stick is. Only where
        /// changes are thrown away; a file that keeps them has its size.
        /// </summary>
        public long RoomBytes { get; init; }

        internal bool HasOverlay => !Keep && RoomBytes > 0;

        /// <summary>As <see cref="DiskConfig.WriteLog"/>.</summary>
        public string? WriteLog { get; init; }

        internal override IEnumerable<string> Files => [Path];
    }

    /// <summary>An ISO 9660 image, attached as a read-only CD-ROM.</summary>
    /// <param name="Path">The image file.</param>
    public sealed record Iso(string Path) : BootMedium
    {
        internal override IEnumerable<string> Files => [Path];
    }

    /// <summary>The network: a script for iPXE and what it names, served by HTTP on loopback for as long as the machine runs.</summary>
    /// <remarks>
    /// The network card of QEMU under a BIOS is iPXE itself and is sent to the script at once. UEFI firmware fetches <see cref="UefiProgram"/> by TFTP, which
    /// then finds a script that leads to the other.
    /// </remarks>
    /// <param name="Served">Files by the name under which they are served; names have only letters, digits, dots, hyphens and underscores.</param>
    /// <param name="Script">Name of the script among them.</param>
    public sealed record Net(IReadOnlyDictionary<string, string> Served, string Script) : BootMedium
    {
        /// <summary>Name of the iPXE program for UEFI among the files.</summary>
        public const string UefiProgram = "snponly.efi";

        /// <summary>Name of the script that an iPXE started by UEFI looks for beside itself.</summary>
        public const string UefiScript = "autoexec.ipxe";

        internal override IEnumerable<string> Files => Served.Values;
    }

    /// <summary>A unified kernel image, handed to the UEFI firmware without a disk around it.</summary>
    /// <param name="Path">The UKI, a PE program.</param>
    public sealed record Uki(string Path) : BootMedium
    {
        internal override IEnumerable<string> Files => [Path];
    }

    /// <summary>A Linux kernel loaded directly, which skips the boot loader and most of the firmware.</summary>
    /// <param name="Path">The bzImage.</param>
    /// <param name="Initrd">The initial file system archive, or null.</param>
    /// <param name="CommandLine">Kernel command line; at most <see cref="MaximumCommandLine"/> bytes.</param>
    public sealed record Kernel(string Path, string? Initrd = null, string CommandLine = "") : BootMedium
    {
        /// <summary>Bytes of an x86 kernel command line without its final zero (COMMAND_LINE_SIZE, arch/x86/include/asm/setup.h).</summary>
        public const int MaximumCommandLine = 2047;

        internal override IEnumerable<string> Files => Initrd is null ? [Path] : [Path, Initrd];
    }
}
