using System.Text;
using System.Text.Json.Nodes;

namespace Strata.Boot.Tests;

/// <summary>An archive besides Debian's own, with a key of its own, as the program takes it.</summary>
public class OtherArchiveTests
{
    private const string Place = "/other/dists/stable/";
    private const string Fields = "Origin: Other\nSuite: stable\nCodename: stable\nArchitectures: amd64\nComponents: main\n";

    private static readonly MadePackage s_hello = new("hello", "hello of others"u8.ToArray(), "Filename: pool/hello_3.0.deb\n", "3.0");

    /// <summary>The key beside the blueprint, armoured or binary, or in it: what is locked is the same.</summary>
    [SkippableTheory]
    [InlineData("asc")]
    [InlineData("gpg")]
    [InlineData("inline")]
    public void Lock_KeyInAnyForm_IsTakenAndTheLockNamesTheArchive(string form)
    {
        using SigningKey key = new();
        using MadeArchive archive = new();
        archive.PublishOther(Place, "main/binary-amd64/", s_hello, Fields, key);
        string keys = $"[other.{form}]";
        if (form == "inline")
        {
            string armour = Encoding.ASCII.GetString(key.Export("--armor"));
            keys = "\n    - |\n      " + armour.TrimEnd().Replace("\n", "\n      ", StringComparison.Ordinal);
        }
        else
        {
            File.WriteAllBytes(archive[$"made/other.{form}"], key.Export(form == "asc" ? ["--armor"] : []));
        }
        archive.WriteEdition("hello", Archives(archive, keys));
        StrataProgram.Outcome locked = archive.Run("lock", "./made");
        Assert.True(locked.ExitCode == 0, locked.All);
        Assert.Contains($"other/stable\t2026-09-12 07:55\t-\t{key.Fingerprint}\n", locked.Output, StringComparison.Ordinal);
        Assert.Contains($"trixie\t2026-09-12 07:55\t-\t{archive.Key.Fingerprint}\n", locked.Output, StringComparison.Ordinal);
        string text = File.ReadAllText(archive["made/strata.lock"]);
        Assert.DoesNotContain("127.0.0.1", text, StringComparison.Ordinal);
        JsonNode guest = JsonNode.Parse(text)!["guest"]!;
        JsonNode hello = guest["packages"]!.AsArray().Single(p => (string?)p!["name"] == "hello")!;
        Assert.Equal(("3.0", "other", "stable"), ((string?)hello["version"], (string?)hello["archive"], (string?)hello["suite"]));
        Assert.Equal(Digest(key.Export()), (string?)guest["request"]!["archives"]![0]!["keys"]![0]);
        Assert.Contains("\"tools\":", text, StringComparison.Ordinal);
        Assert.Equal(1, (int)JsonNode.Parse(text)!["tools"]!["format"]!);
    }

    [SkippableFact]
    public void Lock_SignedWithAnotherKey_NamesArchiveKeyAndFile()
    {
        using SigningKey key = new();
        using MadeArchive archive = new();
        archive.PublishOther(Place, "main/binary-amd64/", s_hello, Fields, archive.Key); // of an archive that is trusted, but not here
        File.WriteAllBytes(archive["made/other.asc"], key.Export("--armor"));
        archive.WriteEdition("hello", Archives(archive, "[other.asc]"));
        Failure.Says(archive.Run("lock", "./made"), 1, "cannot verify InRelease of other/stable", "no key that is trusted signed it",
            archive.Key.Id, $"other.asc ({key.Id})");
        archive.PublishOther(Place, "main/binary-amd64/", s_hello, Fields, key);
        StrataProgram.Outcome locked = archive.Run("lock", "./made");
        Assert.True(locked.ExitCode == 0, locked.All);
    }

    /// <summary>A blueprint cannot make Debian's archive trust the key of another.</summary>
    [SkippableFact]
    public void Lock_DebiansArchiveSignedWithTheKeyOfAnother_IsRefused()
    {
        using SigningKey key = new();
        using MadeArchive archive = new();
        archive.PublishOther(Place, "main/binary-amd64/", s_hello, Fields, key);
        File.WriteAllBytes(archive["made/other.asc"], key.Export("--armor"));
        archive.WriteEdition("hello", Archives(archive, "[other.asc]"));
        string release = Encoding.ASCII.GetString(archive.Files["/dists/trixie/InRelease"]!);
        int start = release.IndexOf("\n\n", StringComparison.Ordinal) + 2;
        archive.Files["/dists/trixie/InRelease"] =
            key.Sign(release[start..release.IndexOf("-----BEGIN PGP SIGNATURE", StringComparison.Ordinal)]);
        Failure.Says(archive.Run("lock", "./made"), 1, "cannot verify InRelease of trixie", key.Id, "keys.gpg");
    }

    [SkippableFact]
    public void BuildLocked_ArchiveOrKeyOfTheLockIsNoLongerThatOfTheBlueprint_IsRefused()
    {
        using SigningKey key = new();
        using SigningKey next = new();
        using MadeArchive archive = new();
        archive.PublishOther(Place, "main/binary-amd64/", s_hello, Fields, key);
        archive.Files["/other/pool/hello_3.0.deb"] = s_hello.Content;
        File.WriteAllBytes(archive["made/other.asc"], key.Export("--armor"));
        archive.WriteEdition("hello", Archives(archive, "[other.asc]"));
        StrataProgram.Outcome locked = archive.Run("lock", "./made");
        Assert.True(locked.ExitCode == 0, locked.All);
        Assert.Contains("cannot use package", archive.Run("build", "./made", "--locked").Errors, StringComparison.Ordinal); // which is none
        Assert.Contains(archive.Asked, a => a.Path == "/other/pool/hello_3.0.deb");

        File.WriteAllBytes(archive["made/other.asc"], next.Export("--armor"));
        Failure.Says(archive.Run("build", "./made", "--locked"), 1, "cannot build made from its lock", "strata lock made");
        archive.WriteEdition("hello");
        Failure.Says(
            archive.Run("build", "./made", "--locked"), 1, "takes packages from archive 'other', which the blueprint does not name");
        StrataProgram.Outcome built = archive.Run("build", "./made"); // and follows the blueprint
        Assert.Contains("follows the blueprint, 1 package changed", built.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("other", File.ReadAllText(archive["made/strata.lock"]), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Doctor_Edition_TellsOfEachArchive()
    {
        using SigningKey key = new();
        using MadeArchive archive = new();
        archive.PublishOther(Place, "main/binary-amd64/", s_hello, Fields + "Valid-Until: Sun, 12 Sep 2032 07:55:41 UTC\n", key);
        File.WriteAllBytes(archive["made/other.asc"], key.Export("--armor"));
        archive.WriteEdition("hello", Archives(archive, "[other.asc]"));
        Assert.Contains(
            $"good\tarchive other/stable\tmade 2026-09-12 07:55, valid until 2032-09-12 07:55, signed by {key.Fingerprint}\n",
            archive.Run("doctor", "./made").Output, StringComparison.Ordinal);
        archive.PublishOther(Place, "main/binary-amd64/", s_hello, Fields, archive.Key);
        StrataProgram.Outcome doctor = archive.Run("doctor", "./made");
        Assert.Contains("bad\tarchives\tcannot verify InRelease of other/stable", doctor.Output, StringComparison.Ordinal);
        Assert.Equal(1, doctor.ExitCode);
    }

    /// <summary>The same server under another name is another host.</summary>
    [SkippableFact]
    public void Lock_PrivateArchive_GetsThePasswordAndNobodyElseDoes()
    {
        using SigningKey key = new();
        using MadeArchive archive = new();
        using MadeArchive elsewhere = new();
        archive.PublishOther(Place, "main/binary-amd64/", s_hello, Fields, key);
        elsewhere.PublishOther(Place, "main/binary-amd64/", s_hello, Fields, key);
        archive.Users["/other/"] = "me:s3cret-word";
        File.WriteAllBytes(archive["made/other.asc"], key.Export("--armor"));
        archive.WriteEdition("hello", Archives(archive, "[other.asc]"));
        Directory.CreateDirectory(archive["host/etc/apt/auth.conf.d"]);
        archive.Environment["STRATA_APT_ROOT"] = archive["host"];

        StrataProgram.Outcome without = archive.Run("lock", "./made");
        Failure.Says(without, 1, "InRelease of other/stable", "401");
        WriteLogin(archive, "wrong-word");
        StrataProgram.Outcome wrong = archive.Run("lock", "./made");
        Failure.Says(wrong, 1, "InRelease of other/stable", "401");
        Assert.DoesNotContain("wrong-word", wrong.All, StringComparison.Ordinal);

        WriteLogin(archive, "s3cret-word");
        StrataProgram.Outcome locked = archive.Run("lock", "./made");
        Assert.True(locked.ExitCode == 0, locked.All);
        Assert.DoesNotContain("s3cret-word", locked.All, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret-word", File.ReadAllText(archive["made/strata.lock"]), StringComparison.Ordinal);
        Assert.All(archive.Asked.Where(a => a.Path.StartsWith("/dists/", StringComparison.Ordinal)), a => Assert.Null(a.Authorization));

        archive.Files["/other/pool/hello_3.0.deb"] = s_hello.Content;
        archive.Moved["/other/pool/hello_3.0.deb"] = elsewhere.Address + "/hello.deb";
        elsewhere.Files["/hello.deb"] = s_hello.Content;
        Assert.Contains("cannot use package", archive.Run("build", "./made", "--locked").Errors, StringComparison.Ordinal);
        Assert.Null(Assert.Single(elsewhere.Asked, a => a.Path == "/hello.deb").Authorization);
    }

    private static void WriteLogin(MadeArchive archive, string password) => File.WriteAllText(
        archive["host/etc/apt/auth.conf.d/other.conf"], $"machine {archive.Address}/other login me password {password}\n");

    [SkippableTheory]
    [InlineData("SHA256")]
    [InlineData("SHA512")]
    public void Lock_FlatArchive_IsTakenWithEitherDigest(string digest)
    {
        using SigningKey key = new();
        using MadeArchive archive = new();
        MadePackage hello = s_hello with { Fields = "Filename: ./deb/hello.deb\n" };
        archive.PublishOther("/flat/", "", hello, "Origin: Flat\n", key, digest);
        archive.Files["/flat/deb/hello.deb"] = hello.Content;
        File.WriteAllBytes(archive["made/flat.gpg"], key.Export());
        archive.WriteEdition(
            "hello",
            $"archives:\n  flat: {{urls: [\"{archive.Address}/flat\"], suites: [./], keys: [flat.gpg], packages: [hello]}}\n");
        StrataProgram.Outcome locked = archive.Run("lock", "./made");
        Assert.True(locked.ExitCode == 0, locked.All);
        Assert.Contains(Digest(hello.Content), File.ReadAllText(archive["made/strata.lock"]), StringComparison.Ordinal);
        Assert.Contains("cannot use package", archive.Run("build", "./made", "--locked").Errors, StringComparison.Ordinal); // which is none
        Assert.Single(archive.Asked, a => a.Path == "/flat/deb/hello.deb");
    }

    private static string Archives(MadeArchive archive, string keys, string packages = "[hello]") =>
        $"archives:\n  other:\n    urls: [\"{archive.Address}/other\"]\n    suites: [stable]\n    components: [main]\n"
        + $"    keys: {keys}\n    packages: {packages}\n";

    private static string Digest(byte[] content) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(content));
}
