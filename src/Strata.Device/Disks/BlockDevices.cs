using System.Globalization;
using Strata.Device.Posix;

namespace Strata.Device.Disks;

/// <summary>The disks and partitions that are here now. Each is read once, when it appears.</summary>
public sealed class BlockDevices
{
    private const string Folder = "/sys/class/block";
    private const int SectorBytes = 512; // in /sys, whatever the disk has

    // none of them is a medium: memory, our own loops and mappings, floppies that take seconds to fail
    private static readonly string[] s_passedOver = ["dm-", "fd", "loop", "nbd", "ram", "zram"];

    private readonly Dictionary<string, BlockDevice> _known = new(StringComparer.Ordinal);

    /// <summary>Reads one that has just been made or changed.</summary>
    /// <param name="name">Its name: <c>vda3</c>.</param>
    public static BlockDevice ReadNow(string name) => Read(name);

    /// <summary>Bytes of a disk behind a partition, free or not, as the kernel knows them without reading the disk.</summary>
    public static long RoomBehind(BlockDevice partition)
    {
        ArgumentNullException.ThrowIfNull(partition);
        long end = Sectors(partition.Name, "start") + Sectors(partition.Name, "size");
        return (Sectors(partition.Disk, "size") - end) * SectorBytes;
    }

    /// <summary>Looks again and returns all, sorted by name.</summary>
    public IReadOnlyList<BlockDevice> Scan()
    {
        List<BlockDevice> found = [];
        string[] names = Files.Names(Folder);
        foreach (string name in names)
        {
            if (IsPassedOver(name))
            {
                continue;
            }
            if (!_known.TryGetValue(name, out BlockDevice? device))
            {
                device = Read(name);
                if (device.Size == 0)
                {
                    continue; // a drive without a medium; it is asked again
                }
                _known.Add(name, device);
            }
            found.Add(device);
        }
        foreach (string gone in _known.Keys)
        {
            if (!names.Contains(gone))
            {
                _known.Remove(gone); // a stick that was pulled and comes back may be another one
            }
        }
        return found;
    }

    private static bool IsPassedOver(string name)
    {
        foreach (string start in s_passedOver)
        {
            if (name.StartsWith(start, StringComparison.Ordinal))
            {
                return true;
            }
        }
        return false;
    }

    private static BlockDevice Read(string name)
    {
        UeventFile facts = UeventFile.Parse(Files.ReadText($"{Folder}/{name}/uevent"));
        long sectors = Sectors(name, "size");
        (string disk, PartitionEntry entry) = facts.PartitionNumber > 0 ? EntryOf(name, facts.PartitionNumber) : (name, default);
        return new BlockDevice
        {
            Name = name,
            Disk = disk,
            PartitionNumber = facts.PartitionNumber,
            Size = sectors * SectorBytes,
            PartitionLabel = facts.PartitionLabel,
            PartitionType = entry.Type,
            PartitionId = entry.Id,
            FileSystem = sectors > 0 ? WithDevice("/dev/" + name, FileSystemProbe.Probe) : null,
        };
    }

    private static long Sectors(string name, string fact)
    {
        _ = long.TryParse(
            Files.ReadText($"{Folder}/{name}/{fact}").AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out long sectors);
        return sectors;
    }

    private static (string Disk, PartitionEntry Entry) EntryOf(string partition, int number)
    {
        // the folder of a partition lies in that of its disk; ".." is resolved after the link
        foreach (string line in Files.ReadText($"{Folder}/{partition}/../uevent").Split('\n'))
        {
            if (line.StartsWith("DEVNAME=", StringComparison.Ordinal))
            {
                return (line[8..], WithDevice("/dev/" + line[8..], read => PartitionEntry.Read(read, number)));
            }
        }
        return ("", default);
    }

    private static T? WithDevice<T>(string path, Func<ReadBytes, T?> look)
    {
        try
        {
            using OpenFile file = OpenFile.Open(path);
            return look(file.TryReadAt);
        }
        catch (PosixException)
        {
            return default; // cannot be read: nothing is known of it
        }
    }
}
