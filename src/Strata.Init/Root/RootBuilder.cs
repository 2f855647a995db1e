using Strata.Init.CommandLine;
using Strata.Init.Devices;
using Strata.Init.Posix;
using Strata.Init.Stores;

namespace Strata.Init.Root;

/// <summary>Joins the mounted layers to the system's root.</summary>
internal static class RootBuilder
{
    /// <summary>Where the new root is mounted: not below /run, which moves into it.</summary>
    public const string MountPoint = "/strata/root";

    private const string Upper = "/run/strata/changes";
    private const string Empty = "/run/strata/empty";

    /// <summary>Mounts the root.</summary>
    /// <param name="layers">Mount points of the layers, lowest first.</param>
    /// <param name="options">What was asked.</param>
    /// <param name="edition">Name of the edition: each has its own folder on a partition for changes.</param>
    /// <param name="state">The partition for changes, or null.</param>
    /// <param name="store">Where layers come from: it may be the same partition.</param>
    /// <exception cref="BootException">It does not work.</exception>
    public static void Build(IReadOnlyList<string> layers, BootOptions options, string edition, BlockDevice? state, LayerStore store)
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
            ChangesKind.Partition => Partition(state!, edition, store),
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
        try
        {
            (string, string?)[] parameters = options.MemorySize is null ? [("mode", "0755")] : [("mode", "0755"), ("size", options.MemorySize)];
            Mounts.Mount("tmpfs", Upper, 0, parameters);
            Files.MakeDirectories(Upper + "/upper");
            Files.MakeDirectories(Upper + "/work");
            return Upper;
        }
        catch (PosixException e)
        {
            throw new BootException($"cannot make room for changes in memory: {e.Message}", [], ["Take strata.upper= off the kernel command line."]);
        }
    }

    private static string Partition(BlockDevice state, string edition, LayerStore store)
    {
        string folder = $"{Upper}/strata/state/{edition}";
        if (state.FileSystem is { Type: "vfat" or "iso9660" })
        {
            throw new BootException(
                $"cannot keep changes on {state.Name}: a {state.FileSystem.Type} file system cannot hold them",
                [state.Describe()],
                ["Make an ext4, xfs or btrfs file system there, or take state= off the kernel command line: changes are then gone after a restart."]);
        }
        try
        {
            if (store.Device?.Name == state.Name)
            {
                // one file system, one state: it is mounted read-only for the layers already
                PosixException.Check(Libc.Mount("", store.Root, null, Libc.MountRemount | Libc.MountNoSuid | Libc.MountNoDev, null));
                folder = $"{store.Root}/strata/state/{edition}";
            }
            else
            {
                Mounts.Mount(state.FileSystem!.Type, Upper, 0, ("source", state.Path));
            }
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
