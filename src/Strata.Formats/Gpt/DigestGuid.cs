using Strata.Core;

namespace Strata.Formats.Gpt;

/// <summary>GUIDs made from digests, so that the same content gets the same identity everywhere and nothing is random.</summary>
/// <remarks>The 16 octets are taken in network order (RFC 9562 §4); on disk GPT mixes the order of the first three fields.</remarks>
public static class DigestGuid
{
    /// <summary>UUID of version 8, variant 10 (RFC 9562 §5.8): the first 16 octets of the digest, six bits of them fixed.</summary>
    public static Guid Of(Sha256Digest digest)
    {
        Span<byte> octets = stackalloc byte[16];
        digest.Bytes[..16].CopyTo(octets);
        octets[6] = (byte)((octets[6] & 0x0F) | 0x80);
        octets[8] = (byte)((octets[8] & 0x3F) | 0x80);
        return new Guid(octets, bigEndian: true);
    }

    /// <summary>First 128 bits of a verity root hash, unchanged: the identity of the data partition (UAPI.2).</summary>
    public static Guid OfVerityData(Sha256Digest rootHash) => new(rootHash.Bytes[..16], bigEndian: true);

    /// <summary>Last 128 bits of a verity root hash, unchanged: the identity of the hash partition (UAPI.2).</summary>
    public static Guid OfVerityTree(Sha256Digest rootHash) => new(rootHash.Bytes[16..], bigEndian: true);
}
