using System.Buffers.Binary;
using Strata.Core;

namespace Strata.Sealing.Policies;

/// <summary>
/// Name of a key or an index of a TPM: the algorithm SHA-256 and the digest of its public area (TPM 2.0 Library, part 1, section 16).
/// </summary>
/// <param name="Digest">Of the public area.</param>
public readonly record struct TpmName(Sha256Digest Digest)
{
    /// <summary>TPM_ALG_SHA256.</summary>
    public const ushort Sha256 = 0x000B;

    /// <summary>Bytes of a name.</summary>
    public const int Size = 2 + Sha256Digest.Size;

    /// <summary>Name of what has a public area whose nameAlg is SHA-256.</summary>
    public static TpmName Of(ReadOnlyMemory<byte> publicArea) => new(Sha256Digest.Of(publicArea.Span));

    /// <summary>The bytes as they stand in policies.</summary>
    public byte[] ToBytes()
    {
        byte[] name = new byte[Size];
        BinaryPrimitives.WriteUInt16BigEndian(name, Sha256);
        Digest.Bytes.CopyTo(name.AsSpan(2));
        return name;
    }

    /// <inheritdoc/>
    public override string ToString() => Convert.ToHexStringLower(ToBytes());
}
