using System.Text.Json.Nodes;
using Strata.Testing;

namespace Strata.Boot.Tests;

/// <summary>What is published beside an image, signed with a release key, and verified by who finds it there.</summary>
public sealed class PublishedTests : IDisposable
{
    private const string Image = "container-shell.oci.tar";
    private const string Statement = Image + ".intoto.jsonl";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public void Build_ProvenanceWithKeys_IsSignedByTheReleaseKeyAsOpensslSays()
    {
        Publish();
        JsonNode envelope = JsonNode.Parse(File.ReadAllText(_folder["released/" + Statement]))!;
        byte[] statement = Convert.FromBase64String((string)envelope["payload"]!);
        File.WriteAllBytes(_folder["signature"], Convert.FromBase64String((string)envelope["signatures"]![0]!["sig"]!));
        // secure-systems-lab/dsse, protocol.md
        File.WriteAllBytes(
            _folder["signed"],
            [.. System.Text.Encoding.ASCII.GetBytes($"DSSEv1 28 application/vnd.in-toto+json {statement.Length} "), .. statement]);
        foreach ((string key, bool isIt) in new[] { ("release", true), ("db", false) })
        {
            File.WriteAllText(_folder["key.pem"], Judged("openssl", "x509", "-in", _folder[$"keys/{key}.crt"], "-pubkey", "-noout"));
            (int exitCode, _) = Oracle.Run(
                "openssl", "dgst", "-sha256", "-verify", _folder["key.pem"], "-signature", _folder["signature"], _folder["signed"]);
            Assert.Equal(isIt, exitCode == 0);
        }
        Assert.Equal(
            Judged("sha256sum", _folder["released/" + Image])[..64],
            (string)JsonNode.Parse(statement)!["subject"]![0]!["digest"]!["sha256"]!);

        // a later build without keys leaves no signature of the one before
        StrataProgram.Outcome again = StrataProgram.Run(
            _folder.Path, "build", "container-shell", "--provenance", "--output", _folder["again"]);
        Assert.True(again.ExitCode == 0, again.All);
        File.Copy(_folder["released/" + Statement], _folder["again/container-shell/" + Statement]);
        again = StrataProgram.Run(_folder.Path, "build", "container-shell", "--provenance", "--output", _folder["again"]);
        Assert.True(again.ExitCode == 0, again.All);
        Assert.Equal([Image + ".intoto.json"], Directory.GetFiles(_folder["again/container-shell"], "*.intoto.*").Select(Path.GetFileName));
    }

    [SkippableFact]
    public void Verify_PublishedOnAServer_IsTheSameOrSaysWhatIsNot()
    {
        Publish();
        using CacheServer server = new();
        foreach (string file in Directory.GetFiles(_folder["released"]))
        {
            server.Kept["/nano%20box/1.0/" + Path.GetFileName(file)] = File.ReadAllBytes(file);
        }
        string address = $"http://127.0.0.1:{new Uri(server.Address).Port}/nano%20box/1.0";
        StrataProgram.Outcome same = Verify(address, "--keys", "keys");
        Assert.True(same.ExitCode == 0, same.All);
        Assert.Contains($"{Image}: the same, ", same.Output, StringComparison.Ordinal);
        Assert.Contains($"{Statement}: signed by CN=Strata release", same.Output, StringComparison.Ordinal);
        Assert.True(Verify(address).ExitCode == 0);

        // one bit of the image: what is published is neither what the lock makes nor what was signed
        byte[] image = server.Kept["/nano%20box/1.0/" + Image];
        byte[] flipped = [.. image];
        flipped[image.Length / 2] ^= 1;
        server.Kept["/nano%20box/1.0/" + Image] = flipped;
        StrataProgram.Outcome other = Verify(address, "--keys", "keys", "--json");
        Assert.True(other.ExitCode == 1, other.All);
        JsonNode said = JsonNode.Parse(other.Output)!;
        Assert.Equal(("differs", Image), ((string)said["outcome"]!, (string)said["release"]!["not-as-stated"]![0]!));
        Assert.Equal(1, (int)said["files"]![0]!["comparison"]!["different-bytes"]!);

        // somebody else's keys
        server.Kept["/nano%20box/1.0/" + Image] = image;
        Assert.Equal(0, StrataProgram.Run(_folder.Path, "keys", "new", "others").ExitCode);
        Failure.Says(
            Verify(address, "--keys", "others"), 2, $"cannot believe {address}/{Statement}: no release key that is believed has signed it",
            "--keys");
        server.Kept.TryRemove("/nano%20box/1.0/strata.lock", out _);
        Failure.Says(Verify(address, "--keys", "keys"), 2, "there is no strata.lock in it", "publish both");
        server.Kept.TryRemove("/nano%20box/1.0/" + Statement, out _);
        Failure.Says(Verify(address, "--keys", "keys"), 2, $"there is neither {Statement} nor {Image}.intoto.json in it", "--provenance");
        Failure.Says(Verify("nowhere"), 2, "it is neither a folder nor an address", "https://");
        Failure.Says(
            StrataProgram.Run(_folder.Path, "verify", "container-shell"), 2, "cannot tell what to verify", "");
        Failure.Says(
            StrataProgram.Run(_folder.Path, "verify", "container-shell", "x.img", "--published", address), 2,
            "cannot tell what to verify", "");
    }

    [SkippableFact]
    public void Verify_PublishedWithPackagesThatAreGone_SaysSo()
    {
        using MadeArchive archive = new();
        File.WriteAllText(
            archive["made/edition.yaml"], "edition: made\nversion: \"1\"\ndescription: For a test\nkernel: none\ncapabilities: [tool]\n");
        File.WriteAllText(archive["made/capabilities/tool.yaml"], "capability: tool\ndescription: For a test\npackages:\n  thing: {}\n");
        JsonNode tools = JsonNode.Parse(Repository.Read("editions/container-static/strata.lock"))!;
        RealPackage[] needed = [.. RealPackage.OfLocks(new JsonObject { ["tools"] = tools["tools"]!.DeepClone() })];
        archive.Publish([.. needed, Thing("1.0")]);
        StrataProgram.Outcome built = archive.Run("build", "./made", "--provenance");
        Assert.True(built.ExitCode == 0, built.All);
        Assert.Equal(0, archive.Run("verify", "./made", "--published", "out/made").ExitCode);

        archive.Publish([.. needed, Thing("2.0")]);
        archive.Environment["STRATA_STORE"] = archive["another-store"];
        StrataProgram.Outcome gone = archive.Run("verify", "./made", "--published", "out/made");
        Failure.Says(gone, 2, "cannot build out/made again: no mirror has thing 1.0 (amd64) of its lock any more", "STRATA_SNAPSHOT");
        Assert.DoesNotContain("strata lock", gone.Errors, StringComparison.Ordinal);
    }

    private static RealPackage Thing(string version) => new(
        "trixie", $"pool/main/thing_{version}.deb", $"Package: thing\nVersion: {version}\nArchitecture: amd64\nDescription: made",
        new DebBuilder("thing", version).File("/usr/share/thing", version).Build());

    private StrataProgram.Outcome Verify(string address, params string[] more) =>
        StrataProgram.Run(_folder.Path, ["verify", "container-shell", "--published", address, .. more]);

    private void Publish()
    {
        StrataProgram.Outcome keys = StrataProgram.Run(_folder.Path, "keys", "new", "keys");
        Assert.True(keys.ExitCode == 0, keys.All);
        StrataProgram.Outcome built = StrataProgram.Run(_folder.Path, "build", "container-shell", "--provenance", "--keys", "keys");
        Assert.True(built.ExitCode == 0, built.All);
        Assert.Contains("signed by CN=Strata release", built.Output, StringComparison.Ordinal);
        Directory.Move(_folder["out/container-shell"], _folder["released"]);
    }

    private static string Judged(string program, params string[] arguments)
    {
        (int exitCode, string said) = Oracle.Run(program, arguments);
        Assert.True(exitCode == 0, said);
        return said;
    }
}
