using System.Security.Cryptography;
using Strata.Core;
using Strata.Device.Posix;
using Strata.Sealing.Ciphers;

namespace Strata.Sealing.Luks;

/// <summary>A key slot: the key of the volume, encrypted with what somebody knows (LUKS2 §3.2).</summary>
/// <param name="Number">Its name in the header.</param>
/// <param name="Offset">Where its stripes stand, in bytes from the start of the device.</param>
/// <param name="Stripes">How many there are.</param>
/// <param name="Iterations">Of PBKDF2 with SHA-256.</param>
/// <param name="Salt">Of PBKDF2.</param>
internal sealed record LuksSlot(string Number, long Offset, int Stripes, int Iterations, byte[] Salt)
{
    /// <summary>Stripes of a slot that is made here; what cryptsetup has.</summary>
    public const int UsualStripes = 4000;

    /// <summary>Bytes of a device that such a slot takes.</summary>
    public const int AreaSize = ((UsualStripes * XtsCipher.KeySize) + 4095) & ~4095;

    private const int MostStripes = 8192;
    private const int MostIterations = 16 << 20; // a header must not make a start endless
    private const int SaltSize = 32;
    private const string Encryption = "aes-xts-plain64";
    private const string Hash = "sha256";

    /// <summary>Reads one; null for a kind that is not known here: argon2, another cipher, another hash.</summary>
    public static LuksSlot? Of(string number, LuksValue slot)
    {
        LuksValue? area = slot["area"];
        LuksValue? spread = slot["af"];
        LuksValue? derived = slot["kdf"];
        bool isKnown = slot.Said("type") == "luks2" && slot.Number("key_size") == XtsCipher.KeySize
            && area?.Said("type") == "raw" && area.Said("encryption") == Encryption && area.Number("key_size") == XtsCipher.KeySize
            && spread?.Said("type") == "luks1" && spread.Said("hash") == Hash
            && derived?.Said("type") == "pbkdf2" && derived.Said("hash") == Hash;
        return isKnown && area!.Number("offset") is long offset and > 0 and < long.MaxValue / 2
            && spread!.Number("stripes") is long stripes and > 0 and <= MostStripes
            && derived!.Number("iterations") is long iterations and > 0 and <= MostIterations
            && derived.Bytes("salt", 64) is byte[] salt
            ? new LuksSlot(number, offset, (int)stripes, (int)iterations, salt)
            : null;
    }

    /// <summary>A new one of the usual kind.</summary>
    public static LuksSlot New(string number, long offset, int iterations)
    {
        byte[] salt = new byte[SaltSize];
        Entropy.Fill(salt);
        return new LuksSlot(number, offset, UsualStripes, iterations, salt);
    }

    /// <summary>As the header has it.</summary>
    public LuksValue ToValue() => LuksValue.EmptyObject()
        .Set("type", LuksValue.Of("luks2"))
        .Set("key_size", LuksValue.Of(XtsCipher.KeySize))
        .Set("af", LuksValue.EmptyObject()
            .Set("type", LuksValue.Of("luks1"))
            .Set("stripes", LuksValue.Of(Stripes))
            .Set("hash", LuksValue.Of(Hash)))
        .Set("area", LuksValue.EmptyObject()
            .Set("type", LuksValue.Of("raw"))
            .Set("offset", LuksValue.OfLong(Offset))
            .Set("size", LuksValue.OfLong(AreaSize))
            .Set("encryption", LuksValue.Of(Encryption))
            .Set("key_size", LuksValue.Of(XtsCipher.KeySize)))
        .Set("kdf", LuksValue.EmptyObject()
            .Set("type", LuksValue.Of("pbkdf2"))
            .Set("hash", LuksValue.Of(Hash))
            .Set("iterations", LuksValue.Of(Iterations))
            .Set("salt", LuksValue.Of(Salt)));

    /// <summary>The bytes of its area for a key of the volume.</summary>
    public byte[] Filled(ReadOnlySpan<byte> volumeKey, ReadOnlySpan<byte> secret)
    {
        byte[] area = new byte[Length];
        AntiForensic.Split(volumeKey, area.AsSpan(0, Stripes * XtsCipher.KeySize));
        using XtsCipher cipher = CipherOf(secret);
        cipher.Encrypt(area);
        return area;
    }

    /// <summary>What the area gives for a secret; whether it is the key of the volume is said by the volume's digest.</summary>
    /// <exception cref="ImageFormatException">The device ends before.</exception>
    public byte[] Read(LuksRead readAt, ReadOnlySpan<byte> secret)
    {
        byte[] area = new byte[Length];
        if (!readAt(Offset, area))
        {
            throw new ImageFormatException(LuksFormat.Name, Offset, $"key slot {Number} is cut short");
        }
        using XtsCipher cipher = CipherOf(secret);
        cipher.Decrypt(area);
        byte[] key = new byte[XtsCipher.KeySize];
        AntiForensic.Merge(area.AsSpan(0, Stripes * XtsCipher.KeySize), key);
        CryptographicOperations.ZeroMemory(area);
        return key;
    }

    private int Length => ((Stripes * XtsCipher.KeySize) + XtsCipher.SectorSize - 1) / XtsCipher.SectorSize * XtsCipher.SectorSize;

    private XtsCipher CipherOf(ReadOnlySpan<byte> secret)
    {
        Span<byte> key = stackalloc byte[XtsCipher.KeySize];
        Pbkdf2.Derive(secret, Salt, Iterations, key);
        XtsCipher cipher = new(key);
        CryptographicOperations.ZeroMemory(key);
        return cipher;
    }
}
