using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Strata.Core;

namespace Strata.Formats.Verity;

/// <summary>SHA-256 (FIPS 180-4) of sixteen messages of one length at a time, each in a lane of the 512-bit registers.</summary>
/// <remarks>
/// A hash tree is made of nothing but independent messages of one length, which is what lanes are good at: about twice as fast as one message after
/// the other with the processor's own instructions for SHA-256, and without the set-up that a library does for each. Ask
/// <see cref="IsSupported"/> first. Messages are whole chunks of 64 bytes, padding included: <see cref="Pad"/> writes it.
/// </remarks>
internal static class Sha256Lanes
{
    /// <summary>Messages hashed at a time.</summary>
    public const int Count = 16;

    /// <summary>Bytes that go into the state at a time.</summary>
    public const int ChunkSize = 64;

    private const int Rounds = 64;

    /// <summary>True where the processor has the instructions and the runtime uses them.</summary>
    public static bool IsSupported => Avx512BW.IsSupported;

    /// <summary>Length of a message with its padding (§5.1.1), a multiple of <see cref="ChunkSize"/>.</summary>
    public static int PaddedLength(int length) => (length + 1 + sizeof(ulong) + ChunkSize - 1) / ChunkSize * ChunkSize;

    /// <summary>Writes the padding of a message of <paramref name="length"/> bytes; <paramref name="rest"/> is all that follows them.</summary>
    public static void Pad(Span<byte> rest, int length)
    {
        rest.Clear();
        rest[0] = 0x80;
        BinaryPrimitives.WriteUInt64BigEndian(rest[^sizeof(ulong)..], (ulong)length * 8);
    }

    /// <summary>Hashes sixteen messages: the chunks of <paramref name="heads"/>, then those of <paramref name="tail"/>, which all have in common.</summary>
    /// <param name="heads">The messages' beginnings side by side, each of a sixteenth of the bytes and of whole chunks.</param>
    /// <param name="tail">How every message ends, whole chunks, padding included; empty where <paramref name="heads"/> has it.</param>
    /// <param name="digests">Gets the digests side by side: 512 bytes.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Hash(ReadOnlySpan<byte> heads, ReadOnlySpan<byte> tail, Span<byte> digests)
    {
        int length = heads.Length / Count;
        if (heads.Length % (Count * ChunkSize) != 0 || tail.Length % ChunkSize != 0 || digests.Length < Count * Sha256Digest.Size)
        {
            throw new ArgumentException("messages are sixteen, of whole chunks, and their digests take 512 bytes");
        }
        Span<Vector512<uint>> state = stackalloc Vector512<uint>[8];
        for (int i = 0; i < state.Length; i++)
        {
            state[i] = Vector512.Create(Sha256Sum.InitialState[i]);
        }
        Span<Vector512<uint>> words = stackalloc Vector512<uint>[Rounds];
        for (int at = 0; at < length; at += ChunkSize)
        {
            for (int lane = 0; lane < Count; lane++)
            {
                words[lane] = Load(heads.Slice((lane * length) + at, ChunkSize));
            }
            Transpose(words);
            Compress(state, words);
        }
        for (int at = 0; at < tail.Length; at += ChunkSize)
        {
            words[..Count].Fill(Load(tail.Slice(at, ChunkSize)));
            Transpose(words);
            Compress(state, words);
        }
        for (int lane = 0; lane < Count; lane++)
        {
            for (int i = 0; i < state.Length; i++)
            {
                BinaryPrimitives.WriteUInt32BigEndian(digests[((lane * Sha256Digest.Size) + (i * sizeof(uint)))..], state[i][lane]);
            }
        }
    }

    /// <summary>Sixteen big-endian words.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Load(ReadOnlySpan<byte> chunk) => Avx512BW.Shuffle(
        Vector512.Create(chunk),
        Vector512.Create(Vector256.Create(
            Vector128.Create((byte)3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12),
            Vector128.Create((byte)3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12)))).AsUInt32();

    /// <summary>Turns a vector for each message into a vector for each word: a square of 16 by 16 along its diagonal.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose(Span<Vector512<uint>> rows)
    {
        rows = rows[..Count];
        Span<Vector512<uint>> pairs = stackalloc Vector512<uint>[Count];
        for (int i = 0; i < Count; i += 2) // squares of 2 by 2 words
        {
            pairs[i] = Avx512F.UnpackLow(rows[i], rows[i + 1]);
            pairs[i + 1] = Avx512F.UnpackHigh(rows[i], rows[i + 1]);
        }
        for (int i = 0; i < Count; i += 4) // of 4 by 4: then every 128 bits are four messages' word of one number
        {
            rows[i] = Avx512F.UnpackLow(pairs[i].AsUInt64(), pairs[i + 2].AsUInt64()).AsUInt32();
            rows[i + 1] = Avx512F.UnpackHigh(pairs[i].AsUInt64(), pairs[i + 2].AsUInt64()).AsUInt32();
            rows[i + 2] = Avx512F.UnpackLow(pairs[i + 1].AsUInt64(), pairs[i + 3].AsUInt64()).AsUInt32();
            rows[i + 3] = Avx512F.UnpackHigh(pairs[i + 1].AsUInt64(), pairs[i + 3].AsUInt64()).AsUInt32();
        }
        for (int i = 0; i < 4; i++) // and the 128-bit parts: those of word i, i + 4, i + 8, i + 12
        {
            Vector512<uint> low = Avx512F.Shuffle4x128(rows[i], rows[i + 4], 0x44); // parts 0 and 1 of both
            Vector512<uint> high = Avx512F.Shuffle4x128(rows[i], rows[i + 4], 0xEE); // parts 2 and 3 of both
            Vector512<uint> low2 = Avx512F.Shuffle4x128(rows[i + 8], rows[i + 12], 0x44);
            Vector512<uint> high2 = Avx512F.Shuffle4x128(rows[i + 8], rows[i + 12], 0xEE);
            rows[i] = Avx512F.Shuffle4x128(low, low2, 0x88); // the even parts
            rows[i + 4] = Avx512F.Shuffle4x128(low, low2, 0xDD); // the odd ones
            rows[i + 8] = Avx512F.Shuffle4x128(high, high2, 0x88);
            rows[i + 12] = Avx512F.Shuffle4x128(high, high2, 0xDD);
        }
    }

    /// <summary>§6.2.2 for one chunk of every message.</summary>
    /// <param name="state">Eight vectors.</param>
    /// <param name="words">Sixty-four; the first sixteen are the chunk's words.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Compress(Span<Vector512<uint>> state, Span<Vector512<uint>> words)
    {
        unchecked
        {
            ref Vector512<uint> word = ref words[..Rounds][0];
            for (int t = Count; t < Rounds; t++)
            {
                ref Vector512<uint> w = ref Unsafe.Add(ref word, t);
                Vector512<uint> old = Unsafe.Add(ref w, -15), late = Unsafe.Add(ref w, -2);
                w = Unsafe.Add(ref w, -16) + Xor(Avx512F.RotateRight(old, 7), Avx512F.RotateRight(old, 18), old >>> 3)
                    + Unsafe.Add(ref w, -7) + Xor(Avx512F.RotateRight(late, 17), Avx512F.RotateRight(late, 19), late >>> 10);
            }
            ref uint constant = ref MemoryMarshal.GetReference(Sha256Sum.RoundConstants);
            Vector512<uint> a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];
            for (int t = 0; t < Rounds; t += 8) // eight rounds, after which every letter has its place again
            {
                ref Vector512<uint> w = ref Unsafe.Add(ref word, t);
                ref uint k = ref Unsafe.Add(ref constant, t);
                h = First(e, f, g, h, Unsafe.Add(ref w, 0), Unsafe.Add(ref k, 0));
                d += h;
                h += Second(a, b, c);
                g = First(d, e, f, g, Unsafe.Add(ref w, 1), Unsafe.Add(ref k, 1));
                c += g;
                g += Second(h, a, b);
                f = First(c, d, e, f, Unsafe.Add(ref w, 2), Unsafe.Add(ref k, 2));
                b += f;
                f += Second(g, h, a);
                e = First(b, c, d, e, Unsafe.Add(ref w, 3), Unsafe.Add(ref k, 3));
                a += e;
                e += Second(f, g, h);
                d = First(a, b, c, d, Unsafe.Add(ref w, 4), Unsafe.Add(ref k, 4));
                h += d;
                d += Second(e, f, g);
                c = First(h, a, b, c, Unsafe.Add(ref w, 5), Unsafe.Add(ref k, 5));
                g += c;
                c += Second(d, e, f);
                b = First(g, h, a, b, Unsafe.Add(ref w, 6), Unsafe.Add(ref k, 6));
                f += b;
                b += Second(c, d, e);
                a = First(f, g, h, a, Unsafe.Add(ref w, 7), Unsafe.Add(ref k, 7));
                e += a;
                a += Second(b, c, d);
            }
            state[0] += a;
            state[1] += b;
            state[2] += c;
            state[3] += d;
            state[4] += e;
            state[5] += f;
            state[6] += g;
            state[7] += h;
        }
    }

    /// <summary>T1 of a round.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> First(Vector512<uint> e, Vector512<uint> f, Vector512<uint> g, Vector512<uint> h, Vector512<uint> word, uint constant) =>
        h + Xor(Avx512F.RotateRight(e, 6), Avx512F.RotateRight(e, 11), Avx512F.RotateRight(e, 25))
        + (Avx512F.TernaryLogic(e, f, g, 0xCA) + (word + Vector512.Create(constant))); // e ? f : g

    /// <summary>T2 of a round.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Second(Vector512<uint> a, Vector512<uint> b, Vector512<uint> c) =>
        Xor(Avx512F.RotateRight(a, 2), Avx512F.RotateRight(a, 13), Avx512F.RotateRight(a, 22)) + Avx512F.TernaryLogic(a, b, c, 0xE8); // what two of three have

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Xor(Vector512<uint> x, Vector512<uint> y, Vector512<uint> z) => Avx512F.TernaryLogic(x, y, z, 0x96);
}
