using System.Text;
using Strata.Core;
using Strata.Formats.Squashfs;
using Strata.Images.Building;
using Strata.Images.Manifests;
using Strata.Images.Tests.Building.Bench;
using Strata.Store.Actions;
using Strata.Testing;
using Strata.Updates.Releases;

namespace Strata.Images.Tests.Building;

/// <summary>An edition of layers, from blueprint to disk.</summary>
public sealed class LayeredEditionTests(EditionBench made) : IClassFixture<EditionBench>
{
    private readonly EditionBench _bench = made; // built once for all that only look

    [Fact]
    public async Task Build_GivesTheReleaseAndThreeObjectsOfEachLayer()
    {
        BuildResult built = await _bench.BuildAsync(EditionBench.Layered, ImageKind.Disk);
        string[] layers = ["base", "shell", "init", "web", "system"];
        Assert.Equal(
            layers.SelectMany(l => new[] { $"layers/{l}/image", $"layers/{l}/index", $"layers/{l}/manifest" })
                .Concat(["disk", "manifest", "release", "uki"]).Order(StringComparer.Ordinal),
            EditionBench.OutputsOf(built).Select(o => o.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Release_NamesTheLayersFromTheLowestToTheSystem()
    {
        BuildResult built = await _bench.BuildAsync(EditionBench.Layered, ImageKind.Disk);
        Release release = ReleaseReader.Read(_bench.Bytes(built.Product.Release!));
        Assert.Equal(("layered", "1", "amd64"), (release.Edition, release.Version, release.Architecture));
        Assert.Equal(
            ["base True <", "shell True <base", "init True <base shell", "web False <base init shell", "system True <"],
            release.Layers.Select(l => $"{l.Name} {l.IsBase} <{string.Join(' ', l.Requires)}"));
        foreach (ReleaseLayer layer in release.Layers)
        {
            ActionOutput image = built.Product.Layers.Single(o => o.Name == $"layers/{layer.Name}/image");
            Assert.Equal((image.Digest, image.Size), (layer.Image, layer.Size));
            Assert.Equal(built.Product.Layers.Single(o => o.Name == $"layers/{layer.Name}/manifest").Digest, layer.Manifest);
        }
    }

    [Fact]
    public async Task Layers_HaveTheFilesOfTheirCapability_AndTheSystemWhatIsMadeOfAll()
    {
        BuildResult built = await _bench.BuildAsync(EditionBench.Layered, ImageKind.Disk);
        Assert.Equal(EditionBench.Page, FileOf(built, "web", "/usr/share/web/page"));
        Assert.Contains("www:x:33:", Encoding.ASCII.GetString(FileOf(built, "system", "/etc/passwd")!), StringComparison.Ordinal);
        Assert.Null(FileOf(built, "system", "/usr/share/web/page"));
        Assert.Null(FileOf(built, "web", "/etc/passwd"));
        Assert.NotNull(FileOf(built, "init", "/usr/lib/modules/6.12-test/kernel/net/dummy.ko"));
    }

    [Fact]
    public async Task Initramfs_HasEarlyInitReleaseModulesAndShell_AndNothingOfTheSystem()
    {
        BuildResult built = await _bench.BuildAsync(EditionBench.Layered, ImageKind.Disk);
        byte[] uki = _bench.Bytes(built.Product.Uki!);
        Assert.Equal("quiet", Encoding.ASCII.GetString(Opened.Section(uki, ".cmdline")));
        Assert.Equal(EditionBench.KernelImage, Opened.Section(uki, ".linux"));
        (string[] arguments, Dictionary<string, byte[]> files) = Opened.Initramfs(Opened.Section(uki, ".initrd"));
        Assert.Equal("--x86", arguments[0]);
        Assert.Equal(_bench.EarlyInit, files["init"]);
        Assert.Equal(_bench.Bytes(built.Product.Release!), files["strata/release.json"]);
        Assert.Equal("program\0", Encoding.ASCII.GetString(files["bin/busybox"])[..8]);
        Assert.Equal(
            "/strata/lib/dm_mod.ko\n/strata/lib/dm_verity.ko\n/strata/lib/squashfs.ko\n", // loop and overlay are built in
            Encoding.ASCII.GetString(files["strata/modules"]));
        Assert.Equal(TinyElf.Module("depends=dm-mod"), files["strata/lib/dm_verity.ko"]);
        Assert.DoesNotContain(files.Keys, f => f.StartsWith("usr", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Disk_HasTheBootableFile_AndAVolumeWithTheReleaseAndWhatItNames()
    {
        BuildResult built = await _bench.BuildAsync(EditionBench.Layered, ImageKind.Disk);
        byte[] disk = _bench.Bytes(built[ImageKind.Disk].File);
        Assert.Equal(["ESP esp", $"STRATA {Medium.PartitionType}"], Opened.Partitions(disk));
        KeyValuePair<string, byte[]> program = Assert.Single(Opened.Partition(disk, "ESP"));
        Assert.Equal("/EFI/BOOT/BOOTX64.EFI", program.Key);
        Assert.Equal(_bench.Bytes(built.Product.Uki!), program.Value);
        AssertHasTheRelease(built, Opened.Partition(disk, "STRATA"));
    }

    [Fact]
    public async Task Manifest_HasSharesThatAreInTheLayers()
    {
        BuildResult built = await _bench.BuildAsync(EditionBench.Layered, ImageKind.Disk);
        using Stream json = _bench.Store.OpenRead(built.Manifest.Digest);
        BuildManifest manifest = BuildManifest.FromJson(json);
        long images = built.Product.Layers.Where(o => o.Name.EndsWith("/image", StringComparison.Ordinal)).Sum(o => o.Size);
        long web = built.Product.Layers.Single(o => o.Name == "layers/web/image").Size;
        ManifestEntry page = Assert.Single(manifest.Entries, e => e.Path == "/usr/share/web/page");
        Assert.InRange(page.Share, web * 8 / 10, web); // the rest are tables, padding and digests
        Assert.InRange(manifest.Entries.Sum(e => e.Share), page.Share + 1, images);
        Assert.Equal(built.Product.Uki!.Size, manifest.UkiBytes);
    }

    [Fact]
    public async Task Iso_HasTheSameFilesAsTheDisk()
    {
        BuildResult built = await _bench.BuildAsync(EditionBench.Layered, ImageKind.Iso);
        Dictionary<string, byte[]> files = Opened.Iso(_bench.Bytes(built[ImageKind.Iso].File));
        Assert.Equal(_bench.Bytes(built.Product.Uki!), files["/EFI/BOOT/BOOTX64.EFI"]);
        string message = Encoding.ASCII.GetString(files["/isolinux/boot.msg"]);
        Assert.Contains("The layered one 1", message, StringComparison.Ordinal);
        string[] layers = [.. files.Keys.Where(f => f.StartsWith("/strata/", StringComparison.Ordinal) || f == "/release.json")];
        AssertHasTheRelease(built, layers.ToDictionary(l => l, l => files[l]));
    }

    [Fact]
    public async Task TwoEditions_ShareTheLayersTheyHaveInCommon()
    {
        using EditionBench bench = new();
        BuildResult one = await bench.BuildAsync(EditionBench.Layered, ImageKind.Disk);
        int packed = bench.StepsDone()["layer"];
        BuildResult other = await bench.BuildAsync(EditionBench.Wide, ImageKind.Disk);
        Assert.Equal(packed + 2, bench.StepsDone()["layer"]); // notes, and the system of the other
        Assert.All(
            ["base", "shell", "init", "web"],
            l => Assert.Equal(
                one.Product.Layers.Single(o => o.Name == $"layers/{l}/manifest"),
                other.Product.Layers.Single(o => o.Name == $"layers/{l}/manifest")));
        Assert.NotEqual(
            one.Product.Layers.Single(o => o.Name == "layers/system/manifest"),
            other.Product.Layers.Single(o => o.Name == "layers/system/manifest"));
    }

    private static void AssertNamed(Dictionary<string, byte[]> files, Sha256Digest digest) =>
        Assert.Equal(digest, Sha256Digest.Of(files["/" + Medium.PathOf(digest)]));

    private void AssertHasTheRelease(BuildResult built, Dictionary<string, byte[]> files)
    {
        Assert.Equal(_bench.Bytes(built.Product.Release!), files["/release.json"]);
        ActionOutput[] objects = [.. EditionBench.OutputsOf(built).Where(o => o.Name.StartsWith("layers/", StringComparison.Ordinal))];
        Assert.All(objects, o => AssertNamed(files, o.Digest));
        Assert.Equal(objects.DistinctBy(o => o.Digest).Count() + 1, files.Count); // nothing else
    }

    private byte[]? FileOf(BuildResult built, string layer, string path)
    {
        using FileStream image = _bench.Store.OpenRead(built.Product.Layers.Single(o => o.Name == $"layers/{layer}/image").Digest);
        using SquashfsReader reader = new(image);
        if (!reader.TryFind(GuestPath.Parse(path), out SquashfsInode inode))
        {
            return null;
        }
        using Stream content = reader.OpenFile(inode);
        using MemoryStream bytes = new();
        content.CopyTo(bytes);
        return bytes.ToArray();
    }
}
