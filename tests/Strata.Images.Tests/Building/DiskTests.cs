using Strata.Core;
using Strata.Formats.Ext4;
using Strata.Formats.Gpt;
using Strata.Images.Building;
using Strata.Images.Tests.Building.Bench;
using Strata.Testing;

namespace Strata.Images.Tests.Building;

/// <summary>The disk is what the blueprint says.</summary>
public class DiskTests
{
    [Fact]
    public async Task SystemdBoot_LiesWhereFirmwareLooks_AndTheKernelImageUnderItsVersion()
    {
        using EditionBench bench = new();
        bench.Append(EditionBench.Small, "boot: systemd-boot");
        StrataException missing = await Assert.ThrowsAsync<StrataException>(() => bench.BuildAsync(EditionBench.Small, ImageKind.Disk));
        Assert.StartsWith("cannot make a medium that systemd-boot starts: the toolbox has no systemd-bootx64.efi", missing.Message, StringComparison.Ordinal);
        bench.Tool(new DebBuilder("more-starters").File("/usr/lib/systemd/boot/efi/systemd-bootx64.efi", TinyPe.Program()));
        BuildResult built = await bench.BuildAsync(EditionBench.Small, ImageKind.Disk);
        byte[] disk = bench.Bytes(built[ImageKind.Disk].File);
        Dictionary<string, byte[]> files = Opened.Partition(disk, "ESP");
        Assert.Equal(
            ["/EFI/BOOT/BOOTX64.EFI", "/EFI/Linux/small_1.efi", "/loader/loader.conf"], files.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(TinyPe.Program(), files["/EFI/BOOT/BOOTX64.EFI"]);
        Assert.Equal(bench.Bytes(built.Product.Uki!), files["/EFI/Linux/small_1.efi"]);
        BuildResult iso = await bench.AddAsync(built, ImageKind.Iso); // there is one system on it: nothing to choose from
        Assert.Equal(bench.Bytes(built.Product.Uki!), Opened.Iso(bench.Bytes(iso[ImageKind.Iso].File))["/EFI/BOOT/BOOTX64.EFI"]);
    }

    [Fact]
    public async Task Parts_HaveTheirOrderSizesAndTypes()
    {
        using EditionBench bench = new();
        bench.Append(
            EditionBench.Layered, "disk: {parts: [{role: esp, size: 48 MiB}, {role: store, size: 64 MiB}, {role: state, size: 8 MiB, grow: true}]}");
        BuildResult built = await bench.BuildAsync(EditionBench.Layered, ImageKind.Disk);
        byte[] disk = bench.Bytes(built[ImageKind.Disk].File);
        string[] parts = Opened.Partitions(disk);
        Assert.Equal(3, parts.Length);
        Assert.StartsWith("ESP esp", parts[0], StringComparison.Ordinal);
        Assert.StartsWith("STRATA ", parts[1], StringComparison.Ordinal);
        Assert.Equal("strata-state linux-generic", parts[2]);
        Assert.InRange(disk.Length, (48 + 64 + 8) << 20, (48 + 64 + 8 + 3) << 20);
        Assert.Equal(bench.Bytes(built.Product.Release!), Opened.Partition(disk, "STRATA")["/release.json"]);
        Assert.Single(Opened.Partition(disk, "ESP"));
    }

    [Fact]
    public async Task StoreOnFat_HasTheSameFilesAsOneOnExt4()
    {
        using EditionBench bench = new();
        BuildResult usual = await bench.BuildAsync(EditionBench.Layered, ImageKind.Disk);
        bench.Append(EditionBench.Layered, "disk: {parts: [{role: esp}, {role: store, format: fat32}]}");
        BuildResult other = await bench.BuildAsync(EditionBench.Layered, ImageKind.Disk);
        byte[] disk = bench.Bytes(usual[ImageKind.Disk].File);
        byte[] onFat = bench.Bytes(other[ImageKind.Disk].File);
        Assert.Equal(usual.Product.Uki!.Digest, other.Product.Uki!.Digest);
        Assert.Equal(Opened.Partitions(disk), Opened.Partitions(onFat));
        Assert.Equal(Opened.Partition(disk, "STRATA"), Opened.Partition(onFat, "STRATA"));
        Assert.Equal((true, false), (IsExt4(disk), IsExt4(onFat)));

        static bool IsExt4(byte[] disk)
        {
            GptEntry store = GptDisk.Read(new MemoryStream(disk)).Entries.OfType<GptEntry>().Single(e => e.Label == "STRATA");
            return Ext4Reader.IsOne(new MemoryStream(disk, (int)store.FirstLba * 512, (int)store.Blocks * 512));
        }
    }

    [Fact]
    public async Task PartThatIsTooSmall_IsNamedWithWhatItHolds()
    {
        using EditionBench bench = new();
        bench.Append(EditionBench.Layered, "disk: {parts: [{role: esp, size: 1 MiB}, {role: store}]}");
        bench.EarlyInit = new byte[2 << 20];
        StrataException e = await Assert.ThrowsAsync<StrataException>(() => bench.BuildAsync(EditionBench.Layered, ImageKind.Disk));
        Assert.StartsWith(
            "cannot make the disk of layered: its part 'esp' of 1.00 MiB cannot hold what firmware starts: ", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ext4", "cannot make an ext4 volume: it shall have 4.00 MiB, possible are 8.00 MiB to 1.00 TiB")]
    [InlineData("fat32", "cannot make a FAT volume of 4.00 MiB: FAT32 needs ")]
    public async Task StoreThatIsTooSmall_IsNamedWithItsFormatsLeast(string format, string problem)
    {
        using EditionBench bench = new();
        bench.Append(EditionBench.Layered, $"disk: {{parts: [{{role: esp}}, {{role: store, format: {format}, size: 4 MiB}}]}}");
        StrataException e = await Assert.ThrowsAsync<StrataException>(() => bench.BuildAsync(EditionBench.Layered, ImageKind.Disk));
        Assert.StartsWith(
            "cannot make the disk of layered: its part 'store' of 4.00 MiB cannot hold the layers: ", e.Message, StringComparison.Ordinal);
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("disk: {parts: [{role: esp, size: 48 MiB}]}")]
    [InlineData("disk: {parts: [{role: esp}, {role: state, size: 8 MiB, grow: true}]}")]
    [InlineData("disk: {parts: [{role: esp}, {role: state, size: 8 MiB}]}")]
    [InlineData("boot: systemd-boot")]
    public async Task AnotherWordAboutTheDisk_MakesAnotherDiskOfTheSameSystem(string line)
    {
        using EditionBench bench = new();
        bench.Tool(new DebBuilder("more-starters").File("/usr/lib/systemd/boot/efi/systemd-bootx64.efi", TinyPe.Program()));
        BuildResult one = await bench.BuildAsync(EditionBench.Small, ImageKind.Disk);
        bench.Append(EditionBench.Small, line);
        BuildResult other = await bench.BuildAsync(EditionBench.Small, ImageKind.Disk);
        Assert.Equal(one.Product.Uki!.Digest, other.Product.Uki!.Digest);
        Assert.NotEqual(one[ImageKind.Disk].File.Digest, other[ImageKind.Disk].File.Digest);
    }
}
