using System.IO.Compression;
using System.Text.Json;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Oci;
using Strata.Formats.Tar;
using Strata.Formats.Tests.Squashfs;
using Strata.Testing;

namespace Strata.Formats.Tests.Oci;

/// <summary>Judged by skopeo, umoci and crun.</summary>
public sealed class OciLayoutWriterTests : IDisposable
{
    private static readonly Origin s_origin = new("test", null, "test");
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableTheory]
    [InlineData(OciCompression.Gzip)]
    [InlineData(OciCompression.Zstd)]
    public void Write_TwoLayers_SkopeoTellsWhatWasSaid(OciCompression compression)
    {
        OciImage image = Image([Layer("one", Tree("/etc/one", "1"), compression), Layer("two", Tree("/etc/two", "2"), compression)]);
        Sha256Digest digest = WriteArchive(image);

        using JsonDocument told = Json("skopeo", "inspect", "--config", "--raw", "oci-archive:" + _folder["image.tar"]);
        JsonElement config = told.RootElement.GetProperty("config");
        Assert.Equal("amd64", told.RootElement.GetProperty("architecture").GetString());
        Assert.Equal(["/bin/tool", "--flag"], config.GetProperty("Entrypoint").EnumerateArray().Select(e => e.GetString()));
        Assert.Equal(["A=1"], config.GetProperty("Env").EnumerateArray().Select(e => e.GetString()));
        Assert.Equal("65532:65532", config.GetProperty("User").GetString());
        Assert.False(config.TryGetProperty("Cmd", out _));

        using JsonDocument inspected = Json("skopeo", "inspect", "oci-archive:" + _folder["image.tar"]);
        Assert.Equal("sha256:" + digest, inspected.RootElement.GetProperty("Digest").GetString());
        Assert.Equal(image.Layers.Select(l => "sha256:" + l.Digest), inspected.RootElement.GetProperty("Layers").EnumerateArray().Select(e => e.GetString()));
        Assert.Equal("A test", inspected.RootElement.GetProperty("Labels").GetProperty("org.opencontainers.image.title").GetString());
    }

    [SkippableTheory]
    [InlineData(OciCompression.Gzip)]
    [InlineData(OciCompression.Zstd)]
    public void Write_Layers_SkopeoCopiesThemWithEveryDigestChecked(OciCompression compression)
    {
        WriteArchive(Image([Layer("one", new RandomTree(5, 4096, 100).Tree, compression)]));
        (int exitCode, string said) = Oracle.Run("skopeo", "--insecure-policy", "copy", "oci-archive:" + _folder["image.tar"], "dir:" + _folder["copy"]);
        Assert.True(exitCode == 0, said);
    }

    [SkippableFact]
    public void Write_Layers_UmociUnpacksThemOnTopOfEachOther()
    {
        Skip.IfNot(Environment.IsPrivilegedProcess, "owners and devices can only be extracted by root");
        FileTree lower = Tree("/etc/name", "lower");
        lower.Add(GuestPath.Parse("/bin"), new SymlinkNode { Permissions = Modes.Link, Target = "usr/bin" }, s_origin);
        FileNode twice = new() { Permissions = 0x9ED, Uid = 3, Gid = 42, Content = InlineContent.FromText("twice") };
        lower.Add(GuestPath.Parse("/usr/bin/a"), twice, s_origin);
        lower.Add(GuestPath.Parse("/usr/bin/b"), twice, s_origin);
        WriteArchive(Image([Layer("lower", lower, OciCompression.Gzip), Layer("upper", Tree("/etc/name", "upper"), OciCompression.Gzip)]));
        Directory.CreateDirectory(_folder["layout"]);
        Assert.Equal(0, Oracle.Run("tar", "-xf", _folder["image.tar"], "-C", _folder["layout"]).ExitCode);

        (int exitCode, string said) = Oracle.Run("umoci", "unpack", "--image", _folder["layout"] + ":test:1", _folder["bundle"]);

        Assert.True(exitCode == 0, said);
        lower.Replace(GuestPath.Parse("/etc/name"), new FileNode { Permissions = Modes.File, Content = InlineContent.FromText("upper") }, s_origin);
        Assert.Equal(Lines.Of(lower), Lines.OfFolder(_folder["bundle/rootfs"]));
    }

    [Fact]
    public void Write_SameImageTwice_GivesTheSameBytes()
    {
        OciImage image = Image([Layer("one", Tree("/etc/one", "1"), OciCompression.Gzip)]);
        using MemoryStream first = new();
        using MemoryStream second = new();
        Assert.Equal(OciLayoutWriter.Write(image, first), OciLayoutWriter.Write(image with { Labels = image.Labels.Reverse().ToDictionary() }, second));
        Assert.Equal(first.ToArray(), second.ToArray());
    }

    [Fact]
    public void Write_LayerShorterThanItSays_IsRefused()
    {
        OciLayer layer = Layer("one", Tree("/a", "1"), OciCompression.Gzip);
        Assert.Throws<ArgumentException>(() => OciLayoutWriter.Write(Image([layer with { Size = layer.Size + 1 }]), new MemoryStream()));
    }

    // image-spec, config.md and image-index.md: both name the processor and its variant, and engines choose by the index
    [Theory]
    [InlineData("amd64", null)]
    [InlineData("arm64", "v8")]
    public void Write_EachProcessor_IsNamedInConfigAndIndexAlike(string name, string? variant)
    {
        using MemoryStream archive = new();
        OciImage image = Image([Layer("one", Tree("/a", "1"), OciCompression.Gzip)]) with { Architecture = GuestArchitecture.Named(name) };
        OciLayoutWriter.Write(image, archive);
        archive.Position = 0;
        Dictionary<string, byte[]> files = [];
        TarReader reader = new(archive);
        while (reader.Next() is TarEntry entry)
        {
            using MemoryStream bytes = new();
            reader.Content.CopyTo(bytes);
            files.Add(entry.Name, bytes.ToArray());
        }
        JsonElement listed = JsonDocument.Parse(files["index.json"]).RootElement.GetProperty("manifests")[0];
        JsonElement config = Blob(Blob(listed).GetProperty("config"));
        foreach (JsonElement platform in new[] { listed.GetProperty("platform"), config })
        {
            Assert.Equal((name, "linux"), (platform.GetProperty("architecture").GetString(), platform.GetProperty("os").GetString()));
            Assert.Equal(variant, platform.TryGetProperty("variant", out JsonElement told) ? told.GetString() : null);
        }

        JsonElement Blob(JsonElement descriptor) => JsonDocument.Parse(
            files["blobs/sha256/" + descriptor.GetProperty("digest").GetString()!["sha256:".Length..]]).RootElement;
    }

    private static FileTree Tree(string path, string content)
    {
        FileTree tree = new();
        tree.Add(GuestPath.Parse(path), new FileNode { Permissions = Modes.File, Content = InlineContent.FromText(content) }, s_origin);
        return tree;
    }

    private static OciImage Image(IReadOnlyList<OciLayer> layers) => new()
    {
        Architecture = GuestArchitecture.Amd64,
        Name = "test:1",
        Layers = layers,
        Entrypoint = ["/bin/tool", "--flag"],
        Environment = ["A=1"],
        User = "65532:65532",
        Labels = new Dictionary<string, string> { ["org.opencontainers.image.title"] = "A test", ["org.opencontainers.image.version"] = "1" },
    };

    private OciLayer Layer(string name, FileTree tree, OciCompression compression)
    {
        foreach (TreeEntry socket in tree.Entries.Where(e => e.Node is SpecialNode { Kind: SpecialKind.Socket }).ToList())
        {
            tree.Remove(socket.Path);
        }
        string plain = _folder[name + ".tar"];
        using (FileStream file = File.Create(plain))
        using (Contents contents = new())
        {
            TreeTarWriter.Write(tree, contents, file);
        }
        string packed = plain + ".packed";
        if (compression == OciCompression.Zstd)
        {
            (int exitCode, string said) = Oracle.Run("zstd", "-q", "-f", "-o", packed, plain);
            Assert.True(exitCode == 0, said);
        }
        else
        {
            using GZipStream gzip = new(File.Create(packed), CompressionLevel.Optimal);
            gzip.Write(File.ReadAllBytes(plain));
        }
        byte[] bytes = File.ReadAllBytes(packed);
        return new OciLayer(compression, Sha256Digest.Of(bytes), bytes.Length, Sha256Digest.Of(File.ReadAllBytes(plain)), name, () => new MemoryStream(bytes));
    }

    private Sha256Digest WriteArchive(OciImage image)
    {
        using FileStream file = File.Create(_folder["image.tar"]);
        return OciLayoutWriter.Write(image, file).Digest;
    }

    private static JsonDocument Json(string program, params string[] arguments)
    {
        (int exitCode, string said) = Oracle.Run(program, arguments);
        Assert.True(exitCode == 0, said);
        return JsonDocument.Parse(said);
    }
}
