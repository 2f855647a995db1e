using System.Security.Cryptography.X509Certificates;
using Strata.Trust.Keys;
using Strata.Trust.Signatures;

namespace Strata.Trust.Firmware;

/// <summary>What makes firmware in setup mode believe an owner, those whom the owner named, and nobody else.</summary>
public static class Enrolment
{
    /// <summary>Folder below <c>loader/keys</c> from which systemd-boot enrols by itself (systemd-boot(7), "secure-boot-enroll").</summary>
    public const string Folder = "loader/keys/auto";

    /// <summary>
    /// The files <c>PK.auth</c>, <c>KEK.auth</c> and <c>db.auth</c>: <see cref="FirmwareVariable.Sign"/> for systemd-boot and setup
    /// menus. The same as the last time where nothing was rotated since, and nobody else is believed.
    /// </summary>
    /// <param name="keys">
    /// Their certificates are enrolled, those of KEK and db until they are retired. The key of the platform signs itself and KEK, KEK
    /// signs db. While a key of the platform waits for its turn there is a file of its name as well, which tells a machine that believes
    /// the one before.
    /// </param>
    /// <param name="passphrase">Asked for when a key is encrypted.</param>
    public static IReadOnlyDictionary<string, byte[]> Files(KeyFolder keys, Func<string> passphrase)
    {
        ArgumentNullException.ThrowIfNull(keys);
        using CertifiedKey platform = keys.Open(KeyRole.Platform, passphrase);
        using CertifiedKey exchange = keys.Open(KeyRole.Exchange, passphrase);
        DateTimeOffset? changed = KeyHistory.Read(keys.FolderPath).LastChange;
        IReadOnlyList<KeyGeneration> platforms = keys.GenerationsOf(KeyRole.Platform);
        Dictionary<string, byte[]> files = new(StringComparer.Ordinal)
        {
            ["PK.auth"] = Signed(FirmwareVariable.PlatformKey, [keys.SigningOf(KeyRole.Platform)], platform),
            ["KEK.auth"] = Signed(FirmwareVariable.ExchangeKeys, Believed(KeyRole.Exchange), platform),
            ["db.auth"] = Signed(FirmwareVariable.Allowed, Believed(KeyRole.Images), exchange),
        };
        if (platforms.FirstOrDefault(p => p.Standing == KeyStanding.Next) is KeyGeneration next)
        {
            files[$"{next}.auth"] = Signed(FirmwareVariable.PlatformKey, [next], platform);
        }
        return files;

        IEnumerable<KeyGeneration> Believed(KeyRole role) => keys.GenerationsOf(role).Where(k => k.Standing != KeyStanding.Retired);

        // The time of a certificate or of the last change: the same files each time they are made, and a later one for what is new.
        byte[] Signed(FirmwareVariable variable, IEnumerable<KeyGeneration> believed, CertifiedKey by)
        {
            List<byte> content = [];
            DateTimeOffset time = changed ?? DateTimeOffset.UnixEpoch;
            foreach (KeyGeneration key in believed)
            {
                using X509Certificate2 certificate = keys.CertificateOf(key);
                content.AddRange(SignatureList.Of(keys.Owner, certificate));
                time = certificate.NotBefore > time ? certificate.NotBefore : time;
            }
            foreach (OtherCertificate other in OtherCertificates.Of(keys, variable.Name))
            {
                content.AddRange(SignatureList.Of(other.Owner ?? keys.Owner, other.Der));
            }
            return variable.Sign([.. content], by, time);
        }
    }
}
