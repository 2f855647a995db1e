using Strata.Core;
using Strata.Formats.Compression.Native;

namespace Strata.Formats.Compression;

/// <summary>Reads .xz streams that follow each other, with stream padding between and behind them (.xz file format §2.2).</summary>
internal sealed class XzDecoder : IStreamDecoder
{
    private readonly LzmaStreamHandle _stream = new(CompressionLibraries.Host.Lzma);
    private readonly long _memoryLimit;

    /// <param name="memoryLimit">Most memory in bytes that the stream may ask for, at least 1.</param>
    public XzDecoder(long memoryLimit)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(memoryLimit);
        _memoryLimit = memoryLimit;
        Lzma.Result result = Lzma.lzma_stream_decoder(_stream, (ulong)memoryLimit, Lzma.FlagConcatenated);
        if (result != Lzma.Result.Ok)
        {
            _stream.Dispose();
            throw new StrataException($"cannot read xz: liblzma does not start (code {(int)result})");
        }
    }

    /// <inheritdoc/>
    public string Format => "xz stream";

    /// <inheritdoc/>
    public string Problem { get; private set; } = "";

    /// <inheritdoc/>
    public DecodeStatus Decode(ReadOnlySpan<byte> input, Span<byte> output, bool inputEnded, out int consumed, out int produced)
    {
        Lzma.Result result = _stream.Code(input, output, inputEnded ? Lzma.Step.Finish : Lzma.Step.Run, out consumed, out produced);
        Problem = result switch
        {
            Lzma.Result.Ok or Lzma.Result.NoProgress or Lzma.Result.StreamEnd => "",
            Lzma.Result.NoMemory => "there is no memory to decompress it",
            Lzma.Result.MemoryLimit => $"it needs more than the {new ByteSize(_memoryLimit)} of memory allowed",
            Lzma.Result.BadFormat => "it is not in the .xz format",
            Lzma.Result.BadOptions => "it uses a filter or option that is not supported",
            Lzma.Result.BadData => "it is corrupt, or something else follows it",
            _ => $"liblzma refuses it (code {(int)result})",
        };
        return Problem.Length > 0 ? DecodeStatus.Failed : result == Lzma.Result.StreamEnd ? DecodeStatus.End : DecodeStatus.Continue;
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();
}
