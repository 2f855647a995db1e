using Strata.Device.Disks;
using Strata.Device.Posix;

namespace Strata.Flash.Contents;

/// <summary>What lies on a disk or on one of its partitions.</summary>
/// <param name="Number">Number of the partition; 0 for the whole disk.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Label">Label of the partition in its table, or empty. A stranger's text: see <see cref="BlockDevice.Printable"/>.</param>
/// <param name="FileSystem">What is on it; null when nothing is recognised.</param>
public sealed record DiskVolume(int Number, long Size, string Label, FileSystemFacts? FileSystem);

/// <summary>What a disk holds, for a person who is about to lose it.</summary>
/// <param name="Table">Kind of its partition table: <c>GPT</c>, <c>MBR</c>, or empty without one.</param>
/// <param name="Volumes">A file system on the whole disk, and the partitions in the order of the table.</param>
/// <param name="IsBlank">True when nothing is recognised and its first MiB is all zeros.</param>
/// <param name="IsReadable">False when not even its beginning could be read.</param>
public sealed record DiskContents(string Table, IReadOnlyList<DiskVolume> Volumes, bool IsBlank, bool IsReadable)
{
    private const int FirstBytes = 1 << 20;

    /// <summary>Looks at a disk or at a file that stands for one. Nothing is changed.</summary>
    public static DiskContents Of(string path)
    {
        using OpenFile? file = OpenFile.TryOpen(path);
        if (file is null)
        {
            return new DiskContents("", [], IsBlank: false, IsReadable: false);
        }
        try
        {
            return Read(file.TryReadAt, file.Length);
        }
        catch (PosixException)
        {
            return new DiskContents("", [], IsBlank: false, IsReadable: false);
        }
    }

    /// <summary>Looks through a function that reads; it may fail anywhere.</summary>
    internal static DiskContents Read(ReadBytes read, long size)
    {
        List<DiskVolume> volumes = [];
        FileSystemFacts? whole = VolumeOf(read, 0, size);
        IReadOnlyList<FoundPartition> partitions = PartitionTable.Read(read, size, out string table);
        // a hybrid ISO image is both: the file system of a disc, and a disk with a partition that holds it
        if (whole is not null && (table.Length == 0 || whole.Type == "iso9660"))
        {
            volumes.Add(new DiskVolume(0, size, "", whole));
        }
        bool isTable = table.Length > 0 && (whole is null || whole.Type == "iso9660");
        if (isTable)
        {
            volumes.AddRange(partitions.Where(p => p.Offset >= 0 && p.Offset < size)
                .Select(p => new DiskVolume(p.Number, p.Size, p.Label, VolumeOf(read, p.Offset, Math.Min(p.Size, size - p.Offset)))));
        }
        return new DiskContents(isTable ? table : "", volumes, volumes.Count == 0 && !isTable && IsZero(read, size), IsReadable: true);
    }

    private static FileSystemFacts? VolumeOf(ReadBytes read, long offset, long size)
    {
        bool Within(long at, Span<byte> buffer) => at + buffer.Length <= size && read(offset + at, buffer);
        return FileSystemProbe.Probe(Within) ?? OtherVolumes.Probe(Within);
    }

    private static bool IsZero(ReadBytes read, long size)
    {
        byte[] start = new byte[Math.Min(FirstBytes, size)];
        return read(0, start) && start.AsSpan().IndexOfAnyExcept((byte)0) < 0;
    }
}
