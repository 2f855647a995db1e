using System.Buffers.Binary;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Strata.Core;
using Strata.Trust.Signatures;

namespace Strata.Trust.Firmware;

/// <summary>A variable that says whom firmware believes (UEFI specification, section 32.3).</summary>
/// <param name="Name">As firmware knows it.</param>
/// <param name="Vendor">The name space of the name.</param>
internal sealed record FirmwareVariable(string Name, Guid Vendor)
{
    private static readonly Guid s_global = new("8be4df61-93ca-11d2-aa0d-00e098032b8c"); // EFI_GLOBAL_VARIABLE
    private static readonly Guid s_security = new("d719b2cb-3d3a-4596-a3bc-dad00e67656f"); // EFI_IMAGE_SECURITY_DATABASE_GUID
    private static readonly Guid s_pkcs7 = new("4aafd29d-68df-49ee-8aa9-347d375665a7"); // EFI_CERT_TYPE_PKCS7_GUID

    // non-volatile, for boot and run time, with a time in its signature
    private const uint Attributes = 0x27;
    private const ushort Revision = 0x0200;
    private const ushort CertificateWithGuid = 0x0EF1; // WIN_CERT_TYPE_EFI_GUID
    private const int CertificateHeader = 24;

    /// <summary>Who owns the machine: may change <see cref="ExchangeKeys"/>.</summary>
    public static FirmwareVariable PlatformKey { get; } = new("PK", s_global);

    /// <summary>Who may change <see cref="Allowed"/> and <see cref="Forbidden"/>.</summary>
    public static FirmwareVariable ExchangeKeys { get; } = new("KEK", s_global);

    /// <summary>Whose programs start.</summary>
    public static FirmwareVariable Allowed { get; } = new("db", s_security);

    /// <summary>What does not start, whoever signed it.</summary>
    public static FirmwareVariable Forbidden { get; } = new("dbx", s_security);

    /// <summary>
    /// The content of the variable with a signature, as SetVariable takes it and systemd-boot finds it below <c>loader/keys</c>
    /// (EFI_VARIABLE_AUTHENTICATION_2).
    /// </summary>
    /// <param name="content">Signature lists (<see cref="SignatureList"/>).</param>
    /// <param name="key">Signs: that of the variable above this one, or of the platform.</param>
    /// <param name="time">Later than that of what it replaces, in UTC; firmware counts whole seconds.</param>
    public byte[] Sign(ReadOnlySpan<byte> content, CertifiedKey key, DateTimeOffset time)
    {
        byte[] stamp = Time(time.ToUniversalTime());
        byte[] attributes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(attributes, Attributes);
        byte[] covered = [.. Encoding.Unicode.GetBytes(Name), .. Vendor.ToByteArray(), .. attributes, .. stamp, .. content];
        byte[] signature = SignedMessage.Detached(key, Sha256Digest.Of(covered));
        byte[] header = new byte[CertificateHeader];
        BinaryPrimitives.WriteInt32LittleEndian(header, CertificateHeader + signature.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(4), Revision);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(6), CertificateWithGuid);
        s_pkcs7.TryWriteBytes(header.AsSpan(8));
        return [.. stamp, .. header, .. signature, .. content];
    }

    /// <summary>EFI_TIME (UEFI specification, section 8.3), the rest of it zero as section 8.2.2 demands.</summary>
    private static byte[] Time(DateTimeOffset time)
    {
        byte[] bytes = new byte[16];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)time.Year);
        (bytes[2], bytes[3], bytes[4], bytes[5], bytes[6]) = ((byte)time.Month, (byte)time.Day, (byte)time.Hour, (byte)time.Minute,
            (byte)time.Second);
        return bytes;
    }
}

/// <summary>
/// EFI_SIGNATURE_LIST (UEFI specification, section 32.4.1): what a <see cref="FirmwareVariable"/> holds, one list behind the other.
/// </summary>
internal static class SignatureList
{
    private const int HeaderSize = 28;
    private static readonly Guid s_x509 = new("a5c059a1-94e4-4aa7-87b5-ab155c2bf072"); // EFI_CERT_X509_GUID
    private static readonly Guid s_sha256 = new("c1c41626-504c-4092-aca9-41f936934328"); // EFI_CERT_SHA256_GUID

    /// <summary>A list with one certificate.</summary>
    /// <param name="owner">Who put it there; firmware does not look at it.</param>
    /// <param name="certificate">The certificate.</param>
    public static byte[] Of(Guid owner, X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        return Of(owner, certificate.RawData);
    }

    /// <summary>The same of a certificate as DER.</summary>
    public static byte[] Of(Guid owner, byte[] certificate) => List(s_x509, owner, [certificate]);

    /// <summary>A list with digests of images (<see cref="Formats.Pe.Authenticode.Digest"/>).</summary>
    /// <param name="owner">Who put them there; firmware does not look at it.</param>
    /// <param name="images">Their digests, at least one.</param>
    public static byte[] Of(Guid owner, IReadOnlyCollection<Sha256Digest> images)
    {
        ArgumentNullException.ThrowIfNull(images);
        return List(s_sha256, owner, [.. images.Select(i => i.Bytes.ToArray())]);
    }

    private static byte[] List(Guid type, Guid owner, IReadOnlyList<byte[]> entries)
    {
        int entry = 16 + entries[0].Length;
        byte[] list = new byte[HeaderSize + (entry * entries.Count)];
        type.TryWriteBytes(list);
        BinaryPrimitives.WriteInt32LittleEndian(list.AsSpan(16), list.Length);
        BinaryPrimitives.WriteInt32LittleEndian(list.AsSpan(24), entry); // at 20 the size of a header that these types do not have
        for (int i = 0, at = HeaderSize; i < entries.Count; i++, at += entry)
        {
            owner.TryWriteBytes(list.AsSpan(at));
            entries[i].CopyTo(list, at + 16);
        }
        return list;
    }
}
