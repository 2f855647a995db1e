using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Strata.Sealing.Ciphers;

/// <summary>
/// AES-256 in XTS mode (IEEE 1619) with the number of a sector as 64 bits, least first: <c>aes-xts-plain64</c> of the kernel.
/// </summary>
internal sealed class XtsCipher : IDisposable
{
    /// <summary>Length of a key in bytes: one for the content, one for the tweak.</summary>
    public const int KeySize = 2 * Aes256.KeySize;

    /// <summary>Length of a sector in bytes.</summary>
    public const int SectorSize = 512;

    private readonly Aes256 _content;
    private readonly Aes256 _tweak;

    /// <summary>Takes a key.</summary>
    /// <param name="key"><see cref="KeySize"/> bytes.</param>
    public XtsCipher(ReadOnlySpan<byte> key)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, KeySize);
        _content = new Aes256(key[..Aes256.KeySize]);
        _tweak = new Aes256(key[Aes256.KeySize..]);
    }

    /// <summary>Encrypts whole sectors, of which the first has the number 0, where they stand.</summary>
    public void Encrypt(Span<byte> sectors) => Transform(sectors, isEncryption: true);

    /// <summary>Decrypts them.</summary>
    public void Decrypt(Span<byte> sectors) => Transform(sectors, isEncryption: false);

    /// <inheritdoc/>
    public void Dispose()
    {
        _content.Dispose();
        _tweak.Dispose();
    }

    private void Transform(Span<byte> sectors, bool isEncryption)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(sectors.Length % SectorSize, 0);
        Span<byte> tweak = stackalloc byte[Aes256.BlockSize];
        for (int number = 0; sectors.Length > 0; number++, sectors = sectors[SectorSize..])
        {
            tweak.Clear();
            BinaryPrimitives.WriteInt64LittleEndian(tweak, number);
            _tweak.Encrypt(tweak);
            for (int at = 0; at < SectorSize; at += Aes256.BlockSize)
            {
                Span<byte> block = sectors.Slice(at, Aes256.BlockSize);
                Mix(block, tweak);
                if (isEncryption)
                {
                    _content.Encrypt(block);
                }
                else
                {
                    _content.Decrypt(block);
                }
                Mix(block, tweak);
                Multiply(tweak);
            }
        }
        CryptographicOperations.ZeroMemory(tweak);
    }

    private static void Mix(Span<byte> block, ReadOnlySpan<byte> tweak)
    {
        for (int i = 0; i < block.Length; i++)
        {
            block[i] ^= tweak[i];
        }
    }

    // §5.2: by x modulo x^128 + x^7 + x^2 + x + 1, least byte first
    private static void Multiply(Span<byte> tweak)
    {
        int carry = 0;
        for (int i = 0; i < tweak.Length; i++)
        {
            int value = (tweak[i] << 1) | carry;
            tweak[i] = (byte)(value & 0xFF);
            carry = value >> 8;
        }
        tweak[0] ^= (byte)(carry * 0x87);
    }
}
