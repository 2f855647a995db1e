namespace Strata.Core;

/// <summary>Something that is made of an edition: what one boots or writes. The only list of their names, endings and help.</summary>
/// <remarks>How each is made, which is a choice of a boot program and a medium, stands in <c>Strata.Images</c>.</remarks>
public sealed record ImageKind
{
    /// <summary>Name, as in <c>--image</c> and <c>tests.yaml</c>: <c>disk</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What people call one: <c>a disk image</c>.</summary>
    public required string Title { get; init; }

    /// <summary>What it is for, in the words of a list of choices.</summary>
    public required string Help { get; init; }

    /// <summary>Name of its file or folder among the results, in which <c>*</c> is the edition: <c>*.img</c>.</summary>
    public required string Place { get; init; }

    /// <summary>True when it is a folder of files; <see cref="Place"/> is its name.</summary>
    public bool IsFolder { get; init; }

    /// <summary>True when a machine can be started with it.</summary>
    public bool Boots { get; init; } = true;

    /// <summary>True when a machine finds it on a disk or in a drive; false when it is given to it some other way.</summary>
    public bool IsMedium { get; init; }

    /// <summary>True when <c>strata build</c> makes it; false for what machines take out of another.</summary>
    public bool IsBuilt { get; init; } = true;

    /// <summary>
    /// True for the disk in a form that only programs for virtual machines take: nothing here starts it, and no real disk takes it.
    /// </summary>
    public bool IsVirtualDisk { get; init; }

    /// <summary>A disk.</summary>
    public static ImageKind Disk { get; } = new()
    {
        Name = "disk",
        Title = "a disk image",
        Help = "a disk that starts under UEFI",
        Place = "*.img",
        IsMedium = true,
    };

    /// <summary>A hybrid ISO image: a CD, and a disk when it is written to one.</summary>
    public static ImageKind Iso { get; } = new()
    {
        Name = "iso",
        Title = "an ISO image",
        Help = "one file for CD, stick and disk, under BIOS and UEFI",
        Place = "*.iso",
        IsMedium = true,
    };

    /// <summary>The bootable file alone: kernel and initramfs in one.</summary>
    public static ImageKind Uki { get; } = new()
    {
        Name = "uki",
        Title = "a bootable file",
        Help = "the bootable file alone",
        Place = "*.efi",
    };

    /// <summary>Files for booting from the network: kernel, initramfs, a script for iPXE, and iPXE itself.</summary>
    public static ImageKind Pxe { get; } = new()
    {
        Name = "pxe",
        Title = "files for booting from the network",
        Help = "a folder for booting from the network",
        Place = "pxe",
        IsFolder = true,
    };

    /// <summary>A container image: an OCI image layout in a tar archive.</summary>
    public static ImageKind Oci { get; } = new()
    {
        Name = "oci",
        Title = "a container image",
        Help = "a container image",
        Place = "*.oci.tar",
        Boots = false,
    };

    /// <summary>The disk for QEMU and what builds on it: Proxmox, libvirt, OpenStack.</summary>
    public static ImageKind Qcow2 { get; } = VirtualDisk("qcow2", "QEMU");

    /// <summary>The disk for VMware.</summary>
    public static ImageKind Vmdk { get; } = VirtualDisk("vmdk", "VMware");

    /// <summary>The disk for Hyper-V.</summary>
    public static ImageKind Vhdx { get; } = VirtualDisk("vhdx", "Hyper-V");

    /// <summary>The disk for VirtualBox.</summary>
    public static ImageKind Vdi { get; } = VirtualDisk("vdi", "VirtualBox");

    /// <summary>Kernel and initramfs as they are in a bootable file, put into a machine's memory.</summary>
    public static ImageKind Kernel { get; } = new()
    {
        Name = "kernel",
        Title = "kernel and initramfs",
        Help = "kernel and initramfs, put into a machine's memory",
        Place = "*.vmlinuz",
        IsBuilt = false,
    };

    /// <summary>All of them.</summary>
    public static IReadOnlyList<ImageKind> All { get; } = [Disk, Iso, Uki, Pxe, Oci, Qcow2, Vmdk, Vhdx, Vdi, Kernel];

    /// <summary>Those that <c>strata build</c> makes.</summary>
    public static IReadOnlyList<ImageKind> Built { get; } = [.. All.Where(k => k.IsBuilt)];

    /// <summary>The one of a name; null when there is none.</summary>
    public static ImageKind? Named(string name) => All.FirstOrDefault(k => k.Name == name);

    /// <summary>Where it is among the results of an edition.</summary>
    public string PlaceOf(string edition) => Place.Replace("*", edition, StringComparison.Ordinal);

    private static ImageKind VirtualDisk(string name, string program) => new()
    {
        Name = name,
        Title = $"a disk image for {program}",
        Help = $"the disk for {program}",
        Place = $"*.{name}",
        IsVirtualDisk = true,
    };

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}
