using Strata.Core;
using Strata.Sealing.Policies;

namespace Strata.Fuzz.Targets;

/// <summary>What a kernel image brings for the TPM.</summary>
internal static class SealingTargets
{
    public static IEnumerable<FuzzTarget> All =>
    [
        new FuzzTarget("pcr-signatures", ReadSignatures, () =>
            [PcrSignatures.Write([s_entry, s_entry with { Reference = "r", Floor = 7 }])])
        {
            Readers = [typeof(PcrSignatures)], Words = PackageTargets.s_jsonWords,
        },
        new FuzzTarget("policy-key", pem => PolicyKey.ReadPem(pem), () => [PolicyKey.Of([0x80, .. new byte[255]]).ToPem()])
        {
            Readers = [typeof(PolicyKey)], Words = ["-----BEGIN ", "-----END ", "PUBLIC KEY-----", "=", "\n"],
        },
    ];

    private static readonly PcrSignature s_entry = new(Sha256Digest.Of("k"u8), Sha256Digest.Of("p"u8), new byte[32]);

    private static void ReadSignatures(ReadOnlySpan<byte> text)
    {
        byte[] written = PcrSignatures.Write(PcrSignatures.Read(text));
        Property.WritesTheSame(written, PcrSignatures.Write(PcrSignatures.Read(written)));
    }
}
