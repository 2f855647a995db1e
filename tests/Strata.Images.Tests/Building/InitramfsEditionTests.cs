using System.Text;
using Strata.Core;
using Strata.Images.Building;
using Strata.Images.Manifests;
using Strata.Images.Tests.Building.Bench;

namespace Strata.Images.Tests.Building;

/// <summary>An edition that lies in its initramfs, from blueprint to disk.</summary>
public sealed class InitramfsEditionTests(EditionBench made) : IClassFixture<EditionBench>
{
    private readonly EditionBench _bench = made; // built once for all that only look

    [Fact]
    public async Task Build_GivesDiskBootableFileAndManifest()
    {
        using EditionBench bench = new();
        BuildResult built = await bench.BuildAsync(EditionBench.Small, ImageKind.Disk);
        Assert.Equal(["disk", "manifest", "uki"], EditionBench.OutputsOf(built).Select(o => o.Name).Order(StringComparer.Ordinal));
        Assert.False(built.WasKept);
        Assert.Throws<KeyNotFoundException>(() => built[ImageKind.Uki]); // nobody asked for it
        BuildResult file = await bench.BuildAsync(EditionBench.Small, ImageKind.Uki);
        Assert.Equal(built.Product.Uki, file[ImageKind.Uki].File);
        Assert.Equal(built.Product.Manifest, file.Product.Manifest);
    }

    [Fact]
    public async Task BootableFile_HasWhatTheBlueprintAndThePackagesSay()
    {
        byte[] uki = await UkiAsync();
        Assert.Equal([".text", ".osrel", ".cmdline", ".initrd", ".uname", ".linux"], Opened.Sections(uki));
        Assert.Equal(Opened.Section(MadeTools.Stub, ".text"), Opened.Section(uki, ".text"));
        Assert.Equal("console=ttyS0,115200 quiet", Text(uki, ".cmdline"));
        Assert.Equal("6.12-test", Text(uki, ".uname"));
        Assert.Equal(EditionBench.KernelImage, Opened.Section(uki, ".linux"));
        Assert.Contains("PRETTY_NAME=\"The small one 1\"\n", Text(uki, ".osrel"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Initramfs_IsTheWholeSystem()
    {
        (_, Dictionary<string, byte[]> files) = Opened.Initramfs(Opened.Section(await UkiAsync(), ".initrd"));
        Assert.Equal("web 1", Encoding.ASCII.GetString(files["usr/bin/web"]));
        Assert.Equal(EditionBench.Page, files["usr/share/web/page"]);
        Assert.Contains("www:x:33:", Encoding.ASCII.GetString(files["etc/passwd"]), StringComparison.Ordinal);
        Assert.Contains("usr/lib/modules/6.12-test/kernel/net/dummy.ko", files.Keys);
        // nobody asked for them
        Assert.DoesNotContain(files.Keys, f => f.StartsWith("usr/lib/modules/6.12-test/kernel/fs/", StringComparison.Ordinal));
        Assert.DoesNotContain("usr/share/notes/page", files.Keys); // of the lock, but of no capability
    }

    [Theory]
    [InlineData("xz", "--x86 --compress --stdout --format=xz --check=crc32 --lzma2=preset=6 --block-size=16MiB --threads=2")]
    [InlineData("xz-smallest", "--x86 --compress --stdout --format=xz --check=crc32 --lzma2=preset=9e,dict=32MiB --threads=1")]
    [InlineData("zstd", "-19 --stdout --quiet --threads=2 --no-progress -")]
    [InlineData("none", "")]
    public async Task Initramfs_IsPackedAsTheBlueprintSays(string compression, string arguments)
    {
        using EditionBench bench = new();
        bench.Append(EditionBench.Small, "initramfs: " + compression);
        byte[] uki = bench.Bytes((await bench.BuildAsync(EditionBench.Small, ImageKind.Uki)).Product.Uki!);
        (string[] given, Dictionary<string, byte[]> files) = Opened.Initramfs(Opened.Section(uki, ".initrd"));
        Assert.Equal(arguments, string.Join(' ', given));
        Assert.Contains("usr/bin/web", files.Keys);
    }

    [Fact]
    public async Task Disk_HasTheBootableFileWhereFirmwareLooks()
    {
        BuildResult built = await _bench.BuildAsync(EditionBench.Small, ImageKind.Disk);
        byte[] disk = _bench.Bytes(built[ImageKind.Disk].File);
        Assert.Equal(["ESP esp"], Opened.Partitions(disk));
        KeyValuePair<string, byte[]> file = Assert.Single(Opened.Partition(disk, "ESP"));
        Assert.Equal("/EFI/BOOT/BOOTX64.EFI", file.Key);
        Assert.Equal(_bench.Bytes(built.Product.Uki!), file.Value);
    }

    [Fact]
    public async Task Manifest_HasTheSizesOfWhatWasMade_AndSharesThatAddUpToTheInitramfs()
    {
        BuildResult built = await _bench.BuildAsync(EditionBench.Small, ImageKind.Disk);
        using Stream json = _bench.Store.OpenRead(built.Manifest.Digest);
        BuildManifest manifest = BuildManifest.FromJson(json);
        byte[] uki = _bench.Bytes(built.Product.Uki!);
        Assert.Equal(("small", "1", "amd64", "6.12-test"), (manifest.Edition, manifest.Version, manifest.Architecture, manifest.Kernel));
        Assert.Equal(
            (EditionBench.KernelImage.Length, Opened.Section(uki, ".initrd").Length, uki.Length, 0),
            (manifest.KernelBytes, manifest.InitramfsBytes, manifest.UkiBytes, manifest.ContainerBytes));
        Assert.Equal(manifest.InitramfsBytes, manifest.Entries.Sum(e => e.Share));
        Assert.Equal(["base", "shell", "init", "web"], manifest.Capabilities.Select(c => c.Name));
        Assert.Equal(["busybox-static", "web"], manifest.Packages.Select(p => p.Name));
    }

    private async Task<byte[]> UkiAsync() => _bench.Bytes((await _bench.BuildAsync(EditionBench.Small, ImageKind.Uki)).Product.Uki!);

    private static string Text(byte[] uki, string section) => Encoding.UTF8.GetString(Opened.Section(uki, section));
}
