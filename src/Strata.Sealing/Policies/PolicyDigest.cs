using System.Buffers.Binary;
using Strata.Core;

namespace Strata.Sealing.Policies;

/// <summary>
/// What a TPM comes to when it runs commands of a policy in a session of SHA-256 (TPM 2.0 Library, part 3, section 23): each takes the
/// digest so far, which begins with zeros, to the next.
/// </summary>
public static class PolicyDigest
{
    private const uint PolicyNvCommand = 0x149;
    private const uint PolicyAuthorizeCommand = 0x16A;
    private const uint PolicyPcrCommand = 0x17F;
    private const uint PolicyNvWrittenCommand = 0x18F;
    private const int Registers = 24;

    /// <summary>A session at its beginning.</summary>
    public static Sha256Digest Start => default;

    /// <summary>TPM2_PolicyPCR: a register of the bank SHA-256 has a value.</summary>
    /// <param name="before">The digest so far.</param>
    /// <param name="register">0 to 23.</param>
    /// <param name="value">Its value.</param>
    public static Sha256Digest Pcr(Sha256Digest before, int register, Sha256Digest value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(register);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(register, Registers);
        return Next(before, PolicyPcrCommand, [.. Selection(register), .. Sha256Digest.Of(value.Bytes).Bytes]);
    }

    /// <summary>One register of the bank SHA-256 (TPML_PCR_SELECTION).</summary>
    /// <param name="register">0 to 23.</param>
    public static byte[] Selection(int register)
    {
        byte[] selection = [0, 0, 0, 1, 0, (byte)TpmName.Sha256, Registers / 8, 0, 0, 0];
        selection[7 + (register / 8)] = (byte)(1 << (register % 8));
        return selection;
    }

    /// <summary>TPM2_PolicyNV: what an index holds compares with an operand as asked.</summary>
    /// <param name="before">The digest so far.</param>
    /// <param name="index">Name of the index.</param>
    /// <param name="operand">What its content is compared with.</param>
    /// <param name="operation">TPM_EO (part 2, section 6.8); the content of the index stands on its left.</param>
    /// <param name="offset">The first byte of the content that is compared.</param>
    public static Sha256Digest Nv(Sha256Digest before, TpmName index, ReadOnlySpan<byte> operand, ushort operation, int offset = 0)
    {
        byte[] arguments = [.. operand, 0, (byte)offset, (byte)(operation >> 8), (byte)operation]; // operand, offset, operation
        return Next(before, PolicyNvCommand, [.. Sha256Digest.Of(arguments).Bytes, .. index.ToBytes()]);
    }

    /// <summary>TPM2_PolicyNvWritten: the index that is used was written, or was not. Only commands on an index satisfy it.</summary>
    public static Sha256Digest NvWritten(Sha256Digest before, bool isWritten) =>
        Next(before, PolicyNvWrittenCommand, [(byte)(isWritten ? 1 : 0)]);

    /// <summary>TPM2_PolicyAuthorize: whatever policy a key has signed for a purpose. It takes the place of the digest so far.</summary>
    /// <param name="key">Name of the key.</param>
    /// <param name="reference">The purpose (policyRef); may be empty.</param>
    public static Sha256Digest Authorize(TpmName key, ReadOnlySpan<byte> reference) =>
        Sha256Digest.Of([.. Next(Start, PolicyAuthorizeCommand, key.ToBytes()).Bytes, .. reference]);

    /// <summary>What a key signs so that <see cref="Authorize"/> takes a policy: digest and purpose (aHash).</summary>
    public static Sha256Digest ToSign(Sha256Digest approved, ReadOnlySpan<byte> reference) =>
        Sha256Digest.Of([.. approved.Bytes, .. reference]);

    private static Sha256Digest Next(Sha256Digest before, uint command, ReadOnlySpan<byte> rest)
    {
        byte[] code = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(code, command);
        return Sha256Digest.Of([.. before.Bytes, .. code, .. rest]);
    }
}
