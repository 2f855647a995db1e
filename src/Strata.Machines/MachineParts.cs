using Microsoft.Win32.SafeHandles;

namespace Strata.Machines;

/// <summary>The firmware the guest starts with.</summary>
public enum Firmware
{
    /// <summary>OVMF with its own copy of the variable store.</summary>
    Uefi,

    /// <summary>SeaBIOS.</summary>
    Bios,
}

/// <summary>Where the guest's screen goes.</summary>
public enum Graphics
{
    /// <summary>No graphics adapter.</summary>
    None,

    /// <summary>A window on the host's desktop.</summary>
    Gtk,

    /// <summary>A VNC server on <see cref="Machine.VncSocket"/>, which only this user can reach.</summary>
    Vnc,
}

/// <summary>How the guest sees a disk.</summary>
public enum DiskBus
{
    /// <summary>virtio-blk: <c>/dev/vda</c>.</summary>
    Virtio,

    /// <summary>SATA on q35, IDE on pc: <c>/dev/sda</c>.</summary>
    Sata,

    /// <summary>NVMe: <c>/dev/nvme0n1</c>.</summary>
    Nvme,

    /// <summary>A USB stick on an xHCI controller: <c>/dev/sda</c>.</summary>
    Usb,
}

/// <summary>One more disk, beside the one booted from.</summary>
/// <param name="Path">The raw image file.</param>
/// <param name="Bus">How the guest sees it.</param>
/// <param name="Keep">True writes the guest's changes into the image; false throws them away at the end.</param>
public sealed record DiskConfig(string Path, DiskBus Bus = DiskBus.Virtio, bool Keep = false)
{
    /// <summary>Unit of <see cref="BadSectors"/>, in bytes.</summary>
    public const int SectorBytes = 512;

    /// <summary>Most bad sectors: each is a rule that QEMU looks at with every request.</summary>
    public const int MaximumBadSectors = 256;

    /// <summary>
    /// File that gets every write and flush of the guest in their order (<see cref="WriteLogReplay"/>), only of a kept disk; it exists and
    /// is empty.
    /// Null for none.
    /// </summary>
    public string? WriteLog { get; init; }

    /// <summary>Sectors that the guest cannot read: a request that touches one fails with an I/O error, as on a dying disk.</summary>
    public IReadOnlyList<long> BadSectors { get; init; } = [];
}

/// <summary>User-mode network: the guest reaches out through the host's sockets and nobody but the host reaches in.</summary>
/// <remarks>Reaching out includes this host: 10.0.2.2 is its 127.0.0.1, with every service that listens there.</remarks>
/// <param name="Forwards">Ports of 127.0.0.1 that lead into the guest.</param>
/// <param name="Restrict">True lets the guest reach nothing; forwarded ports still work.</param>
public sealed record NetworkConfig(IReadOnlyList<PortForward> Forwards, bool Restrict = false)
{
    /// <summary>No forwarded port.</summary>
    public NetworkConfig()
        : this([])
    {
    }

    /// <summary>
    /// A connected socket whose other end gets every Ethernet frame (<see cref="Network.GuestWire"/>), instead of a network of QEMU's; then
    /// nothing is forwarded. The machine that starts with it takes it. Null for QEMU's.
    /// </summary>
    public SafeFileHandle? FrameSocket { get; init; }
}

/// <summary>A network card on a wire of ours (<see cref="Network.Wire"/>).</summary>
/// <param name="HardwareAddress">Such as <c>52:54:00:57:01:00</c>: guests on one wire must not have the same.</param>
/// <param name="Cable">What <see cref="Network.Wire.Plug()"/> gave. The machine that starts with it takes it.</param>
public sealed record WiredCard(string HardwareAddress, SafeFileHandle Cable);

/// <summary>A TCP port of 127.0.0.1 that leads to one of the guest.</summary>
/// <param name="GuestPort">1 to 65535.</param>
/// <param name="HostPort">1 to 65535, or 0 for any free one; ask <see cref="Machine.HostPortOfAsync"/> which it became.</param>
public sealed record PortForward(int GuestPort, int HostPort = 0);
