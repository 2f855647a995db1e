using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Strata.Blueprints;
using Strata.Core;
using Strata.Formats.Oci;

namespace Strata.Composition.Tests;

/// <summary>What containers of an edition need of it, and what becomes of them.</summary>
public sealed class ContainerClaimsTests : IDisposable
{
    private readonly Workbench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void Load_ContainerOfABlueprint_IsAServiceOfItsName_AndBringsTheEngine()
    {
        Init("openrc");
        Blueprint blueprint = _bench.Load("init", """
            containers:
              db: {image: r.example/db:1}
              web: {image: r.example/web:1, requires: [db], ports: [80], limits: {memory: 32 MiB}, command: [serve, a b]}
            services: {log: {command: [/l], after: [web]}}
            """);
        Assert.Equal(["init", "containers", "e"], blueprint.Capabilities.Select(c => c.Name));
        Assert.Equal("e", blueprint.RequiredBy["containers"]);
        Capability own = blueprint.Capabilities[^1];
        Assert.Contains("containers", own.Requires.Select(r => r.Name));
        Assert.Equal(["log", "db", "web"], own.Services.Select(s => s.Name));
        Assert.Equal(
            [
                "/usr/lib/strata/containers/run", "web", "missing", "10", "-", "-", "r.example/web:1", "-", "--publish", "80:80/tcp",
                "--memory", "33554432b", "--memory-swap", "33554432b", "r.example/web:1", "serve", "a b",
            ],
            own.Services[^1].Command);
    }

    [Fact]
    public void Load_ContainerOfACapability_RequiresTheEngine()
    {
        Init("systemd");
        _bench.Capability("app", "containers: {app: {image: r.example/app:1}}");
        Blueprint blueprint = _bench.Load("init, app");
        Assert.Equal(["init", "containers", "app"], blueprint.Capabilities.Select(c => c.Name));
        Assert.Equal("app", blueprint.RequiredBy["containers"]);
        Assert.Single(blueprint.Capabilities[^1].Containers);
    }

    [Theory]
    [InlineData("busybox", "", "web: {image: r.example/w:1}", "container 'web' needs control groups, and init-system busybox mounts none")]
    [InlineData("openrc", "", "web: {image: r.example/w:1, volumes: {/d: /srv/d}}",
        "what container 'web' writes to '/srv/d' is gone after a restart")]
    [InlineData("openrc", "state: {keep: [/srv/d]}", "web: {image: r.example/w:1, volumes: {/d: /srv/d/e}}", null)]
    [InlineData("openrc", "state: {keep: [/srv/d/e]}", "web: {image: r.example/w:1, volumes: {/d: /srv/d}}", "'/srv/d' is gone")]
    [InlineData("openrc", "state: everything", "web: {image: r.example/w:1, volumes: {/d: /srv/d}}", null)]
    [InlineData("openrc", "", "web: {image: r.example/w:1, volumes: {/d: /run/d, /e: {from: /etc, read-only: true}}}", null)]
    [InlineData("openrc", "", "web: {image: r.example/w:1, ports: [80]}, b: {image: r.example/b:1, ports: ['80:81']}",
        "port 80/tcp leads to container 'web' already")]
    [InlineData("openrc", "", "web: {image: r.example/w:1, ports: ['127.0.0.1:80:80']}, b: {image: r.example/b:1, ports: [80]}",
        "port 80/tcp")]
    [InlineData("openrc", "", "web: {image: r.example/w:1, ports: ['127.0.0.1:80:80', '127.0.0.2:80:80', 80/udp]}", null)]
    [InlineData("openrc", "", "web: {image: r.example/w:1, requires: [bd]}", "comes after 'bd', and no capability of this edition has")]
    [InlineData("openrc", "services: {web: {command: [/w]}}", "web: {image: r.example/w:1}", "a service 'web' is declared")]
    [InlineData("none", "", "web: {image: r.example/w:1}", "nobody starts service 'web'")]
    public void Load_WhatAContainerAsksFor_IsThereOrTold(string init, string rest, string containers, string? problem)
    {
        Init(init);
        string text = $"{rest}\ncontainers: {{{containers}}}";
        if (problem is null)
        {
            Assert.NotEmpty(_bench.Load("init", text).Capabilities[^1].Containers);
            return;
        }
        Assert.Contains(problem, Assert.Throws<StrataException>(() => _bench.Load("init", text)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_ImageThatComesWithTheSystem_IsALayoutUnderItsDigest()
    {
        Init("openrc");
        File.Copy(Archive(), Path.Combine(Path.GetDirectoryName(_bench.Write("editions/e/x", ""))!, "app.tar"));
        Blueprint blueprint = _bench.Load("init", """
            containers:
              one: {image: {archive: app.tar}, command: [a]}
              two: {image: {archive: app.tar}, command: [b]}
            """);
        Capability own = blueprint.Capabilities[^1];
        using FileStream archive = File.OpenRead(Path.Combine(_bench.Folder, "editions/e/app.tar"));
        OciArchiveImage image = OciArchiveReader.Read(archive);
        string folder = $"/usr/share/strata/images/{image.Root.Descriptor.Digest}";
        Assert.Equal(
            [
                .. image.Blobs.Select(b => $"{folder}/blobs/sha256/{b.Descriptor.Digest}").Append($"{folder}/index.json")
                    .Append($"{folder}/oci-layout").Order(StringComparer.Ordinal),
            ],
            own.Files.Select(f => f.Path.ToString()).Order(StringComparer.Ordinal));
        Assert.All(
            own.Files.Where(f => f.Path.Parent.Name == "sha256"),
            f => Assert.Equal(f.Path.Name, Sha256Digest.Of(f.Bytes.Span).ToString()));
        Assert.Equal(
            ["localhost/shipped/two:" + image.Root.Descriptor.Digest, folder],
            own.Services.Single(s => s.Name == "two").Command.Skip(6).Take(2));
    }

    [Theory]
    [InlineData("nothing.tar", null,
        "'nothing.tar' does not exist beside this file; 'strata build EDITION --image oci' makes such an archive")]
    [InlineData("bad.tar", "no archive", "expected an archive with one OCI image")]
    [InlineData("../outside.tar", null, "expected an archive with one OCI image, below the folder of this file")]
    public void Load_ArchiveThatIsNone_IsToldWithItsPlace(string name, string? content, string problem)
    {
        Init("openrc");
        if (content is not null)
        {
            _bench.Write("editions/e/" + name, content);
        }
        StrataException e = Assert.Throws<StrataException>(
            () => _bench.Load("init", $"containers:\n  one: {{image: {{archive: {name}}}}}"));
        Assert.Contains("edition.yaml:6:26: ", e.Message, StringComparison.Ordinal);
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_SignerOfAnImage_IsAPolicyOfTheContainer()
    {
        Init("openrc");
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        string text = key.ExportSubjectPublicKeyInfoPem();
        _bench.Write("editions/e/own.pub", text);
        Blueprint blueprint = _bench.Load(
            "init", "containers: {one: {image: 'r.example/a/b:1', signed-by: own.pub}, two: {image: r.example/a/b:1}}");
        Capability own = blueprint.Capabilities[^1];
        string policy = own.Services.Single(s => s.Name == "one").Command[5];
        Assert.Equal("-", own.Services.Single(s => s.Name == "two").Command[5]);
        using JsonDocument document = JsonDocument.Parse(Bytes(policy));
        Assert.Equal("reject", document.RootElement.GetProperty("default")[0].GetProperty("type").GetString());
        JsonElement rule = document.RootElement.GetProperty("transports").GetProperty("docker").GetProperty("")[0];
        Assert.Equal("sigstoreSigned", rule.GetProperty("type").GetString());
        Assert.Equal(text, Encoding.UTF8.GetString(Bytes(rule.GetProperty("keyPath").GetString()!).Span));
        Assert.Equal(
            "docker:\n  \"r.example/a/b:1\":\n    use-sigstore-attachments: true\n",
            Encoding.UTF8.GetString(own.Files.Single(f => f.Path.Parent.ToString() == "/etc/containers/registries.d").Bytes.Span));

        ReadOnlyMemory<byte> Bytes(string path) => own.Files.Single(f => f.Path.ToString() == path).Bytes;
    }

    [Theory]
    [InlineData(true, "'own.pub' has a private key")]
    [InlineData(false, "'own.pub' is no public key")]
    public void Load_SignerThatIsNone_IsToldWithItsPlace(bool isPrivate, string problem)
    {
        Init("openrc");
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _bench.Write("editions/e/own.pub", isPrivate ? key.ExportPkcs8PrivateKeyPem() : "no key");
        StrataException e = Assert.Throws<StrataException>(
            () => _bench.Load("init", "containers:\n  one: {image: r.example/a:1, signed-by: own.pub}"));
        Assert.Contains("edition.yaml:6:", e.Message, StringComparison.Ordinal);
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("BEGIN", e.Message, StringComparison.Ordinal);
    }

    private void Init(string name) => _bench.Capability("containers", "").Kernel("")
        .Capability("init", name == "none" ? "" : $"provides: {{init-system: {name}}}");

    private string Archive()
    {
        byte[] layer = Encoding.UTF8.GetBytes("a layer");
        string path = _bench.Write("archive.tar", "");
        using FileStream file = File.Create(path);
        OciLayoutWriter.Write(
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
            file);
        return path;
    }
}
