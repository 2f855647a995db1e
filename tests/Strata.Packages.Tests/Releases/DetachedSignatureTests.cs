using System.Text;
using Strata.Core;
using Strata.Packages.Releases;
using Strata.Testing;

namespace Strata.Packages.Tests.Releases;

/// <summary>Signatures that are files of their own, <c>Release.gpg</c>. The judge is gpgv.</summary>
public sealed class DetachedSignatureTests
{
    private const string Text = "Origin: Test\n- a line that begins with a dash\nSuite: x\n";

    [SkippableFact]
    public async Task VerifyAsync_GoodSignature_GivesTheDocument()
    {
        using TestSigner signer = Prepare();
        SignedText text = await Verify(signer, Text, signer.SignDetached(Text));
        Assert.Equal(Text, Encoding.UTF8.GetString(text.Content.Span));
        Assert.Matches("^[0-9A-F]{40}$", Assert.Single(text.Fingerprints));
    }

    [SkippableFact]
    public async Task VerifyAsync_VersionHeader_AsOpenBuildServiceWritesIt_IsGood()
    {
        using TestSigner signer = Prepare();
        Assert.Single((await Verify(signer, Text, With(signer, "\n\n", "\nVersion: GnuPG v2.0.15 (GNU/Linux)\n\n"))).Fingerprints);
    }

    [SkippableTheory]
    [InlineData("Suite: x", "Suite: y")]
    [InlineData("Origin", "\nOrigin")]
    [InlineData("x\n", "x\nSuite: y\n")]
    public async Task VerifyAsync_AlteredDocument_IsRefused(string from, string to)
    {
        using TestSigner signer = Prepare();
        byte[] signature = signer.SignDetached(Text);
        Assert.Contains("was altered", await Problem(signer, Text.Replace(from, to, StringComparison.Ordinal), signature),
            StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task VerifyAsync_KeyThatIsNotTrusted_IsRefused()
    {
        using TestSigner signer = Prepare();
        using TestSigner other = new();
        Assert.Contains("no key that is trusted", await Problem(other, Text, signer.SignDetached(Text)), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task VerifyAsync_WeakDigest_IsRefused()
    {
        using TestSigner signer = Prepare();
        Assert.Contains("weak digest", await Problem(signer, Text, signer.SignDetached(Text, "SHA1")), StringComparison.Ordinal);
    }

    /// <summary>A well-signed message in the place of a signature: the text that it signs is its own, not the document.</summary>
    [SkippableFact]
    public async Task VerifyAsync_SignatureThatBringsItsOwnText_IsRefused()
    {
        using TestSigner signer = Prepare();
        string message = Encoding.ASCII.GetString(signer.SignInline(Text));
        Assert.Contains("PGP MESSAGE", message, StringComparison.Ordinal);
        byte[] disguised = Encoding.ASCII.GetBytes(message.Replace("PGP MESSAGE", "PGP SIGNATURE", StringComparison.Ordinal));
        await Problem(signer, "Origin: Evil\n", disguised);
        await Problem(signer, Text, disguised);
    }

    [Theory]
    [InlineData("PLAINTEXT 74 0\nNEWSIG\nGOODSIG K U\nVALIDSIG F 2026-01-01 1 0 4 0 1 8 01 P", "text of its own")]
    [InlineData("NEWSIG\nGOODSIG K U\nVALIDSIG F 2026-01-01 1 0 4 0 1 8 01 P", null)]
    public void ReadStatus_Texts_AreNoneBesideTheDocument(string lines, string? problem)
    {
        GpgvStatus status = GpgvStatus.Read(string.Concat(lines.Split('\n').Select(l => $"[GNUPG:] {l}\n")), mostTexts: 0);
        Assert.Equal(problem is null, status.Problem is null);
        Assert.Contains(problem ?? "", status.Problem ?? "", StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("-----BEGIN", "Suite: evil\n-----BEGIN", "none in ASCII armour")]
    [InlineData("END PGP SIGNATURE-----\n", "END PGP SIGNATURE-----\nSuite: evil\n", "follows the signature")]
    [InlineData("END PGP SIGNATURE-----\n", "", "cut off")]
    [InlineData("\n\n", "\nComment: x\n\n", "has headers")]
    [InlineData("\n\n", "\nVersion: \u0007\n\n", "has headers")]
    [InlineData("\n\n", "\nVersion: x\nVersion: x\n\n", "has headers")]
    [InlineData("\n\n", "\n\n=AAAA\n", "not in lines of base64")]
    public async Task VerifyAsync_FormThatNoArchiveWrites_IsRefusedBeforeTheProgramSeesIt(string from, string to, string problem)
    {
        using TestSigner signer = Prepare();
        Gpgv gpgv = new([signer.Keyring], "/no/such/gpgv");
        StrataException e = await Assert.ThrowsAsync<StrataException>(
            () => gpgv.VerifyAsync("Release of x", Encoding.UTF8.GetBytes(Text), With(signer, from, to), CancellationToken.None));
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task VerifyAsync_TwoSignaturesAfterEachOther_AreRefused()
    {
        using TestSigner signer = Prepare();
        byte[] one = signer.SignDetached(Text);
        Assert.Contains("follows the signature", await Problem(signer, Text, [.. one, .. one]), StringComparison.Ordinal);
    }

    private static byte[] With(TestSigner signer, string from, string to)
    {
        string good = Encoding.UTF8.GetString(signer.SignDetached(Text));
        Assert.Contains(from, good, StringComparison.Ordinal);
        return Encoding.UTF8.GetBytes(good.Replace(from, to, StringComparison.Ordinal));
    }

    private static TestSigner Prepare()
    {
        Oracle.Find("gpgv");
        return new TestSigner();
    }

    private static Task<SignedText> Verify(TestSigner trusted, string text, byte[] signature) =>
        new Gpgv([trusted.Keyring]).VerifyAsync("Release of x", Encoding.UTF8.GetBytes(text), signature, CancellationToken.None);

    private static async Task<string> Problem(TestSigner trusted, string text, byte[] signature) =>
        (await Assert.ThrowsAsync<StrataException>(() => Verify(trusted, text, signature))).Message;
}
