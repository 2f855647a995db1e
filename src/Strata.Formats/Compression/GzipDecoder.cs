using Strata.Formats.Compression.Native;

namespace Strata.Formats.Compression;

/// <summary>Reads gzip members that follow each other (RFC 1952 §2.2), with their CRC-32 and length.</summary>
/// <remarks>
/// By zlib and not by the framework's GZipStream, which takes a cut-off input for its end, passes over trailing bytes and does not say how far
/// it has read.
/// </remarks>
internal sealed class GzipDecoder : IStreamDecoder
{
    private readonly ZlibStreamHandle _stream = new();
    private bool _memberEnded;

    /// <inheritdoc/>
    public string Format => "gzip stream";

    /// <inheritdoc/>
    public string Problem { get; private set; } = "";

    /// <inheritdoc/>
    public DecodeStatus Decode(ReadOnlySpan<byte> input, Span<byte> output, bool inputEnded, out int consumed, out int produced)
    {
        consumed = produced = 0;
        if (_memberEnded)
        {
            if (input.IsEmpty)
            {
                return inputEnded ? DecodeStatus.End : DecodeStatus.Continue;
            }
            Zlib.inflateReset(_stream);
            _memberEnded = false;
        }
        switch (_stream.Inflate(input, output, out consumed, out produced))
        {
            case Zlib.Result.Ok or Zlib.Result.NoProgress:
                return DecodeStatus.Continue;
            case Zlib.Result.StreamEnd:
                _memberEnded = true;
                return DecodeStatus.Continue;
            case Zlib.Result.NoMemory:
                Problem = "there is no memory to inflate it";
                return DecodeStatus.Failed;
            default:
                Problem = $"zlib refuses it: {_stream.Message}";
                return DecodeStatus.Failed;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();
}
