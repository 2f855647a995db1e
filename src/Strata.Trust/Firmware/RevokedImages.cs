using System.Security.Cryptography.X509Certificates;
using System.Text;
using Strata.Core;
using Strata.Device.Posix;
using Strata.Formats.Pe;
using Strata.Trust.Keys;
using Strata.Trust.Signatures;

namespace Strata.Trust.Firmware;

/// <summary>
/// Images that do not start any more although their signature is good: lines of <c>revoked</c> beside the keys, as sha256sum(1) writes
/// them, with the digest that firmware looks at; and <c>enrol/dbx.auth</c>, which tells firmware of them and of all that a retired key
/// signed.
/// </summary>
public static class RevokedImages
{
    /// <summary>Name of the list beside the keys.</summary>
    public const string FileName = "revoked";

    private const int Most = 1000; // firmware has some ten KiB for all of dbx
    private const long LargestImage = 1L << 30;

    /// <summary>Adds images to the list, and writes what tells firmware anew.</summary>
    /// <param name="keys">The keys; KEK signs.</param>
    /// <param name="images">Kernel images or boot programs, signed or not.</param>
    /// <param name="passphrase">Asked for when the key is encrypted.</param>
    /// <param name="now">Later than that of the list before, which firmware demands.</param>
    /// <returns>All of the list: digests and names.</returns>
    /// <exception cref="StrataException">An image is none, a key is missing, or it cannot be written. Nothing was written then.</exception>
    public static IReadOnlyList<(Sha256Digest Digest, string Name)> Add(
        KeyFolder keys, IReadOnlyList<string> images, Func<string> passphrase, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentNullException.ThrowIfNull(images);
        List<(Sha256Digest Digest, string Name)> all = [.. Read(keys)];
        foreach (string image in images)
        {
            Sha256Digest digest = DigestOf(image);
            if (all.All(r => r.Digest != digest))
            {
                all.Add((digest, Path.GetFileName(image)));
            }
        }
        if (all.Count > Most)
        {
            throw new StrataException(
                $"cannot revoke {all.Count} images: firmware has room for about {Most}",
                "A new key 'db' revokes all that the old one signed.");
        }
        Write(keys, all, passphrase, now);
        return all;
    }

    /// <summary>Writes what tells firmware anew, where there is something to tell: after a key for images was retired, or one that
    /// signs this was rotated.</summary>
    /// <exception cref="StrataException">A key is missing, or it cannot be written.</exception>
    internal static void WriteAnew(KeyFolder keys, Func<string> passphrase, DateTimeOffset now)
    {
        List<(Sha256Digest Digest, string Name)> all = [.. Read(keys)];
        if (all.Count > 0 || Retired(keys).Any())
        {
            Write(keys, all, passphrase, now);
        }
    }

    private static IEnumerable<KeyGeneration> Retired(KeyFolder keys) =>
        keys.GenerationsOf(KeyRole.Images).Where(k => k.Standing == KeyStanding.Retired);

    private static void Write(
        KeyFolder keys, List<(Sha256Digest Digest, string Name)> all, Func<string> passphrase, DateTimeOffset now)
    {
        using CertifiedKey exchange = keys.Open(KeyRole.Exchange, passphrase);
        List<byte> content = [];
        foreach (KeyGeneration retired in Retired(keys))
        {
            using X509Certificate2 certificate = keys.CertificateOf(retired);
            content.AddRange(SignatureList.Of(keys.Owner, certificate));
        }
        if (all.Count > 0)
        {
            content.AddRange(SignatureList.Of(keys.Owner, [.. all.Select(r => r.Digest)]));
        }
        byte[] signed = FirmwareVariable.Forbidden.Sign([.. content], exchange, now);
        string file = Path.Combine(keys.FolderPath, FileName);
        try
        {
            Directory.CreateDirectory(Path.Combine(keys.FolderPath, EnrolmentFiles.Folder));
            DurableFile.Replace(Path.Combine(keys.FolderPath, EnrolmentFiles.Folder, EnrolmentFiles.Revoked), signed, Modes.File);
            if (all.Count > 0)
            {
                DurableFile.Replace(file, Encoding.UTF8.GetBytes(string.Concat(all.Select(r => $"{r.Digest}  {r.Name}\n"))), Modes.File);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or PosixException)
        {
            throw new StrataException($"cannot write {file}: {e.Message}", innerException: e);
        }
    }

    private static Sha256Digest DigestOf(string image)
    {
        try
        {
            using FileStream stream = new(image, FileMode.Open, FileAccess.Read, FileShare.Read);
            return stream.Length <= LargestImage ? Authenticode.Digest(stream)
                : throw new StrataException($"cannot revoke {image}: it has {stream.Length} bytes, expected at most {LargestImage}");
        }
        catch (ImageFormatException e)
        {
            throw new StrataException(
                $"cannot revoke {image}: it is no program for firmware: {e.Message}",
                "Name a kernel image or a boot program; on a disk they lie in the first partition, in EFI/Linux and EFI/BOOT.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StrataException(
                $"cannot revoke {image}: {(File.Exists(image) ? e.Message : "there is no such file")}", innerException: e);
        }
    }

    private static IEnumerable<(Sha256Digest Digest, string Name)> Read(KeyFolder keys)
    {
        string file = Path.Combine(keys.FolderPath, FileName);
        if (!File.Exists(file))
        {
            yield break;
        }
        int number = 0;
        foreach (string line in File.ReadLines(file).Take(Most + 1)) // one more is refused, none is passed over
        {
            number++;
            yield return line.Split("  ", 2) is [string digest, string name] && Sha256Digest.TryParse(digest, out Sha256Digest read)
                ? (read, name)
                : throw new StrataException($"cannot read {file}:{number}: expected a SHA-256 digest, two blanks and a name");
        }
    }
}
