using Strata.Core;
using Strata.Editions.Testing;
using Strata.Images.Building;
using Strata.Machines;

namespace Strata.Editions.Tests.Testing;

public class EditionTestsTests
{
    [Fact]
    public async Task ImagesAsync_TestsOfOneImage_ShareItAndWhatNobodyBootsIsNotMade()
    {
        using Bench bench = new();
        bench.Write("one/tests.yaml", Tests("cd, machine: {image: iso}", "stick, machine: {image: iso}", "disk, machine: {image: disk}"));
        Dictionary<ImageKind, BootMedium> images = await ImagesAsync(bench);
        Assert.Equal([ImageKind.Iso, ImageKind.Disk], bench.Builder.Added);
        Assert.Equal([ImageKind.Iso, ImageKind.Disk], images.Keys);
        Assert.Equal("iso first", await File.ReadAllTextAsync(Assert.IsType<BootMedium.Iso>(images[ImageKind.Iso]).Path));
        Assert.Equal("disk first", await File.ReadAllTextAsync(Assert.IsType<BootMedium.Disk>(images[ImageKind.Disk]).Path));
    }

    [Fact]
    public async Task ImagesAsync_TestFromTheNetwork_GetsTheFilesByTheirNames()
    {
        using Bench bench = new();
        bench.Write("one/tests.yaml", Tests("net, machine: {image: pxe}"));
        BootMedium.Net net = Assert.IsType<BootMedium.Net>((await ImagesAsync(bench))[ImageKind.Pxe]);
        Assert.Equal([ImageKind.Pxe], bench.Builder.Added);
        Assert.Equal(["SHA256SUMS", "boot.ipxe", "vmlinuz"], net.Served.Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(null, false, "quick")]
    [InlineData(null, true, "quick slow")]
    [InlineData("slow", false, "slow")]
    public void Choose_TakesWhatWasAskedFor(string? only, bool all, string expected)
    {
        using Bench bench = new();
        bench.Write("one/tests.yaml", Tests("quick", "slow, slow: true"));
        Assert.Equal(expected, string.Join(' ', EditionTests.Choose(bench["one"], only, all).Select(t => t.Name)));
    }

    [Fact]
    public void Choose_NothingToRun_SaysWhy()
    {
        using Bench bench = new();
        string folder = bench["one"];
        Assert.Equal($"cannot test the edition in {folder}: there is no tests.yaml", Fails(folder, only: null));
        bench.Write("one/tests.yaml", Tests("boots, slow: true"));
        Assert.Equal($"cannot test the edition in {folder}: all tests in tests.yaml are slow", Fails(folder, only: null));
        Assert.StartsWith($"cannot find test 'bots' in {Path.Combine(folder, "tests.yaml")}", Fails(folder, only: "bots"),
            StringComparison.Ordinal);
    }

    // the stand-in for a builder makes no archive, which whoever reads it says
    [Fact]
    public async Task ServedImagesAsync_FolderOfAnEdition_IsBuiltAsAContainerImage()
    {
        using Bench bench = new();
        bench.Write("one/tests.yaml", """
            format: 1
            tests: [{name: t, ready: r, wires: {w: {host: {address: 10.0.2.2, images: {app:1: ../one} } } } }]
            """);
        List<ImageKind> kinds = [];
        bench.Builder.Before = (_, kind) => kinds.Add(kind);
        StrataException e = await Assert.ThrowsAsync<StrataException>(() => bench.Tests().ServedImagesAsync(
            bench.Blueprint(), EditionTests.Choose(bench["one"], only: null, all: false), locked: false, CancellationToken.None));
        Assert.StartsWith("cannot serve the container image ../one: tar at byte 0", e.Message, StringComparison.Ordinal);
        Assert.Equal([ImageKind.Oci], kinds);
    }

    private static string Fails(string folder, string? only) =>
        Assert.Throws<StrataException>(() => EditionTests.Choose(folder, only, all: false)).Message;

    private static async Task<Dictionary<ImageKind, BootMedium>> ImagesAsync(Bench bench)
    {
        BuildResult built = await bench.Builds().BuildAsync(
            bench.Blueprint(), locked: false, ImageKind.Disk, results: null, CancellationToken.None);
        return await bench.Tests().ImagesAsync(built, EditionTests.Choose(bench["one"], only: null, all: false), CancellationToken.None);
    }

    private static string Tests(params string[] tests) =>
        "format: 1\ntests:\n" + string.Concat(tests.Select(t => $"  - {{name: {t}, ready: up, steps: [{{run: id}}]}}\n"));
}
