using Strata.Device.Disks;
using Strata.Device.Posix;
using Strata.Init.CommandLine;
using Strata.Init.Reports;
using Strata.Init.Stores;
using Strata.Updates.State;

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
    /// <param name="kept">The edition's folder in its state, when every change outlives a restart; null else.</param>
    /// <param name="fill">Gets the folder of changes before the root is joined, where it is in memory; null: it stays empty.</param>
    /// <exception cref="BootException">It does not work.</exception>
    public static void Build(
        IReadOnlyList<string> layers, BootOptions options, string edition, BlockDevice? state, IReadOnlyList<LayerStore> stores,
        string? kept = null, Action<string>? fill = null)
    {
        ArgumentNullException.ThrowIfNull(layers);
        ArgumentNullException.ThrowIfNull(options);
        ChangesKind changes = kept is not null || state is not null ? ChangesKind.Partition : ChangesKind.Memory;
        if (layers.Count > OverlayOptions.MostLayers)
        {
            throw new BootException(
                $"cannot join {layers.Count} layers: the kernel takes {OverlayOptions.MostLayers}", [], ["Choose fewer with caps= on the kernel command line."]);
        }
        string? upper = kept is not null ? WithRoom(kept) : options.Changes switch
        {
            ChangesKind.Partition when state is not null => Partition(state, edition, stores),
            ChangesKind.None => null,
            _ => Memory(options), // also where state= names a partition of which the edition keeps folders alone
        };
        Files.MakeDirectories(Empty);
        if (upper is not null && changes == ChangesKind.Memory)
        {
            fill?.Invoke(upper + "/upper");
        }
        try
        {
            (string, string?)[] parameters = upper is null ? [.. OverlayOptions.OfReadOnly(layers, Empty)]
                : [.. OverlayOptions.Of(layers, upper + "/upper", upper + "/work", changes)];
            Mounts.Mount("overlay", MountPoint, upper is null ? Mounts.ReadOnly : 0, parameters);
        }
        catch (PosixException e)
        {
            throw new BootException(
                $"cannot join the layers to one system: {e.Message}",
                [$"layers: {string.Join(", ", layers)}", $"changes: {upper ?? "none"}"],
                [
                    changes == ChangesKind.Partition
                        ? $"The file system of '{BlockDevice.Printable(kept is null ? options.State : StatePlan.Label)}' must be able to "
                            + "hold changes: ext4, xfs or btrfs."
                        : "The kernel needs the overlay file system, Linux 6.8 or later.",
                ]);
        }
    }

    /// <summary>Mounts a root that shows the initramfs, with changes in a folder that outlives a restart.</summary>
    /// <exception cref="BootException">It does not work.</exception>
    public static void BuildUponInitramfs(string kept)
    {
        try
        {
            WithRoom(kept);
            (string, string?)[] parameters = [.. OverlayOptions.Of(["/"], kept + "/upper", kept + "/work", ChangesKind.Partition)];
            Mounts.Mount("overlay", MountPoint, 0, parameters);
        }
        catch (PosixException e)
        {
            throw new BootException(
                $"cannot keep the changes of this system: {e.Message}", [$"changes: {kept}"],
                [
                    "The kernel needs the overlay file system, Linux 6.8 or later.",
                    "With 'kiosk' on the kernel command line the system starts without any state.",
                ]);
        }
    }

    private static string WithRoom(string folder)
    {
        Files.MakeDirectories(folder + "/upper");
        Files.MakeDirectories(folder + "/work");
        return folder;
    }

    private static string Memory(BootOptions options)
    {
        const string Mounted = ChangesFolder + "/memory";
        try
        {
            (string, string?)[] parameters = options.MemorySize is null ? [("mode", "0755")] : [("mode", "0755"), ("size", options.MemorySize)];
            Mounts.Mount("tmpfs", Mounted, Mounts.Closed, parameters);
            return WithRoom(Mounted);
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
            return WithRoom(folder);
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
