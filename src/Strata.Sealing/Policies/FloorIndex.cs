using System.Buffers.Binary;

namespace Strata.Sealing.Policies;

/// <summary>
/// The floor of a machine: an index in the memory of its TPM that holds the least security version that opens its state
/// (TPM 2.0 Library, part 1, section 37.2). Everybody may read it; writing takes <see cref="StatePolicy"/>.
/// </summary>
public static class FloorIndex
{
    private const uint FirstHandle = 0x0181_0000;

    /// <summary>
    /// Where that of a policy key lies: in the range of whoever owns the machine (TCG registry of reserved handles, section 2.2.2), at a
    /// place that the first two bytes of the key's fingerprint say. So systems of two owners, or of an old and a new key, have one each.
    /// </summary>
    public static uint HandleOf(PolicyKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return FirstHandle | BinaryPrimitives.ReadUInt16BigEndian(key.Fingerprint.Bytes);
    }

    /// <summary>Bytes that it holds: the floor (<see cref="StatePolicy.OperandOf"/>), and behind it its nonce.</summary>
    public const int Size = FloorSize + NonceSize;

    /// <summary>Bytes of the floor.</summary>
    public const int FloorSize = 8;

    /// <summary>
    /// Random bytes that are drawn when the index is made. What is sealed is bound to them: who deletes the index, which the owner of a TPM
    /// may, and has an older release make it anew on an empty disk, has an index of the same name with a lower floor, but not with these.
    /// </summary>
    public const int NonceSize = 24;

    /// <summary>
    /// TPMA_NV with which it is defined: POLICYWRITE (bit 3), OWNERREAD (17), AUTHREAD (18) with an empty authorization, NO_DA (25).
    /// </summary>
    public const uint Attributes = 1 << 3 | 1 << 17 | 1 << 18 | 1 << 25;

    /// <summary>WRITTEN (bit 29), which the TPM sets with the first write; the name changes with it.</summary>
    public const uint Written = 1 << 29;

    /// <summary>TPMS_NV_PUBLIC (part 2, section 13.5).</summary>
    /// <param name="key">The policy key: it says who writes.</param>
    /// <param name="isWritten">Whether something was written.</param>
    public static byte[] PublicArea(PolicyKey key, bool isWritten)
    {
        byte[] area = new byte[14 + Core.Sha256Digest.Size];
        BinaryPrimitives.WriteUInt32BigEndian(area, HandleOf(key));
        BinaryPrimitives.WriteUInt16BigEndian(area.AsSpan(4), TpmName.Sha256);
        BinaryPrimitives.WriteUInt32BigEndian(area.AsSpan(6), Attributes | (isWritten ? Written : 0));
        BinaryPrimitives.WriteUInt16BigEndian(area.AsSpan(10), Core.Sha256Digest.Size);
        StatePolicy.SealedPolicy(key).Bytes.CopyTo(area.AsSpan(12));
        BinaryPrimitives.WriteUInt16BigEndian(area.AsSpan(12 + Core.Sha256Digest.Size), Size);
        return area;
    }

    /// <summary>Name of the index once it was written, which <see cref="StatePolicy.Approved"/> is bound to.</summary>
    public static TpmName NameOf(PolicyKey key) => TpmName.Of(PublicArea(key, isWritten: true));
}
