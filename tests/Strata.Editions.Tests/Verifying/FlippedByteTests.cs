using System.Text;
using Strata.Core;
using Strata.Images.Building;
using Strata.Images.Tests.Building.Bench;
using Strata.Measure.Bytes;

namespace Strata.Editions.Tests.Verifying;

/// <summary>One byte of an image is another: the structure is named that the byte is found in by what is known of the format.</summary>
public class FlippedByteTests(EditionBench bench) : IClassFixture<EditionBench>
{
    private delegate int Place(byte[] image);

    /// <summary>By name: edition, kind, where the byte is, the structure it is in, and a text of file or detail.</summary>
    private static readonly Dictionary<string, (string Edition, string Kind, Place Place, string Structure, string Said)> s_cases =
        new(StringComparer.Ordinal)
    {
        ["mbr"] = ("small", "disk", _ => 446, "protective MBR", ""),
        ["gpt header"] = ("small", "disk", _ => 512 + 24, "GPT header", ""),
        ["gpt entry"] = ("small", "disk", _ => 1024 + 56, "GPT entries", "entry 1"),
        ["gpt mirror"] = ("small", "disk", i => i.Length - 512 + 72, "GPT header at the end", ""),
        ["gpt entries of the mirror"] = ("small", "disk", i => i.Length - (33 * 512) + 130, "GPT entries at the end", "entry 2"),
        ["boot sector"] = ("small", "disk", i => Partition(i, 0) + 3, "partition 1 'ESP', FAT boot sector", ""),
        ["fat"] = (
            "small", "disk", i => Partition(i, 0) + Reserved(i, 0) + 8, "partition 1 'ESP', FAT", "of "),
        ["second fat"] = (
            "small", "disk", i => Partition(i, 0) + Reserved(i, 0) + TableBytes(i, 0) + 1, "partition 1 'ESP', second FAT", "FAT entry 0"),
        ["directory"] = (
            "small", "disk", i => At(i, "BOOTX64 EFI", 0) + 13, "partition 1 'ESP', directory /EFI/BOOT", "record "),
        ["kernel"] = (
            "small", "disk", i => IndexOf(i, EditionBench.KernelImage, 0) + 100,
            "partition 1 'ESP', /EFI/BOOT/BOOTX64.EFI, section .linux", ""),
        ["command line"] = (
            "small", "disk", i => At(i, "console=ttyS0,115200", 0), "partition 1 'ESP', /EFI/BOOT/BOOTX64.EFI, section .cmdline", ""),
        ["pe header"] = ("small", "uki", _ => 0x3C, "PE headers", ""),
        ["os-release"] = ("small", "uki", i => At(i, "PRETTY_NAME", 0), "section .osrel", ""),
        ["initramfs"] = (
            "small", "uki", i => At(i, "Another", 0, otherwise: At(i, "070701", 0)), "section .initrd", ""),
        ["release in the initrd"] = (
            "layered", "uki", i => At(i, "strata-release-1", 0), "section .initrd, cpio member strata/release.json",
            "/strata/release.json"),
        ["release on the medium"] = (
            "layered", "disk", i => At(i, "strata-release-1", Partition(i, 1)), "partition 2 'STRATA', /release.json", ""),
        ["ext4 superblock"] = ("layered", "disk", i => Partition(i, 1) + 1024 + 0x78, "partition 2 'STRATA', ext4 superblock", ""),
        ["ext4 inode"] = (
            "layered", "disk", i => Partition(i, 1) + (4 * 4096) + 256, "partition 2 'STRATA', ext4 inodes of group 0", "inode 2, of /"),
        ["ext4 journal"] = ("layered", "disk", i => IndexOf(i, [0xC0, 0x3B, 0x39, 0x98], Partition(i, 1)), "ext4 journal", ""),
        ["ext4 directory"] = (
            "layered", "disk", i => At(i, "release.json", Partition(i, 1)), "partition 2 'STRATA', directory /", ""),
        ["layer manifest"] = (
            "layered", "disk", i => At(i, "strata-layer-1", Partition(i, 1)), "partition 2 'STRATA', layer ", ""),
        ["block index"] = (
            "layered", "disk", i => At(i, "strata-index 1", Partition(i, 1)) + 40, ", block index", ""),
        ["squashfs superblock"] = ("layered", "disk", i => At(i, "hsqs", 0) + 8, "squashfs, superblock", ""),
        ["verity superblock"] = ("layered", "disk", i => At(i, "verity\0\0", 0) + 16, "verity superblock", ""),
        ["verity tree"] = ("layered", "disk", i => LastVerity(i) + 4096, "verity tree, level 1 of 1", "digests of the blocks"),
        ["volume descriptor"] = ("layered", "iso", _ => (16 * 2048) + 881, "volume descriptor", ""),
        ["boot catalog"] = ("layered", "iso", i => Catalog(i) + 4, "boot catalog", ""),
        ["iso directory"] = ("layered", "iso", i => At(i, "RELEASE.JSO", 0, otherwise: At(i, "release.json", 0)), "directory /", ""),
        ["file of the cd"] = ("small", "iso", i => At(i, "SERIAL", 0, otherwise: At(i, "LABEL", 0)), "/isolinux", ""),
        ["kernel of the cd"] = (
            "small", "iso", i => IndexOf(i, EditionBench.KernelImage, 0) + 100,
            "EFI system partition, /EFI/BOOT/BOOTX64.EFI, section .linux", ""),
        ["iso mirror"] = ("small", "iso", i => i.Length - 512 + 30, "GPT header at the end", ""),
        ["oci layout"] = ("box", "oci", i => At(i, "imageLayoutVersion", 0), "oci-layout", ""),
        ["oci index"] = ("box", "oci", i => At(i, "org.opencontainers.image.ref.name", 0), "index.json", ""),
        ["oci configuration"] = ("box", "oci", i => At(i, "diff_ids", 0), "image configuration", ""),
        ["tar header"] = ("box", "oci", _ => 148, "tar header of oci-layout", ""),
        ["end of the tar archive"] = ("box", "oci", i => i.Length - 1, "end of the tar archive", ""),
        ["network script"] = ("small", "pxe", i => At(i, "#!ipxe", 0) + 6, "file", ""),
    };

    public static TheoryData<string> Cases => [.. s_cases.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Between_OneByteFlipped_NamesItsStructure(string name)
    {
        (string edition, string kind, Place place, string structure, string said) = s_cases[name];
        byte[] rebuilt = await ImageAsync(edition, kind, "boot.ipxe");
        byte[] given = [.. rebuilt];
        int at = place(given);
        given[at] ^= 0x10;
        ByteComparison comparison = Compare(given, rebuilt);
        DifferentStructure found = Assert.Single(comparison.Structures);
        Assert.Equal((1, at, 1), (comparison.DifferentBytes, found.Offset, found.Length));
        Assert.Contains(structure, string.Join(", ", found.Structure), StringComparison.Ordinal);
        Assert.Contains(said, $"{found.File} {found.Detail}", StringComparison.Ordinal);
        Assert.Equal((rebuilt[at].ToString("x2"), given[at].ToString("x2")), (found.Rebuilt, found.Given));
    }

    /// <summary>Parts of a container archive that are texts are no layers: there is nothing in them to be unpacked.</summary>
    [Theory]
    [InlineData("org.opencontainers.image.ref.name", "index.json", false)]
    [InlineData("diff_ids", "image configuration", false)]
    [InlineData("\"config\":", "image manifest", false)]
    [InlineData("imageLayoutVersion", "oci-layout", false)]
    [InlineData(null, "layer ", true)]
    public async Task Between_PartOfAContainer_IsUnpackedWhenItIsALayer(string? text, string structure, bool isLayer)
    {
        byte[] rebuilt = await ImageAsync("box", "oci");
        using MemoryStream stream = new(rebuilt);
        ImageRegion layer = ImageMap.Of(stream).First(r => r.Structure[^1].StartsWith("layer ", StringComparison.Ordinal));
        byte[] given = [.. rebuilt];
        given[text is null ? layer.Start + (layer.Length / 2) : At(rebuilt, text, 0)] ^= 0x10;
        DifferentStructure found = Assert.Single(Compare(given, rebuilt).Structures);
        Assert.StartsWith(structure, found.Structure[^1], StringComparison.Ordinal);
        Assert.Equal(isLayer, found.Detail is not null);
        Assert.Equal(isLayer, ImageMap.Of(stream).Single(r => r.Start <= found.Offset && found.Offset < r.End).Packed == PackedKind.Tar);
    }

    [Theory]
    [InlineData("small", "disk")]
    [InlineData("small", "iso")]
    [InlineData("small", "uki")]
    [InlineData("layered", "disk")]
    [InlineData("layered", "iso")]
    [InlineData("box", "oci")]
    public async Task Between_BytesAllOver_EachIsFoundAndHasAName(string edition, string kind)
    {
        byte[] rebuilt = await ImageAsync(edition, kind);
        Random random = new(7);
        byte[] given = [.. rebuilt];
        SortedSet<int> flipped = [];
        for (int i = 0; i < 200; i++)
        {
            flipped.Add(random.Next(given.Length));
        }
        foreach (int at in flipped)
        {
            given[at] ^= 1;
        }
        ByteComparison comparison = Compare(given, rebuilt);
        Assert.Equal(flipped.Count, comparison.DifferentBytes);
        Assert.Equal(flipped.Count, comparison.Structures.Sum(s => s.DifferentBytes));
        Assert.Equal(flipped.Min, comparison.Structures[0].Offset);
        Assert.All(comparison.Structures, s => Assert.NotEmpty(s.Structure));
    }

    [Fact]
    public async Task Between_StoreOnFat32_NamesItsFsInfo()
    {
        using EditionBench own = new();
        own.Append(EditionBench.Layered, "disk: {parts: [{role: esp}, {role: store, format: fat32}]}");
        BuildResult built = await own.BuildAsync(EditionBench.Layered, ImageKind.Disk);
        byte[] rebuilt = own.Bytes(built[ImageKind.Disk].File);
        byte[] given = [.. rebuilt];
        given[At(rebuilt, "rrAa", Partition(rebuilt, 1)) + 4] ^= 0x10;
        DifferentStructure found = Assert.Single(Compare(given, rebuilt).Structures);
        Assert.Equal(["partition 2 'STRATA'", "FAT FSInfo"], found.Structure.TakeLast(2));
    }

    [Fact]
    public async Task Between_LayerOfOneFile_NamesTheFileOfTheBlock()
    {
        byte[] rebuilt = await ImageAsync("layered", "disk");
        byte[] given = [.. rebuilt];
        using MemoryStream stream = new(rebuilt);
        ImageRegion block = ImageMap.Of(stream).First(r => r.File == "/usr/share/web/page");
        given[block.Start] ^= 1;
        DifferentStructure found = Assert.Single(Compare(given, rebuilt).Structures);
        Assert.Equal("/usr/share/web/page", found.File);
        Assert.Contains("layer web, squashfs, data block 1 of ", string.Join(", ", found.Structure), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("small", "disk")]
    [InlineData("layered", "iso")]
    [InlineData("box", "oci")]
    public async Task Between_CutOff_SaysWhereItEnded(string edition, string kind)
    {
        byte[] rebuilt = await ImageAsync(edition, kind);
        foreach (int length in new[] { 0, 1, 700, rebuilt.Length / 2, rebuilt.Length - 1 })
        {
            ByteComparison comparison = Compare(rebuilt[..length], rebuilt);
            Assert.Equal(rebuilt.Length - length, comparison.DifferentBytes);
            Assert.Equal((length, "the given image has ended", ""),
                (comparison.Structures[0].Offset, comparison.Structures[0].Detail, comparison.Structures[0].Given));
        }
    }

    [Fact]
    public async Task Between_SomethingBehindTheEnd_IsSaid()
    {
        byte[] rebuilt = await ImageAsync("box", "oci");
        DifferentStructure found = Assert.Single(Compare([.. rebuilt, 1, 2, 3], rebuilt).Structures);
        Assert.Equal(("behind the end of the image", 3, "010203", ""), (found.Structure[0], found.Length, found.Given, found.Rebuilt));
    }

    [Fact]
    public async Task Between_ImageOfAnotherEdition_DiffersFromItsFirstIdentityOn()
    {
        ByteComparison comparison = Compare(await ImageAsync("layered", "disk"), await ImageAsync("small", "disk"));
        Assert.False(comparison.IsSame);
        Assert.Equal("protective MBR", comparison.Structures[0].Structure[0]); // the disks are of other lengths
        Assert.All(["GPT header", "GPT entries", "partition 1 'ESP'"],
            name => Assert.Contains(comparison.Structures, d => d.Structure[0] == name));
    }

    [Fact]
    public async Task Between_TheSame_DoesNotLookForStructures()
    {
        byte[] rebuilt = await ImageAsync("small", "disk");
        ByteComparison comparison = Compare(rebuilt, rebuilt);
        Assert.True(comparison.IsSame);
        Assert.Empty(comparison.Structures);
    }

    private async Task<byte[]> ImageAsync(string edition, string kind, string file = "")
    {
        BuildResult built = await bench.BuildAsync(edition, kind);
        BuiltImage image = built[ImageKind.Named(kind)!];
        return bench.Bytes(image.Files.FirstOrDefault(f => f.Name == file) ?? image.File);
    }

    private static ByteComparison Compare(byte[] given, byte[] rebuilt)
    {
        using MemoryStream one = new(given);
        using MemoryStream other = new(rebuilt);
        return ByteComparison.Between(one, other);
    }

    private static int At(byte[] image, string text, int from, int otherwise = -1) =>
        image.AsSpan(from).IndexOf(Encoding.ASCII.GetBytes(text)) is int at and >= 0 ? at + from
        : otherwise >= 0 ? otherwise : throw new InvalidOperationException($"'{text}' is not there");

    private static int IndexOf(byte[] image, ReadOnlySpan<byte> bytes, int from) => image.AsSpan(from).IndexOf(bytes) + from;

    // UEFI 2.10 §5.3.3: first LBA at byte 32 of an entry
    private static int Partition(byte[] disk, int number) => (int)BitConverter.ToInt64(disk, 1024 + (128 * number) + 32) * 512;

    // FAT specification §3.1: sectors before the table, and of a table
    private static int Reserved(byte[] disk, int number) => BitConverter.ToUInt16(disk, Partition(disk, number) + 14) * 512;

    private static int TableBytes(byte[] disk, int number) => BitConverter.ToUInt16(disk, Partition(disk, number) + 22) * 512;

    // El Torito 1.0, figure 7
    private static int Catalog(byte[] iso) => BitConverter.ToInt32(iso, (17 * 2048) + 0x47) * 2048;

    // a layer of several blocks has a hash block; that of a single block has none
    private static int LastVerity(byte[] disk)
    {
        for (int at = At(disk, "verity\0\0", 0); ; at = At(disk, "verity\0\0", at + 1))
        {
            if (BitConverter.ToInt64(disk, at + 72) > 1)
            {
                return at;
            }
        }
    }
}
