using Strata.Device.Disks;
using Strata.Device.Posix;
using Strata.Yaml;

namespace Strata.Agent.Seeds;

/// <summary>The FAT and ISO 9660 file systems of the disks that are here; each is mounted, for reading, while it is looked into.</summary>
internal sealed class DiskVolumes : IDisposable
{
    private const string Place = "/run/strata/seed";
    private const int MostVolumes = 64;
    private const int MostWaits = 25; // of a fifth of a second

    private readonly BlockDevices _devices = new();
    private readonly FaultList _faults;
    private string? _mounted;

    /// <summary>Volumes of this machine; what cannot be mounted is noted.</summary>
    public DiskVolumes(FaultList faults) => _faults = faults;

    /// <summary>Looks for them.</summary>
    public IReadOnlyList<ISeedVolume> Scan()
    {
        IReadOnlyList<BlockDevice> devices = _devices.Scan();
        for (int waits = 0; waits < MostWaits && HasSilentStick(devices); waits++)
        {
            Thread.Sleep(200);
            devices = _devices.Scan();
        }
        IReadOnlyList<string> ours = BootPartition.DisksWith(devices, BootPartition.Find());
        List<ISeedVolume> volumes = [];
        foreach (BlockDevice device in devices)
        {
            if (device.FileSystem is { Type: "vfat" or "iso9660" } && volumes.Count < MostVolumes)
            {
                volumes.Add(new Volume(this, device, ours.Count == 1 && ours[0] == device.Disk));
            }
        }
        return volumes;
    }

    /// <inheritdoc/>
    public void Dispose() => Unmount();

    // a stick says what it is a second before it has a disk
    private static bool HasSilentStick(IReadOnlyList<BlockDevice> devices)
    {
        const string Folder = "/sys/bus/usb/devices/";
        foreach (BlockDevice device in devices)
        {
            if (device.Name.StartsWith("sd", StringComparison.Ordinal))
            {
                return false;
            }
        }
        foreach (string name in Files.Names(Folder))
        {
            if (Files.ReadText($"{Folder}{name}/bInterfaceClass").Trim() == "08") // USB mass storage
            {
                return true;
            }
        }
        return false;
    }

    private byte[]? TryRead(BlockDevice device, string name, int most)
    {
        if (_mounted != device.Path)
        {
            Unmount();
            try
            {
                Mounts.Mount(
                    device.FileSystem!.Type, Place, Mounts.ReadOnly | Mounts.Closed, ("source", device.Path), ("ro", null));
            }
            catch (PosixException e)
            {
                _faults.Add(new Fault(device.Path, 0, 0, $"cannot be looked into for a seed: {e.Message}"));
                return null;
            }
            _mounted = device.Path;
        }
        return Files.TryReadBelow(Place, name, most);
    }

    private void Unmount()
    {
        if (_mounted is not null)
        {
            Mounts.TryUnmount(Place);
            _mounted = null;
        }
    }

    private sealed class Volume(DiskVolumes volumes, BlockDevice device, bool isOfOurDisk) : ISeedVolume
    {
        private bool _isBroken;

        public string Name => device.Path;

        public string Label => device.FileSystem!.Label;

        public bool IsOfOurDisk => isOfOurDisk;

        public bool IsFat => device.FileSystem!.Type == "vfat";

        public byte[]? TryRead(string name, int most)
        {
            if (_isBroken)
            {
                return null; // told once
            }
            byte[]? bytes = volumes.TryRead(device, name, most);
            _isBroken = bytes is null && volumes._mounted != device.Path;
            return bytes;
        }
    }
}
