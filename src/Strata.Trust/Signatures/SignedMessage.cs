using System.Formats.Asn1;
using Strata.Core;

namespace Strata.Trust.Signatures;

/// <summary>
/// Writes SignedData of PKCS #7 version 1.5 (RFC 2315, section 9) with one signer: the form that firmware checks, of images and of its own
/// variables.
/// </summary>
/// <remarks>
/// Not System.Security.Cryptography.Pkcs: it wraps every content in an OCTET STRING, as CMS (RFC 5652) does, and Authenticode wants the
/// content itself there.
/// Nothing in it depends on the clock, so the same key signs the same thing with the same bytes.
/// </remarks>
internal static class SignedMessage
{
    /// <summary>Content type "data": a signature of what stands elsewhere.</summary>
    public const string Data = "1.2.840.113549.1.7.1";

    private const string SignedData = "1.2.840.113549.1.7.2";
    private const string ContentType = "1.2.840.113549.1.9.3";
    private const string MessageDigest = "1.2.840.113549.1.9.4";
    private const string Sha256 = "2.16.840.1.101.3.4.2.1";
    private const string RsaEncryption = "1.2.840.113549.1.1.1";

    private static readonly Asn1Tag s_zero = new(TagClass.ContextSpecific, 0, isConstructed: true);

    /// <summary>ContentInfo with SignedData around a content that it carries, its type and digest among signed attributes.</summary>
    /// <param name="key">Signs.</param>
    /// <param name="contentType">Object identifier of the content.</param>
    /// <param name="content">DER of the content, one value.</param>
    public static byte[] Of(CertifiedKey key, string contentType, ReadOnlySpan<byte> content)
    {
        ArgumentNullException.ThrowIfNull(key);
        Sha256Digest digest = DigestOf(content);
        byte[] signature = key.Sign(ToSign(contentType, content));
        AsnWriter writer = new(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(SignedData);
            using (writer.PushSequence(s_zero))
            {
                Write(writer, key, contentType, content, Attributes(contentType, digest, s_zero), signature);
            }
        }
        return writer.Encode();
    }

    /// <summary>What a key signs for <see cref="Of"/>: the digest of the attributes. It is the same for every key.</summary>
    /// <param name="contentType">Object identifier of the content.</param>
    /// <param name="content">DER of the content, one value.</param>
    public static Sha256Digest ToSign(string contentType, ReadOnlySpan<byte> content) =>
        Sha256Digest.Of(Attributes(contentType, DigestOf(content), new Asn1Tag(UniversalTagNumber.SetOf)));

    /// <summary>SignedData alone, without ContentInfo and attributes, of what stands beside it.</summary>
    /// <param name="key">Signs.</param>
    /// <param name="digest">Of what is signed.</param>
    public static byte[] Detached(CertifiedKey key, Sha256Digest digest)
    {
        ArgumentNullException.ThrowIfNull(key);
        AsnWriter writer = new(AsnEncodingRules.DER);
        Write(writer, key, Data, [], [], key.Sign(digest));
        return writer.Encode();
    }

    // of the content without its tag and length (RFC 2315, section 9.3)
    private static Sha256Digest DigestOf(ReadOnlySpan<byte> content)
    {
        AsnDecoder.ReadSequence(content, AsnEncodingRules.DER, out int offset, out int length, out _);
        return Sha256Digest.Of(content.Slice(offset, length));
    }

    private static byte[] Attributes(string contentType, Sha256Digest digest, Asn1Tag tag)
    {
        AsnWriter writer = new(AsnEncodingRules.DER);
        using (writer.PushSetOf(tag))
        {
            Attribute(writer, ContentType, value => value.WriteObjectIdentifier(contentType));
            Attribute(writer, MessageDigest, value => value.WriteOctetString(digest.Bytes));
        }
        return writer.Encode();
    }

    private static void Attribute(AsnWriter writer, string type, Action<AsnWriter> value)
    {
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(type);
            using (writer.PushSetOf())
            {
                value(writer);
            }
        }
    }

    private static void Write(
        AsnWriter writer, CertifiedKey key, string contentType, ReadOnlySpan<byte> content, ReadOnlySpan<byte> attributes, byte[] signature)
    {
        using (writer.PushSequence())
        {
            writer.WriteInteger(1);
            using (writer.PushSetOf())
            {
                Algorithm(writer, Sha256);
            }
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(contentType);
                if (!content.IsEmpty)
                {
                    using (writer.PushSequence(s_zero))
                    {
                        writer.WriteEncodedValue(content);
                    }
                }
            }
            using (writer.PushSetOf(s_zero))
            {
                writer.WriteEncodedValue(key.Certificate.RawData);
            }
            using (writer.PushSetOf())
            using (writer.PushSequence())
            {
                writer.WriteInteger(1);
                using (writer.PushSequence())
                {
                    writer.WriteEncodedValue(key.Certificate.IssuerName.RawData);
                    writer.WriteInteger(key.Certificate.SerialNumberBytes.Span);
                }
                Algorithm(writer, Sha256);
                if (!attributes.IsEmpty)
                {
                    writer.WriteEncodedValue(attributes);
                }
                Algorithm(writer, RsaEncryption);
                writer.WriteOctetString(signature);
            }
        }
    }

    private static void Algorithm(AsnWriter writer, string identifier)
    {
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(identifier);
            writer.WriteNull();
        }
    }
}
