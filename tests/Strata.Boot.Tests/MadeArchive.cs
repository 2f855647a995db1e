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
        File.WriteAllBytes(_folder["keys.gpg"], Key.Export());
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

    /// <summary>What signs it.</summary>
    public SigningKey Key { get; } = new();

    /// <summary>Address of the server, without a slash at its end.</summary>
    public string Address => Environment["STRATA_MIRROR"]!;

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

    /// <summary>Where a path has moved, by path.</summary>
    public ConcurrentDictionary<string, string> Moved { get; } = new(StringComparer.Ordinal);

    /// <summary>User and password, with a colon between, that paths which begin so are given to only.</summary>
    public ConcurrentDictionary<string, string> Users { get; } = new(StringComparer.Ordinal);

    /// <summary>Every request: its path and its <c>Authorization</c>.</summary>
    public ConcurrentQueue<(string Path, string? Authorization)> Asked { get; } = [];

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
    /// <param name="package">Its name.</param>
    /// <param name="more">Lines that the blueprint has besides.</param>
    public void WriteEdition(string package, string more = "")
    {
        File.WriteAllText(
            _folder["made/edition.yaml"],
            "edition: made\ntitle: Made\nversion: \"1\"\ndescription: For a test\nkernel: debian-cloud\ncapabilities: [tool]\n"
            + "command-line: quiet\n" + more);
        File.WriteAllText(_folder["made/capabilities/tool.yaml"], $"capability: tool\ndescription: For a test\npackages:\n  {package}: {{programs: [hello]}}\n");
    }

    /// <summary>Address of a package on the server.</summary>
    public static string PathOf(string package, string version = "1.0") => $"/pool/main/{package}_{version}.deb";

    /// <summary>Address of the package index.</summary>
    public const string IndexPath = "/dists/trixie/" + MainIndex;

    private const string MainIndex = "main/binary-amd64/Packages";
    private const string InstallerIndex = "main/debian-installer/binary-amd64/Packages";

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
        PublishSuite("trixie-updates", Array.Empty<byte>(), releaseFields);
        PublishSuite("trixie-security", Array.Empty<byte>(), releaseFields);
    }

    /// <summary>Serves these packages and no others.</summary>
    public void Publish(IReadOnlyList<RealPackage> packages)
    {
        Files.Clear();
        foreach (string suite in (string[])["trixie", "trixie-updates", "trixie-security"])
        {
            Dictionary<string, StringBuilder> indexes = new() { [MainIndex] = new() };
            foreach (RealPackage package in packages.Where(p => p.Suite == suite))
            {
                Files["/" + package.Filename] = package.Content;
                string name = package.Filename.EndsWith(".udeb", StringComparison.Ordinal) ? InstallerIndex : MainIndex;
                indexes.TryAdd(name, new StringBuilder());
                indexes[name].Append(CultureInfo.InvariantCulture,
                    $"{package.Control.TrimEnd()}\nFilename: {package.Filename}\nSize: {package.Content.Length}\n")
                    .Append(CultureInfo.InvariantCulture, $"SHA256: {Hash(package.Content)}\n\n");
            }
            PublishSuite(suite, indexes.ToDictionary(i => i.Key, i => Encoding.UTF8.GetBytes(i.Value.ToString())), "");
        }
    }

    /// <summary>Serves another archive below a path of the same server, with an index of one package.</summary>
    /// <param name="place">Where the <c>InRelease</c> is: <c>/other/dists/stable/</c>.</param>
    /// <param name="folder">Where below it the index is: <c>main/binary-amd64/</c>.</param>
    /// <param name="package">Lies under the name that its field <c>Filename</c> says.</param>
    /// <param name="release">Its first fields.</param>
    /// <param name="key">Signs it.</param>
    /// <param name="digests">Names of the digests that release and index have.</param>
    public void PublishOther(
        string place, string folder, MadePackage package, string release, SigningKey key, params string[] digests)
    {
        string[] kinds = digests.Length == 0 ? ["SHA256"] : digests;
        StringBuilder index = new(
            $"Package: {package.Name}\nVersion: {package.Version}\nArchitecture: amd64\nSize: {package.Content.Length}\n");
        index.AppendJoin("", kinds.Select(k => $"{k}: {HashOf(k, package.Content)}\n")).Append(package.Fields).Append('\n');
        byte[] packages = Encoding.ASCII.GetBytes(index.ToString());
        string text = $"{release}Date: {Date}\n" + string.Concat(kinds.Select(k =>
            $"{k}:\n {HashOf(k, packages)} {packages.Length} {folder}Packages\n"));
        Files[$"{place}InRelease"] = key.Sign(text);
        Files[$"{place}{folder}Packages"] = packages;
    }

    private static string HashOf(string kind, byte[] content) =>
        kind == "SHA512" ? Convert.ToHexStringLower(SHA512.HashData(content)) : Hash(content);

    /// <summary>Holds a package of the toolbox back, so that the build cannot come as far as unpacking tools that are none.</summary>
    public void HoldTools() => Files[PathOf("gzip")] = null;

    public void Dispose()
    {
        _released.Set();
        _server.Close();
        Key.Dispose();
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

    private void PublishSuite(string suite, byte[] index, string fields) =>
        PublishSuite(suite, new Dictionary<string, byte[]> { [MainIndex] = index }, fields);

    private void PublishSuite(string suite, Dictionary<string, byte[]> indexes, string fields)
    {
        string text = $"Origin: Test\nSuite: {suite}\nCodename: {suite}\nDate: {Date}\nArchitectures: amd64\nComponents: main\n{fields}" +
            $"SHA256:\n{string.Concat(indexes.Select(i => $" {Hash(i.Value)} {i.Value.Length} {i.Key}\n"))}";
        if (HasPairs)
        {
            Files[$"/dists/{suite}/Release"] = Encoding.ASCII.GetBytes(text);
            Files[$"/dists/{suite}/Release.gpg"] = Key.SignDetached(text);
            Files.TryRemove($"/dists/{suite}/InRelease", out _);
        }
        else
        {
            Files[$"/dists/{suite}/InRelease"] = Key.Sign(text);
        }
        foreach ((string name, byte[] index) in indexes)
        {
            Files[$"/dists/{suite}/{name}"] = index;
        }
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
            string asked = context.Request.Url!.AbsolutePath;
            string? authorization = context.Request.Headers["Authorization"];
            Asked.Enqueue((asked, authorization));
            if (Users.FirstOrDefault(u => asked.StartsWith(u.Key, StringComparison.Ordinal)) is { Key: not null } user
                && authorization != $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(user.Value))}")
            {
                context.Response.StatusCode = 401;
                context.Response.Headers["WWW-Authenticate"] = "Basic realm=\"test\"";
                context.Response.Close();
                return;
            }
            if (Moved.TryGetValue(asked, out string? there))
            {
                context.Response.Redirect(there);
                context.Response.Close();
                return;
            }
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
