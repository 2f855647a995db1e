using System.Buffers.Binary;
using System.Text;
using Strata.Device.Posix;

namespace Strata.Device.Disks;

/// <summary>The partition that the firmware started this system from. Its disk is preferred to others of the same names.</summary>
/// <remarks>
/// systemd's stub leaves the partition's identity in the variable LoaderDevicePartUUID (UAPI group, Boot Loader Interface): UTF-16 text,
/// ended by zero. A file of efivarfs has four bytes of attributes before the value (Documentation/filesystems/efivarfs.rst of Linux).
/// BIOS machines, discs and the network leave nothing.
/// </remarks>
public static class BootPartition
{
    private const string Folder = "/sys/firmware/efi/efivars";
    private const string Variable = Folder + "/LoaderDevicePartUUID-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f";
    private const int AttributeBytes = 4;
    private const int TextBytes = 36 * 2;
    private const uint NonVolatile = 1; // EFI_VARIABLE_NON_VOLATILE

    /// <summary>Its identity; empty GUID when the firmware does not tell.</summary>
    public static Guid Find()
    {
        if (!Files.Exists(Folder))
        {
            return Guid.Empty; // not started by UEFI
        }
        try
        {
            Mounts.Mount("efivarfs", Folder, Mounts.ReadOnly | Mounts.Closed, ("ro", null));
            byte[]? variable = Files.TryRead(Variable, AttributeBytes + TextBytes + 2);
            Mounts.TryUnmount(Folder); // the system's init decides whether it wants it
            return variable is null ? Guid.Empty : Parse(variable);
        }
        catch (PosixException)
        {
            return Guid.Empty; // the kernel has no efivarfs
        }
    }

    /// <summary>Reads the file of the variable; empty GUID when it is none that this start has set.</summary>
    public static Guid Parse(ReadOnlySpan<byte> variable)
    {
        // one that outlives a restart was not set by the stub, which then keeps what it finds: an earlier system may have written it
        if (variable.Length < AttributeBytes + TextBytes || (BinaryPrimitives.ReadUInt32LittleEndian(variable) & NonVolatile) != 0)
        {
            return Guid.Empty;
        }
        string text = Encoding.Unicode.GetString(variable.Slice(AttributeBytes, TextBytes));
        return Guid.TryParseExact(text, "D", out Guid id) ? id : Guid.Empty;
    }

    /// <summary>Names of the disks with that partition: several when a disk was copied as it is, and then none is preferred.</summary>
    /// <param name="devices">All there are.</param>
    /// <param name="partition">From <see cref="Find"/>.</param>
    public static IReadOnlyList<string> DisksWith(IReadOnlyList<BlockDevice> devices, Guid partition)
    {
        ArgumentNullException.ThrowIfNull(devices);
        List<string> disks = [];
        foreach (BlockDevice device in devices)
        {
            if (partition != Guid.Empty && device.PartitionId == partition)
            {
                disks.Add(device.Disk);
            }
        }
        return disks;
    }
}
