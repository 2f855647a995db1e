using System.Globalization;
using System.Security.Cryptography;
using Strata.Device.Disks;
using Strata.Device.Mapping;
using Strata.Device.Posix;
using Strata.Sealing.Luks;

namespace Strata.Init.Sealed;

/// <summary>The content of a volume as a device: dm-crypt (Documentation/admin-guide/device-mapper/dm-crypt.rst of Linux).</summary>
/// <param name="partition">What the volume lies on.</param>
/// <param name="volume">Its header.</param>
/// <param name="key">Its key; it is cleared with this.</param>
internal sealed class MappedState(BlockDevice partition, LuksVolume volume, byte[] key) : IDisposable
{
    private const string Name = "strata-state";
    private const string Target = "crypt";
    private const int Unit = 512; // sectors of the device mapper, in bytes

    /// <summary>Makes the device.</summary>
    /// <exception cref="MissingDriverException">The kernel has no device mapper.</exception>
    /// <exception cref="PosixException">The kernel refuses.</exception>
    public BlockDevice Map()
    {
        using KernelKey held = Held();
        string path = MappedDevice.Create(Name, Sectors(), Target, Parameters(held), isWritable: true);
        return BlockDevices.ReadNow(path["/dev/".Length..]);
    }

    /// <summary>Makes it as long as its partition is now.</summary>
    /// <exception cref="PosixException">The kernel refuses.</exception>
    public void Extend()
    {
        using KernelKey held = Held();
        MappedDevice.SetTable(Name, Sectors(), Target, Parameters(held), isWritable: true);
    }

    /// <summary>Takes the device away.</summary>
    public static void Remove() => MappedDevice.TryRemove(Name);

    /// <inheritdoc/>
    public void Dispose() => CryptographicOperations.ZeroMemory(key);

    // by the kernel's keyring: the key stands in no text, and nobody can read it from the device's table
    private KernelKey Held() => KernelKey.Add($"strata:{volume.Id}", key);

    private string Parameters(KernelKey held) => string.Create(
        CultureInfo.InvariantCulture,
        $"aes-xts-plain64 :{key.Length}:logon:{held.Name} 0 {partition.Path} {volume.Offset / Unit} 1 "
        + $"sector_size:{volume.ContentSectorSize}");

    private ulong Sectors()
    {
        using OpenFile device = OpenFile.Open(partition.Path);
        long bytes = device.Length - volume.Offset;
        return (ulong)(bytes / volume.ContentSectorSize * volume.ContentSectorSize / Unit);
    }
}
