using System.Buffers.Binary;
using System.Security.Cryptography;
using Strata.Core;
using Strata.Device.Posix;

namespace Strata.Sealing.Luks;

/// <summary>
/// The splitter of LUKS (LUKS1 On-Disk Format 1.2.3, §2.4): a key spread over many stripes, so that one lost sector of a deleted slot is
/// enough to lose it.
/// </summary>
internal static class AntiForensic
{
    /// <summary>Spreads a key over stripes.</summary>
    /// <param name="key">The key; a multiple of 32 bytes.</param>
    /// <param name="stripes">Filled: a whole number of keys.</param>
    public static void Split(ReadOnlySpan<byte> key, Span<byte> stripes)
    {
        int last = stripes.Length - key.Length;
        Entropy.Fill(stripes[..last]);
        Span<byte> sum = stackalloc byte[key.Length];
        Gather(stripes[..last], sum);
        for (int i = 0; i < key.Length; i++)
        {
            stripes[last + i] = (byte)(sum[i] ^ key[i]);
        }
        CryptographicOperations.ZeroMemory(sum);
    }

    /// <summary>Gathers the key.</summary>
    public static void Merge(ReadOnlySpan<byte> stripes, Span<byte> key)
    {
        int last = stripes.Length - key.Length;
        Gather(stripes[..last], key);
        for (int i = 0; i < key.Length; i++)
        {
            key[i] ^= stripes[last + i];
        }
    }

    private static void Gather(ReadOnlySpan<byte> stripes, Span<byte> sum)
    {
        sum.Clear();
        for (; stripes.Length > 0; stripes = stripes[sum.Length..])
        {
            for (int i = 0; i < sum.Length; i++)
            {
                sum[i] ^= stripes[i];
            }
            Diffuse(sum);
        }
    }

    // each piece becomes the hash of its number and itself
    private static void Diffuse(Span<byte> bytes)
    {
        Span<byte> message = stackalloc byte[4 + Sha256Digest.Size];
        for (int piece = 0; piece * Sha256Digest.Size < bytes.Length; piece++)
        {
            Span<byte> part = bytes.Slice(piece * Sha256Digest.Size, Sha256Digest.Size);
            BinaryPrimitives.WriteInt32BigEndian(message, piece);
            part.CopyTo(message[4..]);
            Sha256Sum sum = new();
            sum.Append(message);
            sum.Finish().Bytes.CopyTo(part);
        }
        CryptographicOperations.ZeroMemory(message);
    }
}
