using Strata.Device.Confinement;

namespace Strata.Machines;

/// <summary>What a QEMU may use and take of the host: it runs what a stranger made, and a guest may break out of its devices.</summary>
/// <remarks>docs/decisions/0051-a-room-for-each-tool.md says why it has no room of bubblewrap.</remarks>
internal static class QemuView
{
    private const string Resolver = "/etc/resolv.conf"; // the emulated network hands the guest's questions on to the servers in it
    private const long MemoryBeside = 16L << 30; // of address space, which translated code, threads and libraries take without using it
    private const int DrivenSeconds = 4 * 3600; // of each processor: no test waits that long, and a guest may outlive who waits for it
    private const int ProcessorsBeside = 1; // translating, and devices
    private const long FileBeside = 4L << 30; // a disk's changes take a little more than the disk

    /// <summary>Its own folder, the images, and only the ports that the configuration needs.</summary>
    /// <remarks>
    /// A window needs whatever the libraries of a desktop open, and arguments of a person may name anything: both see what this user sees.
    /// </remarks>
    public static ProcessView Of(MachineConfig config, QemuFiles files, OpenImages images, AcceleratorKind accelerator)
    {
        if (NeedsAll(config))
        {
            return ProcessView.Whole;
        }
        bool isOpen = config.Network is { FrameSocket: null, Restrict: false };
        return new ProcessView
        {
            Reads = [.. images.Reads, .. images.Devices, .. isOpen ? ResolverFiles() : []],
            Writes = [files.PrivateFolder, .. DeviceOf(accelerator), .. images.KeptDevices],
            ConnectsTo = isOpen ? null : [],
            ListensOn = [.. (config.Network?.Forwards ?? []).Select(f => f.HostPort)],
            MakesFileSockets = config.Graphics == Graphics.Vnc,
        };
    }

    /// <summary>That of a probe: no images, no network.</summary>
    public static ProcessView OfProbe(QemuFiles files, AcceleratorKind accelerator) =>
        new() { Writes = [files.PrivateFolder, .. DeviceOf(accelerator)] };

    /// <summary>What a window takes nobody knows, and how long somebody sits before a machine neither.</summary>
    public static ProcessLimits LimitsOf(MachineConfig config, OpenImages images, bool isDriven) => new()
    {
        ProcessorSeconds = isDriven ? (config.Cpus + ProcessorsBeside) * DrivenSeconds : null,
        FileBytes = images.Devices.Count > 0 ? null : images.LongestBytes + RoomOf(config) + FileBeside,
        MemoryBytes = NeedsAll(config) ? null : ((long)config.MemoryMiB << 20) + MemoryBeside,
    };

    private static long RoomOf(MachineConfig config) => config.Boot is BootMedium.Disk { HasOverlay: true } disk ? disk.RoomBytes : 0;

    private static string[] DeviceOf(AcceleratorKind accelerator) => accelerator == AcceleratorKind.Kvm ? [Accelerator.KvmDevice] : [];

    private static bool NeedsAll(MachineConfig config) => config.Graphics == Graphics.Gtk || config.ExtraArguments.Count > 0;

    /// <summary>The file, and where it is a link into the folder of a daemon that replaces it, that folder.</summary>
    private static IEnumerable<string> ResolverFiles()
    {
        string? target = File.Exists(Resolver) ? File.ResolveLinkTarget(Resolver, returnFinalTarget: true)?.FullName : null;
        return target?.StartsWith("/run/", StringComparison.Ordinal) == true ? [Resolver, Path.GetDirectoryName(target)!] : [Resolver];
    }
}
