using System.Security.Cryptography.X509Certificates;
using Strata.Core;
using Strata.Trust.Keys;

namespace Strata.Trust.Offline;

/// <summary>
/// A folder that travels to keys and back: <c>NAME.digest</c>, 32 bytes that are to be signed, and beside it what was signed there,
/// <c>NAME.sig</c>: RSASSA-PKCS1-v1_5 with SHA-256 over that digest (RFC 8017, section 8.2), 256 bytes. What another key signs than that of
/// images has its role in the name: <c>NAME.pcr.digest</c>.
/// </summary>
public static class SigningFolder
{
    private const string Request = ".digest";
    private const string Answer = ".sig";
    private const int MostFiles = 1000;

    /// <summary>Name of the file with what is to be signed.</summary>
    public static string FileOf(SigningRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return request.Role == KeyRole.Images ? request.Name + Request : $"{request.Name}.{request.Role}{Request}";
    }

    /// <summary>Writes what has to be signed. Answers to other questions that lie there go.</summary>
    /// <param name="path">The folder; made when it is missing.</param>
    /// <param name="requests">What has to be signed; each name once.</param>
    /// <exception cref="StrataException">It cannot be written, or holds something else.</exception>
    public static void Write(string path, IReadOnlyList<SigningRequest> requests)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(requests);
        try
        {
            Directory.CreateDirectory(path);
            string[] old = [.. Directory.EnumerateFileSystemEntries(path).Take(MostFiles)];
            if (old.FirstOrDefault(f => Path.GetExtension(f) is not (Request or Answer)) is string other)
            {
                throw new StrataException(
                    $"cannot write to {path}: it holds {Path.GetFileName(other)}, which is nothing to sign",
                    "Name a folder for this alone.");
            }
            Array.ForEach(old, File.Delete);
            foreach (SigningRequest request in requests)
            {
                File.WriteAllBytes(Path.Combine(path, FileOf(request)), request.Digest.Bytes.ToArray());
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StrataException($"cannot write to {path}: {e.Message}", innerException: e);
        }
    }

    /// <summary>
    /// Takes the signatures of a folder to the certificates: from then on what was signed is signed with these keys as if the private
    /// one were at hand.
    /// </summary>
    /// <param name="path">The folder.</param>
    /// <param name="keys">The certificates, with the one that signed.</param>
    /// <returns>Names of what was signed, sorted.</returns>
    /// <exception cref="StrataException">A signature is missing, or is not by that key; nothing was taken then.</exception>
    public static IReadOnlyList<string> Attach(string path, KeyFolder keys)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(keys);
        List<(string Name, KeyRole Role, Sha256Digest Digest, byte[] Signature)> taken = [];
        foreach (string file in RequestsIn(path))
        {
            KeyRole role = RoleOf(file);
            using X509Certificate2 certificate = keys.CertificateOf(role);
            string answer = Path.ChangeExtension(file, Answer);
            Sha256Digest digest = new(SmallFile.Read(file, Sha256Digest.Size));
            byte[] signature = SmallFile.Read(answer, AttachedSignatures.Size);
            if (!AttachedSignatures.IsBy(certificate, digest, signature))
            {
                KeyGeneration name = keys.SigningOf(role);
                throw new StrataException(
                    $"cannot take {answer}: it is no signature of {Path.GetFileName(file)} by the key {name} of {keys.FolderPath}",
                    $"'openssl pkeyutl -sign -inkey {name}.key -pkeyopt digest:sha256 -in NAME{Request} -out NAME{Answer}' makes one.");
            }
            taken.Add((Path.GetFileNameWithoutExtension(file), role, digest, signature));
        }
        taken.ForEach(t => AttachedSignatures.Add(keys, t.Role, t.Digest, t.Signature));
        return [.. taken.Select(t => t.Name)];
    }

    private static KeyRole RoleOf(string file) =>
        file.EndsWith($".{KeyRole.Policies}{Request}", StringComparison.Ordinal) ? KeyRole.Policies : KeyRole.Images;

    private static string[] RequestsIn(string path)
    {
        try
        {
            string[] files = [.. Directory.EnumerateFiles(path, "*" + Request).Take(MostFiles + 1).Order(StringComparer.Ordinal)];
            if (files.Length > MostFiles)
            {
                throw new StrataException($"cannot take signatures from {path}: it holds more than {MostFiles} {Request} files");
            }
            return files.Length > 0 ? files
                : throw new StrataException(
                    $"cannot take signatures from {path}: it holds no {Request} file",
                    "'strata sign EDITION --keys FOLDER --prepare FOLDER' makes such a folder.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StrataException(
                $"cannot take signatures from {path}: {(Directory.Exists(path) ? e.Message : "there is no such folder")}",
                innerException: e);
        }
    }
}
