using Strata.Core;

namespace Strata.Formats.Compression;

/// <summary>Opens streams that compress what is written to them. Closing such a stream completes the compressed data.</summary>
/// <remarks>How the writes are cut never changes the bytes; a flush does nothing.</remarks>
public static class Compressor
{
    /// <summary>One .xz stream with CRC32 checks, which the Linux kernel can read as initramfs.</summary>
    /// <exception cref="StrataException">liblzma is not installed or out of memory.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static Stream OpenXz(Stream target, XzOptions? options = null, bool leaveOpen = false)
    {
        ArgumentNullException.ThrowIfNull(target);
        return new EncoderStream(target, new XzEncoder(options ?? new XzOptions()), leaveOpen);
    }

    /// <summary>One Zstandard frame.</summary>
    /// <exception cref="StrataException">libzstd is not installed or out of memory.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static Stream OpenZstd(Stream target, ZstdOptions? options = null, bool leaveOpen = false)
    {
        ArgumentNullException.ThrowIfNull(target);
        return new EncoderStream(target, new ZstdEncoder(options ?? new ZstdOptions()), leaveOpen);
    }

    /// <summary>One gzip member with a time stamp of 0 and no file name. The bytes depend on the version of .NET.</summary>
    /// <param name="target">Where the member goes.</param>
    /// <param name="level">0 (stored) … 9.</param>
    /// <param name="leaveOpen">True leaves <paramref name="target"/> open.</param>
    public static Stream OpenGzip(Stream target, int level = 6, bool leaveOpen = false)
    {
        ArgumentNullException.ThrowIfNull(target);
        return new GzipEncoderStream(target, level, leaveOpen);
    }
}
