using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Strata.Core;

namespace Strata.Inventory.Provenance;

/// <summary>A signature of a statement.</summary>
/// <param name="KeyId">Which key it says that it is by: a hint that nobody has to believe.</param>
/// <param name="Bytes">RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017, section 8.2).</param>
public sealed record StatementSignature(string KeyId, ReadOnlyMemory<byte> Bytes);

/// <summary>A key that signs statements.</summary>
/// <param name="Certificate">What others know it by; of an RSA key.</param>
/// <param name="Sign">Signs <see cref="StatementEnvelope.ToSign"/> with RSASSA-PKCS1-v1_5.</param>
public sealed record StatementSigner(X509Certificate2 Certificate, Func<Sha256Digest, byte[]> Sign);

/// <summary>A signed statement: an envelope of DSSE (version 1) in one line, as bundles of in-toto attestations have it.</summary>
/// <remarks>
/// Forms: secure-systems-lab/dsse, <c>envelope.md</c> and <c>protocol.md</c>; in-toto attestation framework, <c>spec/v1/bundle.md</c>. The
/// same statement and key give the same bytes. An envelope is signed when one of its signatures is by a key that the reader believes.
/// </remarks>
/// <param name="Statement">The statement, as it was signed.</param>
/// <param name="Signatures">At least one, at most <see cref="MostSignatures"/>.</param>
public sealed record StatementEnvelope(ReadOnlyMemory<byte> Statement, IReadOnlyList<StatementSignature> Signatures)
{
    /// <summary>Ending of its files.</summary>
    public const string Ending = "intoto.jsonl";

    /// <summary>What a registry knows it as.</summary>
    public const string MediaType = "application/vnd.dsse.envelope.v1+json";

    /// <summary>What it has in it.</summary>
    public const string PayloadType = "application/vnd.in-toto+json";

    /// <summary>Largest envelope that is read, in bytes.</summary>
    public const int MaxBytes = 32 << 20;

    /// <summary>Most signatures that are read.</summary>
    public const int MostSignatures = 16;

    private static readonly JsonWriterOptions s_form = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>What is signed of a statement: the digest of its pre-authentication encoding.</summary>
    public static Sha256Digest ToSign(ReadOnlySpan<byte> statement) => Sha256Digest.Of(Encoded(statement));

    /// <summary>The name of a key: SHA-256 over its public half (SubjectPublicKeyInfo, DER).</summary>
    public static string KeyIdOf(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        return Sha256Digest.Of(certificate.PublicKey.ExportSubjectPublicKeyInfo()).ToString();
    }

    /// <summary>Writes an envelope with one signature, a line of JSON.</summary>
    public static byte[] Write(ReadOnlySpan<byte> statement, StatementSigner signer)
    {
        ArgumentNullException.ThrowIfNull(signer);
        return new StatementEnvelope(
            statement.ToArray(), [new StatementSignature(KeyIdOf(signer.Certificate), signer.Sign(ToSign(statement)))]).Write();
    }

    /// <summary>The envelope as a line of JSON.</summary>
    public byte[] Write()
    {
        using MemoryStream bytes = new();
        using (Utf8JsonWriter json = new(bytes, s_form))
        {
            json.WriteStartObject();
            json.WriteBase64String("payload", Statement.Span);
            json.WriteString("payloadType", PayloadType);
            json.WriteStartArray("signatures");
            foreach (StatementSignature signature in Signatures)
            {
                json.WriteStartObject();
                json.WriteString("keyid", signature.KeyId);
                json.WriteBase64String("sig", signature.Bytes.Span);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        bytes.Write("\n"u8);
        return bytes.ToArray();
    }

    /// <summary>Reads an envelope; whose signatures it has is not asked yet.</summary>
    /// <param name="bytes">One line of JSON.</param>
    /// <param name="name">What it is called, for messages.</param>
    /// <exception cref="StrataException">It is no such envelope.</exception>
    public static StatementEnvelope Read(ReadOnlyMemory<byte> bytes, string name)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(
                bytes, new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 8 });
            JsonElement root = json.RootElement;
            if (root.GetProperty("payloadType").GetString() != PayloadType)
            {
                throw new FormatException($"what is in it is not '{PayloadType}'");
            }
            JsonElement signatures = root.GetProperty("signatures");
            return signatures.GetArrayLength() is > 0 and <= MostSignatures
                ? new StatementEnvelope(
                    root.GetProperty("payload").GetBytesFromBase64(),
                    [.. signatures.EnumerateArray().Select(s => new StatementSignature(
                        s.TryGetProperty("keyid", out JsonElement id) ? id.GetString() ?? "" : "",
                        s.GetProperty("sig").GetBytesFromBase64()))])
                : throw new FormatException($"it has {signatures.GetArrayLength()} signatures, expected 1 to {MostSignatures}");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new StrataException(
                $"cannot read {name}: it is no signed statement: {e.Message}",
                "'strata build --provenance --keys FOLDER' writes one: an envelope of DSSE with an in-toto statement.", e);
        }
    }

    /// <summary>True when one of the signatures is by the key of a certificate; false too when that is no RSA key.</summary>
    public bool IsSignedBy(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        using RSA? key = certificate.GetRSAPublicKey();
        byte[] signed = ToSign(Statement.Span).Bytes.ToArray();
        return key is not null && Signatures.Any(s =>
            key.VerifyHash(signed, s.Bytes.Span, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
    }

    // protocol.md: "DSSEv1" SP LEN(type) SP type SP LEN(body) SP body, lengths in decimal bytes
    private static byte[] Encoded(ReadOnlySpan<byte> statement) =>
    [
        .. Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"DSSEv1 {PayloadType.Length} {PayloadType} {statement.Length} ")),
        .. statement,
    ];
}
