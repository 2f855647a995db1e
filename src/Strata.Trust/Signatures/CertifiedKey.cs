using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Strata.Core;

namespace Strata.Trust.Signatures;

/// <summary>A private key and the certificate that others know it by. Where the key lies is its own affair.</summary>
public abstract class CertifiedKey : IDisposable
{
    /// <summary>The certificate; it has no private key.</summary>
    public abstract X509Certificate2 Certificate { get; }

    /// <summary>
    /// Signs a SHA-256 digest with RSASSA-PKCS1-v1_5 (RFC 8017, section 8.2), the one that firmware knows. The same digest gives the same
    /// bytes.
    /// </summary>
    public abstract byte[] Sign(Sha256Digest digest);

    /// <summary>False for what only the private key could sign, which lies elsewhere.</summary>
    public virtual bool CanSign(Sha256Digest digest) => true;

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Forgets the key.</summary>
    protected abstract void Dispose(bool disposing);
}

/// <summary>An RSA key that lies in the memory of this process.</summary>
/// <param name="certificate">The certificate; disposed with this.</param>
/// <param name="key">The key; disposed with this.</param>
internal sealed class RsaKey(X509Certificate2 certificate, RSA key) : CertifiedKey
{
    /// <inheritdoc/>
    public override X509Certificate2 Certificate => certificate;

    /// <inheritdoc/>
    public override byte[] Sign(Sha256Digest digest) =>
        key.SignHash(digest.Bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            certificate.Dispose();
            key.Dispose();
        }
    }
}
