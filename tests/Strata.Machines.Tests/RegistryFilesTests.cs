using System.Net.Sockets;
using System.Text;
using Strata.Core;
using Strata.Machines.Testing;
using Strata.Testing;

namespace Strata.Machines.Tests;

/// <summary>The pull part of the OCI distribution specification, as files that are served.</summary>
public sealed class RegistryFilesTests : IDisposable
{
    private const string Type = "application/vnd.oci.image.manifest.v1+json";

    private readonly TemporaryFolder _folder = new();
    private readonly ServedImage _image;
    private readonly Sha256Digest _manifest = Sha256Digest.Of("manifest"u8);
    private readonly Sha256Digest _layer = Sha256Digest.Of("layer"u8);

    public RegistryFilesTests()
    {
        File.WriteAllText(_folder["archive"], "...manifestlayer...");
        ServedBlob root = new(_manifest, Type, true, _folder["archive"], 3, 8);
        _image = new ServedImage(root, [root, new ServedBlob(_layer, "l/l", false, _folder["archive"], 11, 5)]);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Of_TwoTagsOfOneNameAndAnother_HaveThesePaths()
    {
        IReadOnlyDictionary<string, ServedFile> files = Files("tools/app:1", "tools/app:latest", "b:2");
        Assert.Equal(
            new[]
            {
                "v2/", $"v2/b/blobs/sha256:{_layer}", "v2/b/manifests/2", $"v2/b/manifests/sha256:{_manifest}", "v2/b/tags/list",
                $"v2/tools/app/blobs/sha256:{_layer}", "v2/tools/app/manifests/1", "v2/tools/app/manifests/latest",
                $"v2/tools/app/manifests/sha256:{_manifest}", "v2/tools/app/tags/list",
            },
            files.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("""{"name":"tools/app","tags":["1","latest"]}""", File.ReadAllText(files["v2/tools/app/tags/list"].Path));
    }

    [Fact]
    public void Of_NoImages_IsNothing() => Assert.Empty(Files());

    [Theory]
    [InlineData("GET", "/v2/", "application/json", "{}", null)]
    [InlineData("GET", "/v2/a/manifests/1", Type, "manifest", "manifest")]
    [InlineData("GET", "/v2/a/manifests/sha256:{manifest}", Type, "manifest", "manifest")]
    [InlineData("HEAD", "/v2/a/manifests/1", Type, "", "manifest")]
    [InlineData("GET", "/v2/a/blobs/sha256:{layer}", "application/octet-stream", "layer", "layer")]
    public async Task Request_OfWhatIsThere_HasItsTypeDigestAndBytesAlone(
        string verb, string path, string type, string body, string? digestOf)
    {
        string answer = await AskAsync(verb, path);
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", answer, StringComparison.Ordinal);
        Assert.Contains($"\r\nContent-Type: {type}\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("\r\nDocker-Distribution-API-Version: registry/2.0\r\n", answer, StringComparison.Ordinal);
        string digest = digestOf is null ? ""
            : $"\r\nDocker-Content-Digest: sha256:{Sha256Digest.Of(Encoding.ASCII.GetBytes(digestOf))}\r\n";
        Assert.Contains(digest, answer, StringComparison.Ordinal);
        string length = verb == "HEAD" ? "8" : $"{body.Length}";
        Assert.Contains($"\r\nContent-Length: {length}\r\n", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n" + body, answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "/v2/a/manifests/2", "404 Not Found")]
    [InlineData("GET", "/v2/a/blobs/sha256:{manifest}", "404 Not Found")] // a manifest is no blob of the registry
    [InlineData("GET", "/v2/b/blobs/sha256:{layer}", "404 Not Found")]
    [InlineData("POST", "/v2/a/blobs/uploads/", "405 Method Not Allowed")]
    [InlineData("PUT", "/v2/a/manifests/1", "405 Method Not Allowed")]
    [InlineData("DELETE", "/v2/a/manifests/1", "405 Method Not Allowed")]
    public async Task Request_OfAnythingElse_IsRefused(string verb, string path, string status) =>
        Assert.StartsWith($"HTTP/1.1 {status}\r\n", await AskAsync(verb, path), StringComparison.Ordinal);

    private IReadOnlyDictionary<string, ServedFile> Files(params string[] names)
    {
        int kept = 0;
        return RegistryFiles.Of(names.Select(n => (n, _image)), text =>
        {
            string path = _folder[$"text{kept++}"];
            File.WriteAllText(path, text);
            return path;
        });
    }

    private async Task<string> AskAsync(string verb, string path)
    {
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(20));
        await using FileServer server = new(Files("a:1"));
        using TcpClient client = new();
        await client.ConnectAsync("127.0.0.1", server.Port, limit.Token);
        NetworkStream stream = client.GetStream();
        string full = path.Replace("{manifest}", _manifest.ToString(), StringComparison.Ordinal)
            .Replace("{layer}", _layer.ToString(), StringComparison.Ordinal);
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"{verb} {full} HTTP/1.1\r\nHost: x\r\n\r\n"), limit.Token);
        using StreamReader reader = new(stream, Encoding.ASCII);
        return await reader.ReadToEndAsync(limit.Token);
    }
}
