using System.Globalization;
using Strata.Device.Disks;
using Strata.Init.CommandLine;
using Strata.Init.Reports;
using Strata.Init.Stores;
using Strata.Updates.State;

namespace Strata.Init.State;

/// <summary>Where state lies, or where it may be made.</summary>
/// <param name="Found">The partition; null when there is none.</param>
/// <param name="Disk">Name of the disk that the system was started from, on which one may be made; null when it is not known.</param>
internal sealed record StatePlace(BlockDevice? Found, string? Disk);

/// <summary>Finds the state partition by its label. Disks may appear late.</summary>
/// <param name="options">What was asked.</param>
/// <param name="screen">Told about waiting.</param>
/// <param name="bootPartition">From <see cref="BootPartition.Find"/>.</param>
internal sealed class StateFinder(BootOptions options, Screen screen, Guid bootPartition)
{
    /// <summary>Begins the label of a partition whose damaged state was set aside.</summary>
    public const string AsideLabel = StatePlan.Label + "-aside";

    /// <summary>How long disks are waited for when it is not known which one the system was started from: there may be none.</summary>
    private const int SecondsForUnknown = 3;

    private const int PauseMilliseconds = 100;

    /// <summary>Looks until the disk that the system was started from is there, or such a partition, or the time is over.</summary>
    /// <param name="all">The disks that are here.</param>
    /// <param name="storeDisk">The disk that layers come from; null when they come from none.</param>
    /// <exception cref="BootException">
    /// Several partitions bear the label, and nothing says which is this machine's; or the one that <c>state=</c> names did not appear.
    /// </exception>
    public StatePlace Find(BlockDevices all, string? storeDisk)
    {
        ArgumentNullException.ThrowIfNull(all);
        long start = Environment.TickCount64;
        long told = 0;
        int most = bootPartition == Guid.Empty && !IsNamed ? Math.Min(options.WaitSeconds, SecondsForUnknown) : options.WaitSeconds;
        while (true)
        {
            IReadOnlyList<BlockDevice> devices = all.Scan();
            long waited = (Environment.TickCount64 - start) / 1000;
            string? disk = BootPartition.DisksWith(devices, bootPartition) is [string one] ? one : null;
            if (Choose(devices, disk, storeDisk, waited >= most) is StatePlace place)
            {
                return place;
            }
            if (waited > told)
            {
                told = waited;
                screen.Tell(string.Create(CultureInfo.InvariantCulture, $"waiting for the disk with the state: {waited} s of {most}"));
            }
            Thread.Sleep(PauseMilliseconds);
        }
    }

    /// <summary>Decides; null to wait on.</summary>
    /// <param name="devices">All there are.</param>
    /// <param name="bootDisk">The disk that the firmware started; null when it is not known or not there yet.</param>
    /// <param name="storeDisk">The disk that layers come from; null when they come from none.</param>
    /// <param name="isOver">Whether nothing more is waited for.</param>
    /// <exception cref="BootException">As of <see cref="Find"/>.</exception>
    public StatePlace? Choose(IReadOnlyList<BlockDevice> devices, string? bootDisk, string? storeDisk, bool isOver)
    {
        ArgumentNullException.ThrowIfNull(devices);
        if (IsNamed)
        {
            return ChooseNamed(devices, bootDisk, isOver);
        }
        List<BlockDevice> named = [];
        string? own = bootDisk;
        foreach (BlockDevice device in devices)
        {
            if (IsState(device))
            {
                named.Add(device);
            }
            if (bootPartition == Guid.Empty && device.Disk == storeDisk && device.PartitionNumber > 0)
            {
                own = storeDisk; // nobody tells what the firmware started, but the layers tell their disk
            }
        }
        if (own is not null)
        {
            List<BlockDevice> there = named.FindAll(d => d.Disk == own);
            return there.Count > 1 ? throw Several(there) : new StatePlace(there.Count == 1 ? there[0] : null, own);
        }
        if (!isOver && (bootPartition != Guid.Empty || named.Count == 0))
        {
            return null;
        }
        return named.Count > 1 ? throw Several(named) : new StatePlace(named.Count == 1 ? named[0] : null, null);
    }

    private bool IsNamed => options.Changes == ChangesKind.Partition;

    private StatePlace? ChooseNamed(IReadOnlyList<BlockDevice> devices, string? bootDisk, bool isOver)
    {
        List<BlockDevice> named = [];
        foreach (BlockDevice device in devices)
        {
            if (device.IsCalled(options.State))
            {
                named.Add(device);
            }
        }
        if (!isOver && (named.Count == 0 || (bootPartition != Guid.Empty && bootDisk is null)))
        {
            return null;
        }
        IReadOnlyList<BlockDevice> meant = StoreMatch.ForChanges(named, bootDisk);
        return meant.Count switch
        {
            0 => throw StoreFailures.NoState(options, devices),
            1 => new StatePlace(meant[0], meant[0].Disk),
            _ => throw StoreFailures.ManyStates(options, meant),
        };
    }

    private static bool IsState(BlockDevice device) =>
        device.PartitionLabel == StatePlan.Label
        || (device.FileSystem?.Label == StatePlan.Label && !device.PartitionLabel.StartsWith(AsideLabel, StringComparison.Ordinal));

    private static BootException Several(List<BlockDevice> devices) => new(
        $"cannot choose the state of this machine: {devices.Count} partitions are called '{StatePlan.Label}'",
        devices.ConvertAll(d => d.Describe()),
        [
            "What lies there decides how the system starts. Take the disk away that does not belong here, or give its partition another "
                + "label.",
            "With 'kiosk' on the kernel command line the system starts without any state.",
        ]);
}
