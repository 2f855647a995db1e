using System.Collections;
using Strata.Core;

namespace Strata.Formats.Fat;

/// <summary>One name of a volume.</summary>
/// <param name="Path">Where, by its long name when it has one.</param>
/// <param name="ShortName">Its 8.3 name as people write it.</param>
/// <param name="Attributes">Attribute bits.</param>
/// <param name="FirstCluster">First cluster; 0 for a file without bytes.</param>
/// <param name="Size">Bytes of a file; 0 for a directory.</param>
/// <param name="Modified">Time of the last change, taken as UTC.</param>
public sealed record FatEntry(GuestPath Path, string ShortName, FatAttributes Attributes, uint FirstCluster, long Size, DateTimeOffset Modified)
{
    /// <summary>True for a directory.</summary>
    public bool IsDirectory => (Attributes & FatAttributes.Directory) != 0;
}

/// <summary>Reads a volume and checks it as a whole: both tables, every chain, every name.</summary>
/// <remarks>Strict: what the specification does not allow is an error, also where drivers look away. Deleted records are allowed.</remarks>
public sealed class FatReader
{
    private readonly Stream _image;
    private readonly FatTableReader _table;
    private readonly BitArray _used;
    private readonly List<FatEntry> _entries = [];

    private FatReader(Stream image, FatBootSector boot)
    {
        _image = image;
        Boot = boot;
        _table = new FatTableReader(image, boot);
        _used = new BitArray(checked((int)(boot.ClusterCount + 2)));
    }

    /// <summary>The volume's description.</summary>
    public FatBootSector Boot { get; }

    /// <summary>Label by the root directory; empty when there is none.</summary>
    public string Label { get; private set; } = "";

    /// <summary>FSInfo; null before FAT32.</summary>
    public FatFsInfo? FsInfo { get; private set; }

    /// <summary>All names in ordinal order of their paths, the root not among them.</summary>
    public IReadOnlyList<FatEntry> Entries => _entries;

    /// <summary>Clusters that are free.</summary>
    public long FreeClusters { get; private set; }

    /// <summary>Reads all but the contents of files.</summary>
    /// <param name="image">The volume: seekable, it starts at position 0. Must stay open as long as the reader is used.</param>
    /// <exception cref="ImageFormatException">The bytes are no sound volume.</exception>
    public static FatReader Open(Stream image)
    {
        ArgumentNullException.ThrowIfNull(image);
        byte[] first = new byte[512];
        image.Position = 0;
        if (image.ReadAtLeast(first, first.Length, throwOnEndOfStream: false) < first.Length)
        {
            throw new ImageFormatException("FAT boot sector", 0, $"the volume has only {image.Length} bytes");
        }
        FatBootSector boot = FatBootSector.Read(first);
        if (boot.SizeBytes > image.Length)
        {
            throw new ImageFormatException("FAT boot sector", 0, $"{boot.SizeBytes} bytes by its fields, but only {image.Length} are there");
        }
        FatReader reader = new(image, boot);
        reader.ReadReserved(first);
        reader.ReadTables();
        reader.ReadDirectories();
        reader.CountClusters();
        reader._entries.Sort((a, b) => a.Path.CompareTo(b.Path));
        return reader;
    }

    /// <summary>Writes the bytes of a file to <paramref name="destination"/>.</summary>
    public void CopyTo(FatEntry file, Stream destination)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(destination);
        byte[] cluster = new byte[Boot.ClusterSize];
        long left = file.Size;
        for (uint at = file.FirstCluster; left > 0; at = _table[at])
        {
            int count = (int)Math.Min(left, cluster.Length);
            _image.Position = Boot.OffsetOf(at); // Open has checked the chain
            _image.ReadExactly(cluster, 0, count);
            destination.Write(cluster, 0, count);
            left -= count;
        }
    }

    /// <summary>Where a file or directory lies: ranges of bytes from the start of the volume, whole clusters, in their order.</summary>
    /// <param name="firstCluster">First cluster of its chain; 0 for what has none.</param>
    /// <exception cref="ArgumentOutOfRangeException">The volume has no such cluster.</exception>
    public IReadOnlyList<(long Offset, long Length)> RunsOf(uint firstCluster)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(firstCluster, Boot.ClusterCount + 1);
        List<(long Offset, long Length)> runs = [];
        if (firstCluster < FatFormat.FirstCluster)
        {
            return runs;
        }
        for (uint at = firstCluster; at < FatFormat.EndOfChain(Boot.Type); at = _table[at]) // Open has checked the chain
        {
            long offset = Boot.OffsetOf(at);
            if (runs is [.., (long start, long length)] && start + length == offset)
            {
                runs[^1] = (start, length + Boot.ClusterSize);
            }
            else
            {
                runs.Add((offset, Boot.ClusterSize));
            }
        }
        return runs;
    }

    private void ReadReserved(ReadOnlySpan<byte> first)
    {
        if (Boot.Type != FatType.Fat32)
        {
            return;
        }
        if (!Sector(Boot.BackupSector).AsSpan(0, first.Length).SequenceEqual(first))
        {
            throw new ImageFormatException("FAT boot sector", (long)Boot.BackupSector * Boot.SectorSize, "the backup differs from the first sector");
        }
        FsInfo = FatFsInfo.Read(Sector(Boot.FsInfoSector), (long)Boot.FsInfoSector * Boot.SectorSize);
        int backup = Boot.BackupSector + Boot.FsInfoSector;
        FatFsInfo.Read(Sector(backup), (long)backup * Boot.SectorSize);
    }

    private byte[] Sector(int number)
    {
        byte[] sector = new byte[Boot.SectorSize];
        _image.Position = (long)number * Boot.SectorSize;
        _image.ReadExactly(sector);
        return sector;
    }

    private void ReadTables()
    {
        _table.CheckCopy();
        long start = (long)Boot.ReservedSectors * Boot.SectorSize;
        if ((_table[0] & 0xFF) != Boot.Media)
        {
            throw new ImageFormatException("FAT", start, $"entry 0 is 0x{_table[0]:x}, its low byte must be the media byte 0x{Boot.Media:x2}");
        }
        if (_table[1] < (FatFormat.EndOfChain(Boot.Type) & CleanMarks))
        {
            throw new ImageFormatException("FAT", start, $"entry 1 is 0x{_table[1]:x}, expected an end-of-chain mark");
        }
    }

    /// <summary>Drivers clear the two highest bits of entry 1 while they write or after a read error (FAT §4).</summary>
    private uint CleanMarks => Boot.Type switch
    {
        FatType.Fat12 => 0xFFF,
        FatType.Fat16 => 0x3FFF,
        _ => 0x03FF_FFFF,
    };

    private void ReadDirectories()
    {
        Queue<(GuestPath Path, uint Cluster, uint Parent)> open = new();
        open.Enqueue((GuestPath.Root, Boot.RootCluster, 0));
        while (open.TryDequeue(out (GuestPath Path, uint Cluster, uint Parent) next))
        {
            FatDirectoryReader directory = new(Boot, next.Path, RecordsOf(next.Path, next.Cluster));
            directory.Read(next.Cluster, next.Parent);
            Label = next.Path.IsRoot ? directory.Label : Label;
            foreach (FatEntry entry in directory.Entries)
            {
                _entries.Add(entry);
                if (entry.IsDirectory)
                {
                    open.Enqueue((entry.Path, entry.FirstCluster, next.Path.IsRoot ? 0 : next.Cluster));
                }
                else
                {
                    Follow(entry.Path, entry.FirstCluster, (entry.Size + Boot.ClusterSize - 1) / Boot.ClusterSize, null);
                }
            }
        }
    }

    private byte[] RecordsOf(GuestPath path, uint firstCluster)
    {
        if (path.IsRoot && Boot.Type != FatType.Fat32)
        {
            byte[] root = new byte[Boot.RootSectors * Boot.SectorSize];
            _image.Position = (Boot.ReservedSectors + (FatFormat.FatCopies * Boot.FatSectors)) * Boot.SectorSize;
            _image.ReadExactly(root);
            return root;
        }
        using MemoryStream records = new();
        Follow(path, firstCluster, null, records);
        return records.ToArray();
    }

    /// <summary>Walks a chain, marks its clusters as used, and copies them when asked to. Ends because no cluster may be met twice.</summary>
    private void Follow(GuestPath path, uint firstCluster, long? expected, MemoryStream? copy)
    {
        ImageFormatException Broken(uint cluster, string problem) =>
            new("FAT", ((long)Boot.ReservedSectors * Boot.SectorSize) + (cluster * (long)Boot.Type / 8), $"{path}: {problem}");
        if (expected == 0 && firstCluster == 0)
        {
            return;
        }
        long count = 0;
        byte[] buffer = copy is null ? [] : new byte[Boot.ClusterSize];
        uint cluster = firstCluster;
        do
        {
            if (cluster < FatFormat.FirstCluster || cluster > Boot.ClusterCount + 1)
            {
                throw Broken(cluster, $"its chain leads to cluster {cluster}, the volume has 2..{Boot.ClusterCount + 1}");
            }
            if (_used[(int)cluster])
            {
                throw Broken(cluster, $"cluster {cluster} belongs to two chains or twice to one");
            }
            _used[(int)cluster] = true;
            count++;
            if (copy is not null)
            {
                if (count * Boot.ClusterSize > Math.Max(FatFormat.MaxRecordsInDirectory * FatFormat.RecordSize, Boot.ClusterSize))
                {
                    throw Broken(cluster, "the directory is larger than 65536 records");
                }
                _image.Position = Boot.OffsetOf(cluster);
                _image.ReadExactly(buffer);
                copy.Write(buffer);
            }
            cluster = _table[cluster];
        }
        while (cluster < FatFormat.EndOfChain(Boot.Type));
        if (expected is long clusters && clusters != count)
        {
            throw Broken(firstCluster, $"its chain has {count} clusters, its size needs {clusters}");
        }
    }

    private void CountClusters()
    {
        for (long cluster = FatFormat.FirstCluster; cluster <= Boot.ClusterCount + 1; cluster++)
        {
            uint entry = _table[cluster];
            if (entry == 0)
            {
                FreeClusters++;
            }
            else if (!_used[(int)cluster] && entry != FatFormat.EndOfChain(Boot.Type) - 1) // bad clusters belong to nobody
            {
                throw new ImageFormatException(
                    "FAT", ((long)Boot.ReservedSectors * Boot.SectorSize) + (cluster * (long)Boot.Type / 8), $"cluster {cluster} is taken but belongs to no file");
            }
        }
        if (FsInfo is { FreeClusters: not FatFsInfo.Unknown } info && info.FreeClusters != FreeClusters)
        {
            throw new ImageFormatException(
                "FAT FSInfo", (long)Boot.FsInfoSector * Boot.SectorSize, $"{info.FreeClusters} free clusters, the table has {FreeClusters}");
        }
    }
}
