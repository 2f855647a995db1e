using System.Runtime.InteropServices;
using Strata.Core;
using Strata.Formats.Compression.Native;

namespace Strata.Formats.Squashfs.Codecs;

/// <summary>Zstandard: one frame a block with its content size, as the kernel's decoder with its block-sized window wants it.</summary>
internal sealed class ZstdBlockEncoder(ZstdLibrary library, int level) : IBlockEncoder
{
    private readonly ZstdCompressionHandle _context = new(library);

    public int Encode(ReadOnlySpan<byte> plain, Span<byte> stored)
    {
        // one byte less than the block: a result that is not smaller ends early instead of being thrown away
        Span<byte> room = stored[..(plain.Length - 1)];
        nuint result = library.CompressFrame(_context, room, plain, level);
        if (!library.IsError(result))
        {
            return (int)result;
        }
        const int DestinationTooSmall = 70; // zstd_errors.h, part of the stable interface
        int code = library.ErrorCode(result);
        return code == DestinationTooSmall
            ? 0
            : throw new StrataException($"cannot compress a squashfs block of {plain.Length} bytes: libzstd reports error {code}");
    }

    public void Dispose() => _context.Dispose();
}

/// <summary>Zstandard frames back to plain bytes.</summary>
internal sealed class ZstdBlockDecoder : IBlockDecoder
{
    private readonly ZstdDecompressionHandle _context = new();

    public int Decode(ReadOnlySpan<byte> stored, Span<byte> plain)
    {
        nuint result = Zstd.ZSTD_decompressDCtx(
            _context, ref MemoryMarshal.GetReference(plain), (nuint)plain.Length, in MemoryMarshal.GetReference(stored), (nuint)stored.Length);
        return Zstd.ZSTD_isError(result) == 0 ? (int)result : -1;
    }

    public void Dispose() => _context.Dispose();
}
