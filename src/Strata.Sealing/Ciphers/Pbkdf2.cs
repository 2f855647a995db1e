using System.Buffers.Binary;
using System.Security.Cryptography;
using Strata.Core;

namespace Strata.Sealing.Ciphers;

/// <summary>
/// PBKDF2 with HMAC-SHA-256 (RFC 8018 §5.2) in managed code: the framework's needs OpenSSL, which the early init does not have.
/// </summary>
internal static class Pbkdf2
{
    private const int BlockSize = 64; // of SHA-256, in bytes

    /// <summary>Derives a key of any length.</summary>
    /// <param name="secret">What somebody typed, or a random key.</param>
    /// <param name="salt">The salt.</param>
    /// <param name="iterations">At least 1.</param>
    /// <param name="key">Filled.</param>
    public static void Derive(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> salt, int iterations, Span<byte> key)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(iterations, 1);
        Span<byte> pad = stackalloc byte[BlockSize];
        pad.Clear();
        if (secret.Length > BlockSize) // RFC 2104 §2
        {
            Sha256Sum hashed = new();
            hashed.Append(secret);
            hashed.Finish().Bytes.CopyTo(pad);
        }
        else
        {
            secret.CopyTo(pad);
        }
        Sha256Sum inner = Begun(pad, 0x36);
        Sha256Sum outer = Begun(pad, 0x5C);
        CryptographicOperations.ZeroMemory(pad);
        Sha256Sum work = new();
        Span<byte> turn = stackalloc byte[Sha256Digest.Size];
        Span<byte> sum = stackalloc byte[Sha256Digest.Size];
        Span<byte> number = stackalloc byte[4];
        for (int block = 1; key.Length > 0; block++)
        {
            BinaryPrimitives.WriteInt32BigEndian(number, block);
            work.CopyFrom(inner);
            work.Append(salt);
            work.Append(number);
            Finish(work, outer, turn);
            turn.CopyTo(sum);
            for (int i = 1; i < iterations; i++)
            {
                work.CopyFrom(inner);
                work.Append(turn);
                Finish(work, outer, turn);
                for (int b = 0; b < sum.Length; b++)
                {
                    sum[b] ^= turn[b];
                }
            }
            int taken = Math.Min(sum.Length, key.Length);
            sum[..taken].CopyTo(key);
            key = key[taken..];
        }
        CryptographicOperations.ZeroMemory(turn);
        CryptographicOperations.ZeroMemory(sum);
        work.CopyFrom(new Sha256Sum());
        inner.CopyFrom(work);
        outer.CopyFrom(work);
    }

    private static Sha256Sum Begun(ReadOnlySpan<byte> pad, byte mask)
    {
        Span<byte> block = stackalloc byte[BlockSize];
        for (int i = 0; i < block.Length; i++)
        {
            block[i] = (byte)(pad[i] ^ mask);
        }
        Sha256Sum sum = new();
        sum.Append(block);
        CryptographicOperations.ZeroMemory(block);
        return sum;
    }

    private static void Finish(Sha256Sum work, Sha256Sum outer, Span<byte> result)
    {
        Sha256Digest digest = work.Finish();
        work.CopyFrom(outer);
        work.Append(digest.Bytes);
        work.Finish().Bytes.CopyTo(result);
    }
}
