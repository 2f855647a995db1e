using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Strata.Testing;

namespace Strata.Boot.Tests;

/// <summary>A package of a made archive.</summary>
internal sealed record MadePackage(string Name, byte[] Content, string Fields = "", string Version = "1.0");

/// <summary>A package of Debian: its suite, its path, its control file and its bytes.</summary>
internal sealed record RealPackage(string Suite, string Filename, string Control, byte[] Content);

/// <summary>
/// A small Debian archive on a loopback server, signed with a key of its own, and an edition that asks for its packages. Enough for everything
/// up to reading packages, whose contents are no packages.
/// </summary>
internal sealed class MadeArchive : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly HttpListener _server;
    private readonly ManualResetEventSlim _released = new();

    public MadeArchive()
    {
        _server = Listen(out string root);
        Gpg("--passphrase", "", "--quick-generate-key", "Archive of a test <archive@example.org>", "ed25519", "sign", "never");
        Gpg("--output", _folder["keys.gpg"], "--export");
        Environment = new Dictionary<string, string?>
        {
            ["STRATA_MIRROR"] = root, ["STRATA_SECURITY_MIRROR"] = root, ["STRATA_KEYRING"] = _folder["keys.gpg"], ["STRATA_STORE"] = _folder["store"],
            ["no_proxy"] = "127.0.0.1", ["NO_PROXY"] = "127.0.0.1",
        };
        Directory.CreateDirectory(_folder["made/capabilities"]);
        WriteEdition("hello");
        Publish();
        _ = Task.Run(ServeAsync);
    }

    /// <summary>What makes the program use this archive and a store of its own.</summary>
    public Dictionary<string, string?> Environment { get; }

    /// <summary>Folder that holds the edition <c>./made</c>.</summary>
    public string Folder => _folder.Path;

    /// <summary>What is served, by path; a null value is held back until the end.</summary>
    public ConcurrentDictionary<string, byte[]?> Files { get; } = new(StringComparer.Ordinal);

    /// <summary>Entity tags, by path; who asks with the right one is told that nothing changed.</summary>
    public ConcurrentDictionary<string, string> Tags { get; } = new(StringComparer.Ordinal);

    /// <summary>What somebody in the network sends in the place of a file, with the tag of that file, by path.</summary>
    public ConcurrentDictionary<string, byte[]> Instead { get; } = new(StringComparer.Ordinal);

    /// <summary>What is published from now on was made then.</summary>
    public string Date { get; set; } = "Sat, 12 Sep 2026 07:55:41 UTC";

    /// <summary>True: what is published from now on is signed in <c>Release.gpg</c> beside <c>Release</c>, and there is no
    /// <c>InRelease</c>.</summary>
    public bool HasPairs { get; set; }

    /// <summary>Set once something is asked for that is held back.</summary>
    public ManualResetEventSlim IsWaiting { get; } = new();

    public string this[string relative] => _folder[relative];

    public StrataProgram.Outcome Run(params string[] arguments) => StrataProgram.Run(Folder, Environment, arguments);

    /// <summary>The edition, asking for a package.</summary>
    public void WriteEdition(string package)
    {
        File.WriteAllText(_folder["made/edition.yaml"], "edition: made\ntitle: Made\nversion: \"1\"\ndescription: For a test\nkernel: debian-cloud\ncapabilities: [tool]\ncommand-line: quiet\n");
        File.WriteAllText(_folder["made/capabilities/tool.yaml"], $"capability: tool\ndescription: For a test\npackages:\n  {package}: {{programs: [hello]}}\n");
    }

    /// <summary>Address of a package on the server.</summary>
    public static string PathOf(string package, string version = "1.0") => $"/pool/main/{package}_{version}.deb";

    /// <summary>Address of the package index.</summary>
    public const string IndexPath = "/dists/trixie/main/binary-amd64/Packages";

    /// <summary>Serves the packages that a build asks for, besides others.</summary>
    public void Publish(string releaseFields = "", params MadePackage[] more)
    {
        // the edition's own two, and the tools that shape every image
        IEnumerable<string> tools = JsonNode.Parse(Repository.Read("toolbox/build.lock"))!["request"]!["roots"]!.AsArray()
            .Select(r => (string)r!["package"]!);
        MadePackage[] needed = [.. tools.Prepend("linux-image-cloud-amd64").Prepend("hello").Select(n =>
            new MadePackage(n, Encoding.ASCII.GetBytes($"content of {n}")))];
        StringBuilder index = new();
        foreach (MadePackage package in needed.Where(n => more.All(m => m.Name != n.Name)).Concat(more))
        {
            Files[PathOf(package.Name, package.Version)] = package.Content;
            index.Append(CultureInfo.InvariantCulture,
                $"Package: {package.Name}\nVersion: {package.Version}\nArchitecture: amd64\nFilename: {PathOf(package.Name, package.Version)[1..]}\n")
                .Append(CultureInfo.InvariantCulture, $"Size: {package.Content.Length}\nSHA256: {Hash(package.Content)}\n{package.Fields}\n");
        }
        PublishSuite("trixie", Encoding.ASCII.GetBytes(index.ToString()), releaseFields);
        PublishSuite("trixie-updates", [], releaseFields);
        PublishSuite("trixie-security", [], releaseFields);
    }

    /// <summary>Serves these packages and no others.</summary>
    public void Publish(IReadOnlyList<RealPackage> packages)
    {
        Files.Clear();
        foreach (string suite in (string[])["trixie", "trixie-updates", "trixie-security"])
        {
            StringBuilder index = new();
            foreach (RealPackage package in packages.Where(p => p.Suite == suite))
            {
                Files["/" + package.Filename] = package.Content;
                index.Append(CultureInfo.InvariantCulture,
                    $"{package.Control.TrimEnd()}\nFilename: {package.Filename}\nSize: {package.Content.Length}\n")
                    .Append(CultureInfo.InvariantCulture, $"SHA256: {Hash(package.Content)}\n\n");
            }
            PublishSuite(suite, Encoding.UTF8.GetBytes(index.ToString()), "");
        }
    }

    /// <summary>Holds a package of the toolbox back, so that the build cannot come as far as unpacking tools that are none.</summary>
    public void HoldTools() => Files[PathOf("gzip")] = null;

    public void Dispose()
    {
        _released.Set();
        _server.Close();
        Oracle.Run("gpgconf", "--homedir", _folder.Path, "--kill", "all");
        _folder.Dispose();
        IsWaiting.Dispose();
    }

    private static HttpListener Listen(out string root)
    {
        for (int tries = 0; ; tries++)
        {
            using TcpListener probe = new(IPAddress.Loopback, 0);
            probe.Start();
            root = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}");
            probe.Stop();
            HttpListener server = new() { Prefixes = { root + "/" } };
            try
            {
                server.Start();
                return server;
            }
            catch (HttpListenerException) when (tries < 10)
            {
                server.Close(); // somebody else took the port in between
            }
        }
    }

    private static string Hash(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    private void PublishSuite(string suite, byte[] index, string fields)
    {
        string text = $"Origin: Test\nSuite: {suite}\nCodename: {suite}\nDate: {Date}\nArchitectures: amd64\nComponents: main\n{fields}" +
            $"SHA256:\n {Hash(index)} {index.Length} main/binary-amd64/Packages\n";
        File.WriteAllText(_folder["text"], text);
        string[] form = HasPairs ? ["--armor", "--detach-sign"] : ["--clearsign"];
        Gpg(["--yes", "--digest-algo", "SHA256", "--output", _folder["signed"], .. form, _folder["text"]]);
        Files[$"/dists/{suite}/{(HasPairs ? "Release.gpg" : "InRelease")}"] = File.ReadAllBytes(_folder["signed"]);
        if (HasPairs)
        {
            Files[$"/dists/{suite}/Release"] = File.ReadAllBytes(_folder["text"]);
            Files.TryRemove($"/dists/{suite}/InRelease", out _);
        }
        Files[$"/dists/{suite}/main/binary-amd64/Packages"] = index;
    }

    private void Gpg(params string[] arguments)
    {
        (int exitCode, string output) = Oracle.Run("gpg", ["--homedir", _folder.Path, "--batch", "--quiet", "--pinentry-mode", "loopback", .. arguments]);
        Assert.True(exitCode == 0, output);
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                HttpListenerContext context = await _server.GetContextAsync();
                _ = Task.Run(() => Answer(context));
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // closed
        }
    }

    private void Answer(HttpListenerContext context)
    {
        try
        {
            bool known = Files.TryGetValue(context.Request.Url!.AbsolutePath, out byte[]? content);
            if (known && content is null)
            {
                IsWaiting.Set();
                _released.Wait(TimeSpan.FromMinutes(2));
            }
            context.Response.StatusCode = content is null ? 404 : 200;
            if (Tags.TryGetValue(context.Request.Url!.AbsolutePath, out string? tag))
            {
                context.Response.Headers["ETag"] = tag;
            }
            if (Instead.TryGetValue(context.Request.Url!.AbsolutePath, out byte[]? other))
            {
                content = other;
            }
            else if (tag is not null && context.Request.Headers["If-None-Match"] == tag)
            {
                context.Response.StatusCode = 304;
                content = [];
            }
            context.Response.Close(content ?? [], willBlock: true);
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException or IOException)
        {
            // the other side has gone
        }
    }
}
