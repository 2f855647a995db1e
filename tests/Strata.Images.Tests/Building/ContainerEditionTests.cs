using System.Text;
using System.Text.Json;
using Strata.Core;
using Strata.Images.Building;
using Strata.Images.Manifests;
using Strata.Images.Tests.Building.Bench;

namespace Strata.Images.Tests.Building;

/// <summary>An edition as a container image.</summary>
public sealed class ContainerEditionTests(EditionBench made) : IClassFixture<EditionBench>
{
    private readonly EditionBench _bench = made; // built once for all that only look

    [Fact]
    public async Task Build_GivesArchiveAndManifest()
    {
        BuildResult built = await _bench.BuildAsync(EditionBench.Box, ImageKind.Oci);
        Assert.Equal(["manifest", "oci"], EditionBench.OutputsOf(built).Select(o => o.Name).Order(StringComparer.Ordinal));
        using Stream json = _bench.Store.OpenRead(built.Manifest.Digest);
        BuildManifest manifest = BuildManifest.FromJson(json);
        Assert.Equal((built[ImageKind.Oci].Size, 0L, ""), (manifest.ContainerBytes, manifest.KernelBytes, manifest.Kernel));
    }

    [Fact]
    public async Task Archive_IsAnImageLayout_WhoseDigestsHoldAndWhoseConfigIsTheBlueprints()
    {
        (Dictionary<string, byte[]> files, JsonElement manifest) = await OpenAsync(_bench, EditionBench.Box);
        Assert.Equal("box:1", Index(files).GetProperty("annotations").GetProperty("org.opencontainers.image.ref.name").GetString());
        JsonElement config = Json(Blob(files, manifest.GetProperty("config")));
        Assert.Equal(("amd64", "linux"), (config.GetProperty("architecture").GetString(), config.GetProperty("os").GetString()));
        JsonElement settings = config.GetProperty("config");
        Assert.Equal("/bin/sh", Assert.Single(settings.GetProperty("Cmd").EnumerateArray()).GetString());
        Assert.Equal("33", settings.GetProperty("User").GetString());
        Assert.Equal(
            [
                "org.opencontainers.image.description=made", "org.opencontainers.image.title=The box one",
                "org.opencontainers.image.version=1",
            ],
            settings.GetProperty("Labels").EnumerateObject().Select(l => $"{l.Name}={l.Value}").Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("gzip", "-9 --no-name --stdout")]
    [InlineData("zstd", "-19 --stdout --quiet --threads=1 --no-progress -")]
    public async Task Layers_AreTheCapabilitiesAndTheSystem_PackedAsTheBlueprintSays(string compression, string arguments)
    {
        using EditionBench bench = new();
        bench.Edit("container: {", $"container: {{compression: {compression}, ");
        (Dictionary<string, byte[]> files, JsonElement manifest) = await OpenAsync(bench, EditionBench.Box);
        JsonElement config = Json(Blob(files, manifest.GetProperty("config")));
        JsonElement[] layers = [.. manifest.GetProperty("layers").EnumerateArray()];
        Assert.Equal(
            ["strata: base", "strata: shell", "strata: notes", "strata: system"],
            config.GetProperty("history").EnumerateArray().Select(h => h.GetProperty("created_by").GetString()));
        string[] plain = [.. config.GetProperty("rootfs").GetProperty("diff_ids").EnumerateArray().Select(d => d.GetString()!)];
        string prefix = string.Concat(arguments.Split(' ').Select(a => a + '\0'));
        List<Dictionary<string, byte[]>> trees = [];
        foreach ((JsonElement layer, string id) in layers.Zip(plain))
        {
            byte[] blob = Blob(files, layer);
            Assert.Equal(prefix, Encoding.ASCII.GetString(blob, 0, prefix.Length));
            byte[] tar = blob[prefix.Length..]; // the stand-in says its arguments and copies
            Assert.Equal(id, "sha256:" + Sha256Digest.Of(tar));
            Assert.EndsWith(compression, layer.GetProperty("mediaType").GetString(), StringComparison.Ordinal);
            trees.Add(Opened.Tar(tar));
        }
        Assert.Equal(4, trees.Count);
        byte[] page = trees[2].Single(f => f.Key.EndsWith("usr/share/notes/page", StringComparison.Ordinal)).Value;
        Assert.Equal("notes", Encoding.ASCII.GetString(page));
        Assert.Contains(trees[3], f => f.Key.EndsWith("etc/passwd", StringComparison.Ordinal));
    }

    [Fact]
    public async Task EditionWithAKernel_IsAContainerWithoutIt()
    {
        (Dictionary<string, byte[]> files, JsonElement manifest) = await OpenAsync(_bench, EditionBench.Small);
        int skip = "-9\0--no-name\0--stdout\0".Length;
        string[] names = [.. manifest.GetProperty("layers").EnumerateArray().SelectMany(l => Opened.Tar(Blob(files, l)[skip..]).Keys)];
        Assert.Contains(names, n => n.EndsWith("usr/bin/web", StringComparison.Ordinal));
        Assert.DoesNotContain(names, n => n.Contains("vmlinuz", StringComparison.Ordinal));
    }

    private static async Task<(Dictionary<string, byte[]> Files, JsonElement Manifest)> OpenAsync(EditionBench bench, string edition)
    {
        BuildResult built = await bench.BuildAsync(edition, ImageKind.Oci);
        Dictionary<string, byte[]> files = Opened.Tar(bench.Bytes(built[ImageKind.Oci].File));
        return (files, Json(Blob(files, Index(files))));
    }

    private static JsonElement Index(Dictionary<string, byte[]> files) => Json(files["index.json"]).GetProperty("manifests")[0];

    private static byte[] Blob(Dictionary<string, byte[]> files, JsonElement descriptor)
    {
        string digest = descriptor.GetProperty("digest").GetString()!["sha256:".Length..];
        byte[] blob = files["blobs/sha256/" + digest];
        Assert.Equal(digest, Sha256Digest.Of(blob).ToString());
        Assert.Equal(descriptor.GetProperty("size").GetInt64(), blob.Length);
        return blob;
    }

    private static JsonElement Json(byte[] text) => JsonDocument.Parse(text).RootElement;
}
