using Strata.Core;

namespace Strata.Formats.Fat;

/// <summary>What the content asks of a volume, whatever its type and cluster size turn out to be.</summary>
/// <param name="Files">Bytes of every file.</param>
/// <param name="Directories">Records of every directory but the root.</param>
/// <param name="RootRecords">Records of the root directory.</param>
internal sealed record FatDemand(IReadOnlyList<long> Files, IReadOnlyList<int> Directories, int RootRecords)
{
    /// <summary>Clusters needed.</summary>
    public long Clusters(FatType type, int clusterSize)
    {
        long sum = type == FatType.Fat32 ? OfDirectory(RootRecords, clusterSize) : 0;
        foreach (long size in Files)
        {
            sum += (size + clusterSize - 1) / clusterSize;
        }
        foreach (int records in Directories)
        {
            sum += OfDirectory(records, clusterSize);
        }
        return sum;
    }

    /// <summary>Clusters of a directory; even an empty one has its first.</summary>
    public static long OfDirectory(int records, int clusterSize) =>
        Math.Max(1, (((long)records * FatFormat.RecordSize) + clusterSize - 1) / clusterSize);
}

/// <summary>Chooses type, cluster size and counts of a volume.</summary>
internal sealed class FatLayout(FatOptions options, FatDemand demand)
{
    /// <summary>Usual cluster bytes by volume bytes (FAT §3.5, tables of the format tool).</summary>
    private static readonly (long UpTo, int Cluster)[] s_fat16 =
        [(16L << 20, 1024), (128L << 20, 2048), (256L << 20, 4096), (512L << 20, 8192), (1L << 30, 16384), (long.MaxValue, 32768)];

    private static readonly (long UpTo, int Cluster)[] s_fat32 =
        [(260L << 20, 512), (8L << 30, 4096), (16L << 30, 8192), (32L << 30, 16384), (long.MaxValue, 32768)];

    /// <summary>The volume, its content fitting.</summary>
    /// <exception cref="StrataException">No volume with these options holds the content.</exception>
    public FatBootSector Choose()
    {
        FatBootSector chosen = options.Size is ByteSize size ? OfSize(size.Bytes) : Smallest();
        return chosen.WithFat32Places();
    }

    /// <summary>FAT12 ends where its clusters would grow beyond what small media use; larger sectors shift that.</summary>
    private FatType UsualType(long bytes) =>
        bytes < (4L << 20) * (options.SectorSize / 512) ? FatType.Fat12 : bytes < 512L << 20 ? FatType.Fat16 : FatType.Fat32;

    private FatBootSector Smallest()
    {
        FatType[] types = options.Type is FatType wanted ? [wanted] : Enum.GetValues<FatType>();
        FatBootSector? smallest = null;
        foreach (FatType type in types)
        {
            FatBootSector? ofType = ClusterSizes(options.SectorSize)
                .Select(cluster => Holding(type, cluster, LeastClusters(type, cluster)))
                .OfType<FatBootSector>()
                .OrderBy(b => b.TotalSectors)
                .ThenByDescending(b => b.SectorsPerCluster) // the same size with fewer clusters: a shorter table to walk
                .FirstOrDefault();
            if (ofType is not null && UsualType(ofType.SizeBytes) == type)
            {
                return ofType;
            }
            smallest = ofType is not null && (smallest is null || ofType.TotalSectors < smallest.TotalSectors) ? ofType : smallest;
        }
        return smallest ?? throw new StrataException(
            $"cannot make a FAT volume: {Named(options.Type)} has no cluster size for {new ByteSize(demand.Files.Sum())} in {demand.Files.Count} files",
            "Leave the type and the cluster size of the volume open, or move content out of it.");
    }

    private long LeastClusters(FatType type, int cluster) => Math.Max(
        FatFormat.SafeClusterCounts(type).Least,
        demand.Clusters(type, cluster) + ((options.FreeSpace.Bytes + cluster - 1) / cluster));

    /// <summary>A volume of exactly that many clusters; null when there cannot be one.</summary>
    private FatBootSector? Holding(FatType type, int clusterSize, long clusters)
    {
        if (clusters > FatFormat.SafeClusterCounts(type).Most)
        {
            return null;
        }
        FatBootSector volume = Empty(type, clusterSize) with { FatSectors = TableSectors(type, clusters) };
        int sectorsOfAlignment = Math.Max(1, options.DataAlignment / options.SectorSize);
        volume = volume with { ReservedSectors = volume.ReservedSectors + (int)(-volume.FirstDataSector & (sectorsOfAlignment - 1)) };
        volume = volume with { TotalSectors = volume.FirstDataSector + (clusters * volume.SectorsPerCluster) };
        return volume.TotalSectors <= uint.MaxValue ? volume : null;
    }

    private FatBootSector OfSize(long bytes)
    {
        FatType type = options.Type ?? UsualType(bytes);
        List<FatBootSector> possible = [.. ClusterSizes(UsualCluster(type, bytes)).Select(c => Filling(type, c, bytes)).OfType<FatBootSector>()];
        if (possible.Count == 0)
        {
            throw new StrataException(
                $"cannot make a FAT volume of {new ByteSize(bytes)}: {Named(type)} needs {FatFormat.SafeClusterCounts(type).Least} to "
                + $"{FatFormat.SafeClusterCounts(type).Most} clusters, and no cluster size gives that many with sectors of {options.SectorSize} bytes",
                type == FatType.Fat12 ? "Make the volume smaller, or leave its type open." : "Make the volume larger, or leave its type open.");
        }
        FatBootSector? fitting = possible.Find(v => demand.Clusters(type, v.ClusterSize) <= v.ClusterCount);
        if (fitting is not null)
        {
            return fitting;
        }
        FatBootSector nearest = possible.OrderBy(Missing).First();
        FatBootSector? enough = Holding(type, nearest.ClusterSize, LeastClusters(type, nearest.ClusterSize));
        throw new StrataException(
            $"cannot make a FAT volume of {new ByteSize(bytes)}: its content needs {Missing(nearest)} bytes more",
            enough is null ? "Make the volume larger and leave its type open." : $"Make the volume at least {enough.SizeBytes} bytes, or leave its size open.");

        long Missing(FatBootSector v) => (demand.Clusters(type, v.ClusterSize) - v.ClusterCount) * v.ClusterSize;
    }

    /// <summary>A volume that fills a size; null when its cluster count would be near or beyond the limits of the type.</summary>
    private FatBootSector? Filling(FatType type, int clusterSize, long bytes)
    {
        FatBootSector volume = Empty(type, clusterSize) with { TotalSectors = bytes / options.SectorSize, FatSectors = 1 };
        while (volume.TotalSectors > volume.FirstDataSector && TableSectors(type, volume.ClusterCount) > volume.FatSectors)
        {
            volume = volume with { FatSectors = TableSectors(type, volume.ClusterCount) }; // a larger table leaves fewer clusters: this ends
        }
        if (volume.TotalSectors <= volume.FirstDataSector)
        {
            return null;
        }
        // The first guess counted the table's own sectors as clusters.
        while (volume with { FatSectors = volume.FatSectors - 1 } is { FatSectors: > 0 } less && TableSectors(type, less.ClusterCount) <= less.FatSectors)
        {
            volume = less;
        }
        // Clusters that start on multiples of their size spare flash a read-modify-write; not worth it when the content would no longer fit.
        int pad = (int)(-volume.FirstDataSector & (volume.SectorsPerCluster - 1));
        FatBootSector aligned = volume with { ReservedSectors = volume.ReservedSectors + pad };
        volume = aligned.TotalSectors > aligned.FirstDataSector && IsSafe(aligned) && demand.Clusters(type, clusterSize) <= aligned.ClusterCount
            ? aligned
            : volume;
        return IsSafe(volume) ? volume : null;
    }

    private static bool IsSafe(FatBootSector volume)
    {
        (long least, long most) = FatFormat.SafeClusterCounts(volume.Type);
        return volume.ClusterCount >= least && volume.ClusterCount <= most;
    }

    private FatBootSector Empty(FatType type, int clusterSize)
    {
        int perSector = options.SectorSize / FatFormat.RecordSize;
        int rootRecords = (Math.Max(options.RootRecords, demand.RootRecords) + perSector - 1) / perSector * perSector;
        return new FatBootSector
        {
            Type = type,
            SectorSize = options.SectorSize,
            SectorsPerCluster = clusterSize / options.SectorSize,
            ReservedSectors = FatBootSector.LeastReserved(type),
            RootRecords = type == FatType.Fat32 ? 0 : rootRecords,
            FatSectors = 0,
            TotalSectors = 0,
            Media = options.Media,
            HiddenSectors = options.HiddenSectors,
            VolumeId = options.VolumeId,
            Label = options.Label,
        };
    }

    private long TableSectors(FatType type, long clusters) =>
        (FatFormat.TableBytes(type, clusters) + options.SectorSize - 1) / options.SectorSize;

    /// <summary>The wanted cluster size, or all from the usual one upwards, then those below it.</summary>
    private List<int> ClusterSizes(int usual)
    {
        if (options.ClusterSize is int wanted)
        {
            return [wanted];
        }
        List<int> sizes = [];
        for (int size = usual; size <= FatFormat.MaxClusterBytes; size *= 2)
        {
            sizes.Add(size);
        }
        for (int size = usual / 2; size >= options.SectorSize; size /= 2)
        {
            sizes.Add(size);
        }
        return sizes;
    }

    private int UsualCluster(FatType type, long bytes) => Math.Max(options.SectorSize, type switch
    {
        FatType.Fat12 => options.SectorSize,
        FatType.Fat16 => s_fat16.First(r => bytes <= r.UpTo).Cluster,
        _ => s_fat32.First(r => bytes <= r.UpTo).Cluster,
    });

    private static string Named(FatType? type) => type is FatType t ? $"FAT{(int)t}" : "FAT";
}
