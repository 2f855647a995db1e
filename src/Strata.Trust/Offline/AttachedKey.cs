using System.Security.Cryptography.X509Certificates;
using Strata.Core;
using Strata.Trust.Keys;
using Strata.Trust.Signatures;

namespace Strata.Trust.Offline;

/// <summary>
/// A key whose private half lies elsewhere: it signs what it has signed there before (<see cref="AttachedSignatures"/>), and nothing else.
/// </summary>
internal sealed class AttachedKey : CertifiedKey
{
    private readonly KeyFolder _keys;
    private readonly KeyRole _role;

    /// <param name="keys">The folder with the certificate and the signatures.</param>
    /// <param name="role">The role.</param>
    /// <exception cref="StrataException">There is no certificate.</exception>
    public AttachedKey(KeyFolder keys, KeyRole role)
    {
        (_keys, _role) = (keys, role);
        Certificate = keys.CertificateOf(role);
    }

    /// <inheritdoc/>
    public override X509Certificate2 Certificate { get; }

    /// <inheritdoc/>
    /// <exception cref="StrataException">It was not signed yet, or not by this key.</exception>
    public override byte[] Sign(Sha256Digest digest) => AttachedSignatures.Find(_keys, _role, digest)
        ?? throw new StrataException(
            $"cannot sign with {_keys.FolderPath}: the private key of {_keys.SigningOf(_role)} is elsewhere, "
            + $"and has not signed {digest} there",
            "'strata sign EDITION --keys FOLDER --prepare FOLDER' writes what it has to sign.");

    /// <inheritdoc/>
    public override bool CanSign(Sha256Digest digest) => AttachedSignatures.Find(_keys, _role, digest) is not null;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Certificate.Dispose();
        }
    }
}
