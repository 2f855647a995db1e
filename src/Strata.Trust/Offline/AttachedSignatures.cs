using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Strata.Core;
using Strata.Device.Posix;
using Strata.Trust.Keys;
using Strata.Trust.Signatures;

namespace Strata.Trust.Offline;

/// <summary>
/// Signatures by keys that lie elsewhere, kept in the folder of their certificates by the digest that was signed. They are no secret, and
/// each is the only one there is of its digest and key (RFC 8017, section 8.2), so an image signed with them has the bytes it would have
/// had with the key at hand.
/// </summary>
public static class AttachedSignatures
{
    /// <summary>Folder below that of the keys.</summary>
    internal const string Folder = "signatures";

    /// <summary>Bytes of a signature: those of the key's modulus.</summary>
    internal const int Size = KeyFolder.KeyBits / 8;

    /// <summary>Opens a key where it lies in the folder; else one that signs what it signed elsewhere, and nothing else.</summary>
    /// <param name="keys">The folder.</param>
    /// <param name="role">The role.</param>
    /// <param name="passphrase">Asked for when the key is encrypted.</param>
    /// <exception cref="StrataException">A file is missing or wrong.</exception>
    public static CertifiedKey OpenKey(KeyFolder keys, KeyRole role, Func<string> passphrase)
    {
        ArgumentNullException.ThrowIfNull(keys);
        return keys.HasKeyOf(role) ? keys.Open(role, passphrase) : new AttachedKey(keys, role);
    }

    /// <summary>The signature of a digest; null when there is none.</summary>
    /// <exception cref="StrataException">What is there is no signature by this key.</exception>
    internal static byte[]? Find(KeyFolder keys, KeyRole role, Sha256Digest digest)
    {
        string file = FileOf(keys, role, digest);
        if (!File.Exists(file))
        {
            return null;
        }
        byte[] signature = SmallFile.Read(file, Size);
        using X509Certificate2 certificate = keys.CertificateOf(role);
        return IsBy(certificate, digest, signature) ? signature
            : throw new StrataException($"cannot sign with {file}: it is no signature by {role} of {keys.FolderPath}", "Delete it.");
    }

    /// <summary>Keeps a signature.</summary>
    /// <exception cref="StrataException">It cannot be written.</exception>
    internal static void Add(KeyFolder keys, KeyRole role, Sha256Digest digest, byte[] signature)
    {
        string file = FileOf(keys, role, digest);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            DurableFile.Replace(file, signature, Modes.File);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or PosixException)
        {
            throw new StrataException($"cannot keep a signature as {file}: {e.Message}", innerException: e);
        }
    }

    /// <summary>True when the key of a certificate made a signature of a digest.</summary>
    internal static bool IsBy(X509Certificate2 certificate, Sha256Digest digest, byte[] signature)
    {
        using RSA? key = certificate.GetRSAPublicKey();
        return key is not null && key.VerifyHash(digest.Bytes, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
    }

    private static string FileOf(KeyFolder keys, KeyRole role, Sha256Digest digest) =>
        Path.Combine(keys.FolderPath, Folder, $"{keys.SigningOf(role)}-{digest}.sig");
}
