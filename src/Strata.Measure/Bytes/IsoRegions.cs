using System.Buffers.Binary;
using System.Text;
using Strata.Core;
using Strata.Formats.Gpt;

namespace Strata.Measure.Bytes;

/// <summary>Names the parts of a hybrid ISO image: what makes it a disk, its descriptors and directories (ECMA-119), its files.</summary>
internal static class IsoRegions
{
    private const int BlockSize = 2048;
    private const int SectorSize = 512;
    private const int VolumeBlock = 16;
    private const int EntrySectors = 32;
    private const byte DirectoryFlag = 2;

    private sealed record Found(string Path, long Offset, long Length, bool IsDirectory);

    /// <summary>An image.</summary>
    public static void Add(RegionScope scope, Stream image)
    {
        byte[] volume = Read(image, VolumeBlock * BlockSize, BlockSize);
        scope.Add(0, SectorSize, "MBR and boot program for disks");
        scope.Add(SectorSize, SectorSize, "GPT header");
        scope.Add(2 * SectorSize, EntrySectors * SectorSize, "GPT entries");
        scope.Add(image.Length - ((EntrySectors + 1) * SectorSize), EntrySectors * SectorSize, "GPT entries at the end");
        scope.Add(image.Length - SectorSize, SectorSize, "GPT header at the end");
        scope.Add(VolumeBlock * BlockSize, BlockSize, "volume descriptor");
        long at = VolumeBlock + 1;
        for (byte[] next = Read(image, at * BlockSize, BlockSize); next.AsSpan(1).StartsWith("CD001"u8) && at < 64;
            next = Read(image, ++at * BlockSize, BlockSize))
        {
            scope.Add(at * BlockSize, BlockSize, next[0] == 0 ? "boot record" : next[0] == byte.MaxValue ? "end of the descriptors"
                : "descriptor");
            if (next[0] == 0)
            {
                scope.Add(U32(next, 0x47) * BlockSize, BlockSize, "boot catalog");
            }
        }
        long tableBytes = U32(volume, 132);
        scope.Add(U32(volume, 140) * BlockSize, tableBytes, "path table");
        scope.Add((long)BinaryPrimitives.ReadUInt32BigEndian(volume.AsSpan(148)) * BlockSize, tableBytes, "path table, big-endian");
        AddFiles(scope, image, volume);
        AddSystemPartition(scope, image);
    }

    private static void AddFiles(RegionScope scope, Stream image, byte[] volume)
    {
        List<Found> found = [.. Walk(image, U32(volume, 158) * BlockSize, U32(volume, 166))];
        ObjectNames names = ObjectNames.Of(path => found.Find(f => f.Path == path) is { IsDirectory: false } file
            ? Read(image, file.Offset, file.Length) : null);
        foreach (Found entry in found)
        {
            scope.Add(entry.Offset, entry.Length, entry.IsDirectory ? "directory " + entry.Path : names.NameOf(entry.Path));
            if (!entry.IsDirectory && entry.Length > 0)
            {
                names.Look(scope, entry.Path, entry.Offset, new PartOfStream(image, entry.Offset, entry.Length));
            }
        }
    }

    // its bytes are also those of files, which say less about them
    private static void AddSystemPartition(RegionScope scope, Stream image)
    {
        byte[] entry = Read(image, 2 * SectorSize, GptEntry.Size);
        long first = BinaryPrimitives.ReadInt64LittleEndian(entry.AsSpan(32));
        long last = BinaryPrimitives.ReadInt64LittleEndian(entry.AsSpan(40));
        if (first > 0 && last >= first && last < image.Length / SectorSize)
        {
            const string Name = "EFI system partition";
            (long start, long length) = (first * SectorSize, (last - first + 1) * SectorSize);
            scope.Add(start, length, Name);
            ImageMap.Look(scope.Within(start, Name), new PartOfStream(image, start, length), DiskRegions.AddVolume);
        }
    }

    private static IEnumerable<Found> Walk(Stream image, long root, long rootBytes)
    {
        yield return new Found("/", root, rootBytes, true);
        Queue<(string Path, long Offset, long Length)> open = new([("", root, rootBytes)]);
        HashSet<long> met = [root];
        long left = image.Length; // directories lie side by side
        while (open.TryDequeue(out (string Path, long Offset, long Length) directory) && directory.Length <= left)
        {
            left -= directory.Length;
            byte[] records = Read(image, directory.Offset, directory.Length);
            for (int at = 0; at < records.Length;)
            {
                int length = records[at];
                if (length == 0) // no record reaches over the end of a block
                {
                    at = (at + BlockSize) / BlockSize * BlockSize;
                    continue;
                }
                byte[] record = records.AsSpan(at, Math.Min(length, records.Length - at)).ToArray();
                at += length;
                if (record.Length <= 34 || (record[32] == 1 && record[33] <= 1)) // itself, and what it is in
                {
                    continue;
                }
                (long offset, long bytes) = (U32(record, 2) * BlockSize, U32(record, 10));
                string path = directory.Path + "/" + NameOf(record);
                bool isDirectory = (record[25] & DirectoryFlag) != 0;
                yield return new Found(path, offset, bytes, isDirectory);
                if (isDirectory && bytes > 0 && met.Add(offset))
                {
                    open.Enqueue((path, offset, bytes));
                }
            }
        }
    }

    // RRIP 1.10 §4.1.4: the name is in one or more fields NM; without one the short name counts
    private static string NameOf(byte[] record)
    {
        int identifier = Math.Min(record[32], record.Length - 33);
        StringBuilder name = new();
        for (int at = 33 + identifier + (1 - (identifier % 2)); at + 4 <= record.Length && record[at + 2] >= 4; at += record[at + 2])
        {
            int length = Math.Min(record[at + 2], record.Length - at);
            if (record[at] == 'N' && record[at + 1] == 'M' && length > 5)
            {
                name.Append(Encoding.UTF8.GetString(record, at + 5, length - 5));
            }
        }
        return name.Length > 0 ? name.ToString() : Encoding.ASCII.GetString(record, 33, identifier);
    }

    private static long U32(byte[] bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));

    private static byte[] Read(Stream image, long offset, long length)
    {
        if (offset < 0 || offset > image.Length - length)
        {
            throw new ImageFormatException("ISO image", offset, $"{length} bytes reach behind the end at {image.Length}");
        }
        byte[] bytes = new byte[length];
        image.Position = offset;
        image.ReadExactly(bytes);
        return bytes;
    }
}
