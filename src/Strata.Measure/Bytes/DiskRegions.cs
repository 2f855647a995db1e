using System.Globalization;
using Strata.Formats.Ext4;
using Strata.Formats.Fat;
using Strata.Formats.Gpt;

namespace Strata.Measure.Bytes;

/// <summary>Names the parts of a disk: its tables, partitions, and the volumes in these.</summary>
internal static class DiskRegions
{
    private const int RecordSize = 32; // of a FAT directory

    /// <summary>A disk with a GPT, both copies of it.</summary>
    public static void Add(RegionScope scope, Stream image)
    {
        GptDisk disk = GptDisk.Read(image);
        int sector = disk.SectorSize;
        long table = ((disk.Header.EntryCount * GptEntry.Size) + sector - 1) / sector * sector;
        scope.Add(0, sector, "protective MBR");
        scope.Add(sector, sector, "GPT header");
        scope.Add(disk.Header.EntriesLba * sector, table, "GPT entries", detail: EntryAt);
        scope.Add(((disk.Blocks - 1) * sector) - table, table, "GPT entries at the end", detail: EntryAt);
        scope.Add((disk.Blocks - 1) * sector, sector, "GPT header at the end");
        for (int i = 0; i < disk.Entries.Count; i++)
        {
            if (disk.Entries[i] is not GptEntry entry)
            {
                continue;
            }
            string name = Text($"partition {i + 1} '{entry.Label}'");
            (long start, long length) = (entry.FirstLba * sector, entry.Blocks * sector);
            scope.Add(start, length, name);
            PartOfStream volume = new(image, start, length);
            ImageMap.Look(scope.Within(start, name), volume, Ext4Reader.IsOne(volume) ? Ext4Regions.Add : AddVolume);
        }

        string EntryAt(long at) => Text($"entry {(at / GptEntry.Size) + 1}");
    }

    /// <summary>A FAT volume.</summary>
    public static void AddVolume(RegionScope scope, Stream image)
    {
        FatReader volume = FatReader.Open(image);
        FatBootSector boot = volume.Boot;
        int sector = boot.SectorSize;
        (long tables, long tableBytes) = ((long)boot.ReservedSectors * sector, boot.FatSectors * sector);
        scope.Add(0, sector, "FAT boot sector");
        if (boot.Type == FatType.Fat32)
        {
            scope.Add((long)boot.FsInfoSector * sector, sector, "FAT FSInfo");
            scope.Add((long)boot.BackupSector * sector, sector, "copy of the FAT boot sector");
            scope.Add((long)(boot.BackupSector + boot.FsInfoSector) * sector, sector, "copy of the FAT FSInfo");
        }
        List<(long First, long Count, string Path)> chains = [];
        scope.Add(tables, tableBytes, "FAT", detail: EntryAt);
        scope.Add(tables + tableBytes, tableBytes, "second FAT", detail: EntryAt);
        scope.Add(tables + (2 * tableBytes), (long)boot.RootSectors * sector, "root directory", detail: RecordAt);
        AddRuns("root directory", volume.RunsOf(boot.RootCluster), RecordAt);
        ObjectNames names = ObjectNames.Of(path => volume.Entries.FirstOrDefault(e => e.Path.ToString() == path) is FatEntry file
            ? Read(volume, file) : null);
        foreach (FatEntry entry in volume.Entries)
        {
            IReadOnlyList<(long Offset, long Length)> runs = volume.RunsOf(entry.FirstCluster);
            string path = entry.Path.ToString();
            if (entry.IsDirectory)
            {
                AddRuns("directory " + path, runs, RecordAt);
                continue;
            }
            AddRuns(names.NameOf(path), runs, null);
            if (runs is [(long offset, long length)])
            {
                names.Look(scope, path, offset, new PartOfStream(image, offset, Math.Min(entry.Size, length)));
            }
        }

        void AddRuns(string name, IReadOnlyList<(long Offset, long Length)> runs, Func<long, string?>? detail)
        {
            foreach ((long offset, long length) in runs)
            {
                scope.Add(offset, length, name, detail: detail);
                long first = ((offset - (boot.FirstDataSector * sector)) / boot.ClusterSize) + 2;
                chains.Add((first, length / boot.ClusterSize, name));
            }
        }

        string EntryAt(long at)
        {
            long cluster = at * 8 / (int)boot.Type;
            string? owner = chains.FirstOrDefault(c => cluster >= c.First && cluster < c.First + c.Count).Path;
            return Text($"FAT entry {cluster}{(owner is null ? "" : $", of {owner}")}");
        }

        static string RecordAt(long at) => Text($"record {(at / RecordSize) + 1}");
    }

    private static byte[] Read(FatReader volume, FatEntry file)
    {
        using MemoryStream bytes = new();
        volume.CopyTo(file, bytes);
        return bytes.ToArray();
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
