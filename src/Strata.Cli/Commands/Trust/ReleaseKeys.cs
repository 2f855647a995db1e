using System.Security.Cryptography.X509Certificates;
using Strata.Core;
using Strata.Images.Signing;
using Strata.Inventory.Provenance;
using Strata.Trust.Keys;
using Strata.Trust.Signatures;

namespace Strata.Cli.Commands.Trust;

/// <summary>The key for releases of a folder: who signs statements about what was built, and whom one believes.</summary>
internal static class ReleaseKeys
{
    /// <summary>The key that signs; null where the folder has its certificate alone.</summary>
    /// <exception cref="StrataException">There is no such key, or no passphrase for it.</exception>
    public static CertifiedKey? Open(KeyFolder keys, Func<string> passphrase)
    {
        using X509Certificate2 certificate = keys.CertificateOf(KeyRole.Releases); // says what is missing
        return keys.HasKeyOf(KeyRole.Releases) ? keys.Open(KeyRole.Releases, passphrase) : null;
    }

    /// <summary>The same where nothing is sent unsigned.</summary>
    /// <exception cref="StrataException">There is no such key, or no passphrase for it.</exception>
    public static CertifiedKey OpenOrFail(KeyFolder keys, string? passphraseFile) =>
        Open(keys, PassphraseInput.Once(passphraseFile, keys)) ?? throw new StrataException(
            $"cannot sign with {keys.FolderPath}: the private key 'release' is not in it",
            "Without '--keys' the provenance is sent unsigned.");

    /// <summary>The same, as statements want it.</summary>
    public static StatementSigner? SignerOf(CertifiedKey? key) => key is null ? null : new StatementSigner(key.Certificate, key.Sign);

    /// <summary>Certificates whose signatures are believed: not those of retired keys.</summary>
    /// <exception cref="StrataException">There is none.</exception>
    public static IReadOnlyList<X509Certificate2> Believed(KeyFolder keys) =>
    [
        .. keys.GenerationsOf(KeyRole.Releases).Where(g => g.Standing != KeyStanding.Retired).Select(keys.CertificateOf),
    ];

    /// <summary>
    /// What signs images for firmware when they are built again: with the key, or with signatures that lie beside its certificate. Null
    /// where the folder has neither.
    /// </summary>
    /// <exception cref="StrataException">A file is wrong, or there is no passphrase for it.</exception>
    public static ImageSigner? SignerOf(KeyFolder keys, string? passphraseFile) =>
        keys.HasCertificateOf(KeyRole.Images)
            && (keys.HasKeyOf(KeyRole.Images) || Directory.Exists(Path.Combine(keys.FolderPath, "signatures")))
            ? PassphraseInput.SignerOf(keys.FolderPath, passphraseFile) : null;
}
