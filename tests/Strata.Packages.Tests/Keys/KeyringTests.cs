using System.Text;
using Strata.Core;
using Strata.Packages.Keys;
using Strata.Packages.Tests.Releases;
using Strata.Testing;

namespace Strata.Packages.Tests.Keys;

/// <summary>gpg writes the keys and says which they are.</summary>
public class KeyringTests
{
    [SkippableFact]
    public void Of_ArmourAndBinary_AreTheSameKeys()
    {
        using TestSigner signer = new();
        byte[] armoured = signer.Export("--armor");
        Keyring ofArmour = Keyring.Of("a.asc", armoured);
        Keyring ofBinary = Keyring.Of("a.gpg", signer.Export());
        Assert.Equal(ofBinary.Digest, ofArmour.Digest);
        Assert.Equal(ofBinary.Content.ToArray(), ofArmour.Content.ToArray());
        Assert.Equal(signer.Fingerprint, Assert.Single(ofArmour.ReadKeys()).Fingerprint);
        Assert.Equal($"a.asc ({signer.Fingerprint[^16..]})", ofArmour.ToString());
    }

    /// <summary>What people and vendors do to such files: line ends of another system, headers, no empty line, several blocks.</summary>
    [SkippableFact]
    public void Of_ArmourAsItIsFound_IsRead()
    {
        using TestSigner one = new();
        using TestSigner two = new();
        string text = Encoding.ASCII.GetString(one.Export("--armor"));
        Keyring plain = Keyring.Of("a", one.Export());
        Assert.Equal(plain.Digest, Of(text.Replace("\n", "\r\n", StringComparison.Ordinal)).Digest);
        Assert.Equal(
            plain.Digest, Of(text.Replace("BLOCK-----\n\n", "BLOCK-----\nVersion: X\nComment: a: b\n\n", StringComparison.Ordinal)).Digest);
        Assert.Equal(plain.Digest, Of(text.Replace("BLOCK-----\n\n", "BLOCK-----\n", StringComparison.Ordinal)).Digest);
        Assert.Equal(plain.Digest, Of("\n\n" + text + "\n \n").Digest);
        Keyring both = Of(text + Encoding.ASCII.GetString(two.Export("--armor")));
        Assert.Equal([one.Fingerprint, two.Fingerprint], both.ReadKeys().Select(k => k.Fingerprint));
    }

    /// <summary>Old and elliptic kinds, with a subkey: the fingerprints are those that gpg computes.</summary>
    [SkippableTheory]
    [InlineData("rsa2048")]
    [InlineData("dsa2048")]
    [InlineData("nistp256")]
    public void ReadKeys_KindsOfKeys_HaveTheFingerprintsOfGpg(string kind)
    {
        using TestSigner signer = new(kind: kind);
        Assert.Equal(signer.Fingerprint, Assert.Single(signer.Keyring.ReadKeys()).Fingerprint);
    }

    [SkippableFact]
    public void ReadKeys_DebiansOwn_AreThoseThatGpgShows()
    {
        using TemporaryFolder home = new();
        foreach (Keyring keyring in Keyring.Debian)
        {
            File.WriteAllBytes(home["keys"], keyring.Content.ToArray());
            (int exitCode, string shown) = Oracle.Run(
                "gpg", "--homedir", home.Path, "--batch", "--quiet", "--with-colons", "--show-keys", home["keys"]);
            Assert.True(exitCode == 0, shown);
            string[] lines = shown.Split('\n');
            Assert.Equal(
                lines.Index().Where(l => l.Item.StartsWith("pub:", StringComparison.Ordinal))
                    .Select(l => lines.Skip(l.Index).First(f => f.StartsWith("fpr:", StringComparison.Ordinal)).Split(':')[9]),
                keyring.ReadKeys().Select(k => k.Fingerprint));
        }
    }

    [SkippableFact]
    public void Of_SomethingElse_IsRefusedWithTheReason()
    {
        using TestSigner signer = new();
        byte[] binary = signer.Export();
        string text = Encoding.ASCII.GetString(signer.Export("--armor"));
        Assert.Contains("private key", Problem(signer.ExportSecret("--armor")), StringComparison.Ordinal);
        Assert.Contains("private key", Problem(signer.ExportSecret()), StringComparison.Ordinal);
        Assert.Contains("cut off", Problem(Encoding.ASCII.GetBytes(text[..^60])), StringComparison.Ordinal);
        Assert.Contains("cut off", Problem(binary[..^1]), StringComparison.Ordinal);
        Assert.Contains("outside of a block", Problem(Encoding.ASCII.GetBytes(text + "x\n")), StringComparison.Ordinal);
        Assert.Contains(
            "no base64", Problem(Encoding.ASCII.GetBytes(text.Replace("\n\n", "\n\n!", StringComparison.Ordinal))),
            StringComparison.Ordinal);
        Assert.Contains("neither binary nor in ASCII armour", Problem("<html>log in</html>"u8.ToArray()), StringComparison.Ordinal);
        Assert.Contains("neither binary", Problem([.. binary, .. "x"u8]), StringComparison.Ordinal);
        Assert.Contains("packet of type 2", Problem(Dearmoured(signer.SignDetached("text"))), StringComparison.Ordinal);
        Assert.Contains("it is empty", Problem([]), StringComparison.Ordinal);
        Assert.Contains("more than 1048576 bytes", Problem(new byte[(1 << 20) + 1]), StringComparison.Ordinal);
        Assert.Contains("definite length", Problem([0x9B, 4]), StringComparison.Ordinal); // of old form, without one
        Assert.Contains("definite length", Problem([0xC6, 0xE1, 4]), StringComparison.Ordinal); // partial
        Assert.Contains("version 3", Problem([0xC6, 1, 3]), StringComparison.Ordinal);
    }

    private static byte[] Dearmoured(byte[] signature)
    {
        string[] lines = Encoding.ASCII.GetString(signature).Split('\n');
        return Convert.FromBase64String(string.Concat(lines.SkipWhile(l => l.Length > 0).TakeWhile(l => !l.StartsWith('='))));
    }

    private static Keyring Of(string text) => Keyring.Of("a", Encoding.ASCII.GetBytes(text));

    private static string Problem(byte[] content) => Assert.Throws<ImageFormatException>(() => Keyring.Of("a", content)).Problem;
}
