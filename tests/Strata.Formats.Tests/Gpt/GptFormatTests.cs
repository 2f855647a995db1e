using System.Buffers.Binary;
using Strata.Core;
using Strata.Formats.Gpt;

namespace Strata.Formats.Tests.Gpt;

public class GptFormatTests
{
    private static readonly GptHeader s_header = new()
    {
        MyLba = 0x1111,
        AlternateLba = 0x2222,
        FirstUsableLba = 0x3333,
        LastUsableLba = 0x4444,
        DiskGuid = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff"),
        EntriesLba = 0x5555,
        EntryCount = 0x66,
        EntriesCrc32 = 0x77777777,
    };

    // UEFI 2.10 Table 5-5
    [Theory]
    [InlineData(0, 0x5452415020494645)] // "EFI PART"
    [InlineData(24, 0x1111)]
    [InlineData(32, 0x2222)]
    [InlineData(40, 0x3333)]
    [InlineData(48, 0x4444)]
    [InlineData(72, 0x5555)]
    public void WriteTo_HeaderAddress_LandsAtSpecOffset(int offset, long expected) =>
        Assert.Equal(expected, BinaryPrimitives.ReadInt64LittleEndian(Block().AsSpan(offset)));

    [Theory]
    [InlineData(8, 0x00010000)] // Revision
    [InlineData(12, 92)] // HeaderSize
    [InlineData(20, 0)] // Reserved
    [InlineData(80, 0x66)] // NumberOfPartitionEntries
    [InlineData(84, 128)] // SizeOfPartitionEntry
    [InlineData(88, 0x77777777)] // PartitionEntryArrayCRC32
    public void WriteTo_HeaderNumber_LandsAtSpecOffset(int offset, int expected) =>
        Assert.Equal(expected, BinaryPrimitives.ReadInt32LittleEndian(Block().AsSpan(offset)));

    // UEFI 2.10 appendix A: the first three fields of a GUID are little-endian.
    [Fact]
    public void WriteTo_DiskGuid_IsMixedEndian() =>
        Assert.Equal("33221100554477668899AABBCCDDEEFF", Convert.ToHexString(Block(), 56, 16));

    // UEFI 2.10 Table 5-6
    [Fact]
    public void WriteTo_EntryFields_LandAtSpecOffsets()
    {
        byte[] bytes = new byte[128];
        new GptEntry
        {
            Type = PartitionType.Esp.Id,
            Id = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff"),
            FirstLba = 0x1111,
            LastLba = 0x2222,
            Attributes = GptAttributes.ReadOnly | GptAttributes.Required,
            Label = "AB",
        }.WriteTo(bytes);
        Assert.Equal("28732AC11FF8D211BA4B00A0C93EC93B", Convert.ToHexString(bytes, 0, 16));
        Assert.Equal("33221100554477668899AABBCCDDEEFF", Convert.ToHexString(bytes, 16, 16));
        Assert.Equal(0x1111, BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(32)));
        Assert.Equal(0x2222, BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(40)));
        Assert.Equal(0x1000000000000001UL, BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(48)));
        Assert.Equal("410042000000", Convert.ToHexString(bytes, 56, 6));
    }

    // The check value of CRC-32 in every catalogue: the nine digits.
    [Fact]
    public void Of_NineDigits_IsTheCheckValue() => Assert.Equal(0xCBF43926, Crc32.Of("123456789"u8));

    // FIPS 180-4 "abc" → ba7816bf 8f01cfea 414140de 5dae2223 b00361a3 96177a9c b410ff61 f20015ad; version and variant by RFC 9562 §5.8
    [Fact]
    public void Of_Digest_IsAVersion8Uuid() =>
        Assert.Equal("ba7816bf-8f01-8fea-8141-40de5dae2223", DigestGuid.Of(Sha256Digest.Of("abc"u8)).ToString());

    [Fact]
    public void OfVerity_RootHash_IsItsHalves()
    {
        Sha256Digest root = Sha256Digest.Of("abc"u8);
        Assert.Equal("ba7816bf-8f01-cfea-4141-40de5dae2223", DigestGuid.OfVerityData(root).ToString());
        Assert.Equal("b00361a3-9617-7a9c-b410-ff61f20015ad", DigestGuid.OfVerityTree(root).ToString());
    }

    [Fact]
    public void All_Types_AreDistinctAndNamed()
    {
        Assert.Equal(PartitionType.All.Count, PartitionType.All.Select(t => t.Id).Distinct().Count());
        Assert.Equal(PartitionType.All.Count, PartitionType.All.Select(t => t.Name).Distinct().Count());
        Assert.Equal("esp", PartitionType.NameOf(PartitionType.Esp.Id));
    }

    private static byte[] Block()
    {
        byte[] block = new byte[512];
        block.AsSpan().Fill(0xEE);
        s_header.WriteTo(block);
        return block;
    }
}
