using System.Runtime.InteropServices;
using Strata.Core;

namespace Strata.Formats.Squashfs.Codecs;

/// <summary>Zstandard: one frame a block with its content size, as the kernel's decoder with its block-sized window wants it.</summary>
internal sealed class ZstdBlockEncoder : IBlockEncoder
{
    private readonly int _level;
    private nint _context;

    public ZstdBlockEncoder(int level)
    {
        ZstdNative.Require();
        _level = level;
        _context = ZstdNative.CreateCompressionContext();
        if (_context == 0)
        {
            throw new StrataException("cannot compress a squashfs block: libzstd has no memory for a context");
        }
    }

    public int Encode(ReadOnlySpan<byte> plain, Span<byte> stored)
    {
        // one byte less than the block: a result that is not smaller ends early instead of being thrown away
        Span<byte> room = stored[..(plain.Length - 1)];
        nuint result = ZstdNative.Compress(
            _context, ref MemoryMarshal.GetReference(room), (nuint)room.Length, in MemoryMarshal.GetReference(plain), (nuint)plain.Length, _level);
        if (ZstdNative.IsError(result) == 0)
        {
            return (int)result;
        }
        const int DestinationTooSmall = 70; // zstd_errors.h, part of the stable interface
        int code = ZstdNative.GetErrorCode(result);
        return code == DestinationTooSmall
            ? 0
            : throw new StrataException($"cannot compress a squashfs block of {plain.Length} bytes: libzstd reports error {code}");
    }

    public void Dispose()
    {
        ZstdNative.FreeCompressionContext(_context);
        _context = 0;
    }
}

/// <summary>Zstandard frames back to plain bytes.</summary>
internal sealed class ZstdBlockDecoder : IBlockDecoder
{
    private nint _context;

    public ZstdBlockDecoder()
    {
        ZstdNative.Require();
        _context = ZstdNative.CreateDecompressionContext();
        if (_context == 0)
        {
            throw new StrataException("cannot decompress a squashfs block: libzstd has no memory for a context");
        }
    }

    public int Decode(ReadOnlySpan<byte> stored, Span<byte> plain)
    {
        nuint result = ZstdNative.Decompress(
            _context, ref MemoryMarshal.GetReference(plain), (nuint)plain.Length, in MemoryMarshal.GetReference(stored), (nuint)stored.Length);
        return ZstdNative.IsError(result) == 0 ? (int)result : -1;
    }

    public void Dispose()
    {
        ZstdNative.FreeDecompressionContext(_context);
        _context = 0;
    }
}

/// <summary>The functions used of <c>zstd.h</c>.</summary>
internal static partial class ZstdNative
{
    public static void Require() => NativeLibraries.Require(NativeLibraries.Zstd, "libzstd1");

    /// <summary>1.5.4 is 10504.</summary>
    [LibraryImport(NativeLibraries.Zstd, EntryPoint = "ZSTD_versionNumber")]
    public static partial uint VersionNumber();

    [LibraryImport(NativeLibraries.Zstd, EntryPoint = "ZSTD_createCCtx")]
    public static partial nint CreateCompressionContext();

    [LibraryImport(NativeLibraries.Zstd, EntryPoint = "ZSTD_freeCCtx")]
    public static partial nuint FreeCompressionContext(nint context);

    [LibraryImport(NativeLibraries.Zstd, EntryPoint = "ZSTD_compressCCtx")]
    public static partial nuint Compress(nint context, ref byte target, nuint capacity, ref readonly byte source, nuint length, int level);

    [LibraryImport(NativeLibraries.Zstd, EntryPoint = "ZSTD_createDCtx")]
    public static partial nint CreateDecompressionContext();

    [LibraryImport(NativeLibraries.Zstd, EntryPoint = "ZSTD_freeDCtx")]
    public static partial nuint FreeDecompressionContext(nint context);

    [LibraryImport(NativeLibraries.Zstd, EntryPoint = "ZSTD_decompressDCtx")]
    public static partial nuint Decompress(nint context, ref byte target, nuint capacity, ref readonly byte source, nuint length);

    [LibraryImport(NativeLibraries.Zstd, EntryPoint = "ZSTD_isError")]
    public static partial uint IsError(nuint result);

    [LibraryImport(NativeLibraries.Zstd, EntryPoint = "ZSTD_getErrorCode")]
    public static partial int GetErrorCode(nuint result);
}
