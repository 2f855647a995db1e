using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Strata.Core;
using Strata.Device.Posix;
using Strata.Trust.Tokens;

namespace Strata.Trust.Keys;

/// <summary>Makes keys and their certificates. The caller has seen to it that nothing has their names.</summary>
internal static class KeyMaker
{
    private const int Iterations = 600_000; // of PBKDF2 with SHA-256: OWASP's number of 2023
    private const string CodeSigning = "1.3.6.1.5.5.7.3.3";

    /// <summary>Makes one as files.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="made">Which key.</param>
    /// <param name="owner">Name in the certificate.</param>
    /// <param name="passphrase">Encrypts the private key; null leaves it as it is.</param>
    /// <param name="now">The time from which the certificate is valid.</param>
    public static void MakeFiles(string folder, KeyGeneration made, string owner, string? passphrase, DateTimeOffset now)
    {
        using RSA key = RSA.Create(KeyFolder.KeyBits);
        X509SignatureGenerator itself = X509SignatureGenerator.CreateForRSA(key, RSASignaturePadding.Pkcs1);
        using X509Certificate2 certificate = Certify(made, owner, key, itself, now);
        string secret = passphrase is null ? key.ExportPkcs8PrivateKeyPem()
            : key.ExportEncryptedPkcs8PrivateKeyPem(
                passphrase, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, Iterations));
        Write(folder, made, ".key", secret, Modes.SecretFile);
        Write(folder, made, ".crt", certificate.ExportCertificatePem(), Modes.File);
    }

    /// <summary>Makes one in a token, or takes the one of its name that is there; its certificate and where it is are files.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="made">Which key; the token knows it by that name.</param>
    /// <param name="owner">Name in the certificate.</param>
    /// <param name="token">The token.</param>
    /// <param name="pin">Asked for where the token wants it.</param>
    /// <param name="now">The time from which the certificate is valid.</param>
    /// <exception cref="StrataException">The token cannot do it.</exception>
    public static void MakeInToken(
        string folder, KeyGeneration made, string owner, TokenUri token, Func<string> pin, DateTimeOffset now)
    {
        TokenUri place = token with { Label = made.Name, Id = null };
        using TokenSession session = TokenSession.Open(place, pin);
        TokenObject key = session.FindOrMake(KeyFolder.KeyBits);
        using RSA publicKey = RSA.Create(key.PublicKey);
        using X509Certificate2 certificate = Certify(made, owner, publicKey, new TokenGenerator(publicKey, session, key), now);
        Write(folder, made, ".uri", place.ToString(), Modes.File);
        Write(folder, made, ".crt", certificate.ExportCertificatePem(), Modes.File);
    }

    private static void Write(string folder, KeyGeneration made, string ending, string text, int mode) =>
        DurableFile.Replace(Path.Combine(folder, made.Name + ending), Encoding.ASCII.GetBytes(text + "\n"), mode);

    private static X509Certificate2 Certify(
        KeyGeneration made, string owner, RSA publicKey, X509SignatureGenerator generator, DateTimeOffset now)
    {
        KeyRole role = made.Role;
        X500DistinguishedNameBuilder name = new();
        name.AddCommonName($"{owner} {made.Name}");
        CertificateRequest request = new(name.Build(), publicKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        bool signsOthers = role == KeyRole.Platform || role == KeyRole.Exchange;
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(signsOthers, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(
            signsOthers ? X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyCertSign : X509KeyUsageFlags.DigitalSignature,
            critical: true));
        if (!signsOthers)
        {
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(CodeSigning)], critical: false));
        }
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        byte[] serial = Sha256Digest.Of(publicKey.ExportSubjectPublicKeyInfo()).Bytes[..16].ToArray();
        serial[0] = (byte)((serial[0] & 0x3F) | 0x40); // positive, and of one length
        // a day before, for machines whose clock is behind
        return request.Create(request.SubjectName, generator, now.AddDays(-1), now.AddYears(role.Years), serial);
    }

    /// <summary>Signs a certificate with a key that lies in a token.</summary>
    private sealed class TokenGenerator(RSA publicKey, TokenSession session, TokenObject key) : X509SignatureGenerator
    {
        private readonly X509SignatureGenerator _public = CreateForRSA(publicKey, RSASignaturePadding.Pkcs1);

        public override byte[] GetSignatureAlgorithmIdentifier(HashAlgorithmName hashAlgorithm) =>
            _public.GetSignatureAlgorithmIdentifier(hashAlgorithm);

        public override byte[] SignData(byte[] data, HashAlgorithmName hashAlgorithm) => session.Sign(key, Sha256Digest.Of(data));

        protected override PublicKey BuildPublicKey() => _public.PublicKey;
    }
}
