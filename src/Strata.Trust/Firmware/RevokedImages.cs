using System.Text;
using Strata.Core;
using Strata.Device.Posix;
using Strata.Formats.Pe;
using Strata.Trust.Keys;
using Strata.Trust.Signatures;

namespace Strata.Trust.Firmware;

/// <summary>
/// Images that do not start any more although their signature is good: lines of <c>revoked</c> beside the keys, as sha256sum(1) writes
/// them, with the digest that firmware looks at; and <c>enrol/dbx.auth</c>, which tells firmware.
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
        using CertifiedKey exchange = keys.Open(KeyRole.Exchange, passphrase);
        byte[] signed = FirmwareVariable.Forbidden.Sign(SignatureList.Of(keys.Owner, [.. all.Select(r => r.Digest)]), exchange, now);
        string file = Path.Combine(keys.FolderPath, FileName);
        try
        {
            Directory.CreateDirectory(Path.Combine(keys.FolderPath, EnrolmentFiles.Folder));
            DurableFile.Replace(Path.Combine(keys.FolderPath, EnrolmentFiles.Folder, EnrolmentFiles.Revoked), signed, Modes.File);
            DurableFile.Replace(file, Encoding.UTF8.GetBytes(string.Concat(all.Select(r => $"{r.Digest}  {r.Name}\n"))), Modes.File);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or PosixException)
        {
            throw new StrataException($"cannot write {file}: {e.Message}", innerException: e);
        }
        return all;
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
