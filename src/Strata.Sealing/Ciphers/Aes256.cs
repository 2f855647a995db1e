using System.Buffers.Binary;
using System.Numerics;

namespace Strata.Sealing.Ciphers;

/// <summary>
/// AES with keys of 256 bits (FIPS 197) in managed code: the framework's needs OpenSSL, which the early init does not have.
/// </summary>
/// <remarks>
/// By tables, as the standard's §5.3.5 joins the steps of a round. Their places in memory tell something to a program that shares the
/// processor's caches; in the early init there is none.
/// </remarks>
internal sealed class Aes256 : IDisposable
{
    /// <summary>Length of a block in bytes.</summary>
    public const int BlockSize = 16;

    /// <summary>Length of a key in bytes.</summary>
    public const int KeySize = 32;

    private const int Rounds = 14;
    private const int Words = 4 * (Rounds + 1);

    private static readonly byte[] s_box = new byte[256]; // §5.1.1
    private static readonly byte[] s_inverseBox = new byte[256]; // §5.3.2
    private static readonly uint[] s_encrypt = new uint[256]; // SubBytes and MixColumns of a first row; the others are rotations of it
    private static readonly uint[] s_decrypt = new uint[256]; // InvSubBytes and InvMixColumns

    private readonly uint[] _forward = new uint[Words];
    private readonly uint[] _backward = new uint[Words];

    static Aes256() => FillTables();

    private static void FillTables()
    {
        // powers of the generator 3, and by them inverses
        byte[] power = new byte[256];
        byte[] logarithm = new byte[256];
        byte value = 1;
        for (int i = 0; i < 255; i++)
        {
            power[i] = value;
            logarithm[value] = (byte)i;
            value ^= Twice(value);
        }
        for (int i = 0; i < 256; i++)
        {
            uint inverse = i == 0 ? 0u : power[(255 - logarithm[i]) % 255];
            uint x = inverse | (inverse << 8); // a byte rotates in it
            byte s = Low(x ^ (x >> 7) ^ (x >> 6) ^ (x >> 5) ^ (x >> 4) ^ 0x63);
            s_box[i] = s;
            s_inverseBox[s] = (byte)i;
        }
        for (int i = 0; i < 256; i++)
        {
            byte s = s_box[i];
            s_encrypt[i] = ((uint)Twice(s) << 24) | ((uint)s << 16) | ((uint)s << 8) | (byte)(Twice(s) ^ s);
            s_decrypt[i] = Column(s_inverseBox[i]);
        }
    }

    /// <summary>Takes a key.</summary>
    /// <param name="key"><see cref="KeySize"/> bytes.</param>
    public Aes256(ReadOnlySpan<byte> key)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, KeySize);
        const int KeyWords = KeySize / 4;
        byte round = 1;
        for (int i = 0; i < Words; i++) // §5.2
        {
            if (i < KeyWords)
            {
                _forward[i] = BinaryPrimitives.ReadUInt32BigEndian(key[(4 * i)..]);
                continue;
            }
            uint word = _forward[i - 1];
            if (i % KeyWords == 0)
            {
                word = Substituted(BitOperations.RotateLeft(word, 8)) ^ ((uint)round << 24);
                round = Twice(round);
            }
            else if (i % KeyWords == 4)
            {
                word = Substituted(word);
            }
            _forward[i] = _forward[i - KeyWords] ^ word;
        }
        for (int i = 0; i < Words; i++) // §5.3.5: the keys of the inner rounds go through InvMixColumns
        {
            uint word = _forward[(4 * (Rounds - (i / 4))) + (i % 4)];
            bool isOuter = i < 4 || i >= Words - 4;
            _backward[i] = isOuter ? word
                : Column(Low(word >> 24)) ^ BitOperations.RotateRight(Column(Low(word >> 16)), 8)
                    ^ BitOperations.RotateRight(Column(Low(word >> 8)), 16) ^ BitOperations.RotateRight(Column(Low(word)), 24);
        }
    }

    /// <summary>Encrypts a block where it stands.</summary>
    public void Encrypt(Span<byte> block) => Transform(block, _forward, s_encrypt, s_box, 1);

    /// <summary>Decrypts a block where it stands.</summary>
    public void Decrypt(Span<byte> block) => Transform(block, _backward, s_decrypt, s_inverseBox, 3);

    /// <inheritdoc/>
    public void Dispose()
    {
        Array.Clear(_forward);
        Array.Clear(_backward);
    }

    // ShiftRows takes the byte of row r out of column c + r, its inverse out of column c - r, which is c + 3r
    private static void Transform(Span<byte> block, uint[] keys, uint[] table, byte[] last, int shift)
    {
        Span<uint> state = stackalloc uint[4];
        Span<uint> next = stackalloc uint[4];
        for (int c = 0; c < 4; c++)
        {
            state[c] = BinaryPrimitives.ReadUInt32BigEndian(block[(4 * c)..]) ^ keys[c];
        }
        for (int round = 1; round < Rounds; round++)
        {
            for (int c = 0; c < 4; c++)
            {
                next[c] = table[state[c] >> 24]
                    ^ BitOperations.RotateRight(table[Low(state[(c + shift) & 3] >> 16)], 8)
                    ^ BitOperations.RotateRight(table[Low(state[(c + 2) & 3] >> 8)], 16)
                    ^ BitOperations.RotateRight(table[Low(state[(c + (3 * shift)) & 3])], 24)
                    ^ keys[(4 * round) + c];
            }
            next.CopyTo(state);
        }
        for (int c = 0; c < 4; c++)
        {
            uint word = ((uint)last[state[c] >> 24] << 24) | ((uint)last[Low(state[(c + shift) & 3] >> 16)] << 16)
                | ((uint)last[Low(state[(c + 2) & 3] >> 8)] << 8) | last[Low(state[(c + (3 * shift)) & 3])];
            BinaryPrimitives.WriteUInt32BigEndian(block[(4 * c)..], word ^ keys[(4 * Rounds) + c]);
        }
        state.Clear();
        next.Clear();
    }

    private static uint Substituted(uint word) => ((uint)s_box[word >> 24] << 24) | ((uint)s_box[Low(word >> 16)] << 16)
        | ((uint)s_box[Low(word >> 8)] << 8) | s_box[Low(word)];

    // §4.2.1: times x modulo x^8 + x^4 + x^3 + x + 1
    private static byte Twice(byte value) => Low(((uint)value << 1) ^ ((uint)(value >> 7) * 0x1B));

    private static byte Low(uint value) => (byte)(value & 0xFF);

    // {0e, 09, 0d, 0b} times a byte: the column that InvMixColumns makes of a first row
    private static uint Column(byte value)
    {
        byte two = Twice(value);
        byte four = Twice(two);
        byte eight = Twice(four);
        return ((uint)(byte)(eight ^ four ^ two) << 24) | ((uint)(byte)(eight ^ value) << 16)
            | ((uint)(byte)(eight ^ four ^ value) << 8) | (byte)(eight ^ two ^ value);
    }
}
