using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Strata.Core;
using Strata.Device.Posix;
using Strata.Trust.Signatures;
using Strata.Trust.Tokens;

namespace Strata.Trust.Keys;

/// <summary>
/// An owner's keys as files: for each role <c>NAME.crt</c>, a certificate (PEM), and <c>NAME.key</c>, its private key (PKCS #8, PEM), for
/// the owner alone; or <c>NAME.uri</c>, where in a token the private key is (RFC 7512). A
/// folder may lack private keys: they can lie elsewhere, and what needs one says so. A role that was rotated has several keys
/// (<see cref="KeyGeneration"/>); where only the role is named, the one is meant that signs.
/// </summary>
/// <param name="path">The folder.</param>
public sealed class KeyFolder(string path)
{
    /// <summary>Bits of a key: the length that all firmware knows.</summary>
    public const int KeyBits = 2048;

    private const int LargestFile = 64 * 1024;
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
        ArgumentNullException.ThrowIfNull(owner);
        return Create(path, owner, key => KeyMaker.MakeFiles(path, key, owner, passphrase, now));
    }

    /// <summary>The same in a token, which keeps the private keys; those of their names that it has already are taken.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="owner">Name in the certificates; 1 to 40 printable characters.</param>
    /// <param name="token">Where keys are made: a token, without an object.</param>
    /// <param name="pin">Asked for where the token wants it.</param>
    /// <param name="now">The time from which certificates are valid.</param>
    /// <exception cref="StrataException">Something is there already, or the token cannot do it.</exception>
    public static KeyFolder Create(string path, string owner, TokenUri token, Func<string> pin, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(owner);
        return Create(path, owner, key => KeyMaker.MakeInToken(path, key, owner, token, pin, now));
    }

    private static KeyFolder Create(string path, string owner, Action<KeyGeneration> make)
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
                make(KeyGeneration.First(role));
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
            Array.ForEach(missing, r => KeyMaker.MakeFiles(path, KeyGeneration.First(r), owner, passphrase, now));
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
        return File.Exists(FileOf(KeyGeneration.First(role), ".crt"));
    }

    /// <summary>All keys of a role, the first one first, as its rotations left them.</summary>
    /// <exception cref="StrataException">What is noted of rotations cannot be read.</exception>
    public IReadOnlyList<KeyGeneration> GenerationsOf(KeyRole role)
    {
        ArgumentNullException.ThrowIfNull(role);
        return KeyHistory.Read(path).Of(role);
    }

    /// <summary>The key of a role that signs.</summary>
    /// <exception cref="StrataException">What is noted of rotations cannot be read.</exception>
    public KeyGeneration SigningOf(KeyRole role) => GenerationsOf(role).Single(g => g.Standing == KeyStanding.Signs);

    /// <summary>The certificate of a role.</summary>
    /// <exception cref="StrataException">There is none, or it is no certificate.</exception>
    public X509Certificate2 CertificateOf(KeyRole role) => CertificateOf(SigningOf(role));

    /// <summary>The certificate of a key.</summary>
    /// <exception cref="StrataException">There is none, or it is no certificate.</exception>
    public X509Certificate2 CertificateOf(KeyGeneration key)
    {
        ArgumentNullException.ThrowIfNull(key);
        string file = FileOf(key, ".crt");
        string pem = Read(file, $"It has the certificate of {key} as PEM; 'strata keys new FOLDER' makes a folder of keys.");
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
    public bool HasKeyOf(KeyRole role) => HasKeyOf(SigningOf(role));

    /// <summary>True when a private key lies here, or is in a token that is named here.</summary>
    public bool HasKeyOf(KeyGeneration key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return File.Exists(FileOf(key, ".key")) || IsInToken(key);
    }

    /// <summary>True when a private key is in a token.</summary>
    public bool IsInToken(KeyGeneration key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return File.Exists(FileOf(key, ".uri"));
    }

    /// <summary>Where a private key is that is in a token.</summary>
    /// <exception cref="StrataException">The file that says so cannot be read.</exception>
    public TokenUri TokenOf(KeyGeneration key)
    {
        ArgumentNullException.ThrowIfNull(key);
        string file = FileOf(key, ".uri");
        string text = Read(file, null).Trim();
        return TokenUri.TryParse(text, out string problem) ?? throw new StrataException(
            $"cannot read {file}: {problem}", "It has one URI of PKCS #11 (RFC 7512), with 'module-path'.");
    }

    /// <summary>True when the private key of a role lies here and is encrypted.</summary>
    public bool IsEncrypted(KeyRole role) => IsEncrypted(SigningOf(role));

    /// <summary>True when a private key lies here and is encrypted.</summary>
    public bool IsEncrypted(KeyGeneration key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return HasKeyOf(key) && !IsInToken(key) && IsEncrypted(Read(FileOf(key, ".key"), null));
    }

    /// <summary>Opens the key of a role.</summary>
    /// <param name="role">The role.</param>
    /// <param name="passphrase">Asked for when the key is encrypted; the PIN of a key that is in a token.</param>
    /// <exception cref="StrataException">It is not there, others may read it, the passphrase is wrong, or it is not the certificate's
    /// key.</exception>
    public CertifiedKey Open(KeyRole role, Func<string> passphrase)
    {
        ArgumentNullException.ThrowIfNull(passphrase);
        KeyGeneration signs = SigningOf(role);
        X509Certificate2 certificate = CertificateOf(signs);
        if (IsInToken(signs))
        {
            return TokenKey.Open(TokenOf(signs), certificate, passphrase);
        }
        RSA key = RSA.Create();
        try
        {
            string file = FileOf(signs, ".key");
            string pem = Read(file, $"It has the private key of {signs} as PEM; what is signed here needs it.");
            RefuseOpenFile(file);
            Import(key, pem, file, passphrase);
            using RSA? certified = certificate.GetRSAPublicKey();
            if (certified is null || !certified.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo()))
            {
                throw new StrataException($"cannot sign with {file}: it is not the key of {FileOf(signs, ".crt")}");
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

    /// <summary>Whose entries in firmware these keys are: a number that follows from the first platform key.</summary>
    public Guid Owner
    {
        get
        {
            using X509Certificate2 platform = CertificateOf(KeyGeneration.First(KeyRole.Platform));
            byte[] bytes = Sha256Digest.Of(platform.RawData).Bytes[..16].ToArray();
            bytes[6] = (byte)((bytes[6] & 0x0F) | 0x80); // RFC 9562, section 5.8: version 8, a digest of one's own
            bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
            return new Guid(bytes, bigEndian: true);
        }
    }

    private string FileOf(KeyGeneration key, string ending) => Path.Combine(path, key.Name + ending);

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
