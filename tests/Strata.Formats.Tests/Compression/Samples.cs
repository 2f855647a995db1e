using System.Runtime.InteropServices;
using Strata.Formats.Compression;

namespace Strata.Formats.Tests.Compression;

/// <summary>Contents and their compressed forms, made in the test.</summary>
internal static partial class Samples
{
    /// <summary>Bytes that compress neither perfectly nor not at all.</summary>
    public static byte[] Text(int size, int seed = 1)
    {
        Random random = new(seed);
        byte[] bytes = new byte[size];
        for (int at = 0; at < size;)
        {
            int length = Math.Min(random.Next(4, 40), size - at);
            if (at > 1000 && random.Next(3) > 0)
            {
                bytes.AsSpan(random.Next(at - length), length).CopyTo(bytes.AsSpan(at));
            }
            else
            {
                random.NextBytes(bytes.AsSpan(at, length));
            }
            at += length;
        }
        return bytes;
    }

    public static Stream OpenCompressor(Stream target, CompressionKind kind) => kind switch
    {
        CompressionKind.Gzip => Compressor.OpenGzip(target, leaveOpen: true),
        CompressionKind.Xz => Compressor.OpenXz(target, new XzOptions { Preset = 1 }, leaveOpen: true),
        CompressionKind.Zstd => Compressor.OpenZstd(target, leaveOpen: true),
        _ => new BufferedStream(target),
    };

    public static byte[] Compress(byte[] plain, CompressionKind kind) =>
        kind == CompressionKind.Bzip2 ? Bzip2(plain) : Compress(plain, target => OpenCompressor(target, kind));

    public static byte[] Compress(byte[] plain, Func<Stream, Stream> open, int pieceSize = int.MaxValue)
    {
        using MemoryStream target = new();
        Stream compressor = open(target);
        for (int at = 0; at < plain.Length; at += Math.Min(pieceSize, plain.Length - at))
        {
            compressor.Write(plain, at, Math.Min(pieceSize, plain.Length - at));
        }
        compressor.Flush();
        if (compressor is not BufferedStream)
        {
            compressor.Dispose();
        }
        return target.ToArray();
    }

    public static byte[] Decompress(byte[] compressed, CompressionKind kind, DecompressionLimits? limits = null) =>
        Decompress(new MemoryStream(compressed), kind, limits);

    public static byte[] Decompress(Stream compressed, CompressionKind kind, DecompressionLimits? limits = null)
    {
        using Stream plain = Decompression.Open(compressed, kind, limits);
        using MemoryStream all = new();
        plain.CopyTo(all);
        return all.ToArray();
    }

    // we only read bzip2, so the other half of its library makes the samples
    private static byte[] Bzip2(byte[] plain)
    {
        byte[] packed = new byte[plain.Length + (plain.Length / 100) + 600]; // bzlib.h: 1 % and 600 bytes more are always enough
        uint length = (uint)packed.Length;
        Assert.Equal(0, BZ2_bzBuffToBuffCompress(packed, ref length, plain, (uint)plain.Length, 9, 0, 0));
        return packed[..(int)length];
    }

    [LibraryImport("libbz2.so.1.0")]
    private static partial int BZ2_bzBuffToBuffCompress(
        byte[] target, ref uint targetLength, byte[] source, uint length, int blockSize, int verbosity, int work);
}
