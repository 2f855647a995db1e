using System.Text.Json;
using Strata.Core;
using Strata.Formats.Oci;
using Strata.Formats.Tar;
using Strata.Testing;

namespace Strata.Formats.Tests.Oci;

/// <summary>A layout as a folder, and what of an image's configuration is a set, a time or not said at all.</summary>
public sealed class OciLayoutFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static OciImage Image() => new()
    {
        Architecture = GuestArchitecture.Amd64,
        Name = "test:1",
        Layers = [new OciLayer(OciCompression.Gzip, Sha256Digest.Of([1, 2, 3]), 3, Sha256Digest.Of([9]), "one", () => new MemoryStream([1,
            2, 3]))],
        Entrypoint = ["/bin/tool"],
    };

    private static MemoryStream Archive(OciImage image, out OciDescriptor manifest)
    {
        MemoryStream archive = new();
        manifest = OciLayoutWriter.Write(image, archive);
        archive.Position = 0;
        return archive;
    }

    [Fact]
    public void Add_Archive_EveryBlobLiesUnderItsDigest_AndTheIndexNamesWhatWasNamed()
    {
        OciLayoutFolder layout = new(_folder["layout"]);
        Directory.CreateDirectory(layout.Path);
        layout.Add(Archive(Image(), out OciDescriptor manifest));
        string blobs = Path.Combine(layout.Path, "blobs/sha256");
        string[] names = [.. Directory.GetFiles(blobs).Select(f => Path.GetFileName(f)!)];
        Assert.Equal(3, names.Length); // layer, configuration, manifest
        Assert.All(names, n => Assert.Equal(n, Sha256Digest.Of(File.ReadAllBytes(Path.Combine(blobs, n))).ToString()));
        Assert.Contains(manifest.Digest.ToString(), names);
        Assert.False(File.Exists(Path.Combine(layout.Path, "index.json"))); // the archive's index stays there

        OciDescriptor note = layout.Add("text/plain", "note"u8);
        Assert.Equal("note"u8, File.ReadAllBytes(Path.Combine(blobs, note.Digest.ToString())));
        Assert.Equal(("text/plain", 4), (note.MediaType, note.Size));
        layout.Name("a:1", manifest);
        layout.Name("b:2", note);
        Assert.Equal("1.0.0", Parse("oci-layout").GetProperty("imageLayoutVersion").GetString());
        Assert.Equal(
            [$"a:1 sha256:{manifest.Digest} {manifest.Size}", $"b:2 sha256:{note.Digest} 4"],
            Parse("index.json").GetProperty("manifests").EnumerateArray().Select(m =>
                $"{m.GetProperty("annotations").GetProperty("org.opencontainers.image.ref.name")} {m.GetProperty("digest")} "
                    + $"{m.GetProperty("size")}"));

        JsonElement Parse(string name) => JsonDocument.Parse(File.ReadAllBytes(Path.Combine(layout.Path, name))).RootElement;
    }

    [Fact]
    public void Add_BlobWithOtherBytesThanItsName_IsRefused()
    {
        byte[] archive = Archive(Image(), out _).ToArray();
        int at = archive.AsSpan().IndexOf("\"rootfs\""u8); // in the configuration
        archive[at + 1] = (byte)'R';
        OciLayoutFolder layout = new(_folder["layout"]);
        ImageFormatException e = Assert.Throws<ImageFormatException>(() => layout.Add(new MemoryStream(archive)));
        Assert.Contains("has other bytes than its name says", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Add_GivenUp_TakesNoBlob()
    {
        OciLayoutFolder layout = new(_folder["layout"]);
        Assert.Throws<OperationCanceledException>(() => layout.Add(Archive(Image(), out _), new CancellationToken(canceled: true)));
        Assert.Empty(Directory.GetFiles(Path.Combine(layout.Path, "blobs/sha256")));
    }

    /// <summary>
    /// Docker's image configuration: sets are objects of empty objects, in the order of their keys; times are nanoseconds.
    /// </summary>
    [Fact]
    public void Write_EveryWordOfAConfiguration_IsAsEnginesReadIt()
    {
        OciImage image = Image() with
        {
            User = "1:2",
            Ports = ["80/tcp", "443/tcp", "53/udp"],
            Environment = ["B=2", "A=1"],
            Command = ["x", "y"],
            Volumes = ["/var", "/etc"],
            WorkingDirectory = "/srv",
            StopSignal = "SIGINT",
            Labels = new Dictionary<string, string> { ["z"] = "1", ["a"] = "2" },
            HealthCheck = new OciHealthCheck(["/bin/check", "-q"])
            {
                Interval = TimeSpan.FromSeconds(30), Timeout = TimeSpan.FromMilliseconds(1.5), StartPeriod = TimeSpan.Zero, Retries = 3,
            },
        };
        Assert.Equal(
            """
            {"User":"1:2","ExposedPorts":{"443/tcp":{},"53/udp":{},"80/tcp":{}},"Env":["B=2","A=1"],"Entrypoint":["/bin/tool"],
            "Cmd":["x","y"],
            "Volumes":{"/etc":{},"/var":{}},"WorkingDir":"/srv","Labels":{"a":"2","z":"1"},"StopSignal":"SIGINT",
            "Healthcheck":{"Test":["CMD","/bin/check","-q"],"Interval":30000000000,"Timeout":1500000,"StartPeriod":0,"Retries":3}}
            """.ReplaceLineEndings(""), ConfigOf(image));
        Assert.Equal("{\"Entrypoint\":[\"/bin/tool\"]}", ConfigOf(Image()));
        Assert.Equal(
            "{\"Entrypoint\":[\"/bin/tool\"],\"Healthcheck\":{\"Test\":[\"CMD\",\"c\"]}}",
                ConfigOf(Image() with { HealthCheck = new OciHealthCheck(["c"]) }));
    }

    private static string ConfigOf(OciImage image)
    {
        TarReader reader = new(Archive(image, out _));
        while (reader.Next() is TarEntry entry)
        {
            using MemoryStream bytes = new();
            reader.Content.CopyTo(bytes);
            if (entry.Name.StartsWith("blobs/", StringComparison.Ordinal) && bytes.ToArray().AsSpan().IndexOf("\"rootfs\""u8) >= 0)
            {
                return JsonSerializer.Serialize(JsonDocument.Parse(bytes.ToArray()).RootElement.GetProperty("config"));
            }
        }
        return "";
    }
}
