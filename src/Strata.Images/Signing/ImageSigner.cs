using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Strata.Blueprints;
using Strata.Composition;
using Strata.Core;
using Strata.Images.Steps;
using Strata.Store.Actions;
using Strata.Trust.Firmware;
using Strata.Trust.Keys;
using Strata.Trust.Offline;
using Strata.Trust.Signatures;

namespace Strata.Images.Signing;

/// <summary>
/// Signs what firmware starts, for every medium. What was packed stays as it is: the signature is the last thing that is done to it.
/// </summary>
public sealed class ImageSigner : IDisposable
{
    private readonly CertifiedKey _key;
    private readonly CertifiedKey? _policies;

    /// <summary>
    /// Opens the key for images of a folder, and reads what enrols it. Where its private half lies elsewhere, what was signed there can be
    /// signed here (<see cref="SigningFolder.Attach"/>).
    /// </summary>
    /// <param name="keys">The folder; private keys of firmware's other roles are not looked at.</param>
    /// <param name="passphrase">Asked for when the key is encrypted.</param>
    /// <exception cref="StrataException">A file is missing or wrong.</exception>
    public ImageSigner(KeyFolder keys, Func<string> passphrase)
    {
        ArgumentNullException.ThrowIfNull(keys);
        Enrolment = EnrolmentFiles.Read(keys);
        _key = AttachedSignatures.OpenKey(keys, KeyRole.Images, passphrase);
        _policies = keys.HasCertificateOf(KeyRole.Policies) ? AttachedSignatures.OpenKey(keys, KeyRole.Policies, passphrase) : null;
    }

    /// <summary>
    /// True when a TPM would open the state of an edition, and not for what is signed here: the folder is from before there was a key for
    /// policies.
    /// </summary>
    public bool LacksPoliciesFor(Blueprint blueprint)
    {
        ArgumentNullException.ThrowIfNull(blueprint);
        return _policies is null && KernelPolicies.IsNeededFor(blueprint);
    }

    /// <summary>Whose signature images get.</summary>
    public X509Certificate2 Certificate => _key.Certificate;

    /// <summary>What systemd-boot enrols, by name of the file; empty where the folder has none.</summary>
    public IReadOnlyDictionary<string, byte[]> Enrolment { get; }

    /// <summary>Everything of it that decides the bytes of an image.</summary>
    internal IReadOnlyList<string> InputsFor(Blueprint blueprint) =>
    [
        Sha256Digest.Of(_key.Certificate.RawData).ToString(),
        .. Enrolment.OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => $"{f.Key} {Sha256Digest.Of(f.Value)}"),
        .. PoliciesFor(blueprint) is KernelPolicies policies ? [policies.ToString()] : (string[])[],
    ];

    /// <summary>A kernel image with policies for a TPM and a signature.</summary>
    /// <exception cref="StrataException">It cannot be signed.</exception>
    internal async Task<ActionOutput> SignAsync(
        BuildServices services, Blueprint blueprint, ActionOutput uki, CancellationToken cancellationToken)
    {
        ActionOutput approved = await ApproveAsync(services, blueprint, uki, cancellationToken);
        return await WriteAsync(
            services, approved, (image, output) => ImageSignature.WriteAsync(_key, image, output, cancellationToken), cancellationToken);
    }

    /// <summary>What is signed last: a kernel image with policies for a TPM, where there is a key for them.</summary>
    /// <exception cref="StrataException">The policies cannot be signed.</exception>
    internal async Task<ActionOutput> ApproveAsync(
        BuildServices services, Blueprint blueprint, ActionOutput uki, CancellationToken cancellationToken) =>
        PoliciesFor(blueprint) is KernelPolicies policies
            ? await WriteAsync(
                services, uki, (image, output) => policies.WriteAsync(image, _policies!, output, cancellationToken), cancellationToken)
            : uki;

    /// <summary>The policies of a kernel image that the key has to sign first where it lies.</summary>
    internal IReadOnlyList<KernelPolicy> NotApproved(BuildServices services, Blueprint blueprint, ActionOutput uki)
    {
        if (PoliciesFor(blueprint) is not KernelPolicies policies)
        {
            return [];
        }
        using FileStream image = services.Store.OpenRead(uki.Digest);
        return [.. policies.Of(image).Where(p => !_policies!.CanSign(p.ToSign))];
    }

    private KernelPolicies? PoliciesFor(Blueprint blueprint) =>
        _policies is null ? null : KernelPolicies.For(_policies.Certificate, blueprint);

    private static async Task<ActionOutput> WriteAsync(
        BuildServices services, ActionOutput uki, Func<Stream, Stream, Task> write, CancellationToken cancellationToken)
    {
        try
        {
            return await services.KeepAsync(
                uki.Name,
                async output =>
                {
                    await using FileStream image = services.Store.OpenRead(uki.Digest);
                    await write(image, output);
                },
                cancellationToken);
        }
        catch (Exception e) when (e is CryptographicException or ImageFormatException)
        {
            throw new StrataException($"cannot sign the kernel image: {e.Message}", innerException: e);
        }
    }

    /// <summary>A boot program with a signature.</summary>
    internal byte[] Sign(byte[] program)
    {
        using MemoryStream signed = new();
        // streams of memory: nothing is waited for
        ImageSignature.WriteAsync(_key, new MemoryStream(program), signed, CancellationToken.None).GetAwaiter().GetResult();
        return signed.ToArray();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _key.Dispose();
        _policies?.Dispose();
    }
}
