using System.Buffers.Binary;
using System.Text;
using Strata.Core;
using Strata.Formats.Iso;
using Strata.Formats.Tests.Fat;

namespace Strata.Formats.Tests.Iso;

public class IsoWriterTests
{
    private const int Primary = 16 * 2048;
    private const int BootRecord = 17 * 2048;

    private static readonly byte[] s_program = FatTrees.Bytes(40_000, 1);

    [Fact]
    public async Task WriteAsync_PrimaryDescriptor_HasItsFieldsAtTheirOffsets()
    {
        byte[] image = await Isos.WriteAsync(Isos.Sample(s_program));
        Assert.Equal("\u0001CD001\u0001", Encoding.ASCII.GetString(image, Primary, 7)); // ECMA-119 §8.4
        Assert.Equal("SAMPLE_1".PadRight(32), Encoding.ASCII.GetString(image, Primary + 40, 32));
        Assert.Equal(image.Length / 2048, BinaryPrimitives.ReadInt32LittleEndian(image.AsSpan(Primary + 80)));
        Assert.Equal(image.Length / 2048, BinaryPrimitives.ReadInt32BigEndian(image.AsSpan(Primary + 84)));
        Assert.Equal([0x00, 0x08, 0x08, 0x00], image[(Primary + 128)..(Primary + 132)]);
        Assert.Equal("A SAMPLE 1".PadRight(128), Encoding.ASCII.GetString(image, Primary + 574, 128));
        Assert.Equal("1980010100000000\0", Encoding.ASCII.GetString(image, Primary + 813, 17));
        Assert.Equal("0000000000000000\0", Encoding.ASCII.GetString(image, Primary + 847, 17));
        Assert.Equal("\u00ffCD001\u0001", Encoding.Latin1.GetString(image, 18 * 2048, 7));
    }

    [Fact]
    public async Task WriteAsync_BootCatalog_IsAsElToritoSays()
    {
        byte[] image = await Isos.WriteAsync(Isos.Sample(s_program));
        Assert.Equal("\0CD001\u0001EL TORITO SPECIFICATION\0", Encoding.ASCII.GetString(image, BootRecord, 31));
        int catalog = BinaryPrimitives.ReadInt32LittleEndian(image.AsSpan(BootRecord + 0x47)) * 2048;
        Assert.Equal([1, 0, 0, 0], image[catalog..(catalog + 4)]);
        Assert.Equal([0x55, 0xAA], image[(catalog + 30)..(catalog + 32)]);
        int sum = Enumerable.Range(0, 16).Sum(i => BinaryPrimitives.ReadUInt16LittleEndian(image.AsSpan(catalog + (2 * i))));
        Assert.Equal(0, sum & 0xFFFF);
        Assert.Equal([0x88, 0, 0, 0, 0, 0, 4, 0], image[(catalog + 32)..(catalog + 40)]);
        Assert.Equal([0x91, 0xEF, 1, 0], image[(catalog + 64)..(catalog + 68)]);
        Assert.Equal(0x88, image[catalog + 96]);
        int system = BinaryPrimitives.ReadInt32LittleEndian(image.AsSpan(catalog + 96 + 8)) * 2048;
        Assert.Equal("FAT12   ", Encoding.ASCII.GetString(image, system + 54, 8));
    }

    // ECMA-119 §9.1.3 and §9.1.4: where an extent is and how long, in both byte orders
    [Fact]
    public async Task WriteAsync_DirectoryRecords_PointToTheBytesOfEachFile()
    {
        byte[] other = FatTrees.Bytes(2049, 9);
        IsoExtent shared = IsoExtent.Of("shared", FatTrees.Bytes(6000, 10));
        IsoConfig config = Isos.Sample(s_program, [
            Isos.File("/one", [1]), Isos.File("/other", other), Isos.File("/nothing", []),
            new IsoFile(GuestPath.Parse("/part"), shared, 2048, 2048), new IsoFile(GuestPath.Parse("/rest"), shared, 4096, 1904),
        ]);
        byte[] image = await Isos.WriteAsync(config);
        Dictionary<string, (uint Block, uint Length)> root = RootRecords(image);
        Assert.Equal((0u, 0u), root["EMPTY"]); // no block is anybody's whose file has no bytes
        Assert.Equal((0u, 0u), root["NOTHING"]);
        Assert.Equal(new byte[] { 1 }, Content("ONE"));
        Assert.Equal(other, Content("OTHER"));
        Assert.Equal(FatTrees.Bytes(6000, 10)[2048..4096], Content("PART"));
        Assert.Equal(FatTrees.Bytes(6000, 10)[4096..], Content("REST"));

        byte[] Content(string name) => image.AsSpan((int)root[name].Block * 2048, (int)root[name].Length).ToArray();
    }

    private static Dictionary<string, (uint Block, uint Length)> RootRecords(byte[] image)
    {
        ReadOnlySpan<byte> record = image.AsSpan(Primary + 156);
        int at = BinaryPrimitives.ReadInt32LittleEndian(record[2..]) * 2048;
        int end = at + BinaryPrimitives.ReadInt32LittleEndian(record[10..]);
        Dictionary<string, (uint, uint)> records = [];
        while (at < end)
        {
            record = image.AsSpan(at);
            if (record[0] == 0)
            {
                at = (at / 2048 * 2048) + 2048; // no record crosses the end of a block
                continue;
            }
            uint block = BinaryPrimitives.ReadUInt32LittleEndian(record[2..]);
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(record[10..]);
            Assert.Equal(block, BinaryPrimitives.ReadUInt32BigEndian(record[6..]));
            Assert.Equal(length, BinaryPrimitives.ReadUInt32BigEndian(record[14..]));
            records[Encoding.ASCII.GetString(record.Slice(33, record[32])).Split(';', '.')[0]] = (block, length);
            at += record[0];
        }
        return records;
    }

    // ECMA-119 §8.4.15 to 8.4.18 and §9.4: the path table of type M is for big-endian machines, which no judge of ours is
    [Fact]
    public async Task WriteAsync_PathTables_SayTheSameInBothByteOrders()
    {
        byte[] image = await Isos.WriteAsync(
            Isos.Sample(s_program, [Isos.File("/one/two/three/file", [1]), Isos.File("/one/other/file", [2])]));
        ReadOnlySpan<byte> volume = image.AsSpan(Primary, 2048);
        int length = BinaryPrimitives.ReadInt32LittleEndian(volume[132..]);
        int little = BinaryPrimitives.ReadInt32LittleEndian(volume[140..]) * 2048;
        int big = BinaryPrimitives.ReadInt32BigEndian(volume[148..]) * 2048;
        Assert.NotEqual(little, big);
        int records = 0;
        for (int at = 0; at < length; records++)
        {
            int name = image[little + at];
            Assert.Equal(image[(little + at)..(little + at + 2)], image[(big + at)..(big + at + 2)]);
            Assert.Equal(
                BinaryPrimitives.ReadUInt32LittleEndian(image.AsSpan(little + at + 2)),
                BinaryPrimitives.ReadUInt32BigEndian(image.AsSpan(big + at + 2)));
            Assert.Equal(
                BinaryPrimitives.ReadUInt16LittleEndian(image.AsSpan(little + at + 6)),
                BinaryPrimitives.ReadUInt16BigEndian(image.AsSpan(big + at + 6)));
            Assert.Equal(image[(little + at + 8)..(little + at + 8 + name)], image[(big + at + 8)..(big + at + 8 + name)]);
            at += 8 + name + (name & 1);
        }
        Assert.True(records >= 8, $"{records} folders"); // root, EFI, BOOT, boot, isolinux, one, two, three, other
    }

    [Fact]
    public async Task WriteAsync_Loader_IsToldWhereItLies()
    {
        byte[] loader = FatTrees.Bytes(5001, 5);
        byte[] image = await Isos.WriteAsync(Isos.Sample(s_program));
        int catalog = BinaryPrimitives.ReadInt32LittleEndian(image.AsSpan(BootRecord + 0x47)) * 2048;
        int block = BinaryPrimitives.ReadInt32LittleEndian(image.AsSpan(catalog + 40));
        byte[] written = image[(block * 2048)..((block * 2048) + loader.Length)];
        Assert.Equal(loader[..8], written[..8]);
        Assert.Equal(16, BinaryPrimitives.ReadInt32LittleEndian(written.AsSpan(8)));
        Assert.Equal(block, BinaryPrimitives.ReadInt32LittleEndian(written.AsSpan(12)));
        Assert.Equal(loader.Length, BinaryPrimitives.ReadInt32LittleEndian(written.AsSpan(16)));
        byte[] padded = [.. loader, 0, 0, 0];
        uint sum = 0;
        for (int i = 64; i < padded.Length - 3; i += 4)
        {
            sum = unchecked(sum + BinaryPrimitives.ReadUInt32LittleEndian(padded.AsSpan(i)));
        }
        Assert.Equal(sum, BinaryPrimitives.ReadUInt32LittleEndian(written.AsSpan(20)));
        Assert.Equal(loader[64..], written[64..]);
        Assert.Equal(block * 4, BinaryPrimitives.ReadInt64LittleEndian(image.AsSpan(432))); // where isohdpfx.bin looks
    }

    [Fact]
    public async Task WriteAsync_MasterBootRecord_ProtectsTheGptAndHasSomethingActive()
    {
        byte[] image = await Isos.WriteAsync(Isos.Sample(s_program));
        Assert.Equal(FatTrees.Bytes(432, 6), image[..432]);
        Assert.Equal([0, 0xEE], new[] { image[446], image[450] });
        Assert.Equal([0x80, 0x00], new[] { image[462], image[466] });
        Assert.Equal("EFI PART", Encoding.ASCII.GetString(image, 512, 8));
        Assert.Equal("EFI PART", Encoding.ASCII.GetString(image, image.Length - 512, 8));
    }

    [Fact]
    public async Task WriteAsync_Twice_GivesTheSameBytesWhateverTheOrderOfTheFiles()
    {
        byte[] one = await Isos.WriteAsync(Isos.Sample(s_program));
        Assert.Equal(one, await Isos.WriteAsync(Isos.Sample(s_program)));
    }

    [Fact]
    public async Task WriteAsync_WithoutBios_DefaultEntryIsForUefi()
    {
        byte[] image = await Isos.WriteAsync(Isos.Sample(s_program) with { Bios = null });
        int catalog = BinaryPrimitives.ReadInt32LittleEndian(image.AsSpan(BootRecord + 0x47)) * 2048;
        Assert.Equal([1, 0xEF], image[catalog..(catalog + 2)]);
        Assert.Equal(0, image[catalog + 64]);
        Assert.Equal(0, image[462]); // nothing active: there is nothing to start
    }

    [Fact]
    public void SectorsOf_MoreThan16Bits_IsToTheEndOfTheMedium()
    {
        Assert.Equal(65_535, ElTorito.SectorsOf(65_535 * 512));
        Assert.Equal(0, ElTorito.SectorsOf((65_535 * 512) + 1)); // UEFI 2.10 §13.3.2.1
    }

    [Fact]
    public async Task WriteAsync_ExtentOfAnotherLength_IsRefused()
    {
        IsoExtent liar = IsoExtent.Of("liar", new byte[10]) with { SizeBytes = 11 };
        IsoConfig config = Isos.Sample(s_program, [IsoFile.Whole(GuestPath.Parse("/liar"), liar)]);
        StrataException e = await Assert.ThrowsAsync<StrataException>(() => Isos.WriteAsync(config));
        Assert.Contains("liar", e.Message, StringComparison.Ordinal);
    }
}
