using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Strata.Blueprints;
using Strata.Core;
using Strata.Formats.Pe;
using Strata.Images.Measurements;
using Strata.Sealing.Policies;
using Strata.Trust.Signatures;
using Strata.Updates.State;

namespace Strata.Images.Signing;

/// <summary>A policy that the key <c>pcr</c> approves for a kernel image.</summary>
/// <param name="Name">For people, and for the file that travels to a key elsewhere.</param>
/// <param name="Policy">The policy.</param>
/// <param name="Reference">Its purpose.</param>
/// <param name="Floor">The security version that it compares; null for none.</param>
internal sealed record KernelPolicy(string Name, Sha256Digest Policy, string Reference = "", ulong? Floor = null)
{
    /// <summary>What the key signs.</summary>
    public Sha256Digest ToSign => PcrSignature.ToSign(Policy, Reference);
}

/// <summary>Under which conditions a TPM opens what it keeps for a kernel image, and the sections that say so.</summary>
/// <param name="Key">Who approves.</param>
/// <param name="SecurityVersion">Of the edition.</param>
/// <param name="HasSystemd">Whether systemd goes through the phases after the initramfs, and may open what its own tools sealed.</param>
internal sealed record KernelPolicies(PolicyKey Key, ulong SecurityVersion, bool HasSystemd)
{
    /// <summary>
    /// Those for an edition; null for one that keeps nothing in a TPM. It goes through no phases, so that root of it could say that it is
    /// in one, and ask the TPM for what others keep.
    /// </summary>
    /// <param name="certificate">That of the policy key.</param>
    /// <param name="blueprint">The edition.</param>
    /// <exception cref="StrataException">A TPM could not check signatures of that key.</exception>
    public static KernelPolicies? For(X509Certificate2 certificate, Blueprint blueprint) => IsNeededFor(blueprint)
        ? new KernelPolicies(KeyOf(certificate), blueprint.Edition.SecurityVersion, KernelMeasurement.HasSystemd(blueprint)) : null;

    /// <summary>True for an edition whose state a TPM opens.</summary>
    public static bool IsNeededFor(Blueprint blueprint) => blueprint.Edition.State is { Encryption: StateEncryption.Tpm };

    /// <summary>Everything of it that decides what is signed.</summary>
    public override string ToString() => $"policies of {Key.Name}, security version {SecurityVersion}{(HasSystemd ? ", systemd" : "")}";

    /// <summary>What is approved, for an image that has the section with the key already or will have it.</summary>
    /// <param name="image">The image: seekable, it starts at position 0.</param>
    /// <exception cref="ImageFormatException">What is measured of it cannot be told.</exception>
    public IReadOnlyList<KernelPolicy> Of(Stream image)
    {
        Sha256Digest kernel = KernelMeasurement.Of(MeasuredSections.Read(image, Key.ToPem()));
        Sha256Digest initrd = KernelMeasurement.In(kernel, KernelRegister.EnterInitrd);
        // without a purpose: what systemd-measure(1) signs, and systemd's tools look for
        IEnumerable<string> phases = HasSystemd ? KernelRegister.Phases : [KernelRegister.EnterInitrd];
        return
        [
            .. phases.Select(p => new KernelPolicy(
                p, PolicyDigest.Pcr(PolicyDigest.Start, KernelRegister.Number, KernelMeasurement.In(kernel, p)))),
            new("state", StatePolicy.Approved(Key, SecurityVersion, initrd), StatePolicy.Reference, SecurityVersion),
            new("state-first", StatePolicy.ApprovedFirst(initrd), StatePolicy.Reference),
        ];
    }

    /// <summary>Writes the image with the sections <c>.pcrpkey</c> and <c>.pcrsig</c>.</summary>
    /// <exception cref="ImageFormatException">It has no room for them.</exception>
    public async Task WriteAsync(Stream image, CertifiedKey key, Stream output, CancellationToken cancellationToken)
    {
        byte[] signatures = PcrSignatures.Write(Of(image).Select(p => new PcrSignature(Key.Fingerprint, p.Policy, key.Sign(p.ToSign))
        {
            Reference = p.Reference, Floor = p.Floor,
        }));
        await UkiAddition.WriteAsync(
            image, [(MeasuredSections.PolicyKey, Key.ToPem()), (MeasuredSections.PolicySignatures, signatures)], output, cancellationToken);
    }

    private static PolicyKey KeyOf(X509Certificate2 certificate)
    {
        using RSA? key = certificate.GetRSAPublicKey();
        RSAParameters numbers = key?.ExportParameters(includePrivateParameters: false) ?? default;
        return numbers is { Modulus.Length: PolicyKey.ModulusSize, Exponent: [1, 0, 1] } ? PolicyKey.Of(numbers.Modulus)
            : throw new StrataException(
                $"cannot approve policies with {certificate.Subject}: every TPM can check an RSA key of {8 * PolicyKey.ModulusSize} bits "
                + "with the exponent 65537, and this is none",
                "'strata keys new FOLDER' makes one.");
    }
}
