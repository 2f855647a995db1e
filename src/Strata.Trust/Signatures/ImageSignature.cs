using System.Formats.Asn1;
using Strata.Core;
using Strata.Formats.Pe;

namespace Strata.Trust.Signatures;

/// <summary>
/// Signs programs of firmware: UKIs, boot programs, addons ("Windows Authenticode Portable Executable Signature Format", 2008; UEFI
/// specification, section 32.2.4).
/// </summary>
public static class ImageSignature
{
    private const string IndirectData = "1.3.6.1.4.1.311.2.1.4"; // SPC_INDIRECT_DATA_OBJID
    private const string PeImageData = "1.3.6.1.4.1.311.2.1.15"; // SPC_PE_IMAGE_DATAOBJ
    private const string Sha256 = "2.16.840.1.101.3.4.2.1";

    // What stood here were page hashes, which nobody makes any more; the text is that of the specification.
    private const string Obsolete = "<<<Obsolete>>>";

    /// <summary>
    /// The signature of an image with a digest: DER of a PKCS #7 ContentInfo, for <see cref="CertificateTable.AppendAsync"/>.
    /// </summary>
    /// <param name="key">Signs.</param>
    /// <param name="image">Of the image (<see cref="Authenticode.Digest"/>).</param>
    public static byte[] Of(CertifiedKey key, Sha256Digest image) => SignedMessage.Of(key, IndirectData, Content(image));

    /// <summary>What a key signs for <see cref="Of"/>, whichever key it is: where it lies elsewhere, this goes there.</summary>
    /// <param name="image">Digest of the image (<see cref="Authenticode.Digest"/>).</param>
    public static Sha256Digest ToSign(Sha256Digest image) => SignedMessage.ToSign(IndirectData, Content(image));

    /// <summary>Writes an image with a signature of a key; signatures that it has stay.</summary>
    /// <param name="key">Signs.</param>
    /// <param name="image">The image: seekable, it starts at position 0.</param>
    /// <param name="output">Gets the signed image; need not be seekable.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ImageFormatException">It is no PE32+ image.</exception>
    public static async Task WriteAsync(CertifiedKey key, Stream image, Stream output, CancellationToken cancellationToken) =>
        await CertificateTable.AppendAsync(image, Of(key, Authenticode.Digest(image)), output, cancellationToken);

    // SpcIndirectDataContent: what is signed is an image, and its digest
    private static byte[] Content(Sha256Digest image)
    {
        AsnWriter writer = new(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence()) // SpcAttributeTypeAndOptionalValue
            {
                writer.WriteObjectIdentifier(PeImageData);
                using (writer.PushSequence()) // SpcPeImageData
                {
                    writer.WriteBitString([]);
                    using (writer.PushSequence(Context(0))) // file
                    using (writer.PushSequence(Context(2))) // SpcLink: file
                    {
                        // SpcString: unicode
                        writer.WriteCharacterString(UniversalTagNumber.BMPString, Obsolete, new Asn1Tag(TagClass.ContextSpecific, 0));
                    }
                }
            }
            using (writer.PushSequence()) // DigestInfo
            {
                using (writer.PushSequence())
                {
                    writer.WriteObjectIdentifier(Sha256);
                    writer.WriteNull();
                }
                writer.WriteOctetString(image.Bytes);
            }
        }
        return writer.Encode();
    }

    private static Asn1Tag Context(int number) => new(TagClass.ContextSpecific, number, isConstructed: true);
}
