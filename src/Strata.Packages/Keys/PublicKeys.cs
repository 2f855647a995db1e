using System.Buffers.Binary;
using System.Security.Cryptography;
using Strata.Core;

namespace Strata.Packages.Keys;

/// <summary>A public key that others are bound to (RFC 9580 §10.1.1).</summary>
/// <param name="Fingerprint">40 upper-case hex digits, 64 for keys of version 5 and 6.</param>
public sealed record PublicKey(string Fingerprint)
{
    /// <summary>
    /// The long key ID, as <c>gpgv</c> names keys: the end of a fingerprint of version 4, the beginning of later ones (§5.5.4).
    /// </summary>
    public string Id => Fingerprint.Length == 40 ? Fingerprint[^16..] : Fingerprint[..16];
}

/// <summary>
/// The form of a binary keyring: a run of packets (RFC 9580 §4.2), and which keys they are of. Whether a key is good is asked of
/// <c>gpgv</c> only.
/// </summary>
internal static class PublicKeys
{
    private const int MostKeys = 1000;
    private const int PublicKeyPacket = 6;

    /// <summary>Reads a keyring.</summary>
    /// <param name="content">Binary keys.</param>
    /// <param name="label">What a person calls it.</param>
    /// <returns>The primary keys, in their order; at least one.</returns>
    /// <exception cref="ImageFormatException">It is no run of packets of public keys.</exception>
    public static IReadOnlyList<PublicKey> Read(ReadOnlyMemory<byte> content, string label)
    {
        ReadOnlySpan<byte> rest = content.Span;
        List<PublicKey> keys = [];
        while (!rest.IsEmpty)
        {
            int position = content.Length - rest.Length;
            int type = NextPacket(ref rest, label, position, out ReadOnlySpan<byte> body);
            if (type is 5 or 7) // §5.5.1.3, §5.5.1.4
            {
                throw new ImageFormatException(label, position, "it holds a private key, which must not lie here");
            }
            // signature, marker, trust, user ID, subkey, user attribute, padding (§5)
            if (type is not (PublicKeyPacket or 2 or 10 or 12 or 13 or 14 or 17 or 21) || (keys.Count == 0 && type != PublicKeyPacket))
            {
                throw new ImageFormatException(
                    label, position, $"a packet of type {type} at a place where no file of public keys has one; expected OpenPGP keys");
            }
            if (type == PublicKeyPacket)
            {
                keys.Add(KeyOf(body, label, position));
            }
            if (keys.Count > MostKeys)
            {
                throw new ImageFormatException(label, position, $"it holds more than {MostKeys} keys");
            }
        }
        return keys.Count > 0 ? keys : throw new ImageFormatException(label, 0, "it is empty; expected OpenPGP keys");
    }

    private static int NextPacket(ref ReadOnlySpan<byte> rest, string label, int position, out ReadOnlySpan<byte> body)
    {
        int head = rest[0];
        if ((head & 0x80) == 0)
        {
            throw new ImageFormatException(label, position, "it holds no OpenPGP keys, neither binary nor in ASCII armour");
        }
        bool isNew = (head & 0x40) != 0; // §4.2.1 and the legacy form, §4.2.2
        int type = isNew ? head & 0x3F : (head >> 2) & 0xF;
        ReadOnlySpan<byte> from = rest[1..];
        int octets = isNew ? OctetsOfLength(from, label, position)
            : (head & 3) switch { 0 => 1, 1 => 2, 2 => 4, _ => throw Endless(label, position) };
        if (from.Length < octets)
        {
            throw CutOff(label, position);
        }
        uint length = (isNew, octets) switch
        {
            (_, 1) => from[0],
            (true, 2) => (uint)(((from[0] - 192) << 8) + from[1] + 192),
            (true, _) => BinaryPrimitives.ReadUInt32BigEndian(from[1..]),
            (_, 2) => BinaryPrimitives.ReadUInt16BigEndian(from),
            _ => BinaryPrimitives.ReadUInt32BigEndian(from),
        };
        from = from[octets..];
        if (length > (uint)from.Length)
        {
            throw CutOff(label, position);
        }
        body = from[..(int)length];
        rest = from[(int)length..];
        return type;
    }

    private static int OctetsOfLength(ReadOnlySpan<byte> from, string label, int position) => from.IsEmpty
        ? throw CutOff(label, position)
        : from[0] switch { < 192 => 1, < 224 => 2, 255 => 5, _ => throw Endless(label, position) };

    private static PublicKey KeyOf(ReadOnlySpan<byte> body, string label, int position)
    {
        int version = body.IsEmpty ? 0 : body[0];
        if (version is < 4 or > 6)
        {
            throw new ImageFormatException(label, position, $"a key of version {version}; expected 4, 5 or 6");
        }
        byte[] hashed = new byte[(version == 4 ? 3 : 5) + body.Length]; // §5.5.4; version 5 as GnuPG has it
        hashed[0] = version switch { 4 => 0x99, 5 => 0x9A, _ => 0x9B };
        if (version == 4)
        {
            BinaryPrimitives.WriteUInt16BigEndian(hashed.AsSpan(1), checked((ushort)Math.Min(body.Length, ushort.MaxValue)));
        }
        else
        {
            BinaryPrimitives.WriteUInt32BigEndian(hashed.AsSpan(1), (uint)body.Length);
        }
        body.CopyTo(hashed.AsSpan(hashed.Length - body.Length));
#pragma warning disable CA5350 // weak, and what the fingerprint of a key of version 4 is
        return new PublicKey(Convert.ToHexString(version == 4 ? SHA1.HashData(hashed) : SHA256.HashData(hashed)));
#pragma warning restore CA5350
    }

    private static ImageFormatException CutOff(string label, int position) =>
        new(label, position, "a packet reaches over the end; it was cut off");

    private static ImageFormatException Endless(string label, int position) =>
        new(label, position, "a packet without a definite length, which no public key has");
}
