using System.Buffers.Binary;
using System.Text;
using Strata.Device.Posix;

namespace Strata.Device.Firmware;

/// <summary>What systemd-boot and systemd's stub tell the system that they start, in variables of UEFI firmware.</summary>
/// <remarks>
/// Boot Loader Interface of the UAPI group: UTF-16 text, ended by zero. A file of efivarfs has four bytes of attributes before the value
/// (Documentation/filesystems/efivarfs.rst of Linux). BIOS machines, discs and the network leave nothing.
/// </remarks>
public static class LoaderVariables
{
    /// <summary>The counted kernel image that was started.</summary>
    public const string CountedPath = "LoaderBootCountPath";

    /// <summary>The entry that was chosen.</summary>
    public const string SelectedEntry = "LoaderEntrySelected";

    /// <summary>The kernel image that was started.</summary>
    public const string ImagePath = "StubImageIdentifier";

    private const string Firmware = "/sys/firmware/efi/efivars";
    private const string Vendor = "-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";
    private const int AttributeBytes = 4;
    private const int MostBytes = AttributeBytes + 2048;
    private const uint NonVolatile = 1; // EFI_VARIABLE_NON_VOLATILE
    private const int KexecLoader = 0xD; // Documentation/arch/x86/boot.rst, type_of_loader

    /// <summary>Files of variables, in the order of their names; null for what is not there.</summary>
    public static IReadOnlyList<byte[]?> ReadFiles(params IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        byte[]?[] files = new byte[]?[names.Count];
        if (!Files.Exists(Firmware))
        {
            return files; // not started by UEFI
        }
        try
        {
            Mounts.Mount("efivarfs", Firmware, Mounts.ReadOnly | Mounts.Closed, ("ro", null));
            for (int i = 0; i < files.Length; i++)
            {
                files[i] = Files.TryRead($"{Firmware}/{names[i]}{Vendor}", MostBytes);
            }
            Mounts.TryUnmount(Firmware); // the system's init decides whether it wants it
        }
        catch (PosixException)
        {
            // the kernel has no efivarfs
        }
        return files;
    }

    /// <summary>The text of a variable; empty when it is none that this start has set.</summary>
    /// <param name="file">Its file; null when there is none.</param>
    public static string TextOf(byte[]? file)
    {
        // one that outlives a restart was not set by the boot program, which then keeps what it finds: a system may have written it
        if (file is null || file.Length < AttributeBytes || file.Length % 2 != 0
            || (BinaryPrimitives.ReadUInt32LittleEndian(file) & NonVolatile) != 0)
        {
            return "";
        }
        string text = Encoding.Unicode.GetString(file.AsSpan(AttributeBytes));
        int end = text.IndexOf('\0', StringComparison.Ordinal);
        return end < 0 ? "" : text[..end];
    }

    /// <summary>Whether systemd-boot counts this start, as the kernel image is on trial.</summary>
    public static bool IsCounted() => TextOf(ReadFiles(CountedPath)[0]).Length > 0;

    /// <summary>True when another kernel started this one; the variables are then those of an earlier start.</summary>
    public static bool IsStartedByKernel() =>
        int.TryParse(Files.ReadText("/proc/sys/kernel/bootloader_type").Trim(), out int loader) && loader >> 4 == KexecLoader;
}
