using System.Security.Cryptography;
using Org.BouncyCastle.Asn1.X9;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Crypto.Engines;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Security;
using Strata.Tuf.Json;

namespace Strata.Tuf.Keys;

/// <summary>A public key of one of the three kinds of §4.2: RSA with PSS, ECDSA on P-256, Ed25519; each with SHA-2.</summary>
/// <remarks>Verified by Bouncy Castle here and on the device alike: <c>docs/decisions/0131</c>.</remarks>
internal sealed class PublicKey : IEquatable<PublicKey>
{
    private const int LeastRsaBits = 2048; // §4.2
    private const int MostRsaBits = 8192; // more only costs time
    private const int SaltLength = 32; // of PSS: as long as the digest

    private readonly AsymmetricKeyParameter _key;
    private readonly string _identity;

    private PublicKey(AsymmetricKeyParameter key, string kind, byte[] content)
    {
        _key = key;
        _identity = $"{kind}:{Convert.ToHexStringLower(content)}";
    }

    /// <summary>
    /// Reads a key; null when it is of a kind that is not known here, cannot be read or is too weak. Such a key signs nothing; others of
    /// its role may be enough.
    /// </summary>
    /// <exception cref="Core.ImageFormatException">It is no key at all.</exception>
    public static PublicKey? TryRead(MetadataReader key)
    {
        string type = key.Text("keytype");
        string scheme = key.Text("scheme");
        MetadataReader value = key.Object("keyval");
        try
        {
            return (type, scheme) switch
            {
                ("ed25519", "ed25519") => OfEd25519(value.Text("public")),
                ("rsa", "rsassa-pss-sha256") => OfRsa(value.Text("public")),
                // the second name is that of older repositories
                ("ecdsa" or "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256") => OfEcdsa(value.Text("public")),
                _ => null,
            };
        }
        catch (Exception e) when (e is ArgumentException or FormatException or IOException or InvalidKeyException
            or SecurityUtilityException or InvalidOperationException or InvalidCastException or ArithmeticException)
        {
return null;
        }
    }

    /// <summary>Whether a signature is this key's over these bytes.</summary>
    public bool Verifies(byte[] content, byte[] signature)
    {
        ISigner signer = _key switch
        {
            Ed25519PublicKeyParameters => new Ed25519Signer(),
            RsaKeyParameters => new PssSigner(new RsaEngine(), new Sha256Digest(), SaltLength),
            _ => new DsaDigestSigner(new ECDsaSigner(), new Sha256Digest()),
        };
        signer.Init(false, _key);
        signer.BlockUpdate(content, 0, content.Length);
        try
        {
            return signature.Length > 0 && signer.VerifySignature(signature);
        }
        catch (Exception e) when (e is ArgumentException or IOException or InvalidOperationException or InvalidCastException
            or CryptoException or ArithmeticException or IndexOutOfRangeException)
        {
            return false; // what has no form of a signature is none
        }
    }

    /// <inheritdoc/>
    public bool Equals(PublicKey? other) => other is not null && _identity == other._identity;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as PublicKey);

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(_identity);

    private static PublicKey? OfEd25519(string hex)
    {
        byte[] bytes = Convert.FromHexString(hex);
        return bytes.Length == Ed25519PublicKeyParameters.KeySize
            ? new PublicKey(new Ed25519PublicKeyParameters(bytes), "ed25519", bytes)
            : null;
    }

    private static PublicKey? OfRsa(string pem)
    {
        return FromPem(pem) is RsaKeyParameters { Modulus.BitLength: >= LeastRsaBits and <= MostRsaBits } key
            ? new PublicKey(key, "rsa", [.. key.Modulus.ToByteArrayUnsigned(), .. key.Exponent.ToByteArrayUnsigned()]) : null;
    }

    private static PublicKey? OfEcdsa(string pem)
    {
        return FromPem(pem) is ECPublicKeyParameters key && X9ObjectIdentifiers.Prime256v1.Equals(key.PublicKeyParamSet)
            ? new PublicKey(key, "ecdsa", key.Q.GetEncoded(compressed: true)) : null;
    }

    private static AsymmetricKeyParameter? FromPem(string pem)
    {
        PemFields fields = PemEncoding.Find(pem);
        return pem[fields.Label] is "PUBLIC KEY" ? PublicKeyFactory.CreateKey(Convert.FromBase64String(pem[fields.Base64Data])) : null;
    }
}
