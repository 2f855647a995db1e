using System.Buffers.Binary;
using System.Text;
using Strata.Core;
using Strata.Formats.Fat;

namespace Strata.Formats.Tests.Fat;

public class FatFormatTests
{
    // FAT §3.5: "if CountofClusters < 4085 … FAT12, else if < 65525 … FAT16"; nothing else decides
    [Theory]
    [InlineData(4084, FatType.Fat12)]
    [InlineData(4085, FatType.Fat16)]
    [InlineData(65524, FatType.Fat16)]
    [InlineData(65525, FatType.Fat32)]
    public void TypeOf_CountsAtTheLimits_AreAsTheSpecificationSays(long clusters, FatType type)
    {
        Assert.Equal(type, FatFormat.TypeOf(clusters));
        (long least, long most) = FatFormat.ClusterCounts(type);
        Assert.InRange(clusters, least, most);
    }

    private static readonly FatOptions s_options = new() { Label = "LABEL", VolumeId = 0xA1B2C3D4, HiddenSectors = 2048, Media = 0xF0 };

    // FAT specification 1.03, tables of §3.1 (all types) and §3.2 (FAT12, FAT16); offsets and lengths typed from there.
    [Theory]
    [InlineData(11, 2, 512)] // BPB_BytsPerSec
    [InlineData(13, 1, 2)] // BPB_SecPerClus
    [InlineData(14, 2, 2)] // BPB_RsvdSecCnt: 1, and 1 to align the clusters
    [InlineData(16, 1, 2)] // BPB_NumFATs
    [InlineData(17, 2, 512)] // BPB_RootEntCnt
    [InlineData(19, 2, 16384)] // BPB_TotSec16
    [InlineData(21, 1, 0xF0)] // BPB_Media
    [InlineData(22, 2, 32)] // BPB_FATSz16
    [InlineData(24, 2, 63)] // BPB_SecPerTrk
    [InlineData(26, 2, 255)] // BPB_NumHeads
    [InlineData(28, 4, 2048)] // BPB_HiddSec
    [InlineData(32, 4, 0)] // BPB_TotSec32
    [InlineData(36, 1, 0x80)] // BS_DrvNum
    [InlineData(38, 1, 0x29)] // BS_BootSig
    [InlineData(39, 4, 0xA1B2C3D4)] // BS_VolID
    [InlineData(510, 2, 0xAA55)] // Signature_word
    public async Task WriteAsync_Fat16Field_LandsAtSpecOffset(int offset, int length, uint expected) =>
        Assert.Equal(expected, await FieldAsync(ByteSize.FromMiB(8), offset, length));

    // §3.1 and §3.3 (FAT32)
    [Theory]
    [InlineData(14, 2, 32)] // BPB_RsvdSecCnt
    [InlineData(17, 2, 0)] // BPB_RootEntCnt
    [InlineData(19, 2, 0)] // BPB_TotSec16
    [InlineData(22, 2, 0)] // BPB_FATSz16
    [InlineData(32, 4, 2097152)] // BPB_TotSec32
    [InlineData(36, 4, 2044)] // BPB_FATSz32
    [InlineData(40, 2, 0)] // BPB_ExtFlags
    [InlineData(42, 2, 0)] // BPB_FSVer
    [InlineData(44, 4, 2)] // BPB_RootClus
    [InlineData(48, 2, 1)] // BPB_FSInfo
    [InlineData(50, 2, 6)] // BPB_BkBootSec
    [InlineData(64, 1, 0x80)] // BS_DrvNum
    [InlineData(66, 1, 0x29)] // BS_BootSig
    [InlineData(67, 4, 0xA1B2C3D4)] // BS_VolID
    [InlineData(510, 2, 0xAA55)] // Signature_word
    public void WriteTo_Fat32Field_LandsAtSpecOffset(int offset, int length, uint expected)
    {
        byte[] sector = new byte[512];
        FatPlan.Create(new(), s_options with { Size = ByteSize.FromMiB(1024) }).Boot.WriteTo(sector);
        Assert.Equal(expected, Field(sector, offset, length));
        Assert.Equal("LABEL      FAT32   ", Encoding.ASCII.GetString(sector, 71, 19));
    }

    // §5: FSI_LeadSig, FSI_StrucSig, FSI_Free_Count, FSI_Nxt_Free, FSI_TrailSig
    [Theory]
    [InlineData(0, 0x41615252)]
    [InlineData(484, 0x61417272)]
    [InlineData(488, 0x11223344)]
    [InlineData(492, 0x55667788)]
    [InlineData(508, 0xAA550000)]
    public void WriteTo_FsInfoField_LandsAtSpecOffset(int offset, uint expected)
    {
        byte[] sector = new byte[512];
        new FatFsInfo(0x11223344, 0x55667788).WriteTo(sector);
        Assert.Equal(expected, BinaryPrimitives.ReadUInt32LittleEndian(sector.AsSpan(offset)));
    }

    // §6 and §7: the records of "a.txt" in a directory, whose time is 2024-02-29 13:37:43.
    [Fact]
    public async Task WriteAsync_LowerCaseName_RecordsAreAsSpecified()
    {
        using MemoryStream image = await FatTrees.WriteAsync(
            new Core.Trees.FileTree().Add("/a.txt", FatTrees.Bytes(300)),
            new FatOptions { Type = FatType.Fat12, Time = new DateTimeOffset(2024, 2, 29, 13, 37, 43, TimeSpan.Zero) });
        byte[] bytes = image.ToArray();
        FatBootSector boot = FatBootSector.Read(bytes);
        ReadOnlySpan<byte> root = bytes.AsSpan((int)(boot.ReservedSectors + (2 * boot.FatSectors)) * 512);
        ReadOnlySpan<byte> part = root[..32];
        Assert.Equal(0x41, part[0]);
        Assert.Equal("a.txt\0", Encoding.Unicode.GetString([.. part[1..11], .. part[14..16]]));
        Assert.Equal(0x0F, part[11]);
        Assert.Equal(0, part[12]);
        Assert.Equal(-1, part[16..26].IndexOfAnyExcept((byte)0xFF));
        Assert.Equal(new byte[] { 0, 0, 0xFF, 0xFF, 0xFF, 0xFF }, part[26..32].ToArray());
        ReadOnlySpan<byte> record = root[32..64];
        Assert.Equal("A       TXT", Encoding.ASCII.GetString(record[..11]));
        Assert.Equal(0x20, record[11]); // DIR_Attr: ATTR_ARCHIVE
        Assert.Equal(0, record[12]); // DIR_NTRes
        Assert.Equal(100, record[13]); // DIR_CrtTimeTenth: the odd second
        ushort time = (13 << 11) | (37 << 5) | 21;
        ushort date = ((2024 - 1980) << 9) | (2 << 5) | 29;
        Assert.Equal(time, BinaryPrimitives.ReadUInt16LittleEndian(record[14..]));
        Assert.Equal(date, BinaryPrimitives.ReadUInt16LittleEndian(record[16..]));
        Assert.Equal(date, BinaryPrimitives.ReadUInt16LittleEndian(record[18..]));
        Assert.Equal(time, BinaryPrimitives.ReadUInt16LittleEndian(record[22..]));
        Assert.Equal(date, BinaryPrimitives.ReadUInt16LittleEndian(record[24..]));
        Assert.Equal(2, BinaryPrimitives.ReadUInt16LittleEndian(record[26..]));
        Assert.Equal(300u, BinaryPrimitives.ReadUInt32LittleEndian(record[28..]));
    }

    // The sum of §7.2 worked by hand: rotate right by one, then add the next character.
    [Fact]
    public void Checksum_OneLetter_IsRotatedTenTimes()
    {
        byte[] name = new byte[11];
        name[0] = (byte)'A'; // 0x41, then ten rotations to the right: 0x41 rotated by 10 mod 8 = 2 → 0x50
        Assert.Equal(0x50, FatName.Checksum(name));
    }

    [Theory]
    [InlineData("A", true)]
    [InlineData("BOOTX64.EFI", true)]
    [InlineData("bootx64.efi", false)]
    [InlineData("BOOTX64.", false)]
    [InlineData(".EFI", false)]
    [InlineData("NINECHARS", false)]
    [InlineData("A.LONG", false)]
    [InlineData("A.B.C", false)]
    [InlineData("A B", false)]
    [InlineData("A+B", false)]
    [InlineData("É", false)]
    public void IsPlainShort_Name_FollowsTheRules(string name, bool expected) => Assert.Equal(expected, FatName.IsPlainShort(name));

    [Fact]
    public void Alias_Names_AreUniqueAndStable()
    {
        string[] names = ["LONGFI~1.TXT", "a+b", "a_b~1", "longfilename one.txt", "longfilename two.txt", "x.tar.gz", "🙂"];
        Assert.Equal(
            ["LONGFI~1.TXT", "A_B~2", "A_B~1", "LONGFI~2.TXT", "LONGFI~3.TXT", "XTAR~1.GZ", "_~1"],
            FatName.Alias(names).Select(FatName.Display));
    }

    [Fact]
    public void Alias_ManyAlikeNames_StayUnique()
    {
        string[] names = [.. Enumerable.Range(0, 20_000).Select(i => $"common prefix {i:d6}.conf")];
        string[] aliases = FatName.Alias(names);
        Assert.Equal(names.Length, aliases.Distinct().Count());
        Assert.All(aliases, a => Assert.True(FatName.IsPlainShort(FatName.Display(a)), a));
    }

    private static async Task<uint> FieldAsync(ByteSize size, int offset, int length)
    {
        using MemoryStream image = await FatTrees.WriteAsync(new(), s_options with { Size = size });
        return Field(image.ToArray(), offset, length);
    }

    private static uint Field(ReadOnlySpan<byte> bytes, int offset, int length) => length switch
    {
        1 => bytes[offset],
        2 => BinaryPrimitives.ReadUInt16LittleEndian(bytes[offset..]),
        _ => BinaryPrimitives.ReadUInt32LittleEndian(bytes[offset..]),
    };
}
