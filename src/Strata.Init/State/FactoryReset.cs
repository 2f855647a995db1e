using Strata.Device.Disks;
using Strata.Device.Posix;
using Strata.Init.Root;

namespace Strata.Init.State;

/// <summary>Deletes what an edition kept: asked for by a word of the kernel command line, or by a file on the boot partition.</summary>
internal static class FactoryReset
{
    /// <summary>The file, below the root of the boot partition. It is deleted when the reset is done.</summary>
    public const string RequestFile = "/strata/reset";

    private const string BootFolder = "/run/strata/boot";
    private const string Gone = ".gone";

    // the type of an EFI system partition (UEFI 2.10 Table 5-7)
    private static readonly Guid s_esp = new("c12a7328-f81f-11d2-ba4b-00a0c93ec93b");

    /// <summary>Does it when it was asked for, and goes on with one that a power cut interrupted.</summary>
    /// <param name="state">The state.</param>
    /// <param name="isAsked">Whether the kernel command line asks.</param>
    /// <param name="bootPartition">From <see cref="BootPartition.Find"/>.</param>
    /// <param name="devices">The disks that are here.</param>
    /// <param name="note">Gets what was done, and what could not be.</param>
    public static void Do(OpenedState state, bool isAsked, Guid bootPartition, BlockDevices devices, Action<string> note)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(note);
        string above = state.Folder[..state.Folder.LastIndexOf('/')];
        string gone = $"{above}/{Gone}";
        try
        {
            using BootFolderMount? boot = BootFolderMount.TryMount(state.Device, bootPartition, devices);
            bool hasFile = boot is not null && Files.Exists(BootFolder + RequestFile);
            Deletion.Below(gone); // an interrupted one: its folder must be away before the next is moved there
            Files.TryDeleteFolder(gone);
            if (!isAsked && !hasFile)
            {
                return;
            }
            Files.Rename(state.Folder, gone); // from here on it is empty, whatever happens
            Files.MakeFolderBelow(above, state.Folder[above.Length..]);
            Deletion.Below(gone);
            Files.TryDeleteFolder(gone);
            note($"FACTORY RESET: everything that this system kept on {state.Device.Name} was deleted, as "
                + (isAsked ? "strata.reset on the kernel command line asks for at each start that has it"
                    : "the file strata/reset on the boot partition asked for"));
            if (hasFile)
            {
                Mounts.MakeWritable(BootFolder);
                Files.Delete(BootFolder + RequestFile);
            }
        }
        catch (PosixException e)
        {
            note($"cannot finish the factory reset on {state.Device.Name}: {e.Message}; it is tried again at the next start");
        }
    }

    /// <summary>The boot partition while it is looked at.</summary>
    private sealed class BootFolderMount : IDisposable
    {
        /// <summary>Mounts it for reading; null when it is not known or cannot be mounted.</summary>
        public static BootFolderMount? TryMount(BlockDevice state, Guid bootPartition, BlockDevices devices)
        {
            foreach (BlockDevice device in devices.Scan())
            {
                bool isBoot = bootPartition != Guid.Empty ? device.PartitionId == bootPartition
                    : device.Disk == state.Disk && device.PartitionType == s_esp;
                if (isBoot && device.FileSystem is { Type: "vfat" })
                {
                    try
                    {
                        Mounts.Mount("vfat", BootFolder, Mounts.ReadOnly | Mounts.Closed, ("source", device.Path), ("ro", null));
                        return new BootFolderMount();
                    }
                    catch (PosixException)
                    {
                        return null; // in use, or damaged: nobody can have put a file there for us
                    }
                }
            }
            return null;
        }

        /// <inheritdoc/>
        public void Dispose() => Mounts.TryUnmount(BootFolder);
    }
}
