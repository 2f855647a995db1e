using System.Security.Cryptography.X509Certificates;
using Strata.Core;

namespace Strata.Trust.Firmware;

/// <summary>
/// Certificates of Microsoft that most machines come with, for an owner who needs what they signed. They are data (keyrings/README.md)
/// and believed only by who asks for them.
/// </summary>
public static class MicrosoftCertificates
{
    /// <summary>By what they are needed for: file, variable and name of each.</summary>
    private static readonly Dictionary<string, (string Variable, string Name)[]> s_uses = new(StringComparer.Ordinal)
    {
        // programs of hardware (option ROMs) and of other systems; 2011 signed both, 2023 has one for each
        ["hardware"] = [("db", "microsoft-uefi-2011"), ("db", "microsoft-uefi-2023"), ("db", "microsoft-option-rom-2023")],
        ["windows"] = [("db", "microsoft-windows-2011"), ("db", "microsoft-windows-2023")],
        ["updates"] = [("KEK", "microsoft-kek-2011"), ("KEK", "microsoft-kek-2023")],
    };

    private static readonly Lazy<Sha256Digest[]> s_digests = new(() =>
        [.. s_uses.Values.SelectMany(u => u).Select(c => Sha256Digest.Of(Content(c.Name)))]);

    /// <summary>What they can be needed for.</summary>
    public static IReadOnlyList<string> Uses { get; } = [.. s_uses.Keys];

    /// <summary>SignatureOwner of Microsoft's own entries ("Windows Secure Boot Key Creation and Management Guidance", 1.3.4).</summary>
    internal static Guid Owner { get; } = new("77fa9abd-0359-4d32-bd60-28f4e78f784b");

    /// <summary>Those of one use.</summary>
    /// <exception cref="StrataException">Nobody knows that use.</exception>
    public static IReadOnlyList<OtherCertificate> For(string use) => s_uses.TryGetValue(use, out (string Variable, string Name)[]? names)
        ? [.. names.Select(n => Of(n.Variable, n.Name))]
        : throw new StrataException(
            $"cannot take Microsoft's certificates for '{use}': expected one of {string.Join(", ", Uses)}");

    /// <summary>True for one of them.</summary>
    internal static bool IsOne(byte[] certificate) => s_digests.Value.Contains(Sha256Digest.Of(certificate));

    private static OtherCertificate Of(string variable, string name)
    {
        byte[] content = Content(name);
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(content);
        return new OtherCertificate(variable, name, certificate.Subject, certificate.NotAfter.ToUniversalTime(), content, Owner);
    }

    private static byte[] Content(string name)
    {
        string resource = $"keyrings/{name}.der";
        using Stream stream = typeof(MicrosoftCertificates).Assembly.GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"{resource} is not built in");
        byte[] content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }
}
