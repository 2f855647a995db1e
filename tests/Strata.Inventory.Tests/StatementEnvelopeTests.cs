using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Strata.Core;
using Strata.Inventory.Provenance;
using Strata.Testing;

namespace Strata.Inventory.Tests;

public sealed class StatementEnvelopeTests : IDisposable
{
    private static readonly byte[] s_statement = "{\"a\": \"\u00e4\"}"u8.ToArray();

    private readonly TemporaryFolder _folder = new();
    private readonly RSA _key = RSA.Create(2048);
    private readonly X509Certificate2 _certificate;

    public StatementEnvelopeTests() => _certificate = CertificateOf(_key);

    public void Dispose()
    {
        _folder.Dispose();
        _certificate.Dispose();
        _key.Dispose();
    }

    /// <summary>secure-systems-lab/dsse, protocol.md: the encoding is typed here by hand, openssl knows nothing of ours.</summary>
    [SkippableFact]
    public void Write_Signed_OpensslVerifiesIt()
    {
        using JsonDocument envelope = JsonDocument.Parse(Envelope());
        Assert.Equal(["payload", "payloadType", "signatures"], envelope.RootElement.EnumerateObject().Select(p => p.Name));
        Assert.Equal("application/vnd.in-toto+json", envelope.RootElement.GetProperty("payloadType").GetString());
        Assert.Equal(s_statement, envelope.RootElement.GetProperty("payload").GetBytesFromBase64());
        JsonElement signature = Assert.Single(envelope.RootElement.GetProperty("signatures").EnumerateArray());
        File.WriteAllBytes(_folder["sig"], signature.GetProperty("sig").GetBytesFromBase64());
        File.WriteAllText(_folder["key.pem"], _key.ExportSubjectPublicKeyInfoPem());
        File.WriteAllBytes(_folder["signed"], [.. "DSSEv1 28 application/vnd.in-toto+json 11 "u8, .. s_statement]);
        string[] verify = ["dgst", "-sha256", "-verify", _folder["key.pem"], "-signature", _folder["sig"], _folder["signed"]];
        (int exitCode, string said) = Oracle.Run("openssl", verify);
        Assert.True(exitCode == 0, said);
        Assert.Equal("Verified OK", said.Trim());
        File.WriteAllBytes(_folder["signed"], [.. "DSSEv1 28 application/vnd.in-toto+json 11 "u8, .. s_statement.Reverse()]);
        Assert.NotEqual(0, Oracle.Run("openssl", verify).ExitCode);

        (exitCode, said) = Oracle.Run("sh", "-c", $"openssl pkey -pubin -in {_folder["key.pem"]} -outform DER | sha256sum");
        Assert.True(exitCode == 0, said);
        Assert.Equal(said[..64], signature.GetProperty("keyid").GetString());
    }

    [Fact]
    public void IsSignedBy_OtherKeyOrOtherStatement_IsFalse()
    {
        StatementEnvelope envelope = StatementEnvelope.Read(Envelope(), "made");
        Assert.True(envelope.IsSignedBy(_certificate));
        using RSA otherKey = RSA.Create(2048);
        using X509Certificate2 other = CertificateOf(otherKey);
        Assert.False(envelope.IsSignedBy(other));
        Assert.False((envelope with { Statement = s_statement.Append((byte)' ').ToArray() }).IsSignedBy(_certificate));
        using ECDsa curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 ofCurve = new CertificateRequest("CN=curve", curve, HashAlgorithmName.SHA256)
            .CreateSelfSigned(Start, Start.AddDays(1));
        Assert.False(envelope.IsSignedBy(ofCurve));

        // whoever hands it on may add a signature of his own; what the first one says stays true
        StatementEnvelope two = envelope with { Signatures = [new("", new byte[3]), .. envelope.Signatures] };
        Assert.True(StatementEnvelope.Read(two.Write(), "two").IsSignedBy(_certificate));
    }

    [Fact]
    public void Write_Twice_GivesTheSameLine()
    {
        byte[] envelope = Envelope();
        Assert.Equal(envelope, Envelope());
        Assert.Equal(1, envelope.Count(b => b == '\n'));
    }

    [Theory]
    [InlineData("", "no signed statement")]
    [InlineData("[]", "no signed statement")]
    [InlineData("{\"payloadType\": \"text/plain\", \"payload\": \"\", \"signatures\": []}", "what is in it is not 'application/vnd.in")]
    [InlineData("{\"payloadType\": \"application/vnd.in-toto+json\", \"payload\": \"\", \"signatures\": []}", "it has 0 signatures")]
    [InlineData("{\"payloadType\": \"application/vnd.in-toto+json\", \"payload\": \"?\", \"signatures\": [{\"sig\": \"\"}]}", "no signed")]
    [InlineData("{\"payloadType\": \"application/vnd.in-toto+json\", \"payload\": \"\", \"signatures\": [7]}", "no signed statement")]
    [InlineData("{\"payload\": \"\", \"payload\": \"e30=\"}", "no signed statement")]
    public void Read_SomethingElse_SaysWhatIsWrong(string text, string said)
    {
        StrataException refused = Assert.Throws<StrataException>(
            () => StatementEnvelope.Read(Encoding.UTF8.GetBytes(text), "x.intoto.jsonl"));
        Assert.StartsWith("cannot read x.intoto.jsonl: it is no signed statement: ", refused.Message, StringComparison.Ordinal);
        Assert.Contains(said, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ManySignatures_AreRefused()
    {
        StatementEnvelope many = new(s_statement, [.. Enumerable.Repeat(new StatementSignature("", new byte[1]), 17)]);
        StrataException refused = Assert.Throws<StrataException>(() => StatementEnvelope.Read(many.Write(), "many"));
        Assert.Contains("it has 17 signatures, expected 1 to 16", refused.Message, StringComparison.Ordinal);
        StatementEnvelope most = many with { Signatures = [.. many.Signatures.Skip(1)] };
        Assert.Equal(16, StatementEnvelope.Read(most.Write(), "most").Signatures.Count);
    }

    private static DateTimeOffset Start { get; } = DateTimeOffset.Parse("2026-01-01T00:00:00Z", CultureInfo.InvariantCulture);

    private static X509Certificate2 CertificateOf(RSA key) =>
        new CertificateRequest("CN=made", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(Start, Start.AddDays(1));

    private byte[] Envelope() => StatementEnvelope.Write(
        s_statement, new(_certificate, d => _key.SignHash(d.Bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)));
}
