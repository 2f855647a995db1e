using Strata.Device.Disks;
using Strata.Device.Posix;
using Strata.Init.CommandLine;
using Strata.Init.Reports;
using Strata.Init.Stores;

namespace Strata.Init.Root;

/// <summary>Joins the mounted layers to the system's root.</summary>
internal static class RootBuilder
{
    /// <summary>Where the new root is mounted: not below /run, which moves into it.</summary>
    public const string MountPoint = "/strata/root";

    /// <summary>Folder with the mount point of what holds changes.</summary>
    public const string ChangesFolder = "/run/strata/changes";

    private const string Empty = "/run/strata/empty";

    /// <summary>Mounts the root.</summary>
    /// <param name="layers">Mount points of the layers, lowest first.</param>
    /// <param name="options">What was asked.</param>
    /// <param name="edition">Name of the edition: each has its own folder on a partition for changes.</param>
    /// <param name="state">The partition for changes, or null.</param>
    /// <param name="stores">Where layers come from: one may be the same partition.</param>
    /// <exception cref="BootException">It does not work.</exception>
    public static void Build(
        IReadOnlyList<string> layers, BootOptions options, string edition, BlockDevice? state, IReadOnlyList<LayerStore> stores)
    {
        ArgumentNullException.ThrowIfNull(layers);
        ArgumentNullException.ThrowIfNull(options);
        if (layers.Count > OverlayOptions.MostLayers)
        {
            throw new BootException(
                $"cannot join {layers.Count} layers: the kernel takes {OverlayOptions.MostLayers}", [], ["Choose fewer with caps= on the kernel command line."]);
        }
        string? upper = options.Changes switch
        {
            ChangesKind.Memory => Memory(options),
            ChangesKind.Partition => Partition(state!, edition, stores),
            _ => null,
        };
        Files.MakeDirectories(Empty);
        try
        {
            (string, string?)[] parameters = [.. OverlayOptions.Of(layers, upper, options.Changes, Empty)];
            Mounts.Mount("overlay", MountPoint, upper is null ? Mounts.ReadOnly : 0, parameters);
        }
        catch (PosixException e)
        {
            throw new BootException(
                $"cannot join the layers to one system: {e.Message}",
                [$"layers: {string.Join(", ", layers)}", $"changes: {upper ?? "none"}"],
                [
                    options.Changes == ChangesKind.Partition
                        ? $"The file system of '{BlockDevice.Printable(options.State)}' must be able to hold changes: ext4, xfs or btrfs."
                        : "The kernel needs the overlay file system, Linux 6.8 or later.",
                ]);
        }
    }

    private static string Memory(BootOptions options)
    {
        const string Mounted = ChangesFolder + "/memory";
        try
        {
            (string, string?)[] parameters = options.MemorySize is null ? [("mode", "0755")] : [("mode", "0755"), ("size", options.MemorySize)];
            Mounts.Mount("tmpfs", Mounted, Mounts.Closed, parameters);
            Files.MakeDirectories(Mounted + "/upper");
            Files.MakeDirectories(Mounted + "/work");
            return Mounted;
        }
        catch (PosixException e)
        {
            throw new BootException($"cannot make room for changes in memory: {e.Message}", [], ["Take strata.upper= off the kernel command line."]);
        }
    }

    private static string Partition(BlockDevice state, string edition, IReadOnlyList<LayerStore> stores)
    {
        string mounted = $"{ChangesFolder}/{state.Name}";
        LayerStore? same = null;
        foreach (LayerStore store in stores)
        {
            same = store.Device?.Name == state.Name ? store : same;
        }
        if (state.FileSystem is { Type: "vfat" or "iso9660" })
        {
            throw new BootException(
                $"cannot keep changes on {state.Name}: a {state.FileSystem.Type} file system cannot hold them",
                [state.Describe()],
                ["Make an ext4, xfs or btrfs file system there, or take state= off the kernel command line: changes are then gone after a restart."]);
        }
        try
        {
            if (same is not null)
            {
                // one file system, one state: it is mounted read-only for the layers already
                Mounts.MakeWritable(same.Root);
                mounted = same.Root;
            }
            else
            {
                Mounts.Mount(state.FileSystem!.Type, mounted, Mounts.Closed, ("source", state.Path));
            }
            string folder = $"{mounted}/strata/state/{edition}";
            Files.MakeDirectories(folder + "/upper");
            Files.MakeDirectories(folder + "/work");
            return folder;
        }
        catch (PosixException e)
        {
            throw new BootException(
                $"cannot keep changes on {state.Name}: {e.Message}",
                [state.Describe()],
                [
                    "If it was damaged by a power cut, repair it from another system: fsck " + state.Path,
                    "Without state= on the kernel command line the system starts, and its changes are gone after a restart.",
                ]);
        }
    }
}
