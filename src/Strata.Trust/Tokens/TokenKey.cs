using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Strata.Core;
using Strata.Trust.Signatures;

namespace Strata.Trust.Tokens;

/// <summary>A key whose private half never leaves a token.</summary>
internal sealed class TokenKey : CertifiedKey
{
    private readonly TokenSession _session;
    private readonly TokenObject _key;

    private TokenKey(TokenSession session, TokenObject key, X509Certificate2 certificate) =>
        (_session, _key, Certificate) = (session, key, certificate);

    /// <inheritdoc/>
    public override X509Certificate2 Certificate { get; }

    /// <summary>Opens one.</summary>
    /// <param name="uri">Where it is.</param>
    /// <param name="certificate">Its certificate; disposed with this.</param>
    /// <param name="pin">Asked for where the token wants it.</param>
    /// <exception cref="StrataException">It is not there, the PIN is wrong, or it is not the certificate's key.</exception>
    public static TokenKey Open(TokenUri uri, X509Certificate2 certificate, Func<string> pin)
    {
        TokenSession session = TokenSession.Open(uri, pin);
        try
        {
            TokenObject key = session.Find() ?? throw new StrataException(
                $"cannot sign with {uri}: the token has no private key of that name",
                "'pkcs11-tool --module PATH --login --list-objects' of opensc lists what it has.");
            using RSA? certified = certificate.GetRSAPublicKey();
            RSAParameters? expected = certified?.ExportParameters(includePrivateParameters: false);
            if (expected is not RSAParameters wanted || !wanted.Modulus!.AsSpan().SequenceEqual(key.PublicKey.Modulus))
            {
                throw new StrataException($"cannot sign with {uri}: it is not the key of '{certificate.Subject}'");
            }
            return new TokenKey(session, key, certificate);
        }
        catch
        {
            session.Dispose();
            certificate.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override byte[] Sign(Sha256Digest digest) => _session.Sign(_key, digest);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _session.Dispose();
            Certificate.Dispose();
        }
    }
}
