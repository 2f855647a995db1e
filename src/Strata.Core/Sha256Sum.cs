using System.Buffers.Binary;
using System.Numerics;

namespace Strata.Core;

/// <summary>
/// SHA-256 (FIPS 180-4) in managed code, piece by piece: the framework's needs OpenSSL, which programs of the device do not have.
/// </summary>
public sealed class Sha256Sum
{
    private const int BlockSize = 64;

    /// <summary>§4.2.2: the first 32 bits of the fractional parts of the cube roots of the first 64 primes.</summary>
    public static ReadOnlySpan<uint> RoundConstants =>
    [
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
        0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
        0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
    ];

    /// <summary>§5.3.3: the first 32 bits of the fractional parts of the square roots of the first eight primes.</summary>
    public static ReadOnlySpan<uint> InitialState =>
        [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];

    private readonly uint[] _state = [.. InitialState];
    private readonly byte[] _open = new byte[BlockSize];
    private readonly uint[] _schedule = new uint[64];
    private int _filled;
    private ulong _length;

    /// <summary>Digest of everything that <paramref name="content"/> still yields.</summary>
    public static Sha256Digest Of(Stream content)
    {
        ArgumentNullException.ThrowIfNull(content);
        Sha256Sum sum = new();
        byte[] buffer = new byte[64 << 10];
        for (int count; (count = content.Read(buffer)) > 0;)
        {
            sum.Append(buffer.AsSpan(0, count));
        }
        return sum.Finish();
    }

    /// <summary>Takes the place of another sum in the middle of its content: a common beginning is hashed once (HMAC).</summary>
    public void CopyFrom(Sha256Sum other)
    {
        ArgumentNullException.ThrowIfNull(other);
        other._state.CopyTo(_state, 0);
        other._open.CopyTo(_open, 0);
        _filled = other._filled;
        _length = other._length;
    }

    /// <summary>Adds bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        _length += (ulong)bytes.Length;
        if (_filled > 0)
        {
            int taken = Math.Min(BlockSize - _filled, bytes.Length);
            bytes[..taken].CopyTo(_open.AsSpan(_filled));
            _filled += taken;
            bytes = bytes[taken..];
            if (_filled < BlockSize)
            {
                return;
            }
            Compress(_open);
            _filled = 0;
        }
        for (; bytes.Length >= BlockSize; bytes = bytes[BlockSize..])
        {
            Compress(bytes[..BlockSize]);
        }
        bytes.CopyTo(_open);
        _filled = bytes.Length;
    }

    /// <summary>The digest of everything added; nothing can be added afterwards.</summary>
    public Sha256Digest Finish()
    {
        ulong bits = _length * 8;
        Span<byte> tail = stackalloc byte[BlockSize + 8];
        tail[0] = 0x80;
        int padding = (_filled < 56 ? 56 : 120) - _filled; // §5.1.1: to 56 bytes of a block
        BinaryPrimitives.WriteUInt64BigEndian(tail[padding..], bits);
        Append(tail[..(padding + 8)]);
        Span<byte> digest = stackalloc byte[Sha256Digest.Size];
        for (int i = 0; i < _state.Length; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(digest[(4 * i)..], _state[i]);
        }
        return new Sha256Digest(digest);
    }

    // §6.2.2; additions are modulo 2^32
    private void Compress(ReadOnlySpan<byte> block)
    {
        unchecked
        {
            Span<uint> w = _schedule;
            for (int t = 0; t < 16; t++)
            {
                w[t] = BinaryPrimitives.ReadUInt32BigEndian(block[(4 * t)..]);
            }
            for (int t = 16; t < 64; t++)
            {
                uint s0 = BitOperations.RotateRight(w[t - 15], 7) ^ BitOperations.RotateRight(w[t - 15], 18) ^ (w[t - 15] >> 3);
                uint s1 = BitOperations.RotateRight(w[t - 2], 17) ^ BitOperations.RotateRight(w[t - 2], 19) ^ (w[t - 2] >> 10);
                w[t] = s1 + w[t - 7] + s0 + w[t - 16];
            }
            uint a = _state[0], b = _state[1], c = _state[2], d = _state[3], e = _state[4], f = _state[5], g = _state[6], h = _state[7];
            for (int t = 0; t < 64; t++)
            {
                uint t1 = h + (BitOperations.RotateRight(e, 6) ^ BitOperations.RotateRight(e, 11) ^ BitOperations.RotateRight(e, 25))
                    + ((e & f) ^ (~e & g)) + RoundConstants[t] + w[t];
                uint t2 = (BitOperations.RotateRight(a, 2) ^ BitOperations.RotateRight(a, 13) ^ BitOperations.RotateRight(a, 22))
                    + ((a & b) ^ (a & c) ^ (b & c));
                (h, g, f, e, d, c, b, a) = (g, f, e, d + t1, c, b, a, t1 + t2);
            }
            _state[0] += a;
            _state[1] += b;
            _state[2] += c;
            _state[3] += d;
            _state[4] += e;
            _state[5] += f;
            _state[6] += g;
            _state[7] += h;
        }
    }
}
