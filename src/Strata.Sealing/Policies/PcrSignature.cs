using Strata.Core;

namespace Strata.Sealing.Policies;

/// <summary>A policy of registers that a key approved: an entry of <c>.pcrsig</c>.</summary>
/// <param name="Key">Whose signature it is: <see cref="PolicyKey.Fingerprint"/> ("pkfp").</param>
/// <param name="Policy">The digest that is approved ("pol").</param>
/// <param name="Signature">Of <see cref="ToSign"/>: RSASSA-PKCS1-v1_5 with SHA-256 ("sig").</param>
public sealed record PcrSignature(Sha256Digest Key, Sha256Digest Policy, ReadOnlyMemory<byte> Signature)
{
    /// <summary>The registers of the policy, rising ("pcrs").</summary>
    public IReadOnlyList<int> Registers { get; init; } = [KernelRegister.Number];

    /// <summary>The purpose ("ref"); empty for what systemd uses, which does not know the word.</summary>
    public string Reference { get; init; } = "";

    /// <summary>
    /// The security version that the policy compares the floor with ("floor"). Null with a purpose: it is
    /// <see cref="StatePolicy.ApprovedFirst"/>.
    /// </summary>
    public ulong? Floor { get; init; }

    /// <summary>What the key signs.</summary>
    public static Sha256Digest ToSign(Sha256Digest policy, string reference) =>
        PolicyDigest.ToSign(policy, System.Text.Encoding.ASCII.GetBytes(reference));
}
