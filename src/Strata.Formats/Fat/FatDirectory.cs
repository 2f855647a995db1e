using System.Buffers.Binary;
using System.Text;
using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Formats.Fat;

/// <summary>Offsets in the 32-byte records of a directory.</summary>
internal static class FatRecord
{
    public static class At // short record, FAT §6
    {
        public const int Name = 0;           // 11 bytes, padded with spaces
        public const int Attributes = 11;    // u8
        public const int CreatedTenths = 13; // u8, hundredths of a second in fact: 0..199
        public const int CreatedTime = 14;   // u16
        public const int CreatedDate = 16;   // u16
        public const int AccessedDate = 18;  // u16
        public const int ClusterHigh = 20;   // u16, 0 before FAT32
        public const int ModifiedTime = 22;  // u16
        public const int ModifiedDate = 24;  // u16
        public const int ClusterLow = 26;    // u16
        public const int Size = 28;          // u32, 0 for directories
    }

    public static class LongAt // part of a long name, FAT §7
    {
        public const int Order = 0;     // u8: 1.. with LastPart on the part that comes first on disk
        public const int Name1 = 1;     // 5 UTF-16 units
        public const int Attributes = 11;
        public const int Kind = 12;     // u8, 0
        public const int Checksum = 13; // u8, of the short name
        public const int Name2 = 14;    // 6 units
        public const int Cluster = 26;  // u16, 0
        public const int Name3 = 28;    // 2 units
    }

    public const byte LastPart = 0x40;
    public const byte Deleted = 0xE5;

    /// <summary>Byte offset of each of the 13 units within a part.</summary>
    public static ReadOnlySpan<byte> UnitOffsets => [1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30];
}

/// <summary>A time as two 16-bit fields and hundredths of a second (FAT §6.2, §6.3).</summary>
internal readonly record struct FatTime(ushort Date, ushort Time, byte Hundredths)
{
    public static FatTime Of(DateTimeOffset time)
    {
        DateTime utc = time.UtcDateTime;
        return new FatTime(
            (ushort)(((utc.Year - 1980) << 9) | (utc.Month << 5) | utc.Day),
            (ushort)((utc.Hour << 11) | (utc.Minute << 5) | (utc.Second / 2)),
            (byte)(utc.Second % 2 * 100));
    }

    /// <summary>The moment to two seconds; false when the fields name none.</summary>
    public bool TryToDateTime(out DateTimeOffset time)
    {
        (int year, int month, int day) = (1980 + (Date >> 9), (Date >> 5) & 15, Date & 31);
        (int hour, int minute, int second) = (Time >> 11, (Time >> 5) & 63, (Time & 31) * 2);
        time = default;
        if (month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month) || hour > 23 || minute > 59 || second > 58)
        {
            return false;
        }
        time = new DateTimeOffset(year, month, day, hour, minute, second, TimeSpan.Zero);
        return true;
    }
}

/// <summary>A name in a directory to be written.</summary>
internal sealed class FatChild
{
    /// <summary>The name as the tree has it.</summary>
    public required string Name { get; init; }

    /// <summary>Where it is in the tree.</summary>
    public required GuestPath Path { get; init; }

    /// <summary>The directory; null for a file.</summary>
    public FatDirectory? Directory { get; init; }

    /// <summary>The bytes of a file; null for a directory.</summary>
    public FileContent? Content { get; init; }

    /// <summary>11 padded characters.</summary>
    public string ShortName { get; set; } = "";

    /// <summary>First cluster of a file; 0 for an empty one (FAT §6.1, DIR_FstClusLO).</summary>
    public uint FirstCluster { get; set; }

    /// <summary>Number of records that it takes.</summary>
    public int Records => 1 + (FatName.IsPlainShort(Name) ? 0 : FatName.LongParts(Name));
}

/// <summary>A directory to be written.</summary>
internal sealed class FatDirectory(FatDirectory? parent)
{
    public FatDirectory? Parent { get; } = parent;

    public List<FatChild> Children { get; } = [];

    /// <summary>First cluster; 0 for the root directory of FAT12 and FAT16, which lies outside the clusters.</summary>
    public uint FirstCluster { get; set; }

    /// <summary>Number of records: the label or <c>.</c> and <c>..</c>, then the names.</summary>
    public int Records(bool hasLabel) => (Parent is not null ? 2 : hasLabel ? 1 : 0) + Children.Sum(c => c.Records);

    /// <summary>Fills the records; <paramref name="area"/> is all that the directory has on the volume.</summary>
    public void WriteTo(Span<byte> area, string label, FatTime time)
    {
        area.Clear();
        int at = 0;
        if (Parent is not null)
        {
            WriteShort(Next(area, ref at), ".          ", FatAttributes.Directory, FirstCluster, 0, time);
            // A parent that is the root is named by cluster 0 on every type (FAT §6.5).
            uint up = Parent.Parent is null ? 0 : Parent.FirstCluster;
            WriteShort(Next(area, ref at), "..         ", FatAttributes.Directory, up, 0, time);
        }
        else if (label.Length > 0)
        {
            WriteShort(Next(area, ref at), label.PadRight(FatName.ShortLength), FatAttributes.VolumeLabel, 0, 0, time);
        }
        foreach (FatChild child in Children)
        {
            if (child.Records > 1)
            {
                WriteLong(area, ref at, child);
            }
            Span<byte> record = Next(area, ref at);
            if (child.Directory is FatDirectory directory)
            {
                WriteShort(record, child.ShortName, FatAttributes.Directory, directory.FirstCluster, 0, time);
            }
            else
            {
                WriteShort(record, child.ShortName, FatAttributes.Archive, child.FirstCluster, (uint)child.Content!.Size, time);
            }
        }
    }

    private static void WriteShort(Span<byte> record, string name, FatAttributes attributes, uint cluster, uint size, FatTime time)
    {
        Encoding.ASCII.GetBytes(name, record[FatRecord.At.Name..]);
        record[FatRecord.At.Attributes] = (byte)attributes;
        record[FatRecord.At.CreatedTenths] = time.Hundredths;
        BinaryPrimitives.WriteUInt16LittleEndian(record[FatRecord.At.CreatedTime..], time.Time);
        BinaryPrimitives.WriteUInt16LittleEndian(record[FatRecord.At.CreatedDate..], time.Date);
        BinaryPrimitives.WriteUInt16LittleEndian(record[FatRecord.At.AccessedDate..], time.Date);
        BinaryPrimitives.WriteUInt16LittleEndian(record[FatRecord.At.ClusterHigh..], (ushort)(cluster >> 16));
        BinaryPrimitives.WriteUInt16LittleEndian(record[FatRecord.At.ModifiedTime..], time.Time);
        BinaryPrimitives.WriteUInt16LittleEndian(record[FatRecord.At.ModifiedDate..], time.Date);
        BinaryPrimitives.WriteUInt16LittleEndian(record[FatRecord.At.ClusterLow..], (ushort)(cluster & 0xFFFF));
        BinaryPrimitives.WriteUInt32LittleEndian(record[FatRecord.At.Size..], size);
    }

    private static void WriteLong(Span<byte> area, ref int at, FatChild child)
    {
        byte checksum = FatName.Checksum(Encoding.ASCII.GetBytes(child.ShortName));
        int parts = FatName.LongParts(child.Name);
        for (int part = parts; part >= 1; part--) // the last part comes first on disk
        {
            Span<byte> record = Next(area, ref at);
            record[FatRecord.LongAt.Order] = (byte)(part | (part == parts ? FatRecord.LastPart : 0));
            record[FatRecord.LongAt.Attributes] = (byte)FatAttributes.LongName;
            record[FatRecord.LongAt.Checksum] = checksum;
            int first = (part - 1) * FatName.UnitsInPart;
            for (int i = 0; i < FatName.UnitsInPart; i++)
            {
                int unit = first + i;
                // One NUL ends a name that does not fill its part, then 0xFFFF up to the end (FAT §7.2).
                ushort value = unit < child.Name.Length ? child.Name[unit] : unit == child.Name.Length ? (ushort)0 : (ushort)0xFFFF;
                BinaryPrimitives.WriteUInt16LittleEndian(record[FatRecord.UnitOffsets[i]..], value);
            }
        }
    }

    private static Span<byte> Next(Span<byte> area, ref int at)
    {
        Span<byte> record = area.Slice(at, FatFormat.RecordSize);
        at += FatFormat.RecordSize;
        return record;
    }
}
