using System.Text.Json;
using Strata.Core;
using Strata.Editions.Testing;
using Strata.Formats.Oci;
using Strata.Machines;
using Strata.Machines.Testing;
using Strata.Testing;

namespace Strata.Editions.Tests.Testing;

/// <summary>Container images that the host of a wire serves, judged by skopeo through a port of loopback.</summary>
public sealed class ContainerArchiveTests : IDisposable
{
    private const string Name = "tools/app";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public async Task Open_Archive_SkopeoInspectsAndCopiesItWithEveryDigestChecked()
    {
        OciDescriptor manifest = WriteArchive();
        await using FileServer server = Serve();
        string reference = $"docker://127.0.0.1:{server.Port}/{Name}";

        (int exitCode, string said) = Oracle.Run("skopeo", "inspect", "--tls-verify=false", reference + ":1");
        Assert.True(exitCode == 0, said);
        using JsonDocument told = JsonDocument.Parse(said);
        Assert.Equal("sha256:" + manifest.Digest, told.RootElement.GetProperty("Digest").GetString());
        Assert.Equal(["1", "latest"], told.RootElement.GetProperty("RepoTags").EnumerateArray().Select(t => t.GetString()));

        Directory.CreateDirectory(_folder["copy"]);
        (exitCode, said) = Oracle.Run(
            "skopeo", "--insecure-policy", "copy", "--src-tls-verify=false", $"{reference}@sha256:{manifest.Digest}",
            "dir:" + _folder["copy"]);
        Assert.True(exitCode == 0, said);
        Assert.Equal(manifest.Digest, Sha256Digest.Of(await File.ReadAllBytesAsync(_folder["copy/manifest.json"])));

        (exitCode, said) = Oracle.Run("skopeo", "inspect", "--tls-verify=false", reference + ":2");
        Assert.NotEqual(0, exitCode);
        Assert.Contains("404", said, StringComparison.Ordinal);
        (exitCode, _) = Oracle.Run(
            "skopeo", "--insecure-policy", "copy", "--dest-tls-verify=false", "dir:" + _folder["copy"], reference + ":3");
        Assert.NotEqual(0, exitCode);
    }

    [Theory]
    [InlineData("image.tar", "cannot serve the container image ../image.tar: Could not find file")]
    [InlineData("text.tar", "cannot serve the container image ../image.tar: tar at byte 0")]
    public void Open_NoArchive_IsTold(string file, string message)
    {
        File.WriteAllText(_folder["text.tar"], new string('x', 1024));
        StrataException e = Assert.Throws<StrataException>(
            () => ContainerArchive.Open(_folder[file], "../image.tar", CancellationToken.None));
        Assert.StartsWith(message, e.Message, StringComparison.Ordinal);
        Assert.Contains("OCI image layout in a tar file", e.Hint, StringComparison.Ordinal);
    }

    private FileServer Serve()
    {
        ServedImage image = ContainerArchive.Open(_folder["image.tar"], "image.tar", CancellationToken.None);
        int kept = 0;
        return new FileServer(RegistryFiles.Of([($"{Name}:1", image), ($"{Name}:latest", image)], text =>
        {
            string path = _folder[$"text{kept++}"];
            File.WriteAllText(path, text);
            return path;
        }));
    }

    private OciDescriptor WriteArchive()
    {
        byte[] layer = new byte[300_000];
        new Random(7).NextBytes(layer);
        using FileStream archive = File.Create(_folder["image.tar"]);
        return OciLayoutWriter.Write(
            new OciImage
            {
                Architecture = GuestArchitecture.Amd64, Name = "app:1",
                Layers =
                [
                    new OciLayer(
                        OciCompression.Gzip, Sha256Digest.Of(layer), layer.Length, Sha256Digest.Of("plain"u8), "one",
                        () => new MemoryStream(layer)),
                ],
            },
            archive);
    }
}
