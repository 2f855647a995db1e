using Strata.Formats.Compression.Native;

namespace Strata.Formats.Compression;

/// <summary>Reads bzip2 streams that follow each other, with their checksums. At most 4 MiB of memory (900 kB blocks, bzip2(1)).</summary>
internal sealed class Bzip2Decoder : IStreamDecoder
{
    private readonly Bzip2StreamHandle _stream = new();
    private bool _streamEnded;

    /// <inheritdoc/>
    public string Format => "bzip2 stream";

    /// <inheritdoc/>
    public string Problem { get; private set; } = "";

    /// <inheritdoc/>
    public DecodeStatus Decode(ReadOnlySpan<byte> input, Span<byte> output, bool inputEnded, out int consumed, out int produced)
    {
        consumed = produced = 0;
        if (_streamEnded)
        {
            if (input.IsEmpty)
            {
                return inputEnded ? DecodeStatus.End : DecodeStatus.Continue;
            }
            _stream.Restart();
            _streamEnded = false;
        }
        switch (_stream.Decompress(input, output, out consumed, out produced))
        {
            case Bzip2.Result.Ok:
                return DecodeStatus.Continue;
            case Bzip2.Result.StreamEnd:
                _streamEnded = true;
                return DecodeStatus.Continue;
            case Bzip2.Result.NoMemory:
                Problem = "there is no memory to decompress it";
                return DecodeStatus.Failed;
            case Bzip2.Result.BadMagic:
                Problem = "it does not begin as a bzip2 stream does";
                return DecodeStatus.Failed;
            default:
                Problem = "libbzip2 refuses it: bad data";
                return DecodeStatus.Failed;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();
}
