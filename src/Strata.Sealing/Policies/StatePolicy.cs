using System.Buffers.Binary;
using Strata.Core;

namespace Strata.Sealing.Policies;

/// <summary>
/// When a TPM gives away the key of a machine's state: to a release that the owner's policy key has signed, in its initramfs, whose
/// security version is not below the floor of the machine.
/// </summary>
/// <remarks>
/// What is sealed is bound to the policy key and a purpose (<see cref="SealedPolicy(PolicyKey)"/>), so a later release opens it too. Each
/// release brings the policies that the key approved for it in <c>.pcrsig</c> (<see cref="PcrSignatures"/>).
/// </remarks>
public static class StatePolicy
{
    /// <summary>The purpose that the key signs with: a signature for systemd's own use has none, and does not fit here.</summary>
    public const string Reference = "strata-state";

    /// <summary>TPM_EO_UNSIGNED_LE: the floor is not above the security version.</summary>
    public const ushort NotAbove = 0x0009;

    /// <summary><see cref="Reference"/> as bytes (policyRef).</summary>
    public static ReadOnlySpan<byte> ReferenceBytes => "strata-state"u8;

    /// <summary>TPM_EO_EQ: the nonce of the floor is that which was there when the key was sealed.</summary>
    public const ushort Same = 0x0000;

    /// <summary>authPolicy of what is sealed: what the key approves, as long as the floor is the one that was there then.</summary>
    /// <param name="key">The policy key.</param>
    /// <param name="nonce">That of the floor.</param>
    public static Sha256Digest SealedPolicy(PolicyKey key, ReadOnlySpan<byte> nonce) =>
        PolicyDigest.Nv(SealedPolicy(key), FloorIndex.NameOf(key), nonce, Same, FloorIndex.FloorSize);

    /// <summary>authPolicy of <see cref="FloorIndex"/>.</summary>
    public static Sha256Digest SealedPolicy(PolicyKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return PolicyDigest.Authorize(key.Name, ReferenceBytes);
    }

    /// <summary>
    /// The policy of a release: TPM2_PolicyNV of the floor, then TPM2_PolicyPCR of PCR 11. It opens what is sealed, and raises the floor.
    /// </summary>
    /// <param name="key">The policy key; the name of the floor depends on it.</param>
    /// <param name="securityVersion">Of the release.</param>
    /// <param name="kernelRegister">Value of PCR 11 in <see cref="KernelRegister.EnterInitrd"/>.</param>
    public static Sha256Digest Approved(PolicyKey key, ulong securityVersion, Sha256Digest kernelRegister) => PolicyDigest.Pcr(
        PolicyDigest.Nv(PolicyDigest.Start, FloorIndex.NameOf(key), OperandOf(securityVersion), NotAbove),
        KernelRegister.Number, kernelRegister);

    /// <summary>
    /// The policy that writes the floor for the first time, as an index that holds nothing compares with nothing: TPM2_PolicyNvWritten(no),
    /// then TPM2_PolicyPCR of PCR 11. A TPM takes it for commands on an index only, so it opens nothing.
    /// </summary>
    public static Sha256Digest ApprovedFirst(Sha256Digest kernelRegister) => PolicyDigest.Pcr(
        PolicyDigest.NvWritten(PolicyDigest.Start, isWritten: false), KernelRegister.Number, kernelRegister);

    /// <summary>A security version as the index holds it, and as it is compared: 8 bytes, the highest first.</summary>
    public static byte[] OperandOf(ulong securityVersion)
    {
        byte[] operand = new byte[FloorIndex.FloorSize];
        BinaryPrimitives.WriteUInt64BigEndian(operand, securityVersion);
        return operand;
    }
}
