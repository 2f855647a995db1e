using System.Buffers.Binary;
using Strata.Formats.Gpt;

namespace Strata.Measure.Bytes;

/// <summary>Names the parts of a hybrid ISO image: what makes it a disk, its descriptors and directories (ECMA-119), its files.</summary>
internal static class IsoRegions
{
    private const int BlockSize = IsoFiles.BlockSize;
    private const int SectorSize = 512;
    private const int VolumeBlock = IsoFiles.VolumeBlock;
    private const int EntrySectors = 32;

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
        List<LocatedFile> found = [.. IsoFiles.Of(image, volume)];
        ObjectNames names = ObjectNames.Of(path => found.Find(f => f.Path == path) is { IsDirectory: false } file
            ? Read(image, file.Offset, file.Length) : null);
        foreach (LocatedFile entry in found)
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

    private static long U32(byte[] bytes, int at) => IsoFiles.U32(bytes, at);

    private static byte[] Read(Stream image, long offset, long length) => IsoFiles.Read(image, offset, length);
}
