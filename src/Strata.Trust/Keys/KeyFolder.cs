using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Strata.Core;
using Strata.Device.Posix;
using Strata.Trust.Signatures;

namespace Strata.Trust.Keys;

/// <summary>
/// An owner's keys as files: for each role <c>NAME.crt</c>, a certificate (PEM), and <c>NAME.key</c>, its private key (PKCS #8, PEM), for
/// the owner alone. A
/// folder may lack private keys: they can lie elsewhere, and what needs one says so.
/// </summary>
/// <param name="path">The folder.</param>
public sealed class KeyFolder(string path)
{
    /// <summary>Bits of a key: the length that all firmware knows.</summary>
    public const int KeyBits = 2048;

    private const int LargestFile = 64 * 1024;
    private const int Iterations = 600_000; // of PBKDF2 with SHA-256: OWASP's number of 2023
    private const UnixFileMode Secret = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>The folder.</summary>
    public string FolderPath => path;

    /// <summary>Makes keys for all roles in a folder that does not exist or is empty.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="owner">Name in the certificates; 1 to 40 printable characters.</param>
    /// <param name="passphrase">Encrypts the private keys; null leaves them as they are.</param>
    /// <param name="now">The time from which certificates are valid.</param>
    /// <exception cref="StrataException">Something is there already, or it cannot be written.</exception>
    public static KeyFolder Create(string path, string owner, string? passphrase, DateTimeOffset now)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (owner.Length is 0 or > 40 || owner.Any(c => char.IsControl(c)))
        {
            throw new StrataException($"cannot make keys for '{owner}': expected a name of 1 to 40 characters");
        }
        try
        {
            if (File.Exists(path) || (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any()))
            {
                throw new StrataException(
                    $"cannot make keys in {path}: something is there already",
                    "Name a folder that does not exist: keys are never written over.");
            }
            Directory.CreateDirectory(path, Secret | UnixFileMode.UserExecute);
            foreach (KeyRole role in KeyRole.All)
            {
                Make(path, role, owner, passphrase, now);
            }
            return new KeyFolder(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or PosixException)
        {
            throw new StrataException($"cannot make keys in {path}: {e.Message}", innerException: e);
        }
    }

    /// <summary>Makes the keys that a folder lacks because it is from before there were such.</summary>
    /// <returns>Their roles; none when it has all.</returns>
    /// <exception cref="StrataException">It is no folder of keys, or cannot be written.</exception>
    public IReadOnlyList<KeyRole> AddMissing(string owner, string? passphrase, DateTimeOffset now)
    {
        CertificateOf(KeyRole.Platform).Dispose(); // says what is wrong with a folder of something else
        KeyRole[] missing = [.. KeyRole.All.Where(r => !HasCertificateOf(r) && !HasKeyOf(r))];
        try
        {
            Array.ForEach(missing, r => Make(path, r, owner, passphrase, now));
            return missing;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or PosixException)
        {
            throw new StrataException($"cannot make keys in {path}: {e.Message}", innerException: e);
        }
    }

    /// <summary>True when the certificate of a role lies here.</summary>
    public bool HasCertificateOf(KeyRole role)
    {
        ArgumentNullException.ThrowIfNull(role);
        return File.Exists(FileOf(role, ".crt"));
    }

    /// <summary>The certificate of a role.</summary>
    /// <exception cref="StrataException">There is none, or it is no certificate.</exception>
    public X509Certificate2 CertificateOf(KeyRole role)
    {
        ArgumentNullException.ThrowIfNull(role);
        string file = FileOf(role, ".crt");
        string pem = Read(file, $"It has the certificate of {role} as PEM; 'strata keys new FOLDER' makes a folder of keys.");
        try
        {
            return X509Certificate2.CreateFromPem(pem);
        }
        catch (CryptographicException e)
        {
            throw new StrataException($"cannot read {file}: it is no certificate",
                "A certificate begins with '-----BEGIN CERTIFICATE-----'.", e);
        }
    }

    /// <summary>True when the private key of a role lies here.</summary>
    public bool HasKeyOf(KeyRole role)
    {
        ArgumentNullException.ThrowIfNull(role);
        return File.Exists(FileOf(role, ".key"));
    }

    /// <summary>True when the private key of a role lies here and is encrypted.</summary>
    public bool IsEncrypted(KeyRole role) => HasKeyOf(role) && IsEncrypted(Read(FileOf(role, ".key"), null));

    /// <summary>Opens the key of a role.</summary>
    /// <param name="role">The role.</param>
    /// <param name="passphrase">Asked for when the key is encrypted.</param>
    /// <exception cref="StrataException">It is not there, others may read it, the passphrase is wrong, or it is not the certificate's
    /// key.</exception>
    public CertifiedKey Open(KeyRole role, Func<string> passphrase)
    {
        X509Certificate2 certificate = CertificateOf(role);
        RSA key = RSA.Create();
        try
        {
            string file = FileOf(role, ".key");
            string pem = Read(file, $"It has the private key of {role} as PEM; what is signed here needs it.");
            RefuseOpenFile(file);
            Import(key, pem, file, passphrase);
            using RSA? certified = certificate.GetRSAPublicKey();
            if (certified is null || !certified.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo()))
            {
                throw new StrataException($"cannot sign with {file}: it is not the key of {FileOf(role, ".crt")}");
            }
            return new RsaKey(certificate, key);
        }
        catch
        {
            key.Dispose();
            certificate.Dispose();
            throw;
        }
    }

    /// <summary>Whose entries in firmware these keys are: a number that follows from the platform key.</summary>
    public Guid Owner
    {
        get
        {
            using X509Certificate2 platform = CertificateOf(KeyRole.Platform);
            byte[] bytes = Sha256Digest.Of(platform.RawData).Bytes[..16].ToArray();
            bytes[6] = (byte)((bytes[6] & 0x0F) | 0x80); // RFC 9562, section 5.8: version 8, a digest of one's own
            bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
            return new Guid(bytes, bigEndian: true);
        }
    }

    private string FileOf(KeyRole role, string ending) => Path.Combine(path, role.Name + ending);

    private static void Make(string path, KeyRole role, string owner, string? passphrase, DateTimeOffset now)
    {
        using RSA key = RSA.Create(KeyBits);
        X500DistinguishedNameBuilder name = new();
        name.AddCommonName($"{owner} {role.Name}");
        CertificateRequest request = new(name.Build(), key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        bool signsOthers = role == KeyRole.Platform || role == KeyRole.Exchange;
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(signsOthers, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(
            signsOthers ? X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyCertSign : X509KeyUsageFlags.DigitalSignature,
                critical: true));
        if (!signsOthers)
        {
            // code signing
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.3")], critical: false));
        }
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        // a day before, for machines whose clock is behind
        using X509Certificate2 certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddYears(role.Years));
        string secret = passphrase is null ? key.ExportPkcs8PrivateKeyPem()
            : key.ExportEncryptedPkcs8PrivateKeyPem(
                passphrase, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, Iterations));
        DurableFile.Replace(Path.Combine(path, role.Name + ".key"), System.Text.Encoding.ASCII.GetBytes(secret + "\n"), Modes.SecretFile);
        DurableFile.Replace(
            Path.Combine(path, role.Name + ".crt"), System.Text.Encoding.ASCII.GetBytes(certificate.ExportCertificatePem() + "\n"),
                Modes.File);
    }

    private static void Import(RSA key, string pem, string file, Func<string> passphrase)
    {
        try
        {
            if (IsEncrypted(pem))
            {
                key.ImportFromEncryptedPem(pem, passphrase());
            }
            else
            {
                key.ImportFromPem(pem);
            }
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw IsEncrypted(pem)
                ? new StrataException($"cannot open {file}: the passphrase is not the one it was encrypted with", innerException: e)
                : new StrataException(
                    $"cannot open {file}: it is no private key of RSA", "A key begins with '-----BEGIN PRIVATE KEY-----' (PKCS #8).", e);
        }
    }

    private static bool IsEncrypted(string pem) => pem.Contains("-----BEGIN ENCRYPTED PRIVATE KEY-----", StringComparison.Ordinal);

    private static void RefuseOpenFile(string file)
    {
        UnixFileMode mode = File.GetUnixFileMode(file);
        if ((mode & ~(Secret | UnixFileMode.UserExecute)) != 0)
        {
            throw new StrataException($"cannot sign with {file}: others than its owner may read or write it", $"Say 'chmod 600 {file}'.");
        }
    }

    private static string Read(string file, string? hint)
    {
        try
        {
            using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.Read);
            if (stream.Length > LargestFile)
            {
                throw new StrataException($"cannot read {file}: it has {stream.Length} bytes, expected at most {LargestFile}");
            }
            using StreamReader reader = new(stream);
            return reader.ReadToEnd();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StrataException(
                $"cannot read {file}: {(File.Exists(file) ? e.Message : "there is no such file")}", hint, e);
        }
    }
}
