using Strata.Agent.Storage;
using Strata.Core;
using Strata.Device.Disks;
using Strata.Device.Firmware;
using Strata.Device.Posix;
using Strata.Updates.Storage;
using Strata.Updates.Trials;

namespace Strata.Agent.Trials;

/// <summary>The EFI system partition that this machine was started from, while something is done with it.</summary>
internal sealed class BootVolume : IDisposable
{
    private const string Place = "/run/strata/esp";

    private BootVolume()
    {
    }

    /// <summary>Its files.</summary>
    public IStorage Files { get; } = new MountedStorage(Place);

    /// <summary>Mounts it.</summary>
    /// <exception cref="StrataException">It is not known, or cannot be mounted.</exception>
    public static BootVolume Mount()
    {
        Guid partition = BootPartition.Find();
        List<BlockDevice> found = [];
        foreach (BlockDevice device in new BlockDevices().Scan())
        {
            if (partition != Guid.Empty && device.PartitionId == partition && device.FileSystem is { Type: "vfat" })
            {
                found.Add(device);
            }
        }
        if (found.Count != 1)
        {
            throw new StrataException(
                "cannot open the EFI system partition: "
                + (partition == Guid.Empty ? "the firmware does not tell which it is" : $"{found.Count} partitions are called {partition}"),
                "Releases are tried on machines that UEFI firmware starts by systemd-boot.");
        }
        try
        {
            // dirsync: of a rename the new name is on the disk before the old one goes. errors=continue: of two names upon the same
            // clusters, which a cut rename leaves, both can be removed.
            Mounts.Mount("vfat", Place, Mounts.Closed, ("source", found[0].Path), ("dirsync", null), ("errors", "continue"));
        }
        catch (PosixException e)
        {
            throw new StrataException($"cannot open the EFI system partition {found[0].Name}: {e.Message}");
        }
        return new BootVolume();
    }

    /// <summary>What systemd-boot starts on this machine.</summary>
    public SystemdBoot BootSide(RunningSystem running) => new(Files, running.Edition, running.Version, Facts());

    /// <summary>What the boot program told of this start.</summary>
    public static StartFacts Facts()
    {
        IReadOnlyList<byte[]?> files =
            LoaderVariables.ReadFiles(LoaderVariables.CountedPath, LoaderVariables.ImagePath, LoaderVariables.SelectedEntry);
        return new StartFacts
        {
            CountedPath = LoaderVariables.TextOf(files[0]),
            ImagePath = LoaderVariables.TextOf(files[1]),
            SelectedEntry = LoaderVariables.TextOf(files[2]),
            IsByKernel = LoaderVariables.IsStartedByKernel(),
        };
    }

    /// <inheritdoc/>
    public void Dispose() => Mounts.TryUnmount(Place);
}
