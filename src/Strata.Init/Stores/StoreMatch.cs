using Strata.Device.Disks;
using Strata.Updates.Releases;

namespace Strata.Init.Stores;

/// <summary>Which devices may hold a store, and which is tried first.</summary>
internal static class StoreMatch
{
    /// <summary>Those that may hold a store: on the disk that the firmware started first, then the likeliest, equals by name.</summary>
    /// <param name="devices">All there are.</param>
    /// <param name="wish">Value of <c>strata.store=</c>: then only devices of that name count. Null for none.</param>
    /// <param name="bootDisk">Name of the disk that the firmware started; null when it is not known.</param>
    public static IReadOnlyList<BlockDevice> Candidates(IReadOnlyList<BlockDevice> devices, string? wish, string? bootDisk)
    {
        ArgumentNullException.ThrowIfNull(devices);
        List<(int Rank, BlockDevice Device)> ranked = [];
        foreach (BlockDevice device in devices)
        {
            int rank = RankOf(device, wish);
            if (rank >= 0 && device.FileSystem is not null)
            {
                ranked.Add((device.Disk == bootDisk ? rank - 3 : rank, device)); // 3: ranks are 0 to 2
            }
        }
        ranked.Sort((a, b) => a.Rank != b.Rank ? a.Rank.CompareTo(b.Rank) : string.CompareOrdinal(a.Device.Name, b.Device.Name));
        return ranked.ConvertAll(r => r.Device);
    }

    /// <summary>
    /// Those that <c>state=</c> may mean: of the devices of that name those on the disk that the firmware started, else all. What lies
    /// there decides what runs, so of several none may be guessed.
    /// </summary>
    /// <param name="named">The devices of that name.</param>
    /// <param name="bootDisk">Name of the disk that the firmware started; null when it is not known.</param>
    public static IReadOnlyList<BlockDevice> ForChanges(IReadOnlyList<BlockDevice> named, string? bootDisk)
    {
        ArgumentNullException.ThrowIfNull(named);
        List<BlockDevice> own = [];
        foreach (BlockDevice device in named)
        {
            if (device.Disk == bootDisk)
            {
                own.Add(device);
            }
        }
        return own.Count > 0 ? own : named;
    }

    /// <summary>What is looked for, in words.</summary>
    public static string Wanted(string? wish) => wish is null
        ? $"a partition or medium labelled '{Medium.Label}', a partition of the store's type, or a CD or DVD"
        : $"the partition or medium '{BlockDevice.Printable(wish)}' (strata.store=)";

    private static int RankOf(BlockDevice device, string? wish)
    {
        if (wish is not null)
        {
            return device.IsCalled(wish) ? 0 : -1;
        }
        if (device.IsCalled(Medium.Label))
        {
            return 0;
        }
        if (device.PartitionType == Medium.PartitionType)
        {
            return 1;
        }
        return device.FileSystem is { Type: "iso9660" } ? 2 : -1;
    }
}
