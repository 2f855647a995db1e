using Strata.Testing;
using static Strata.Boot.Tests.SecureBootBench;

namespace Strata.Boot.Tests;

/// <summary>Keys that lie in a token; SoftHSM is the token, sbverify and the key as a file are the judges.</summary>
public sealed class TokenTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public void Keys_InAToken_SignTheBytesOfTheSameKeysAsFiles()
    {
        Token token = new(_folder);
        token.Make("Anna");
        Succeed(token.Run("keys", "new", "files", "--owner", "Anna"));
        Directory.CreateDirectory(_folder["by-token"]);
        foreach (string file in Directory.EnumerateFiles(_folder["files"], "*.crt"))
        {
            File.Copy(file, _folder[$"by-token/{Path.GetFileName(file)}"]);
        }
        foreach ((string key, int number) in ((string[])["PK", "KEK", "db"]).Select((k, i) => (k, i + 1)))
        {
            token.Import("Anna", _folder[$"files/{key}.key"], key, $"0{number}");
            File.WriteAllText(_folder[$"by-token/{key}.uri"], token.Uri("Anna", key) + "\n");
        }

        Succeed(token.Run("keys", "enrol", "by-token", "--passphrase-file", "pin"));
        foreach (string file in (string[])["PK.auth", "KEK.auth", "db.auth"])
        {
            Assert.Equal(File.ReadAllBytes(_folder[$"files/enrol/{file}"]), File.ReadAllBytes(_folder[$"by-token/enrol/{file}"]));
        }
        StrataProgram.Outcome shown = token.Run("keys", "show", "by-token");
        Assert.Contains("in a token", shown.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(Token.Pin, shown.All, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void New_InAToken_MakesKeysThereAndHandsThemOn()
    {
        Token token = new(_folder);
        token.Make("Anna");
        Succeed(token.Run("keys", "new", "keys", "--owner", "Anna", "--pkcs11", token.Uri("Anna"), "--passphrase-file", "pin"));
        Assert.Empty(Directory.EnumerateFiles(_folder["keys"], "*.key"));
        string before = File.ReadAllText(_folder["keys/db.crt"]);
        foreach (string key in (string[])["PK", "db"])
        {
            string file = _folder[$"keys/{key}.crt"];
            (int code, string output) = Oracle.Run("openssl", "verify", "-check_ss_sig", "-CAfile", file, file);
            Assert.True(code == 0, output); // the token signed its own certificate
        }

        // the same keys serve a folder that is made anew, and a rotation makes new ones
        Succeed(token.Run("keys", "new", "again", "--owner", "Anna", "--pkcs11", token.Uri("Anna"), "--passphrase-file", "pin"));
        Assert.Equal(PublicKeyOf("keys/db.crt"), PublicKeyOf("again/db.crt"));
        Succeed(token.Run("keys", "rotate", "keys", "db", "--passphrase-file", "pin"));
        Assert.True(File.Exists(_folder["keys/db-2.uri"]));
        Assert.NotEqual(PublicKeyOf("keys/db.crt"), PublicKeyOf("keys/db-2.crt"));
        Assert.Equal(before, File.ReadAllText(_folder["keys/db.crt"]));

        // what is wrong is told
        File.WriteAllText(_folder["wrong"], "0000\n");
        StrataProgram.Outcome refused = token.Run("keys", "enrol", "keys", "--passphrase-file", "wrong");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("the PIN is wrong", refused.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("0000", refused.All, StringComparison.Ordinal);
        refused = token.Run("keys", "new", "none", "--pkcs11", token.Uri("Eve"), "--passphrase-file", "pin");
        Assert.Contains("no such token is here", refused.Errors, StringComparison.Ordinal);
    }

    [SkippableFact]
    [Trait("Category", "Slow")] // two builds
    public void Build_WithAKeyInAToken_GivesTheBytesOfTheKeyAsAFile()
    {
        Token token = new(_folder);
        token.Make("Anna");
        string signed = BuildSigned(_folder);
        token.Import("Anna", _folder["keys/db.key"], "db", "01");
        File.Delete(_folder["keys/db.key"]);
        File.WriteAllText(_folder["keys/db.uri"], token.Uri("Anna", "db") + "\n");
        Succeed(token.Run("build", "./owned", "--output", "signed-there", "--keys", "keys", "--passphrase-file", "pin"));
        Assert.Equal(File.ReadAllBytes(signed), File.ReadAllBytes(_folder["signed-there/owned/owned.img"]));
    }

    private string PublicKeyOf(string certificate) =>
        Oracle.Run("openssl", "x509", "-pubkey", "-noout", "-in", _folder[certificate]).Output;
}
