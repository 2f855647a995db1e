using System.Buffers.Binary;
using System.Text;
using Strata.Core;
using Strata.Formats.Iso;
using Strata.Formats.Tests.Fat;

namespace Strata.Formats.Tests.Iso;

/// <summary>
/// Last allowed and first refused values of a configuration, and every field that no judge looks at (ECMA-119, RRIP
/// 1.10).
/// </summary>
public class IsoEdgeTests
{
    private const int Primary = 16 * 2048;

    private static readonly byte[] s_program = FatTrees.Bytes(20_000, 1);

    [Theory]
    [InlineData("A", null)]
    [InlineData("AZ09_", null)]
    [InlineData("ABCDEFGHIJKLMNOPQRSTUVWXYZ012345", null)] // 32
    [InlineData("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456", "is not 1..32")]
    [InlineData("", "is not 1..32")]
    [InlineData("A-", "is not 1..32")]
    [InlineData("A B", "is not 1..32")]
    [InlineData("a", "is not 1..32")]
    public void Create_Label_IsOfDCharacters(string label, string? problem) => Check(c => c with { Label = label }, problem);

    [Fact]
    public void Create_Application_IsOfTheFiftySevenACharacters()
    {
        const string Allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_ !\"%&'()*+,-./:;<=>?"; // ECMA-119 table A.1
        Assert.Equal(57, Allowed.Length);
        Check(c => c with { Application = Allowed + new string('A', 71) }, null); // 128
        Check(c => c with { Application = new string('A', 129) }, "at most 128");
        foreach (char c in Enumerable.Range(0, 128).Select(i => (char)i))
        {
            Assert.Equal(Allowed.Contains(c, StringComparison.Ordinal), IsoText.IsACharacter(c));
        }
    }

    [Theory]
    [InlineData("1899-12-31T23:59:59", "outside 1900..2155")]
    [InlineData("1900-01-01T00:00:00", null)]
    [InlineData("2155-12-31T23:59:59", null)]
    [InlineData("2156-01-01T00:00:00", "outside 1900..2155")]
    public void Create_Time_HasAYearOfAByte(string time, string? problem) =>
        Check(c => c with { Time = DateTimeOffset.Parse(time + "Z", System.Globalization.CultureInfo.InvariantCulture) }, problem);

    [Theory]
    [InlineData(2047, 1, "the loader has 2047")]
    [InlineData(2048, 1, null)]
    [InlineData(1 << 20, 432, null)]
    [InlineData((1 << 20) + 1, 432, "the loader has 1048577")]
    [InlineData(2048, 0, "for disks has 0")]
    [InlineData(2048, 433, "for disks has 433")]
    public void Create_BootPrograms_HaveALeastAndAMostLength(int loader, int disk, string? problem) =>
        Check(c => c with { Bios = c.Bios! with { Loader = new byte[loader], DiskLoader = new byte[disk] } }, problem);

    [Fact]
    public void Create_EveryIdentityAndContent_IsNeeded()
    {
        Check(c => c with { DiskId = Guid.Empty }, "no identity");
        Check(c => c with { Efi = c.Efi! with { PartitionId = Guid.Empty } }, "no identity");
        Check(c => c with { Files = [], Efi = c.Efi! with { System = IsoExtent.Of("none", default) } }, "no content");
        Check(c => c with { Files = [], Efi = c.Efi! with { System = IsoExtent.Of("one", new byte[1]) } }, null);
    }

    [Theory]
    [InlineData(0, 0, null)]
    [InlineData(0, 4096, null)]
    [InlineData(4096, 0, null)] // nothing, at the end
    [InlineData(2048, 2048, null)]
    [InlineData(2048, 2049, "/range is")]
    [InlineData(0, 4097, "/range is")]
    [InlineData(6144, 0, "/range is")]
    [InlineData(-2048, 1, "/range is")]
    [InlineData(2048, -1, "/range is")]
    [InlineData(1024, 1, "/range is")]
    public void Create_RangeOfAnExtent_LiesInIt(long offset, long length, string? problem)
    {
        IsoExtent extent = IsoExtent.Of("x", new byte[4096]);
        Check(c => c with { Files = [new IsoFile(GuestPath.Parse("/range"), extent, offset, length)] }, problem);
    }

    [Theory]
    [InlineData(4_294_965_248, null)] // the last block that a length of 32 bits covers whole
    [InlineData(4_294_965_249, "a file has at most")]
    public void Create_LongFile_LastAllowedAndFirstRefused(long size, string? problem)
    {
        IsoExtent extent = IsoExtent.Of("x", default) with { SizeBytes = size };
        Check(c => c with { Files = [IsoFile.Whole(GuestPath.Parse("/big"), extent)] }, problem);
    }

    [Theory]
    [InlineData("/1/2/3/4/5/6/7/8", null)] // §6.8.2.1: eight levels with the root
    [InlineData("/1/2/3/4/5/6/7/8/9", "9 levels deep")]
    [InlineData("/a\u007fb", "control character")]
    [InlineData("/ééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé", null)] // 69 letters of two bytes
    public void Create_Path_HasDepthAndCharacters(string path, string? problem) => Check(c => c with { Files = [Isos.File(path, [1])] },
        problem);

    [Fact]
    public void Create_ManyDirectories_SixteenBitsCountThem()
    {
        IsoExtent empty = IsoExtent.Of("empty", default);
        Check(c => c with { Bios = null, Files = [.. Enumerable.Range(0, 65_534).Select(i => IsoFile.Whole(GuestPath.Parse($"/{i}/f"),
            empty))] }, null);
    }

    [Fact]
    public void Create_LargerThanTheTables_IsRefused()
    {
        IsoExtent huge = IsoExtent.Of("huge", default) with { SizeBytes = 2L << 40 };
        Check(c => c with { Bios = null, Efi = null, Files = [new IsoFile(GuestPath.Parse("/f"), huge, 0, 1)] }, "2 TiB are the most");
        huge = huge with { SizeBytes = (2L << 40) - (1 << 20) };
        Check(c => c with { Bios = null, Efi = null, Files = [new IsoFile(GuestPath.Parse("/f"), huge, 0, 1)] }, null);
    }

    [Fact]
    public async Task WriteAsync_PrimaryDescriptor_HasItsOtherFields()
    {
        byte[] image = await Isos.WriteAsync(Isos.Sample(s_program) with { Time = new(2031, 2, 3, 4, 5, 6, TimeSpan.FromHours(2)) });
        ReadOnlySpan<byte> volume = image.AsSpan(Primary, 2048);
        Assert.Equal([0, 0], volume[7..8].ToArray().Append((byte)0));
        foreach ((int at, int length) in (ReadOnlySpan<(int, int)>)[(8, 32), (190, 128), (318, 128), (446, 128), (702, 37), (739, 37),
            (776, 37)])
        {
            Assert.Equal(new string(' ', length), Encoding.ASCII.GetString(volume.Slice(at, length)));
        }
        Assert.Equal(new byte[8], volume.Slice(72, 8).ToArray());
        Assert.Equal(new byte[32], volume.Slice(88, 32).ToArray());
        foreach (int at in (ReadOnlySpan<int>)[120, 124]) // volumes of the set, number of this one
        {
            Assert.Equal([1, 0, 0, 1], volume.Slice(at, 4).ToArray());
        }
        Assert.Equal(BinaryPrimitives.ReadUInt32LittleEndian(volume[132..]), BinaryPrimitives.ReadUInt32BigEndian(volume[136..]));
        foreach (int at in (ReadOnlySpan<int>)[813, 830, 864]) // created, modified, effective: UTC
        {
            Assert.Equal("2031020302050600\0", Encoding.ASCII.GetString(volume.Slice(at, 17)));
        }
        Assert.Equal(1, volume[881]);
        Assert.Equal(new byte[2048 - 882], volume[882..].ToArray());

        ReadOnlySpan<byte> root = volume.Slice(156, 34);
        Assert.Equal((34, 0), (root[0], root[1]));
        Assert.Equal([131, 2, 3, 2, 5, 6, 0, 2, 0, 0, 1, 0, 0, 1, 1, 0], root[18..].ToArray()); // §9.1.5 to §9.1.11
    }

    [Fact]
    public async Task WriteAsync_DirectoryRecords_HaveRockRidgeAndPointUpAndDown()
    {
        byte[] image = await Isos.WriteAsync(Isos.Sample(s_program) with { Bios = null, Efi = null,
            Files = [Isos.File("/sub/deep/Öl", [1, 2, 3])] });
        Assert.Equal(16 * 2048 + (2 * 2048), IndexOf(image, 0) * 2048); // no boot record: path tables follow the terminator at once
        int root = BinaryPrimitives.ReadInt32LittleEndian(image.AsSpan(Primary + 158));
        List<Record> top = Read(image, root);
        Assert.Equal(["\0", "\u0001", "SUB"], top.Select(r => r.Id));
        Assert.Equal((root, root), (top[0].Block, top[1].Block)); // the root is its own parent
        Assert.StartsWith("SP\u0007\u0001\u00be\u00ef\0ER\u0012\u0001\u000a\0\0\u0001RRIP_1991APX\u0024\u0001", top[0].Use,
            StringComparison.Ordinal);
        Assert.StartsWith("PX\u0024\u0001", top[1].Use, StringComparison.Ordinal);
        Assert.StartsWith("NM\u0008\u0001\0subPX\u0024\u0001", top[2].Use, StringComparison.Ordinal);
        Assert.All(top, r => Assert.Equal((2, 2048, Convert.ToHexString([0x6D, 0x41, 0, 0, 0, 0, 0x41, 0x6D, 3, 0, 0, 0, 0, 0, 0, 3])),
            (r.Flags, r.Size, r.Posix)));

        List<Record> sub = Read(image, top[2].Block);
        Assert.Equal((top[2].Block, root), (sub[0].Block, sub[1].Block));
        List<Record> deep = Read(image, sub[2].Block);
        Assert.Equal((sub[2].Block, top[2].Block), (deep[0].Block, deep[1].Block));
        Assert.Equal(("_L.;1", 0, 3), (deep[2].Id, deep[2].Flags, deep[2].Size));
        Assert.StartsWith("NM\u0008\u0001\0Ã\u0096lPX", deep[2].Use, StringComparison.Ordinal);
        Assert.Equal(Convert.ToHexString([0x24, 0x81, 0, 0, 0, 0, 0x81, 0x24, 1, 0, 0, 0, 0, 0, 0, 1]), deep[2].Posix);
        // no directory below
        Assert.Equal(Convert.ToHexString([0x6D, 0x41, 0, 0, 0, 0, 0x41, 0x6D, 2, 0, 0, 0, 0, 0, 0, 2]), deep[0].Posix);
    }

    [Theory]
    [InlineData(513, 2)]
    [InlineData(512, 1)]
    public async Task WriteAsync_SystemPartition_CoversItsLastSector(int bytes, int sectors)
    {
        IsoConfig config = Isos.Sample(s_program);
        config = config with { Files = [], Efi = config.Efi! with { System = IsoExtent.Of("esp", FatTrees.Bytes(bytes, 3)) } };
        IsoPlan plan = IsoPlan.Create(config);
        byte[] image = await Isos.WriteAsync(config);
        ReadOnlySpan<byte> entry = image.AsSpan(1024, 128);
        long first = plan.OffsetOf(config.Efi!.System) / 512;
        Assert.Equal((first, first + sectors - 1), (BinaryPrimitives.ReadInt64LittleEndian(entry[32..]),
            BinaryPrimitives.ReadInt64LittleEndian(entry[40..])));
        ReadOnlySpan<byte> header = image.AsSpan(512, 512);
        long disk = image.Length / 512;
        Assert.Equal(
            (1, disk - 1, 64, disk - 34, 2),
            (I64(header, 24), I64(header, 32), I64(header, 40), I64(header, 48), I64(header, 72))); // UEFI 2.10 table 5-5
        ReadOnlySpan<byte> mirror = image.AsSpan(image.Length - 512);
        Assert.Equal(
            (disk - 1, 1, 64, disk - 34, disk - 33),
            (I64(mirror, 24), I64(mirror, 32), I64(mirror, 40), I64(mirror, 48), I64(mirror, 72)));
        Assert.Equal(Convert.ToHexString([0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]), Convert.ToHexString(image.AsSpan(462, 16)));

        static long I64(ReadOnlySpan<byte> from, int at) => BinaryPrimitives.ReadInt64LittleEndian(from[at..]);
    }

    [Fact]
    public async Task WriteAsync_BiosAlone_HasOneEntryAndNoPartition()
    {
        byte[] image = await Isos.WriteAsync(Isos.Sample(s_program) with { Efi = null, Files = [] });
        int catalog = BinaryPrimitives.ReadInt32LittleEndian(image.AsSpan((17 * 2048) + 0x47)) * 2048;
        Assert.Equal(20, catalog / 2048 + 1); // behind primary descriptor, boot record and terminator
        Assert.Equal(new byte[64], image[(catalog + 64)..(catalog + 128)]);
        Assert.Equal(new byte[128], image[1024..1152]);
    }

    [Theory]
    [InlineData("a.tar.gz", false, "A_TAR.GZ;1")]
    [InlineData("name.123456789", false, "NAME.12345678;1")]
    [InlineData("abcdefghijklmnopqrstuvwxyz0123.txt", false, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0.TXT;1")] // 30 without the dot
    [InlineData("abcdefghijklmnopqrstuvwxyz01234", true, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123")]
    [InlineData("az09_", false, "AZ09_.;1")]
    [InlineData("@[`{/:", false, "______.;1")] // the neighbours of letters and digits
    [InlineData(".", false, "_.;1")]
    public void Short_Name_IsOfLevelTwo(string name, bool isDirectory, string expected) => Assert.Equal([expected],
        IsoNames.Short([(name, isDirectory)]));

    [Fact]
    public void Short_ManyOfOneName_AreNumberedWithinTheLength() => Assert.Equal(
        [.. Enumerable.Range(0, 11).Select(i => i == 0 ? $"{new string('X', 27)}.TXT;1" : i < 10 ? $"{new string('X', 25)}_{i}.TXT;1"
            : $"{new string('X', 24)}_10.TXT;1")],
        IsoNames.Short([.. Enumerable.Range(0, 11).Select(_ => (new string('x', 40) + ".txt", false))]));

    private static void Check(Func<IsoConfig, IsoConfig> change, string? problem)
    {
        IsoConfig config = change(Isos.Sample(s_program));
        if (problem is null)
        {
            Assert.True(IsoPlan.Create(config).SizeBytes > 0);
            return;
        }
        Assert.Contains(problem, Assert.Throws<StrataException>(() => IsoPlan.Create(config)).Message, StringComparison.Ordinal);
    }

    private static int IndexOf(byte[] image, int _) => BinaryPrimitives.ReadInt32LittleEndian(image.AsSpan(Primary + 140));

    private static List<Record> Read(byte[] image, int block)
    {
        List<Record> records = [];
        for (int at = block * 2048; image[at] != 0; at += image[at])
        {
            int name = image[at + 32];
            string use = Encoding.Latin1.GetString(image.AsSpan(at + 33 + name + (1 - (name & 1)),
                image[at] - 33 - name - (1 - (name & 1))));
            int posix = use.LastIndexOf("PX\u0024\u0001", StringComparison.Ordinal);
            records.Add(new Record(
                Encoding.ASCII.GetString(image, at + 33, name), BinaryPrimitives.ReadInt32LittleEndian(image.AsSpan(at + 2)),
                BinaryPrimitives.ReadInt32LittleEndian(image.AsSpan(at + 10)), image[at + 25], use,
                Convert.ToHexString(Encoding.Latin1.GetBytes(use.Substring(posix + 4, 16)))));
        }
        return records;
    }

    private sealed record Record(string Id, int Block, int Size, int Flags, string Use, string Posix);
}
