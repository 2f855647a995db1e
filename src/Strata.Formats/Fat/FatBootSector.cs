using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using Strata.Core;

namespace Strata.Formats.Fat;

/// <summary>First sector of a volume: BIOS parameter block and its extension (FAT §3.1-3.3).</summary>
/// <remarks>Integers little-endian; positions and lengths in sectors unless said otherwise. FAT32 keeps a copy in sector 6.</remarks>
public sealed record FatBootSector
{
    private static class At // byte offsets
    {
        public const int OemName = 3;            // 8 bytes, ASCII
        public const int BytesPerSector = 11;    // u16
        public const int SectorsPerCluster = 13; // u8
        public const int ReservedSectors = 14;   // u16
        public const int FatCount = 16;          // u8
        public const int RootRecords = 17;       // u16, 0 on FAT32
        public const int TotalSectors16 = 19;    // u16, 0 when the 32-bit field counts
        public const int Media = 21;             // u8
        public const int FatSectors16 = 22;      // u16, 0 on FAT32
        public const int SectorsPerTrack = 24;   // u16
        public const int Heads = 26;             // u16
        public const int HiddenSectors = 28;     // u32
        public const int TotalSectors32 = 32;    // u32
        public const int FatSectors32 = 36;      // u32, FAT32 only, as all up to 52
        public const int ExtendedFlags = 40;     // u16
        public const int Version = 42;           // u16
        public const int RootCluster = 44;       // u32
        public const int FsInfoSector = 48;      // u16
        public const int BackupSector = 50;      // u16
        public const int Signature = 510;        // 55 AA, also when a sector is larger
    }

    private static class Tail // byte offsets from the start of the part that FAT32 moves from 36 to 64
    {
        public const int Drive = 0;         // u8
        public const int BootSignature = 2; // u8: 0x29, the next three fields are there
        public const int VolumeId = 3;      // u32
        public const int Label = 7;         // 11 bytes
        public const int TypeName = 18;     // 8 bytes, informative
        public const int Code = 26;
    }

    private const string FormatName = "FAT boot sector";
    private const int FsInfoAt = 1;
    private const int BackupAt = 6;

    /// <summary>Type; follows from <see cref="ClusterCount"/>.</summary>
    public required FatType Type { get; init; }

    /// <summary>Bytes in a sector: 512, 1024, 2048 or 4096.</summary>
    public required int SectorSize { get; init; }

    /// <summary>Sectors in a cluster: a power of two, 1 … 128.</summary>
    public required int SectorsPerCluster { get; init; }

    /// <summary>Sectors before the first table, this one included; at least 1.</summary>
    public required int ReservedSectors { get; init; }

    /// <summary>Records in the fixed root directory; 0 on FAT32.</summary>
    public required int RootRecords { get; init; }

    /// <summary>Sectors of one table.</summary>
    public required long FatSectors { get; init; }

    /// <summary>Sectors of the volume.</summary>
    public required long TotalSectors { get; init; }

    /// <summary>Media byte: 0xF8 for fixed disks, 0xF0 for removable ones, 0xF9 … 0xFF.</summary>
    public required byte Media { get; init; }

    /// <summary>Sectors of the disk before this volume; 0 when unknown.</summary>
    public required uint HiddenSectors { get; init; }

    /// <summary>Serial number of the volume, shown as <c>XXXX-XXXX</c>.</summary>
    public required uint VolumeId { get; init; }

    /// <summary>Label without its padding; empty for a volume without one.</summary>
    public required string Label { get; init; }

    /// <summary>First cluster of the root directory on FAT32; 0 elsewhere.</summary>
    public uint RootCluster { get; init; }

    /// <summary>Sector of the FSInfo structure on FAT32; 0 elsewhere.</summary>
    public int FsInfoSector { get; init; }

    /// <summary>Sector of the copy of this sector on FAT32; 0 elsewhere.</summary>
    public int BackupSector { get; init; }

    /// <summary>Bytes in a cluster.</summary>
    public int ClusterSize => SectorSize * SectorsPerCluster;

    /// <summary>Sectors of the fixed root directory; 0 on FAT32.</summary>
    public int RootSectors => ((RootRecords * FatFormat.RecordSize) + SectorSize - 1) / SectorSize;

    /// <summary>First sector of cluster 2.</summary>
    public long FirstDataSector => ReservedSectors + (FatFormat.FatCopies * FatSectors) + RootSectors;

    /// <summary>Number of clusters; the highest is this number plus one.</summary>
    public long ClusterCount => (TotalSectors - FirstDataSector) / SectorsPerCluster;

    /// <summary>Bytes of the volume.</summary>
    public long SizeBytes => TotalSectors * SectorSize;

    internal long OffsetOf(uint cluster) => (FirstDataSector * SectorSize) + ((cluster - FatFormat.FirstCluster) * (long)ClusterSize);

    /// <summary>Number of reserved sectors that a volume needs at least: on FAT32 they hold FSInfo and the copies.</summary>
    internal static int LeastReserved(FatType type) => type == FatType.Fat32 ? 32 : 1;

    /// <summary>Completes the description with what is the same for all our volumes of its type.</summary>
    internal FatBootSector WithFat32Places() => Type == FatType.Fat32
        ? this with { RootCluster = FatFormat.FirstCluster, FsInfoSector = FsInfoAt, BackupSector = BackupAt }
        : this;

    /// <summary>Fills one sector.</summary>
    public void WriteTo(Span<byte> sector)
    {
        sector.Clear();
        bool fat32 = Type == FatType.Fat32;
        int tail = fat32 ? 64 : 36;
        int code = tail + Tail.Code;
        sector[0] = 0xEB; // jmp short to the code
        sector[1] = (byte)(code - 2);
        sector[2] = 0x90;
        "STRATA  "u8.CopyTo(sector[At.OemName..]);
        BinaryPrimitives.WriteUInt16LittleEndian(sector[At.BytesPerSector..], (ushort)SectorSize);
        sector[At.SectorsPerCluster] = (byte)SectorsPerCluster;
        BinaryPrimitives.WriteUInt16LittleEndian(sector[At.ReservedSectors..], (ushort)ReservedSectors);
        sector[At.FatCount] = FatFormat.FatCopies;
        BinaryPrimitives.WriteUInt16LittleEndian(sector[At.RootRecords..], (ushort)RootRecords);
        sector[At.Media] = Media;
        BinaryPrimitives.WriteUInt16LittleEndian(sector[At.SectorsPerTrack..], 63); // the geometry every BIOS since LBA assumes
        BinaryPrimitives.WriteUInt16LittleEndian(sector[At.Heads..], 255);
        BinaryPrimitives.WriteUInt32LittleEndian(sector[At.HiddenSectors..], HiddenSectors);
        if (TotalSectors <= ushort.MaxValue && !fat32)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(sector[At.TotalSectors16..], (ushort)TotalSectors);
        }
        else
        {
            BinaryPrimitives.WriteUInt32LittleEndian(sector[At.TotalSectors32..], (uint)TotalSectors);
        }
        if (fat32)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(sector[At.FatSectors32..], (uint)FatSectors);
            BinaryPrimitives.WriteUInt32LittleEndian(sector[At.RootCluster..], RootCluster);
            BinaryPrimitives.WriteUInt16LittleEndian(sector[At.FsInfoSector..], (ushort)FsInfoSector);
            BinaryPrimitives.WriteUInt16LittleEndian(sector[At.BackupSector..], (ushort)BackupSector);
        }
        else
        {
            BinaryPrimitives.WriteUInt16LittleEndian(sector[At.FatSectors16..], (ushort)FatSectors);
        }
        sector[tail + Tail.Drive] = 0x80;
        sector[tail + Tail.BootSignature] = 0x29;
        BinaryPrimitives.WriteUInt32LittleEndian(sector[(tail + Tail.VolumeId)..], VolumeId);
        Encoding.ASCII.GetBytes((Label.Length == 0 ? "NO NAME" : Label).PadRight(11), sector[(tail + Tail.Label)..]);
        Encoding.ASCII.GetBytes($"FAT{(int)Type}   ", sector[(tail + Tail.TypeName)..]);
        // int 18h (the BIOS tries the next boot device), then hlt for ever: a BIOS that starts this volume must not run into the void.
        ((ReadOnlySpan<byte>)[0xCD, 0x18, 0xF4, 0xEB, 0xFD]).CopyTo(sector[code..]);
        sector[At.Signature] = 0x55;
        sector[At.Signature + 1] = 0xAA;
    }

    /// <summary>Reads and checks the first sector; at least 512 bytes of it.</summary>
    /// <exception cref="ImageFormatException">A rule of FAT §3 is broken.</exception>
    public static FatBootSector Read(ReadOnlySpan<byte> sector, long offsetBytes = 0)
    {
        ImageFormatException Broken(string problem) => new(FormatName, offsetBytes, problem);
        if (sector.Length < 512)
        {
            throw Broken($"{sector.Length} bytes, expected at least 512");
        }
        if (sector[At.Signature] != 0x55 || sector[At.Signature + 1] != 0xAA)
        {
            throw Broken($"signature is {sector[At.Signature]:x2}{sector[At.Signature + 1]:x2}, expected 55aa");
        }
        int sectorSize = U16(sector, At.BytesPerSector);
        int perCluster = sector[At.SectorsPerCluster];
        int reserved = U16(sector, At.ReservedSectors);
        int rootRecords = U16(sector, At.RootRecords);
        bool fat32 = U16(sector, At.FatSectors16) == 0;
        long fatSectors = fat32 ? U32(sector, At.FatSectors32) : U16(sector, At.FatSectors16);
        long total = U16(sector, At.TotalSectors16) is not 0 and ushort small ? small : U32(sector, At.TotalSectors32);
        byte media = sector[At.Media];
        string? problem =
            sectorSize is not (512 or 1024 or 2048 or 4096) ? $"{sectorSize} bytes a sector, expected 512, 1024, 2048 or 4096"
            : !BitOperations.IsPow2(perCluster) ? $"{perCluster} sectors a cluster, expected a power of two"
            : reserved == 0 ? "no reserved sectors, expected at least 1"
            : sector[At.FatCount] != FatFormat.FatCopies ? $"{sector[At.FatCount]} tables, only {FatFormat.FatCopies} are supported"
            : media is not (0xF0 or >= 0xF8) ? $"media byte is 0x{media:x2}, expected 0xf0 or 0xf8..0xff"
            : fatSectors == 0 ? "the table has no sectors"
            : fat32 && rootRecords != 0 ? $"{rootRecords} root records on FAT32, expected 0"
            : fat32 && U16(sector, At.Version) != 0 ? $"version is 0x{U16(sector, At.Version):x4}, expected 0"
            : fat32 && (U16(sector, At.ExtendedFlags) & 0x80) != 0 ? "mirroring of the tables is off; only mirrored tables are supported"
            : !fat32 && rootRecords == 0 ? "no root records"
            : !fat32 && rootRecords * FatFormat.RecordSize % sectorSize != 0 ? $"{rootRecords} root records do not fill sectors of {sectorSize} bytes"
            : null;
        if (problem is not null)
        {
            throw Broken(problem);
        }
        int tail = fat32 ? 64 : 36;
        FatBootSector result = new()
        {
            Type = fat32 ? FatType.Fat32 : FatType.Fat16,
            SectorSize = sectorSize,
            SectorsPerCluster = perCluster,
            ReservedSectors = reserved,
            RootRecords = rootRecords,
            FatSectors = fatSectors,
            TotalSectors = total,
            Media = media,
            HiddenSectors = U32(sector, At.HiddenSectors),
            VolumeId = U32(sector, tail + Tail.VolumeId),
            Label = LabelOf(sector.Slice(tail + Tail.Label, 11), Broken),
            RootCluster = fat32 ? U32(sector, At.RootCluster) : 0,
            FsInfoSector = fat32 ? U16(sector, At.FsInfoSector) : 0,
            BackupSector = fat32 ? U16(sector, At.BackupSector) : 0,
        };
        if (total <= result.FirstDataSector)
        {
            throw Broken($"{total} sectors in all, but data would start at sector {result.FirstDataSector}");
        }
        result = result with { Type = FatFormat.TypeOf(result.ClusterCount) };
        if ((result.Type == FatType.Fat32) != fat32)
        {
            throw Broken($"{result.ClusterCount} clusters make it {result.Type}, but its fields are laid out for {(fat32 ? "FAT32" : "FAT12 and FAT16")}");
        }
        problem = sector[tail + Tail.BootSignature] != 0x29 ? $"extended boot signature is 0x{sector[tail + Tail.BootSignature]:x2}, expected 0x29"
            : result.ClusterCount > FatFormat.ClusterCounts(result.Type).Most ? $"{result.ClusterCount} clusters are more than {result.Type} can have"
            : FatFormat.TableBytes(result.Type, result.ClusterCount) > fatSectors * sectorSize
                ? $"a table of {fatSectors} sectors is too small for {result.ClusterCount} clusters"
            : fat32 && (result.RootCluster < 2 || result.RootCluster > result.ClusterCount + 1) ? $"root cluster {result.RootCluster} does not exist"
            : fat32 && (result.FsInfoSector == 0 || result.FsInfoSector >= reserved) ? $"FSInfo sector {result.FsInfoSector} is not a reserved one"
            : fat32 && (result.BackupSector == 0 || result.BackupSector + result.FsInfoSector >= reserved)
                ? $"backup sector {result.BackupSector} and the FSInfo after it are not reserved ones"
            : null;
        return problem is null ? result : throw Broken(problem);
    }

    private static string LabelOf(ReadOnlySpan<byte> field, Func<string, ImageFormatException> broken)
    {
        if (field.ContainsAnyExceptInRange((byte)0x20, (byte)0x7E))
        {
            throw broken("the label has characters outside printable ASCII");
        }
        string label = Encoding.ASCII.GetString(field).TrimEnd(' ');
        return label == "NO NAME" ? "" : label;
    }

    private static ushort U16(ReadOnlySpan<byte> sector, int at) => BinaryPrimitives.ReadUInt16LittleEndian(sector[at..]);

    private static uint U32(ReadOnlySpan<byte> sector, int at) => BinaryPrimitives.ReadUInt32LittleEndian(sector[at..]);
}
