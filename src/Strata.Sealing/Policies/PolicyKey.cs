using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Strata.Core;

namespace Strata.Sealing.Policies;

/// <summary>
/// The public half of the key that approves policies of a TPM: RSA with 2048 bits and the exponent 65537, which every TPM 2.0 can check.
/// </summary>
public sealed class PolicyKey
{
    /// <summary>Bytes of the modulus.</summary>
    public const int ModulusSize = 256;

    private const string FormatName = "policy key";
    private const int LargestPem = 4096;

    // RFC 8017, appendix A.1.1, in DER: SEQUENCE { INTEGER of 257 bytes, the first of them 0; INTEGER 65537 }
    private static ReadOnlySpan<byte> RsaHead => [0x30, 0x82, 0x01, 0x0A, 0x02, 0x82, 0x01, 0x01, 0x00];

    private static ReadOnlySpan<byte> RsaTail => [0x02, 0x03, 0x01, 0x00, 0x01];

    // RFC 5280, section 4.1.2.7: SEQUENCE { SEQUENCE { rsaEncryption, NULL }, BIT STRING of what stands above }
    private static ReadOnlySpan<byte> KeyInfoHead =>
    [
        0x30, 0x82, 0x01, 0x22, 0x30, 0x0D, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01, 0x05, 0x00,
        0x03, 0x82, 0x01, 0x0F, 0x00,
    ];

    private readonly byte[] _modulus;

    private PolicyKey(byte[] modulus)
    {
        _modulus = modulus;
        PublicArea = AreaOf(modulus);
        Name = TpmName.Of(PublicArea);
        Fingerprint = Sha256Digest.Of([.. RsaHead, .. modulus, .. RsaTail]);
    }

    /// <summary>The key as a TPM takes it (TPMT_PUBLIC: TPM 2.0 Library, part 2, section 12.2.4), for TPM2_LoadExternal.</summary>
    /// <remarks>Attributes and schemes are those that systemd gives a key from a PEM file, so both know it by one name.</remarks>
    public ReadOnlyMemory<byte> PublicArea { get; }

    /// <summary>Name of the loaded key, which policies are bound to.</summary>
    public TpmName Name { get; }

    /// <summary>By what <c>.pcrsig</c> says whose signature it is ("pkfp"): SHA-256 of the key as RSAPublicKey in DER.</summary>
    public Sha256Digest Fingerprint { get; }

    /// <summary>Takes a modulus.</summary>
    /// <exception cref="ArgumentException">It has not 2048 bits.</exception>
    public static PolicyKey Of(ReadOnlySpan<byte> modulus) =>
        modulus.Length == ModulusSize && (modulus[0] & 0x80) != 0 ? new PolicyKey(modulus.ToArray())
            : throw new ArgumentException($"expected a modulus of {8 * ModulusSize} bits", nameof(modulus));

    /// <summary>Reads a public key (PEM), as <c>.pcrpkey</c> has it.</summary>
    /// <exception cref="ImageFormatException">It is none, or has another length or exponent.</exception>
    public static PolicyKey ReadPem(ReadOnlySpan<byte> pem)
    {
        if (pem.Length > LargestPem || pem.ContainsAnyExceptInRange((byte)0x09, (byte)0x7E))
        {
            throw new ImageFormatException(FormatName, 0, $"expected at most {LargestPem} bytes of ASCII");
        }
        string text = Encoding.ASCII.GetString(pem);
        if (!PemEncoding.TryFind(text, out PemFields fields) || text[fields.Label] != "PUBLIC KEY")
        {
            throw new ImageFormatException(FormatName, 0, "no '-----BEGIN PUBLIC KEY-----'");
        }
        byte[] info = Convert.FromBase64String(text[fields.Base64Data]);
        int head = KeyInfoHead.Length + RsaHead.Length;
        return info.Length == head + ModulusSize + RsaTail.Length && info.AsSpan().StartsWith(KeyInfoHead)
            && info.AsSpan(KeyInfoHead.Length).StartsWith(RsaHead) && info.AsSpan().EndsWith(RsaTail) && (info[head] & 0x80) != 0
            ? new PolicyKey(info[head..^RsaTail.Length])
            : throw new ImageFormatException(
                FormatName, 0, $"expected an RSA key of {8 * ModulusSize} bits with the exponent 65537");
    }

    /// <summary>The key as PEM, lines of 64 characters as openssl writes them, with a line feed at the end.</summary>
    public byte[] ToPem() => Encoding.ASCII.GetBytes(
        PemEncoding.WriteString("PUBLIC KEY", [.. KeyInfoHead, .. RsaHead, .. _modulus, .. RsaTail]) + "\n");

    private static byte[] AreaOf(byte[] modulus)
    {
        const ushort Rsa = 0x0001, None = 0x0010;
        const uint Attributes = 1 << 6 | 1 << 17 | 1 << 18; // userWithAuth, decrypt, sign
        byte[] area = new byte[24 + modulus.Length];
        BinaryPrimitives.WriteUInt16BigEndian(area, Rsa);
        BinaryPrimitives.WriteUInt16BigEndian(area.AsSpan(2), TpmName.Sha256);
        BinaryPrimitives.WriteUInt32BigEndian(area.AsSpan(4), Attributes);
        // at 8 the length of a policy: none
        BinaryPrimitives.WriteUInt16BigEndian(area.AsSpan(10), None); // symmetric algorithm
        BinaryPrimitives.WriteUInt16BigEndian(area.AsSpan(12), None); // scheme
        BinaryPrimitives.WriteUInt16BigEndian(area.AsSpan(14), 8 * ModulusSize);
        // at 16 the exponent: 0 stands for 65537
        BinaryPrimitives.WriteUInt16BigEndian(area.AsSpan(20), ModulusSize);
        modulus.CopyTo(area, 22);
        return area[..(22 + modulus.Length)];
    }
}
