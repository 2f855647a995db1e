using Strata.Formats.Compression.Native;

namespace Strata.Formats.Compression;

/// <summary>Reads Zstandard frames that follow each other, skippable ones included (RFC 8878 §3.1).</summary>
internal sealed unsafe class ZstdDecoder : IStreamDecoder
{
    private readonly ZstdDecompressionHandle _context = new();
    private bool _betweenFrames;

    /// <param name="windowLogMax">Base-2 logarithm of the largest window in bytes, 10 … 31.</param>
    public ZstdDecoder(int windowLogMax)
    {
        if (Zstd.ZSTD_isError(Zstd.ZSTD_DCtx_setParameter(_context, Zstd.DecompressionWindowLogMax, windowLogMax)) != 0)
        {
            _context.Dispose();
            throw new ArgumentOutOfRangeException(nameof(windowLogMax), windowLogMax, "the window logarithm is 10 to 31");
        }
    }

    /// <inheritdoc/>
    public string Format => "zstd stream";

    /// <inheritdoc/>
    public string Problem { get; private set; } = "";

    /// <inheritdoc/>
    public DecodeStatus Decode(ReadOnlySpan<byte> input, Span<byte> output, bool inputEnded, out int consumed, out int produced)
    {
        consumed = produced = 0;
        if (_betweenFrames && input.IsEmpty)
        {
            return inputEnded ? DecodeStatus.End : DecodeStatus.Continue; // asking the library would start the next frame
        }
        nuint result;
        fixed (byte* source = input)
        fixed (byte* target = output)
        {
            Zstd.Buffer from = new() { Start = source, Size = (nuint)input.Length };
            Zstd.Buffer to = new() { Start = target, Size = (nuint)output.Length };
            result = Zstd.ZSTD_decompressStream(_context, &to, &from);
            (consumed, produced) = ((int)from.Position, (int)to.Position);
        }
        if (Zstd.ZSTD_isError(result) != 0)
        {
            Problem = $"libzstd refuses it: {Zstd.Describe(result)}";
            return DecodeStatus.Failed;
        }
        _betweenFrames = result == 0; // 0: a frame is complete and all of it was given out
        return DecodeStatus.Continue;
    }

    /// <inheritdoc/>
    public void Dispose() => _context.Dispose();
}
