using System.Buffers.Binary;
using System.Text;
using Strata.Device.Firmware;

namespace Strata.Device.Disks;

/// <summary>The partition that the firmware started this system from. Its disk is preferred to others of the same names.</summary>
/// <remarks>
/// systemd's stub leaves the partition's identity in the variable LoaderDevicePartUUID. BIOS machines, discs and the network leave nothing.
/// </remarks>
public static class BootPartition
{
    private const string Variable = "LoaderDevicePartUUID";
    private const int AttributeBytes = 4;
    private const int TextBytes = 36 * 2;
    private const uint NonVolatile = 1; // EFI_VARIABLE_NON_VOLATILE

    /// <summary>Its identity; empty GUID when the firmware does not tell.</summary>
    public static Guid Find() => LoaderVariables.ReadFiles(Variable)[0] is byte[] variable ? Parse(variable) : Guid.Empty;

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
