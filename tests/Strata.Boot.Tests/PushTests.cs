using System.Text;
using System.Text.Json.Nodes;
using Strata.Testing;

namespace Strata.Boot.Tests;

/// <summary><c>strata push</c> to the registry of the distribution project; what is there is read by skopeo.</summary>
public sealed class PushTests : IDisposable
{
    private const string Name = "team/static";

    // bcrypt of 'open sesame' by crypt(3)
    private const string Password = "somebody:$2y$05$abcdefghijklmnopqrstuupx2xBUC4954936wVIjyyPHmUBFu0wCW\n";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public void Push_Edition_SkopeoCopiesItBackAndItsDocumentsReferToIt()
    {
        using Registry registry = new(_folder["registry"]);
        StrataProgram.Outcome pushed = StrataProgram.Run(
            _folder.Path, "push", $"{registry.Address}/{Name}", "container-static", "--plain-http", "--json");
        Assert.True(pushed.ExitCode == 0, pushed.All);
        JsonNode told = JsonNode.Parse(pushed.Output)!;
        string digest = (string)told["digest"]!;
        Assert.Equal($"{registry.Address}/{Name}:0.1", (string)told["reference"]!);
        Assert.Equal(3, told["images"]![0]!["referrers"]!.AsArray().Count);

        Judged(
            "skopeo", "--insecure-policy", "copy", "--src-tls-verify=false", $"docker://{registry.Address}/{Name}:0.1",
            "dir:" + _folder["copy"]);
        Assert.Equal(digest, Judged("skopeo", "manifest-digest", _folder["copy/manifest.json"]).Trim());
        JsonArray referrers = Raw(registry, digest.Replace(':', '-'))["manifests"]!.AsArray();
        Assert.Equal(
            ["application/spdx+json", "application/vnd.cyclonedx+json", "application/vnd.in-toto+json"],
            referrers.Select(r => (string)r!["artifactType"]!).Order(StringComparer.Ordinal));
        foreach (JsonNode? referrer in referrers)
        {
            Assert.Equal(digest, (string)Raw(registry, "@" + (string)referrer!["digest"]!)["subject"]!["digest"]!);
        }

        // a second time adds nothing
        Assert.Equal(["0.1", digest.Replace(':', '-')], Tags(registry));
        Assert.Equal(0, StrataProgram.Run(
            _folder.Path, "push", $"{registry.Address}/{Name}", "container-static", "--plain-http").ExitCode);
        Assert.Equal(3, Raw(registry, digest.Replace(':', '-'))["manifests"]!.AsArray().Count);
    }

    [SkippableFact]
    public void Push_TwoArchitectures_AreOneIndexThatEachFindsItselfIn()
    {
        using Registry registry = new(_folder["registry"]);
        foreach (string architecture in new[] { "amd64", "arm64" })
        {
            Directory.CreateDirectory(_folder["editions/" + architecture]);
            File.WriteAllText(_folder[$"editions/{architecture}/edition.yaml"], $"""
                edition: {architecture}
                version: "2"
                description: zones for {architecture}
                architecture: {architecture}
                kernel: none
                capabilities: [time-zones]
                container:
                  ports: [8080, 53/udp]
                  volumes: [/data]
                  stop-signal: QUIT
                  health-check: {"{"}command: [/bin/x], every: 30, retries: 2{"}"}
                  labels: {"{"}org.opencontainers.image.licenses: MIT{"}"}
                """);
        }
        StrataProgram.Outcome pushed = StrataProgram.Run(
            _folder.Path, "push", $"{registry.Address}/{Name}:two", "amd64", "arm64", "--plain-http", "--image-only");
        Assert.True(pushed.ExitCode == 0, pushed.All);
        Assert.Equal(["two"], Tags(registry));
        foreach (string architecture in new[] { "amd64", "arm64" })
        {
            JsonNode config = JsonNode.Parse(Judged(
                "skopeo", "inspect", "--tls-verify=false", "--override-arch", architecture, "--config",
                $"docker://{registry.Address}/{Name}:two"))!;
            Assert.Equal(architecture, (string)config["architecture"]!);
            JsonNode said = config["config"]!;
            Assert.Equal(["53/udp", "8080/tcp"], said["ExposedPorts"]!.AsObject().Select(p => p.Key));
            Assert.Equal(["/data"], said["Volumes"]!.AsObject().Select(p => p.Key));
            Assert.Equal("SIGQUIT", (string)said["StopSignal"]!);
            Assert.Equal("MIT", (string)said["Labels"]!["org.opencontainers.image.licenses"]!);
        }
        StrataProgram.Outcome twice = StrataProgram.Run(
            _folder.Path, "push", $"{registry.Address}/{Name}", "amd64", "./editions/amd64", "--plain-http");
        Failure.Says(twice, 1, "cannot push amd64 and amd64 as one image: both are for amd64");
    }

    [SkippableFact]
    public void Push_RegistryThatWantsALogin_IsToldAndTakesIt()
    {
        File.WriteAllText(_folder["passwords"], Password);
        using Registry registry = new(_folder["registry"], _folder["passwords"]);
        File.WriteAllText(_folder["auth.json"], "{}");
        Dictionary<string, string?> environment = new() { ["REGISTRY_AUTH_FILE"] = _folder["auth.json"] };
        string[] push = ["push", $"{registry.Address}/{Name}", "container-static", "--plain-http", "--image-only"];
        Failure.Says(
            StrataProgram.Run(_folder.Path, environment, push), 1, $"cannot push to {registry.Address}/{Name}:0.1", "podman login");

        string login = Convert.ToBase64String(Encoding.UTF8.GetBytes("somebody:open sesame"));
        File.WriteAllText(
            _folder["auth.json"],
            new JsonObject { ["auths"] = new JsonObject { [registry.Address] = new JsonObject { ["auth"] = login } } }.ToJsonString());
        StrataProgram.Outcome pushed = StrataProgram.Run(_folder.Path, environment, push);
        Assert.True(pushed.ExitCode == 0, pushed.All);
        Assert.DoesNotContain("sesame", pushed.All, StringComparison.Ordinal);
        Assert.DoesNotContain(login, pushed.All, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Push_WireThatBreaksHalfWay_IsToldAndTheSameCommandGoesOn()
    {
        using Registry registry = new(_folder["registry"]);
        using CutWire wire = new(registry.Port, most: 64 << 10);
        StrataProgram.Outcome cut = StrataProgram.Run(
            _folder.Path, "push", $"{wire.Address}/{Name}", "container-static", "--plain-http", "--image-only");
        Failure.Says(cut, 1, $"cannot push to {wire.Address}/{Name}:0.1", "the same command goes on from it");
        StrataProgram.Outcome whole = StrataProgram.Run(
            _folder.Path, "push", $"{registry.Address}/{Name}", "container-static", "--plain-http", "--image-only");
        Assert.True(whole.ExitCode == 0, whole.All);
        Judged(
            "skopeo", "--insecure-policy", "copy", "--src-tls-verify=false", $"docker://{registry.Address}/{Name}:0.1",
            "dir:" + _folder["copy"]);
    }

    [SkippableFact]
    public void Push_RegistryThatRefusesABlobHalfWay_IsToldAndTheSameCommandGoesOn()
    {
        string[] push = ["container-static", "--plain-http", "--image-only"];
        using (Registry full = new(_folder["registry"], mostBytes: 64 << 10))
        {
            Failure.Says(
                StrataProgram.Run(_folder.Path, ["push", $"{full.Address}/{Name}", .. push]), 1,
                $"cannot push to {full.Address}/{Name}:0.1", "500 Internal Server Error", "the same command goes on from it");
        }
        using Registry registry = new(_folder["registry"]);
        StrataProgram.Outcome whole = StrataProgram.Run(_folder.Path, ["push", $"{registry.Address}/{Name}", .. push]);
        Assert.True(whole.ExitCode == 0, whole.All);
        Judged(
            "skopeo", "--insecure-policy", "copy", "--src-tls-verify=false", $"docker://{registry.Address}/{Name}:0.1",
            "dir:" + _folder["copy"]);
    }

    /// <summary>Who wants to know where an image comes from finds a statement that the release key signed.</summary>
    [SkippableFact]
    public void Push_WithKeys_SendsASignedStatement()
    {
        using Registry registry = new(_folder["registry"]);
        Assert.Equal(0, StrataProgram.Run(_folder.Path, "keys", "new", "keys").ExitCode);
        StrataProgram.Outcome pushed = StrataProgram.Run(
            _folder.Path, "push", $"{registry.Address}/{Name}", "container-static", "--plain-http", "--keys", "keys", "--json");
        Assert.True(pushed.ExitCode == 0, pushed.All);
        string digest = (string)JsonNode.Parse(pushed.Output)!["digest"]!;
        JsonNode referrer = Raw(registry, digest.Replace(':', '-'))["manifests"]!.AsArray()
            .Single(r => (string)r!["artifactType"]! == "application/vnd.dsse.envelope.v1+json")!;
        Judged(
            "skopeo", "--insecure-policy", "copy", "--src-tls-verify=false",
            $"docker://{registry.Address}/{Name}@{(string)referrer["digest"]!}", "dir:" + _folder["statement"]);
        JsonNode manifest = JsonNode.Parse(File.ReadAllText(_folder["statement/manifest.json"]))!;
        string blob = ((string)manifest["layers"]![0]!["digest"]!)["sha256:".Length..];
        JsonNode envelope = JsonNode.Parse(File.ReadAllText(_folder["statement/" + blob]))!;
        byte[] statement = Convert.FromBase64String((string)envelope["payload"]!);
        Assert.Contains(
            JsonNode.Parse(statement)!["subject"]!.AsArray(), s => "sha256:" + (string)s!["digest"]!["sha256"]! == digest);
        File.WriteAllBytes(_folder["signature"], Convert.FromBase64String((string)envelope["signatures"]![0]!["sig"]!));
        File.WriteAllBytes(
            _folder["signed"], [.. Encoding.ASCII.GetBytes($"DSSEv1 28 application/vnd.in-toto+json {statement.Length} "), .. statement]);
        File.WriteAllText(_folder["key.pem"], Judged("openssl", "x509", "-in", _folder["keys/release.crt"], "-pubkey", "-noout"));
        Judged("openssl", "dgst", "-sha256", "-verify", _folder["key.pem"], "-signature", _folder["signature"], _folder["signed"]);

        File.Delete(_folder["keys/release.key"]);
        Failure.Says(
            StrataProgram.Run(_folder.Path, "push", $"{registry.Address}/{Name}", "container-static", "--plain-http", "--keys", "keys"), 1,
            "cannot sign with keys: the private key 'release' is not in it", "unsigned");
    }

    [SkippableTheory]
    [InlineData("shell", "it names no registry")]
    [InlineData("team/shell", "it names no registry")]
    [InlineData("https://registry.example.org/shell", "it is a web address")]
    [InlineData("registry.example.org/Shell", "'Shell' is no name of an image")]
    [InlineData("registry.example.org/shell:-1", "'-1' is no tag")]
    [InlineData("registry.example.org/a@sha256:0", "by its digest")]
    public void Push_WhatIsNoReference_IsRefused(string reference, string problem) => Failure.Says(
        StrataProgram.Run(_folder.Path, "push", reference, "container-static"), 1, $"cannot push to '{reference}'",
        problem, "REGISTRY/NAME:TAG");

    private static JsonNode Raw(Registry registry, string tag) => JsonNode.Parse(Judged(
        "skopeo", "inspect", "--raw", "--tls-verify=false", $"docker://{registry.Address}/{Name}{(tag[0] == '@' ? "" : ":")}{tag}"))!;

    private static IEnumerable<string> Tags(Registry registry) =>
        JsonNode.Parse(Judged("skopeo", "list-tags", "--tls-verify=false", $"docker://{registry.Address}/{Name}"))!["Tags"]!.AsArray()
            .Select(t => (string)t!);

    private static string Judged(string program, params string[] arguments)
    {
        (int exitCode, string said) = Oracle.Run(program, arguments);
        Assert.True(exitCode == 0, said);
        return said;
    }
}
