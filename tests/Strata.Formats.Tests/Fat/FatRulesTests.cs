using System.Buffers.Binary;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Fat;

namespace Strata.Formats.Tests.Fat;

/// <summary>
/// Each rule of the reader alone: a sound volume with a few bytes changed is refused for just that, or read when drivers leave it so.
/// </summary>
public class FatRulesTests
{
    private const int SectorSize = 512;
    private const int RecordSize = 32;

    private static readonly Lazy<byte[]> s_fat16 = new(() => Make(FatType.Fat16));
    private static readonly Lazy<byte[]> s_fat32 = new(() => Make(FatType.Fat32));

    // root: 0 label, 1 "A", 2 "DIR", 3 and 4 the parts of "a long file name", 5 its short record; DIR: 0 ".", 1 "..", 2 "E"
    private static byte[] Make(FatType type)
    {
        FileTree tree = new FileTree().Add("/A", [1]).AddDirectory("/DIR").Add("/DIR/E", [2]).Add("/a long file name", FatTrees.Bytes(600));
        FatOptions options = new() { Type = type, Label = "SAMPLE", ClusterSize = SectorSize };
        using MemoryStream image = FatTrees.WriteAsync(tree, options).GetAwaiter().GetResult();
        return image.ToArray();
    }

    [Theory]
    [InlineData(FatType.Fat16, 510, "54", "signature is 54aa, expected 55aa")]
    [InlineData(FatType.Fat16, 511, "AB", "signature is 55ab, expected 55aa")]
    [InlineData(FatType.Fat16, 11, "0001", "256 bytes a sector")]
    [InlineData(FatType.Fat16, 11, "0003", "768 bytes a sector")]
    [InlineData(FatType.Fat16, 11, "0020", "8192 bytes a sector")]
    [InlineData(FatType.Fat16, 13, "00", "0 sectors a cluster")]
    [InlineData(FatType.Fat16, 13, "03", "3 sectors a cluster")]
    [InlineData(FatType.Fat16, 14, "0000", "no reserved sectors")]
    [InlineData(FatType.Fat16, 16, "01", "1 tables, only 2 are supported")]
    [InlineData(FatType.Fat16, 16, "03", "3 tables, only 2 are supported")]
    [InlineData(FatType.Fat16, 17, "0000", "no root records")]
    [InlineData(FatType.Fat16, 17, "0F00", "15 root records do not fill sectors of 512 bytes")]
    [InlineData(FatType.Fat16, 19, "0100", "1 sectors in all, but data would start at sector")]
    [InlineData(FatType.Fat16, 21, "F1", "media byte is 0xf1")]
    [InlineData(FatType.Fat16, 21, "F7", "media byte is 0xf7")]
    [InlineData(FatType.Fat16, 38, "28", "extended boot signature is 0x28")]
    [InlineData(FatType.Fat16, 43, "1F", "the label has characters outside printable ASCII")]
    [InlineData(FatType.Fat16, 53, "7F", "the label has characters outside printable ASCII")]
    [InlineData(FatType.Fat32, 17, "0002", "512 root records on FAT32")]
    [InlineData(FatType.Fat32, 36, "00000000", "the table has no sectors")]
    [InlineData(FatType.Fat32, 40, "8000", "mirroring of the tables is off")]
    [InlineData(FatType.Fat32, 42, "0001", "version is 0x0100")]
    [InlineData(FatType.Fat32, 44, "01000000", "root cluster 1 does not exist")]
    [InlineData(FatType.Fat32, 48, "0000", "FSInfo sector 0 is not a reserved one")]
    [InlineData(FatType.Fat32, 48, "FFFF", "FSInfo sector 65535 is not a reserved one")]
    [InlineData(FatType.Fat32, 50, "0000", "backup sector 0 and the FSInfo after it")]
    [InlineData(FatType.Fat32, 50, "FFFF", "backup sector 65535 and the FSInfo after it")]
    [InlineData(FatType.Fat32, 66, "28", "extended boot signature is 0x28")]
    [InlineData(FatType.Fat32, 71, "1F", "the label has characters outside printable ASCII")]
    public void Read_BootSectorWithOneField_IsRefusedForIt(FatType type, int offset, string bytes, string problem)
    {
        byte[] sector = Sound(type)[..SectorSize];
        Convert.FromHexString(bytes).CopyTo(sector, offset);
        Assert.Contains(problem, Assert.Throws<ImageFormatException>(() => FatBootSector.Read(sector)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_BootSectorAtItsLimits_TakesTheLastValueThatIsPossible()
    {
        byte[] sound = Sound(FatType.Fat32)[..SectorSize];
        FatBootSector boot = FatBootSector.Read(sound);
        Refused(36, (uint)boot.FatSectors - 1, "is too small for");
        Taken(44, (uint)boot.ClusterCount + 1);
        Refused(44, (uint)boot.ClusterCount + 2, "does not exist");
        Taken(48, (uint)(boot.ReservedSectors - boot.BackupSector - 1) | ((uint)boot.BackupSector << 16)); // FSInfo and backup side by side
        Refused(48, (uint)(boot.ReservedSectors - boot.BackupSector) | ((uint)boot.BackupSector << 16), "are not reserved ones");
        Refused(48, (uint)boot.ReservedSectors | ((uint)boot.BackupSector << 16), "is not a reserved one");
        // FAT §3.5: the fields say FAT32, and so many clusters must too
        long data = boot.FirstDataSector;
        Taken(32, (uint)data + 65525);
        Refused(32, (uint)data + 65524, "65524 clusters make it Fat16");
        Refused(32, (uint)data, "data would start at sector");

        void Taken(int offset, uint value) => FatBootSector.Read(With(offset, value));

        void Refused(int offset, uint value, string problem) => Assert.Contains(
            problem, Assert.Throws<ImageFormatException>(() => FatBootSector.Read(With(offset, value))).Message, StringComparison.Ordinal);

        byte[] With(int offset, uint value)
        {
            byte[] sector = [.. sound];
            BinaryPrimitives.WriteUInt32LittleEndian(sector.AsSpan(offset), value);
            return sector;
        }
    }

    [Theory]
    [InlineData("copy", 12, "01", "the second table differs from the first at its byte 12")]
    [InlineData("table", 0, "F0", "entry 0 is 0xfff0, its low byte must be the media byte 0xf8")]
    [InlineData("table", 2, "F73F", "entry 1 is 0x3ff7, expected an end-of-chain mark")]
    [InlineData("table of A", 0, "0000", "leads to cluster 0")]
    [InlineData("table of A", 0, "0100", "leads to cluster 1,")]
    [InlineData("table of A", 0, "F7FF", "leads to cluster 65527")] // the mark of a bad cluster
    [InlineData("root", 26 + RecordSize, "0000", "leads to cluster 0")]
    [InlineData("root", 28 + RecordSize, "00000000", "its chain has 1 clusters, its size needs 0")]
    [InlineData("root", 28 + RecordSize, "01020000", "its chain has 1 clusters, its size needs 2")] // 513 bytes
    [InlineData("root", 28 + (5 * RecordSize), "00020000", "its chain has 2 clusters, its size needs 1")] // 512 bytes
    [InlineData("root", 0, "1F", "a short name or label has characters outside printable ASCII")]
    [InlineData("root", 26, "0200", "a label record that is not the root's only one")]
    [InlineData("root", 11 + RecordSize, "08", "a label record that is not the root's only one")]
    [InlineData("root", RecordSize, "61", "breaks the rules for them")] // a lower-case letter
    [InlineData("root", RecordSize, "41202042", "breaks the rules for them")] // a space within
    [InlineData("root", RecordSize, "444952", "is there twice")]
    [InlineData("root", 20 + RecordSize, "0100", "the high half of a cluster number is set")]
    [InlineData("root", 24 + RecordSize, "0000", "which is no moment")]
    [InlineData("root", 22 + RecordSize, "1E00", "which is no moment")] // 60 seconds
    [InlineData("root", 28 + (2 * RecordSize), "01000000", "has size 1, expected 0")]
    [InlineData("root", 3 * RecordSize, "40", "a long name has 0 parts")]
    [InlineData("root", 3 * RecordSize, "55", "a long name has 21 parts")]
    [InlineData("root", 3 * RecordSize, "43", "part 1 of a long name does not follow on its predecessor")]
    [InlineData("root", 3 * RecordSize, "02", "part 2 of a long name does not follow on its predecessor")]
    [InlineData("root", 4 * RecordSize, "41", "a long name is followed by another long name")]
    [InlineData("root", 4 * RecordSize, "E5", "a long name is followed by a deleted record")]
    [InlineData("root", 5 * RecordSize, "E5", "a long name is followed by a deleted record")]
    [InlineData("root", 4 * RecordSize, "00", "a long name is followed by the end of the directory")]
    [InlineData("root", 5 * RecordSize, "00", "a long name is followed by the end of the directory")]
    [InlineData("root", 4 * RecordSize, "582020202020202020202020", "a long name is followed by a short name")]
    [InlineData("root", 11 + (5 * RecordSize), "08", "a long name is followed by a label")]
    [InlineData("root", 12 + (3 * RecordSize), "01", "has values in its fixed fields")]
    [InlineData("root", 26 + (4 * RecordSize), "0100", "has values in its fixed fields")]
    [InlineData("root", 13 + (4 * RecordSize), "00", "part 1 of a long name does not follow on its predecessor")]
    [InlineData("root", 5 * RecordSize, "42", "belongs to another short name than")]
    [InlineData("root", 9 + (3 * RecordSize), "6100", "is not padded with 0xffff")] // behind the NUL of "ame"
    [InlineData("root", 1 + (4 * RecordSize), "0000", "or ends before its last part")]
    [InlineData("root", 1 + (3 * RecordSize), "0000FFFFFFFFFFFF", "a part of a long name is empty")]
    [InlineData("root", 1 + (4 * RecordSize), "3A00", "is not possible: it has a control character or one of")] // a colon
    [InlineData("dir", 0, "41", "its record for '.' is something else")]
    [InlineData("dir", 11, "20", "its record for '.' is something else")]
    [InlineData("dir", 26, "0900", "'.' leads to cluster 9, expected")]
    [InlineData("dir", RecordSize, "2E20", "its record for '..' is something else")]
    [InlineData("dir", 11 + RecordSize, "30", "its record for '..' is something else")]
    [InlineData("dir", 26 + RecordSize, "0200", "'..' leads to cluster 2, expected 0")]
    [InlineData("dir", 0, "00", "'.' and '..' are missing")]
    [InlineData("dir", RecordSize, "00", "'.' and '..' are missing")]
    [InlineData("dir", 11 + (2 * RecordSize), "08", "a label record that is not the root's only one")]
    public void Open_OneChangeToFat16_IsRefusedForIt(string where, int offset, string bytes, string problem) =>
        Refuses(problem, Changed(FatType.Fat16, where, offset, bytes));

    [Theory]
    [InlineData("backup", 3, "58", "the backup differs from the first sector")]
    [InlineData("backup", 511, "AB", "the backup differs from the first sector")]
    [InlineData("info", 0, "53", "expected 0x41615252")]
    [InlineData("info", 484, "73", "expected 0x61417272")]
    [InlineData("info", 511, "AB", "expected 0xaa550000")]
    [InlineData("info copy", 0, "53", "expected 0x41615252")]
    [InlineData("info copy", 487, "62", "expected 0x61417272")]
    [InlineData("info copy", 508, "01", "expected 0xaa550000")]
    [InlineData("info", 488, "01000000", "1 free clusters, the table has")]
    [InlineData("table", 4, "F7FFFF03", "entry 1 is 0x3fffff7, expected an end-of-chain mark")]
    public void Open_OneChangeToFat32_IsRefusedForIt(string where, int offset, string bytes, string problem) =>
        Refuses(problem, Changed(FatType.Fat32, where, offset, bytes));

    /// <summary>What other drivers write and the specification allows.</summary>
    [Theory]
    [InlineData(FatType.Fat16, "table", 2, "FF7F")] // not unmounted
    [InlineData(FatType.Fat16, "table", 2, "FFBF")] // a read error was met
    [InlineData(FatType.Fat16, "table", 2, "F83F")] // both
    [InlineData(FatType.Fat16, "table of A", 0, "F8FF")] // the lowest end of a chain
    [InlineData(FatType.Fat16, "table", 2000, "F7FF")] // a bad cluster that belongs to nobody
    [InlineData(FatType.Fat16, "root", 6 * RecordSize, "E5")] // a deleted record
    [InlineData(FatType.Fat16, "root", 11 + RecordSize, "07")] // read-only, hidden, of the system
    [InlineData(FatType.Fat16, "boot", 21 + 3, "0000")] // no geometry
    [InlineData(FatType.Fat32, "table", 4, "FFFFFF07")]
    [InlineData(FatType.Fat32, "table", 4, "FFFFFF0B")]
    [InlineData(FatType.Fat32, "table", 4, "F8FFFF03")]
    [InlineData(FatType.Fat32, "table of A", 0, "F8FFFF0F")]
    [InlineData(FatType.Fat32, "table of A", 0, "FFFFFFFF")] // the four highest bits do not count
    [InlineData(FatType.Fat32, "info", 488, "FFFFFFFF")] // the number of free clusters is not known
    [InlineData(FatType.Fat32, "info", 492, "FFFFFFFF")] // nor where to look for one
    [InlineData(FatType.Fat32, "info copy", 488, "FFFFFFFF")]
    public void Open_WhatDriversLeave_IsRead(FatType type, string where, int offset, string bytes)
    {
        FatReader sound = Open(Sound(type));
        FatReader changed = Open(Changed(type, where, offset, bytes));
        Assert.Equal(FatTrees.Lines(sound), FatTrees.Lines(changed));
        Assert.Equal("SAMPLE", changed.Label);
    }

    [Fact]
    public void Open_ImageShorterThanItsVolume_IsRefused()
    {
        byte[] sound = Sound(FatType.Fat16);
        Open([.. sound, 0]); // what lies behind is somebody else's
        Refuses("but only", sound[..^1]);
    }

    [Theory]
    [InlineData(4096, null)] // of 512 bytes: 65,536 records
    [InlineData(4097, "the directory is larger than 65536 records")]
    public void Open_LargestDirectory_IsReadAndNoLargerOne(int clusters, string? problem)
    {
        byte[] bytes = [.. Sound(FatType.Fat16)];
        FatBootSector boot = FatBootSector.Read(bytes);
        uint first = ClusterOf(bytes, "/DIR");
        int at = (int)(first * 2);
        for (int i = 1; i < clusters; i++)
        {
            ushort next = (ushort)(boot.ClusterCount + 2 - i); // from the end, which is free and zero
            PutInTables(bytes, at, BitConverter.GetBytes(next));
            at = next * 2;
        }
        PutInTables(bytes, at, [0xFF, 0xFF]);
        if (problem is null)
        {
            Assert.Contains(Open(bytes).Entries, e => e.Path.ToString() == "/DIR/E");
        }
        else
        {
            Refuses(problem, bytes);
        }
    }

    private static byte[] Sound(FatType type) => type == FatType.Fat32 ? s_fat32.Value : s_fat16.Value;

    private static FatReader Open(byte[] bytes) => FatReader.Open(new MemoryStream(bytes, writable: false));

    private static void Refuses(string problem, byte[] bytes) =>
        Assert.Contains(problem, Assert.Throws<ImageFormatException>(() => Open(bytes)).Message, StringComparison.Ordinal);

    private static uint ClusterOf(byte[] bytes, string path) => Open(bytes).Entries.Single(e => e.Path.ToString() == path).FirstCluster;

    private static byte[] Changed(FatType type, string where, int offset, string hex)
    {
        byte[] bytes = [.. Sound(type)];
        byte[] change = Convert.FromHexString(hex);
        FatBootSector boot = FatBootSector.Read(bytes);
        int tables = boot.ReservedSectors * SectorSize;
        if (where.StartsWith("table", StringComparison.Ordinal))
        {
            int start = where == "table" ? 0 : (int)ClusterOf(bytes, "/A") * (int)type / 8;
            PutInTables(bytes, start + offset, change);
            return bytes;
        }
        long place = where switch
        {
            "boot" => 0,
            "info" => boot.FsInfoSector * SectorSize,
            "backup" => boot.BackupSector * SectorSize,
            "info copy" => (boot.BackupSector + boot.FsInfoSector) * SectorSize,
            "copy" => tables + (boot.FatSectors * SectorSize),
            "root" => tables + (2 * boot.FatSectors * SectorSize),
            "dir" => boot.OffsetOf(ClusterOf(bytes, "/DIR")),
            _ => throw new ArgumentOutOfRangeException(nameof(where)),
        };
        change.CopyTo(bytes, place + offset);
        return bytes;
    }

    private static void PutInTables(byte[] bytes, int offset, byte[] change)
    {
        FatBootSector boot = FatBootSector.Read(bytes);
        long start = boot.ReservedSectors * SectorSize;
        change.CopyTo(bytes, start + offset);
        change.CopyTo(bytes, start + (boot.FatSectors * SectorSize) + offset);
    }
}
