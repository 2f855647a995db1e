using System.Security.Cryptography.X509Certificates;
using Strata.Trust.Keys;
using Strata.Trust.Signatures;

namespace Strata.Trust.Firmware;

/// <summary>What makes firmware in setup mode believe an owner and nobody else.</summary>
public static class Enrolment
{
    /// <summary>Folder below <c>loader/keys</c> from which systemd-boot enrols by itself (systemd-boot(7), "secure-boot-enroll").</summary>
    public const string Folder = "loader/keys/auto";

    /// <summary>
    /// The files <c>PK.auth</c>, <c>KEK.auth</c> and <c>db.auth</c>: <see cref="FirmwareVariable.Sign"/> for systemd-boot and setup
    /// menus.
    /// </summary>
    /// <param name="keys">Their certificates are enrolled. The key of the platform signs itself and KEK, KEK signs db.</param>
    /// <param name="passphrase">Asked for when a key is encrypted.</param>
    public static IReadOnlyDictionary<string, byte[]> Files(KeyFolder keys, Func<string> passphrase)
    {
        ArgumentNullException.ThrowIfNull(keys);
        using CertifiedKey platform = keys.Open(KeyRole.Platform, passphrase);
        using CertifiedKey exchange = keys.Open(KeyRole.Exchange, passphrase);
        using X509Certificate2 images = keys.CertificateOf(KeyRole.Images);
        Guid owner = keys.Owner;
        return new Dictionary<string, byte[]>(StringComparer.Ordinal)
        {
            ["PK.auth"] = Signed(FirmwareVariable.PlatformKey, platform.Certificate, platform),
            ["KEK.auth"] = Signed(FirmwareVariable.ExchangeKeys, exchange.Certificate, platform),
            ["db.auth"] = Signed(FirmwareVariable.Allowed, images, exchange),
        };

        // The time of a certificate: the same files each time they are made, and a later one for a later certificate.
        byte[] Signed(FirmwareVariable variable, X509Certificate2 certificate, CertifiedKey by) =>
            variable.Sign(SignatureList.Of(owner, certificate), by, certificate.NotBefore);
    }
}
