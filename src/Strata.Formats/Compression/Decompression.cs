using Strata.Core;

namespace Strata.Formats.Compression;

/// <summary>Opens compressed streams for reading.</summary>
/// <remarks>
/// Concatenated streams (gzip members, xz streams with their padding, Zstandard frames, bzip2 streams) yield the concatenated contents.
/// An input that ends early, has anything else behind its end or fails a checksum ends in an <see cref="ImageFormatException"/> whose
/// offset counts compressed bytes. The end is only proven once a read has returned 0 bytes.
/// </remarks>
public static class Decompression
{
    /// <summary>Bytes that <see cref="Detect"/> wants to see.</summary>
    public const int MagicSize = 6;

    /// <summary>Kind by the first bytes; <see cref="CompressionKind.None"/> when they are of no known kind.</summary>
    public static CompressionKind Detect(ReadOnlySpan<byte> start) => start switch
    {
        [0x1F, 0x8B, 0x08, ..] => CompressionKind.Gzip, // RFC 1952 §2.3.1, method 8 (deflate)
        [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00, ..] => CompressionKind.Xz, // .xz file format §2.1.1.1
        [0x28, 0xB5, 0x2F, 0xFD, ..] => CompressionKind.Zstd, // RFC 8878 §3.1.1
        [>= 0x50 and <= 0x5F, 0x2A, 0x4D, 0x18, ..] => CompressionKind.Zstd, // RFC 8878 §3.1.2, skippable frame
        // then a block, pi in BCD
        [(byte)'B', (byte)'Z', (byte)'h', >= (byte)'1' and <= (byte)'9', 0x31, 0x41, ..] => CompressionKind.Bzip2,
        _ => CompressionKind.None,
    };

    /// <summary>Opens a compressed stream, from where it stands to its end.</summary>
    /// <param name="compressed">Read in large pieces and closed with the result unless <paramref name="leaveOpen"/>.</param>
    /// <param name="kind">How it is compressed; <see cref="CompressionKind.None"/> passes the bytes on.</param>
    /// <param name="limits">Memory limits; null means <see cref="DecompressionLimits.Default"/>.</param>
    /// <param name="leaveOpen">True leaves <paramref name="compressed"/> open.</param>
    /// <exception cref="StrataException">The library for this kind is not installed.</exception>
    public static Stream Open(Stream compressed, CompressionKind kind, DecompressionLimits? limits = null, bool leaveOpen = false)
    {
        ArgumentNullException.ThrowIfNull(compressed);
        limits ??= DecompressionLimits.Default;
        IStreamDecoder decoder = kind switch
        {
            CompressionKind.None => new PassThroughDecoder(),
            CompressionKind.Gzip => new GzipDecoder(),
            CompressionKind.Xz => new XzDecoder(limits.XzMemoryBytes),
            CompressionKind.Zstd => new ZstdDecoder(limits.ZstdWindowLog),
            CompressionKind.Bzip2 => new Bzip2Decoder(),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "no such compression"),
        };
        return new DecoderStream(compressed, decoder, leaveOpen);
    }
}
