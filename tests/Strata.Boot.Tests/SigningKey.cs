using Strata.Testing;

namespace Strata.Boot.Tests;

/// <summary>A key of one test, made and used by gpg in a home of its own.</summary>
internal sealed class SigningKey : IDisposable
{
    private readonly TemporaryFolder _home = new();

    public SigningKey()
    {
        Gpg("--passphrase", "", "--quick-generate-key", "Archive of a test <archive@example.org>", "ed25519", "sign", "never");
        Fingerprint = Gpg("--with-colons", "--list-keys").Split('\n')
            .First(l => l.StartsWith("fpr:", StringComparison.Ordinal)).Split(':')[9];
    }

    public string Fingerprint { get; }

    /// <summary>The end of the fingerprint, by which people and gpgv name a key.</summary>
    public string Id => Fingerprint[^16..];

    /// <summary>The public key; with <c>--armor</c> in ASCII armour.</summary>
    public byte[] Export(params string[] options) => Made([.. options, "--export"]);

    /// <summary>The text with its signature, as <c>InRelease</c> has them.</summary>
    public byte[] Sign(string text) => Signed(text, "--clearsign");

    /// <summary>The signature alone, as <c>Release.gpg</c> has it.</summary>
    public byte[] SignDetached(string text) => Signed(text, "--armor", "--detach-sign");

    public void Dispose()
    {
        Oracle.Run("gpgconf", "--homedir", _home.Path, "--kill", "all");
        _home.Dispose();
    }

    private byte[] Signed(string text, params string[] form)
    {
        File.WriteAllText(_home["text"], text);
        return Made(["--digest-algo", "SHA256", .. form, _home["text"]]);
    }

    private byte[] Made(params string[] arguments)
    {
        Gpg(["--yes", "--output", _home["made"], .. arguments]);
        return File.ReadAllBytes(_home["made"]);
    }

    private string Gpg(params string[] arguments)
    {
        (int exitCode, string output) = Oracle.Run(
            "gpg", ["--homedir", _home.Path, "--batch", "--quiet", "--pinentry-mode", "loopback", .. arguments]);
        Assert.True(exitCode == 0, output);
        return output;
    }
}
