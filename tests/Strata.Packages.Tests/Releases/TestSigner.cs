using Strata.Packages.Keys;
using Strata.Testing;

namespace Strata.Packages.Tests.Releases;

/// <summary>A key of one test, made and used by gpg in a home of its own.</summary>
internal sealed class TestSigner : IDisposable
{
    private readonly TemporaryFolder _home = new();
    private readonly string[] _time;

    /// <param name="expires">As gpg writes it: <c>never</c>, <c>1y</c>.</param>
    /// <param name="time">What gpg takes for the present: <c>20200101T000000</c>.</param>
    /// <param name="kind">Algorithm of the key, as gpg writes it.</param>
    public TestSigner(string expires = "never", string? time = null, string kind = "ed25519")
    {
        _time = time is null ? [] : ["--faked-system-time", time];
        Gpg("--passphrase", "", "--quick-generate-key", "Archive of a test <archive@example.org>", kind, "sign", expires);
        Gpg("--output", _home["keys"], "--export");
        Keyring = Keyring.FromFile(_home["keys"]);
        Fingerprint = Gpg("--with-colons", "--list-keys").Split('\n')
            .First(l => l.StartsWith("fpr:", StringComparison.Ordinal)).Split(':')[9];
    }

    /// <summary>As gpg says it.</summary>
    public string Fingerprint { get; }

    /// <summary>The public key, with <c>--armor</c> in ASCII armour.</summary>
    public byte[] Export(params string[] options)
    {
        Gpg([.. options, "--yes", "--output", _home["exported"], "--export"]);
        return File.ReadAllBytes(_home["exported"]);
    }

    /// <summary>The private key.</summary>
    public byte[] ExportSecret(params string[] options)
    {
        Gpg([.. options, "--passphrase", "", "--yes", "--output", _home["exported"], "--export-secret-keys"]);
        return File.ReadAllBytes(_home["exported"]);
    }

    public Keyring Keyring { get; }

    public byte[] Sign(string text, string digest = "SHA256")
    {
        File.WriteAllText(_home["text"], text);
        Gpg("--yes", "--digest-algo", digest, "--output", _home["signed"], "--clearsign", _home["text"]);
        return File.ReadAllBytes(_home["signed"]);
    }

    /// <summary>The signature alone, in ASCII armour, as <c>Release.gpg</c> has it.</summary>
    public byte[] SignDetached(string text, string digest = "SHA256")
    {
        File.WriteAllText(_home["text"], text);
        Gpg("--yes", "--digest-algo", digest, "--armor", "--output", _home["signature"], "--detach-sign", _home["text"]);
        return File.ReadAllBytes(_home["signature"]);
    }

    /// <summary>Text and signature in one message that is no clear-signed one.</summary>
    public byte[] SignInline(string text)
    {
        File.WriteAllText(_home["text"], text);
        Gpg("--yes", "--digest-algo", "SHA256", "--armor", "--compress-level", "0", "--output", _home["message"], "--sign", _home["text"]);
        return File.ReadAllBytes(_home["message"]);
    }

    public void Dispose()
    {
        Oracle.Run("gpgconf", "--homedir", _home.Path, "--kill", "all");
        _home.Dispose();
    }

    private string Gpg(params string[] arguments)
    {
        (int exitCode, string output) = Oracle.Run("gpg", ["--homedir", _home.Path, "--batch", "--quiet", "--pinentry-mode", "loopback", .. _time, .. arguments]);
        Assert.True(exitCode == 0, output);
        return output;
    }
}
