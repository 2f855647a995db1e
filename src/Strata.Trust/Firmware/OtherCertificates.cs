using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Strata.Core;
using Strata.Device.Posix;
using Strata.Trust.Keys;

namespace Strata.Trust.Firmware;

/// <summary>A certificate of somebody else whom the owner's machines are to believe as well.</summary>
/// <param name="Variable">Where firmware keeps it: <c>KEK</c> or <c>db</c>.</param>
/// <param name="Name">Name of its file, without the ending.</param>
/// <param name="Subject">Whose it is.</param>
/// <param name="NotAfter">Until when it says that it is valid.</param>
/// <param name="Der">The certificate.</param>
/// <param name="Owner">The number by which its owner marks entries of firmware; null where that is not known.</param>
public sealed record OtherCertificate(string Variable, string Name, string Subject, DateTimeOffset NotAfter, byte[] Der, Guid? Owner);

/// <summary>
/// Certificates of others in a folder of keys: <c>others/db/*.crt</c> and <c>others/KEK/*.crt</c>, PEM or DER. Who puts one there and says
/// 'keys enrol' makes machines believe it; who takes it away, no longer.
/// </summary>
public static class OtherCertificates
{
    /// <summary>Folder below that of the keys.</summary>
    public const string Folder = "others";

    private const int Most = 32; // of a variable; firmware has some ten KiB for each
    private const int LargestFile = 16 * 1024;
    private const string Ending = ".crt";

    /// <summary>Those of both variables, sorted.</summary>
    /// <exception cref="StrataException">One is no certificate, or there are too many.</exception>
    public static IReadOnlyList<OtherCertificate> Of(KeyFolder keys) =>
        [.. Of(keys, FirmwareVariable.ExchangeKeys.Name), .. Of(keys, FirmwareVariable.Allowed.Name)];

    /// <summary>Those of a variable, by name of the file.</summary>
    internal static IReadOnlyList<OtherCertificate> Of(KeyFolder keys, string variable)
    {
        ArgumentNullException.ThrowIfNull(keys);
        string folder = Path.Combine(keys.FolderPath, Folder, variable);
        try
        {
            if (!Directory.Exists(folder))
            {
                return [];
            }
            string[] files = [.. Directory.EnumerateFiles(folder, "*" + Ending).Take(Most + 1).Order(StringComparer.Ordinal)];
            return files.Length <= Most ? [.. files.Select(f => Read(variable, f))]
                : throw new StrataException(
                    $"cannot take {folder}: it has more than {Most} certificates, and firmware has no room for them");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StrataException($"cannot read {folder}: {e.Message}", innerException: e);
        }
    }

    /// <summary>Adds certificates that are not there yet.</summary>
    /// <returns>Names of what was added.</returns>
    /// <exception cref="StrataException">They cannot be written.</exception>
    public static IReadOnlyList<string> Add(KeyFolder keys, IEnumerable<OtherCertificate> certificates)
    {
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentNullException.ThrowIfNull(certificates);
        List<string> added = [];
        foreach (OtherCertificate certificate in certificates)
        {
            string folder = Path.Combine(keys.FolderPath, Folder, certificate.Variable);
            string file = Path.Combine(folder, certificate.Name + Ending);
            if (Of(keys, certificate.Variable).Any(o => o.Der.AsSpan().SequenceEqual(certificate.Der)))
            {
                continue;
            }
            try
            {
                if (File.Exists(file))
                {
                    throw new StrataException($"cannot write {file}: another certificate is there", "Give that one another name.");
                }
                Directory.CreateDirectory(folder);
                DurableFile.Replace(file, certificate.Der, Modes.File);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or PosixException)
            {
                throw new StrataException($"cannot write {file}: {e.Message}", innerException: e);
            }
            added.Add($"{certificate.Variable}/{certificate.Name}");
        }
        return added;
    }

    /// <summary>What stands for all of them; it changes when one is added, taken away or exchanged.</summary>
    internal static Sha256Digest DigestOf(KeyFolder keys) => Sha256Digest.Of(
        System.Text.Encoding.UTF8.GetBytes(string.Concat(Of(keys).Select(o => $"{o.Variable} {Sha256Digest.Of(o.Der)}\n"))));

    private static OtherCertificate Read(string variable, string file)
    {
        try
        {
            if (new FileInfo(file).Length > LargestFile)
            {
                throw new StrataException($"cannot read {file}: expected at most {LargestFile} bytes");
            }
            using X509Certificate2 certificate = X509CertificateLoader.LoadCertificateFromFile(file); // PEM or DER
            byte[] der = certificate.RawData;
            return new OtherCertificate(
                variable, Path.GetFileNameWithoutExtension(file), certificate.Subject, certificate.NotAfter.ToUniversalTime(), der,
                MicrosoftCertificates.IsOne(der) ? MicrosoftCertificates.Owner : null);
        }
        catch (CryptographicException e)
        {
            throw new StrataException($"cannot read {file}: it is no certificate", "It has to be an X.509 certificate, PEM or DER.", e);
        }
    }
}
