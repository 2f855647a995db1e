using System.Buffers.Binary;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Fat;
using Strata.Formats.Gpt;
using Strata.Formats.Mbr;
using Strata.Formats.Squashfs;
using Strata.Formats.Squashfs.Codecs;
using Strata.Formats.Verity;

namespace Strata.Fuzz.Targets;

/// <summary>Disks, volumes and file systems.</summary>
internal static class DiskTargets
{
    private const int Sector = 512;
    private const int HeadBytes = 34 * Sector; // record, header and table of a GPT disk
    private const int TailBytes = 33 * Sector; // its copies
    private const long DiskBytes = 4 << 20;

    private static readonly SquashfsLimits s_limits = new() { MaxNames = 10_000, MaxTableBytes = 4 << 20, MaxContentBytes = 16 << 20 };

    public static IEnumerable<FuzzTarget> All =>
    [
        new FuzzTarget("mbr", ReadMbr, () => [Mbr(MasterBootRecord.ForGpt(100_000))])
        {
            Readers = [typeof(MasterBootRecord)], MostBytes = 1024,
        },
        new FuzzTarget("gpt", input => ReadGpt(input, isSealed: false), () => [Disk()])
        {
            Readers = [typeof(GptDisk), typeof(GptHeader), typeof(GptEntry)],
        },
        new FuzzTarget("gpt-sealed", input => ReadGpt(input, isSealed: true), () => [Disk()])
        {
            Readers = [typeof(GptDisk), typeof(GptHeader), typeof(GptEntry)],
        },
        Fat("fat12", FatType.Fat12, null),
        Fat("fat16", FatType.Fat16, 4200 * Sector),
        FuzzTarget.OfStream("squashfs-xz", ReadSquashfs, () => [Squashfs(SquashfsCodec.Xz(), 1), Squashfs(SquashfsCodec.Xz(), 40)],
            s_squashfs),
        FuzzTarget.OfStream("squashfs-zstd", ReadSquashfs, () => [Squashfs(SquashfsCodec.Zstd(3), 1), Squashfs(SquashfsCodec.Zstd(3), 40)],
            s_squashfs),
        FuzzTarget.OfStream("squashfs-lz4", ReadSquashfs, () => [Squashfs(SquashfsCodec.Lz4(), 1), Squashfs(SquashfsCodec.Lz4(), 40)],
            s_squashfs),
        FuzzTarget.OfStream("squashfs-gzip", ReadSquashfs, () => [Squashfs(SquashfsCodec.Gzip(), 1), Squashfs(SquashfsCodec.Gzip(), 40)],
            s_squashfs),
        new FuzzTarget("verity-superblock", ReadVeritySuperblock, () => [Verity()[..Sector]])
        {
            Readers = [typeof(VeritySuperblock)], MostBytes = 4096, Words = ["verity\0\0", "sha256\0"],
        },
        FuzzTarget.OfStream("verity", ReadVerity, () => [Verity()], typeof(VerityReader), typeof(VeritySuperblock)),
    ];

    private static readonly Type[] s_squashfs = [typeof(SquashfsReader), typeof(SquashfsSuperblock)];

    private static byte[] Mbr(MasterBootRecord record)
    {
        byte[] sector = new byte[Sector];
        record.WriteTo(sector);
        return sector;
    }

    private static void ReadMbr(ReadOnlySpan<byte> sector)
    {
        if (sector.Length == Sector)
        {
            byte[] written = Mbr(MasterBootRecord.Read(sector)); // cylinder addresses are not read, and written anew
            Property.WritesTheSame(written, Mbr(MasterBootRecord.Read(written)));
        }
    }

    /// <summary>The two ends of a disk; what lies between, nobody reads.</summary>
    private static byte[] Disk()
    {
        using MemoryStream disk = new();
        DiskConfig config = new()
        {
            DiskId = DigestGuid.Of(Sha256Digest.Of("disk"u8)),
            Size = new ByteSize(DiskBytes),
            Parts = [Part("ESP", PartitionType.Esp, 1 << 20), Part("store", PartitionType.LinuxGeneric, 1 << 20)],
        };
        DiskWriter.WriteAsync(DiskPlan.Create(config), disk).GetAwaiter().GetResult();
        byte[] bytes = disk.ToArray();
        return [.. bytes.AsSpan(0, HeadBytes), .. bytes.AsSpan(bytes.Length - TailBytes)];

        static DiskPart Part(string label, PartitionType type, long size) => new()
        {
            Label = label, Type = type, Id = DigestGuid.Of(Sha256Digest.Of(System.Text.Encoding.UTF8.GetBytes(label))), ContentBytes = 0,
                SizeBytes = size,
        };
    }

    private static void ReadGpt(ReadOnlySpan<byte> ends, bool isSealed)
    {
        byte[] disk = s_disk ??= new byte[DiskBytes];
        ends = ends[..Math.Min(ends.Length, HeadBytes + TailBytes)];
        disk.AsSpan(0, HeadBytes).Clear();
        disk.AsSpan(disk.Length - TailBytes).Clear();
        ends[..Math.Min(ends.Length, HeadBytes)].CopyTo(disk);
        if (ends.Length > HeadBytes)
        {
            ends[HeadBytes..].CopyTo(disk.AsSpan(disk.Length - TailBytes));
        }
        if (isSealed)
        {
            Seal(disk, Sector, 2 * Sector);
            Seal(disk, disk.Length - Sector, disk.Length - TailBytes);
        }
        GptDisk.Read(new MemoryStream(disk, writable: false));
    }

    [ThreadStatic]
    private static byte[]? s_disk;

    /// <summary>Checksums of a table of 128 entries and of its header as they should be (UEFI 2.10, Table 5-5).</summary>
    private static void Seal(byte[] disk, int header, int table)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(disk.AsSpan(header + 88), Crc32.Of(disk.AsSpan(table, 128 * 128)));
        disk.AsSpan(header + 16, 4).Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(disk.AsSpan(header + 16), Crc32.Of(disk.AsSpan(header, 92)));
    }

    private static FuzzTarget Fat(string name, FatType type, long? size) =>
        FuzzTarget.OfStream(name, ReadFat, () => [Volume(type, size)], typeof(FatReader), typeof(FatBootSector), typeof(FatFsInfo),
            typeof(FatTableReader)) with
        {
            MostBytes = 4 << 20, Runs = 300,
        };

    private static byte[] Volume(FatType type, long? size)
    {
        using MemoryStream image = new();
        FatOptions options = new()
        {
            Type = type, ClusterSize = Sector, Label = "SAMPLE", RootRecords = 32, Size = size is long bytes ? new ByteSize(bytes) : null,
        };
        FatWriter.WriteAsync(FatPlan.Create(Made.Tree(withLinks: false), options), Made.Contents(), image).GetAwaiter().GetResult();
        return image.ToArray();
    }

    private static void ReadFat(Stream image) => FatDump.Of(FatReader.Open(image));

    private static byte[] Squashfs(SquashfsCodec codec, int files)
    {
        using MemoryStream image = new();
        FileTree tree = files == 1 ? new FileTree() : Made.Tree();
        for (int i = 0; i < files; i++)
        {
            tree.Add(GuestPath.Parse($"/d/{i}"), new FileNode { Permissions = Modes.File, Content = new InlineContent(new byte[i * 300]) },
                new Origin(null, "p", "fuzz"));
        }
        SquashfsOptions options = new() { Codec = codec, BlockSize = 4096, Threads = 1 };
        SquashfsSource source = new(tree, Made.Contents(), path => path.ToString().Length > 3 ? [("user.note", "x"u8.ToArray())] : null);
        SquashfsWriter.WriteAsync(source, image, options).GetAwaiter().GetResult();
        return image.ToArray();
    }

    private static void ReadSquashfs(Stream image)
    {
        using SquashfsReader reader = new(image, s_limits);
        FileTree tree = reader.ReadTree(new Origin(null, null, "fuzz"));
        SquashfsDump.Of(reader);
        foreach (SquashfsEntry entry in reader.ReadEntries())
        {
            reader.ReadXattrs(entry.Inode);
        }
        reader.FragmentPlaces();
        foreach (TreeEntry entry in tree.Entries)
        {
            Property.Holds(reader.TryFind(entry.Path, out _), $"{entry.Path} is in the tree and is not found");
        }
    }

    private static readonly byte[] s_data = new byte[3 * 4096];

    private static byte[] Verity() => s_verity.Value.Area;

    private static readonly Lazy<(byte[] Area, Sha256Digest Root)> s_verity = new(() =>
    {
        using MemoryStream area = new();
        VerityOptions options = new() { Salt = new byte[] { 1, 2, 3, 4 }, Uuid = new Guid(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11), Threads = 1 };
        VerityTree tree = VerityWriter.WriteAsync(new MemoryStream(s_data), s_data.Length, area, options).GetAwaiter().GetResult();
        return (area.ToArray(), tree.RootHash);
    });

    private static void ReadVeritySuperblock(ReadOnlySpan<byte> block)
    {
        if (block.Length < Sector)
        {
            return;
        }
        byte[] written = new byte[Sector];
        VeritySuperblock.Read(block).WriteTo(written); // without what stands between the fields
        byte[] again = new byte[Sector];
        VeritySuperblock.Read(written).WriteTo(again);
        Property.WritesTheSame(written, again);
    }

    private static void ReadVerity(Stream area) =>
        VerityReader.VerifyAsync(new MemoryStream(s_data, writable: false), area, s_verity.Value.Root).GetAwaiter().GetResult();
}
