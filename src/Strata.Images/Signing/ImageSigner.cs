using System.Security.Cryptography;
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
    }

    /// <summary>What systemd-boot enrols, by name of the file; empty where the folder has none.</summary>
    public IReadOnlyDictionary<string, byte[]> Enrolment { get; }

    /// <summary>Everything of it that decides the bytes of an image.</summary>
    internal IReadOnlyList<string> Inputs =>
    [
        Sha256Digest.Of(_key.Certificate.RawData).ToString(),
        .. Enrolment.OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => $"{f.Key} {Sha256Digest.Of(f.Value)}"),
    ];

    /// <summary>A kernel image with a signature.</summary>
    /// <exception cref="StrataException">It cannot be signed.</exception>
    internal async Task<ActionOutput> SignAsync(BuildServices services, ActionOutput uki, CancellationToken cancellationToken)
    {
        try
        {
            return await services.KeepAsync(
                uki.Name,
                async output =>
                {
                    await using FileStream image = services.Store.OpenRead(uki.Digest);
                    await ImageSignature.WriteAsync(_key, image, output, cancellationToken);
                },
                cancellationToken);
        }
        catch (CryptographicException e)
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
    public void Dispose() => _key.Dispose();
}
