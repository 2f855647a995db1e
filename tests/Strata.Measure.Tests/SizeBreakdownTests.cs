using Strata.Images.Manifests;
using Strata.Measure.Reports;
using Strata.Measure.Sizes;
using Strata.Updates.Layers;

namespace Strata.Measure.Tests;

/// <summary>From the manifest of a build to its numbers: every byte is counted, and once.</summary>
public class SizeBreakdownTests
{
    private static readonly BuildManifest s_manifest = new()
    {
        Format = BuildManifest.CurrentFormat, Edition = "e", Version = "1", Architecture = "amd64", Kernel = "6.12",
        KernelBytes = 1000, InitramfsBytes = 400, UkiBytes = 1500, ContainerBytes = 0,
        Capabilities = [new("late", "", null), new("early", "", null)],
        Packages = [new("a", "1.0", "", null, null), new("b", "2.0", "", null, null)],
        Entries =
        [
            Entry("/f", "file", 4096, 100, "early", "b", "x"), Entry("/g", "file", 1, 200, "late", "a", "y"), Entry("/h", "file", 0, 0,
                "late", "a", "y"),
            Entry("/empty", "file", 0, 0, "late", "a", "e"), Entry("/d", "dir", 0, 5, "late", "a"), Entry("/l", "link", 0, 5, "late", "a"),
                Entry("/dev", "special", 0, 0, null, null),
            Entry("/made", "file", 4097, 90, null, null, "z"), Entry("/other", "file", 10, 0, "unknown", null, "w"),
        ],
        Ledger = [],
    };

    [Fact]
    public void DownloadOf_Initramfs_IsKernelStubAndCapabilitiesInTheirOrder()
    {
        DownloadNumbers numbers = SizeBreakdown.DownloadOf(s_manifest, 9000, []);
        Assert.Equal(
            [
                "kernel kernel 1000 True", "boot stub stub 100 True", "late capability 210 False", "early capability 100 False",
                    "unknown capability 0 False",
                "the build itself capability 90 False",
            ],
            numbers.Parts.Select(p => $"{p.Name} {p.Kind} {p.Packed} {p.IsExact}"));
        Assert.Equal((1500L, 9000L), (numbers.Bytes, numbers.ImageBytes)); // a disk is mostly empty room
        SizePackage package = Assert.Single(numbers.Parts[2].Packages);
        Assert.Equal(("a", "1.0", 210L, 1L, 5), (package.Name, package.Version, package.Packed, package.Plain, package.Names));
        Assert.Equal([new SizeFile("/g", 200, 1)], package.Files); // those with content of their own
        SizePackage made = Assert.Single(numbers.Parts[5].Packages);
        Assert.Equal((SizePackage.Made, "", 2), (made.Name, made.Version, made.Names));
    }

    [Theory]
    [InlineData(1501, 1501, "boot loaders and file systems rest 1")]
    [InlineData(1500, 1500, null)]
    [InlineData(1400, 1500, null)] // the parts are what they are
    public void DownloadOf_WholeImage_CountsWhatIsBesideThem(int image, int bytes, string? rest)
    {
        DownloadNumbers numbers = SizeBreakdown.DownloadOf(s_manifest, image, [], isWhole: true);
        Assert.Equal(bytes, numbers.Bytes);
        Assert.Equal(rest, numbers.Parts[^1] is { Kind: "rest" } part ? $"{part.Name} {part.Kind} {part.Packed}" : null);
    }

    [Fact]
    public void DownloadOf_Container_HasNoKernelAndItsHeaders()
    {
        DownloadNumbers numbers = SizeBreakdown.DownloadOf(s_manifest with { ContainerBytes = 1000 }, 1000, []);
        Assert.DoesNotContain(numbers.Parts, p => p.Kind is "kernel" or "stub");
        Assert.Equal(("headers of the archive", 600L, true), (numbers.Parts[^1].Name, numbers.Parts[^1].Packed, numbers.Parts[^1].IsExact));
        Assert.Equal(1000, numbers.Bytes);
    }

    [Fact]
    public void DownloadOf_Layers_AreEachThatLargeWithWhatIsNoFile()
    {
        Dictionary<string, long> packed = new() { ["/g"] = 50, ["/f"] = 60, ["/h"] = 0, ["/whiteout"] = 0 };
        DownloadNumbers numbers = SizeBreakdown.DownloadOf(s_manifest, 0, [(Layer("base", 300), packed)]);
        Assert.Equal(["kernel 1000", "stub 100", "init 400", "layer 300"], numbers.Parts.Select(p => $"{p.Kind} {p.Packed}"));
        Assert.True(numbers.Parts[3].IsExact);
        Assert.Equal(
            ["b 2.5 60 4096 1", "a  50 1 2", "(metadata and hash tree)  190 0 0"], // versions are the layer's
            numbers.Parts[3].Packages.Select(p => $"{p.Name} {p.Version} {p.Packed} {p.Plain} {p.Names}"));
    }

    [Fact]
    public void DownloadOf_EqualSizes_AreSortedByName()
    {
        BuildManifest manifest = s_manifest with
        {
            Capabilities = [new("c", "", null)],
            Entries =
            [
                Entry("/2", "file", 1, 5, "c", "b", "x"), Entry("/1", "file", 1, 5, "c", "b", "x"), Entry("/3", "file", 1, 6, "c", "b",
                    "x"),
                Entry("/4", "file", 1, 16, "c", "a", "x"), Entry("/5", "file", 1, 20, "c", null, "x"),
            ],
        };
        IReadOnlyList<SizePackage> packages = SizeBreakdown.DownloadOf(manifest, 0, []).Parts[2].Packages;
        Assert.Equal([SizePackage.Made, "a", "b"], packages.Select(p => p.Name));
        Assert.Equal(["/3", "/1", "/2"], packages[2].Files.Select(f => f.Path));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(4095, 1)]
    [InlineData(4096, 1)]
    [InlineData(4097, 2)]
    [InlineData(8192, 2)]
    public void InstalledOf_File_TakesWholePages(int size, int pages)
    {
        BuildManifest manifest = s_manifest with { Entries = [Entry("/f", "file", size, 0, "c", "a", "x"), Entry("/d", "dir", 4096, 0, "c",
            "a"), Entry("/l", "link", 9, 0, "c", "a")] };
        InstalledNumbers numbers = SizeBreakdown.InstalledOf(manifest, []);
        Assert.Equal((pages * 4096L, "memory in pages of 4 KiB"), (numbers.OnDisk, numbers.OnDiskMeans));
    }

    [Fact]
    public void InstalledOf_Entries_AreCountedByKindAndNamesOfOneFileOnce()
    {
        InstalledNumbers numbers = SizeBreakdown.InstalledOf(s_manifest, []);
        // /h is another name of /g, /empty is a file of its own, and so is the device
        Assert.Equal((6, 1, 1, 8), (numbers.Files, numbers.Directories, numbers.Links, numbers.Inodes));
        Assert.Equal(4096 + 1 + 4097 + 10, numbers.Bytes);
        Assert.Equal((1 + 1 + 2 + 1) * 4096, numbers.OnDisk);
        Assert.Equal("blocks of 4 KiB", SizeBreakdown.InstalledOf(s_manifest with { ContainerBytes = 1 }, []).OnDiskMeans);
        InstalledNumbers layered = SizeBreakdown.InstalledOf(s_manifest, [Layer("a", 300), Layer("b", 20)]);
        Assert.Equal((320L, "layer images"), (layered.OnDisk, layered.OnDiskMeans));
    }

    [Theory]
    [InlineData(SizeTree.MostFiles, SizeTree.MostFiles, null)]
    [InlineData(SizeTree.MostFiles + 1, SizeTree.MostFiles - 1, "2 smaller files")]
    public void TreeToJson_MoreFilesThanStandForThemselves_AreTogether(int files, int shown, string? rest)
    {
        SizeFile[] all = [.. Enumerable.Range(0, files).Select(i => new SizeFile($"/f{i}", files - i, 4))];
        SizePackage package = new("p", "1", all.Sum(f => f.Packed), all.Sum(f => f.Plain), files, all);
        using System.Text.Json.JsonDocument json = System.Text.Json.JsonDocument.Parse(
            SizeTree.ToJson("e", new DownloadNumbers(0, 0, [new SizePart("c", "capability", package.Packed, false, [package])])));
        System.Text.Json.JsonElement part = json.RootElement[3][0];
        Assert.Equal(("c", "capability, estimated"), (part[0].GetString(), part[4].GetString()));
        System.Text.Json.JsonElement leaves = part[3][0][3];
        Assert.Equal(shown + (rest is null ? 0 : 1), leaves.GetArrayLength());
        Assert.Equal(rest, leaves[leaves.GetArrayLength() - 1][0].GetString() is string name && name.StartsWith('/') ? null
            : leaves[leaves.GetArrayLength() - 1][0].GetString());
        Assert.Equal(package.Packed, leaves.EnumerateArray().Sum(l => l[1].GetInt64()));
        Assert.Equal(package.Plain, leaves.EnumerateArray().Sum(l => l[2].GetInt64()));
    }

    [Theory]
    [InlineData(100, 10, 0, "/f 100 10")]
    [InlineData(100, 10, 3, "/f 100 10|the rest 3 0")]
    [InlineData(0, 10, 0, "/f 0 10")]
    public void TreeToJson_PackageWithMoreThanItsFiles_HasTheRest(int packed, int plain, int more, string leaves)
    {
        SizePackage package = new("p", "", packed + more, plain, 1, [new SizeFile("/f", packed, plain)]);
        using System.Text.Json.JsonDocument json = System.Text.Json.JsonDocument.Parse(
            SizeTree.ToJson("e", new DownloadNumbers(0, 0, [new SizePart("c", "layer", package.Packed, true, [package])])));
        Assert.Equal(leaves, string.Join('|', json.RootElement[3][0][3][0][3].EnumerateArray().Select(l =>
            $"{l[0].GetString()} {l[1].GetInt64()} {l[2].GetInt64()}")));
        Assert.Equal(4, json.RootElement[3][0][3][0].GetArrayLength()); // no version: no note
        Assert.Equal("layer", json.RootElement[3][0][4].GetString());
    }

    private static ManifestEntry Entry(string path, string type, long size, long share, string? capability, string? package,
        string? digest = null) =>
        new(path, type, "0644", "0:0", size, share, digest, null, capability, package, "test");

    private static StoredLayer Layer(string name, long size) => new(default, new LayerManifest
    {
        Name = name, Architecture = "amd64", Requires = [], Provides = [], Packages = [new LayerPackage("b", "2.5", default, 1, 1, [])],
            Effects = [], Entries = 1, PlainBytes = 1,
        Codec = "zstd", BlockSize = 131072, Image = default, Size = size, Data = 1, Root = default, Salt = "", BlockIndex = default,
    });
}
