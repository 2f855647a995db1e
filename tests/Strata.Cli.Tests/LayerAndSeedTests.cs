using Strata.Core;
using Strata.Updates.Layers;
using Strata.Updates.Releases;

namespace Strata.Cli.Tests;

/// <summary><c>layer</c> on a medium with two layers, and <c>seed</c>: what they print, and what lies there then.</summary>
public sealed class LayerAndSeedTests : IDisposable
{
    private readonly Desk _desk = new();

    public void Dispose() => _desk.Dispose();

    private static LayerManifest Manifest(string name, string[] requires, LayerPackage[] packages, Sha256Digest index) => new()
    {
        Name = name,
        Architecture = "amd64",
        Requires = requires,
        Provides = [name],
        Packages = packages,
        Effects = requires.Length == 0 ? [] : ["accounts", "modules"],
        Entries = 5,
        PlainBytes = 4096,
        Codec = "zstd",
        BlockSize = 131_072,
        Image = Sha256Digest.Of("i"u8),
        Size = 12_288,
        Data = 4096,
        Root = Sha256Digest.Of("r"u8),
        Salt = "",
        BlockIndex = index,
    };

    private void WriteMedium()
    {
        IndexedBlock[] blocks = [new(Sha256Digest.Of("a"u8), 100, 4096), new(Sha256Digest.Of("b"u8), 4096, 4096)];
        LayerPackage bash = new("bash", "5.2", Sha256Digest.Of("p"u8), 3, 2048, ["GPL-3+", "MIT"]);
        LayerPackage dash = new("dash", "0.5", Sha256Digest.Of("q"u8), 1, 1024, []);
        LayerManifest shell = Manifest("shell", [], [bash, dash], Put(new BlockIndex(4096, 96, blocks).Write()));
        LayerManifest network = Manifest(
            "network", ["shell"], [bash with { Version = "5.3" }, new("curl", "8", Sha256Digest.Of("c"u8), 1, 1, [])],
            Put(new BlockIndex(4096, 96, [blocks[0], new(Sha256Digest.Of("n"u8), 7, 9)]).Write())) with { Image = Sha256Digest.Of("j"u8) };
        Release release = new()
        {
            Edition = "bench",
            Version = "1",
            Architecture = "amd64",
            Layers =
            [
                shell.InRelease(Put(LayerManifestText.Write(shell)), isBase: true),
                network.InRelease(Put(LayerManifestText.Write(network)), isBase: false),
            ],
        };
        _desk.Write("medium/release.json", "");
        File.WriteAllBytes(_desk["medium/release.json"], ReleaseWriter.Write(release));
    }

    private Sha256Digest Put(byte[] bytes)
    {
        Sha256Digest digest = Sha256Digest.Of(bytes);
        string path = _desk.Write("medium/" + Medium.PathOf(digest), "");
        File.WriteAllBytes(path, bytes);
        return digest;
    }

    [Fact]
    public async Task Layers_OfAMedium_AreListedShownAndCompared()
    {
        WriteMedium();
        Desk.Outcome listed = await _desk.TypeAsync("layer ls --from medium");
        Assert.Equal(0, listed.ExitCode);
        Assert.Equal("Layer\tDigest\tPackages\tPlain\tImage\tCodec\tRequires", listed.Lines[0]);
        Assert.Matches("^shell\t[0-9a-f]{12}\t2\t4.00 KiB\t12.0 KiB\tzstd\t$", listed.Lines[1]);
        Assert.Matches("^network\t[0-9a-f]{12}\t2\t4.00 KiB\t12.0 KiB\tzstd\tshell$", listed.Lines[2]);
        Assert.Equal(3, listed.Lines.Length);
        string digest = listed.Lines[1].Split('\t')[1];
        Desk.Outcome json = await _desk.TypeAsync("layer ls --from medium --json");
        Assert.Contains($"\"digest\": \"{digest}", json.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Layer\tDigest", json.Output, StringComparison.Ordinal);

        string[] shell = (await _desk.TypeAsync("layer show shell --from medium")).Lines;
        Assert.Equal("layer        shell (amd64)", shell[0]);
        Assert.StartsWith($"digest       {digest}", shell[1], StringComparison.Ordinal);
        Assert.Equal(
            [
                "provides     shell", "requires     nothing", "effects      none", "contents     5 names, 4.00 KiB plain",
                $"image        12.0 KiB (zstd, blocks of 128 KiB), sha256 {Sha256Digest.Of("i"u8)}",
                $"verity       tree at byte 4096, root {Sha256Digest.Of("r"u8)}", "", "Package\tVersion\tNames\tPlain\tLicences",
                "bash\t5.2\t3\t2.00 KiB\tGPL-3+ MIT", "dash\t0.5\t1\t1.00 KiB\tsee its copyright file",
            ], shell[2..]);
        string[] network = (await _desk.TypeAsync("layer show network --from medium")).Lines;
        Assert.Equal(["requires     shell", "effects      accounts modules"], network[3..5]);
        Desk.Outcome raw = await _desk.TypeAsync("layer show shell --from medium --json");
        Assert.StartsWith(digest, Sha256Digest.Of(System.Text.Encoding.UTF8.GetBytes(raw.Output)).ToString(), StringComparison.Ordinal);

        Desk.Outcome change = await _desk.TypeAsync("layer diff shell network --from medium");
        Assert.Equal(
            ["~ bash 5.2 -> 5.3", "+ curl 8", "- dash 0.5", "1 of 2 blocks are new: an update transfers 11.9 KiB of 12.0 KiB in 2 ranges"],
            change.Lines);
        Desk.Outcome same = await _desk.TypeAsync("layer diff shell shell --from medium");
        Assert.Equal(["0 of 2 blocks are new: an update transfers 0 B of 12.0 KiB in 0 ranges"], same.Lines);
        Desk.Outcome diff = await _desk.TypeAsync("layer diff shell network --from medium --json");
        Assert.Contains("\"new-blocks\": 1", diff.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("blocks are new", diff.Output, StringComparison.Ordinal);

        Desk.Outcome bad = await _desk.TypeAsync("layer extract shell etc --to out --from medium");
        Assert.Equal((2, "error: cannot take 'etc' out of a layer: it does not start with '/'"), (bad.ExitCode, bad.Said[0]));
        Desk.Outcome none = await _desk.TypeAsync("layer show shel --from medium");
        Assert.Equal((1, "error: cannot find layer 'shel' in medium (did you mean 'shell'?)"), (none.ExitCode, none.Said[0]));
    }

    private const string Words = "hostname: gate-7\nfirewall: {allow: {ssh: }}\n";

    [Fact]
    public async Task Seed_AsAVolume_IsForItsOwnerAloneAndAlwaysTheSame()
    {
        _desk.Write("m.yaml", Words);
        Desk.Outcome made = await _desk.TypeAsync("seed m.yaml -o gate.img");
        Assert.Equal(0, made.ExitCode);
        string volume = _desk["gate.img"];
        Assert.Equal([$"{volume} is a volume {Strata.Images.Seeds.SeedFiles.Label} with strata/machine.yaml, user-data, meta-data"],
            made.Lines);
        Assert.Equal(["Only systems of Strata are told: firewall"], made.Said);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(volume));
        byte[] bytes = File.ReadAllBytes(volume);
        Assert.NotEqual(-1, bytes.AsSpan().IndexOf("hostname: gate-7"u8));
        Desk.Outcome json = await _desk.TypeAsync("seed m.yaml -o gate.img --json");
        Assert.Equal(bytes, File.ReadAllBytes(volume));
        Assert.Contains("\"files\": [\n    \"strata/machine.yaml\",\n    \"user-data\",\n    \"meta-data\"\n  ]", json.Output,
            StringComparison.Ordinal);
        Assert.Contains($"\"label\": \"{Strata.Images.Seeds.SeedFiles.Label}\"", json.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("is a volume", json.Output, StringComparison.Ordinal);
        _desk.Write("small.yaml", "hostname: gate-7\n");
        Assert.Empty((await _desk.TypeAsync("seed small.yaml -o small.img")).Said);
    }

    [Fact]
    public async Task Seed_IntoAFolder_WritesTheFilesThere()
    {
        _desk.Write("m.yaml", Words);
        Directory.CreateDirectory(_desk["boot"]);
        Desk.Outcome made = await _desk.TypeAsync("seed m.yaml -o boot");
        Assert.Equal([$"{_desk["boot"]} has strata/machine.yaml, user-data, meta-data"], made.Lines);
        Assert.Equal(Words, File.ReadAllText(_desk["boot/strata/machine.yaml"]));
        Assert.StartsWith("#cloud-config\n", File.ReadAllText(_desk["boot/user-data"]), StringComparison.Ordinal);
        Assert.EndsWith("local-hostname: gate-7\n", File.ReadAllText(_desk["boot/meta-data"]), StringComparison.Ordinal);
        Assert.DoesNotContain("\"label\": \"", (await _desk.TypeAsync("seed m.yaml -o boot --json")).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "error: cannot make a seed of m.yaml: it says nothing")]
    [InlineData("{}", "error: cannot make a seed of m.yaml: it says nothing")]
    [InlineData("hostnam: x", "error: cannot read m.yaml: a mistake")]
    public async Task Seed_OfNothing_IsRefused(string words, string expected)
    {
        _desk.Write("m.yaml", words);
        Desk.Outcome outcome = await _desk.TypeAsync("seed m.yaml -o out.img");
        Assert.Equal(1, outcome.ExitCode);
        Assert.StartsWith(words.Length == 0 ? "error: cannot" : expected, outcome.Said[0], StringComparison.Ordinal);
        Assert.False(File.Exists(_desk["out.img"]));
    }

    [Fact]
    public async Task Seed_NoFileAndNoPlace_AreSaid()
    {
        Desk.Outcome none = await _desk.TypeAsync("seed none.yaml");
        Assert.Equal((1, "error: cannot read none.yaml: there is no such file"), (none.ExitCode, none.Said[0]));
        _desk.Write("m.yaml", Words);
        Desk.Outcome nowhere = await _desk.TypeAsync("seed m.yaml -o no/such/out.img");
        Assert.Equal(1, nowhere.ExitCode);
        Assert.StartsWith("error: cannot write no/such/out.img: ", nowhere.Said[0], StringComparison.Ordinal);
    }
}
