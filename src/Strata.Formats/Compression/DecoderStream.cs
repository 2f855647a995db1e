using Strata.Core;
using Strata.Formats.Streams;

namespace Strata.Formats.Compression;

/// <summary>The plain bytes of a compressed stream.</summary>
internal sealed class DecoderStream(Stream source, IStreamDecoder decoder, bool leaveOpen) : ForwardReadStream
{
    private const int InputBufferSize = 64 * 1024;

    private readonly byte[] _input = new byte[InputBufferSize];
    private int _start;
    private int _end;
    private long _consumed;
    private bool _sourceEnded;
    private bool _finished;
    private bool _disposed;
    private string? _failure;

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_failure is not null)
        {
            throw new ImageFormatException(decoder.Format, _consumed, _failure); // a decoder is of no use after its first error
        }
        while (!buffer.IsEmpty && !_finished)
        {
            if (_start == _end && !_sourceEnded)
            {
                (_start, _end) = (0, source.Read(_input));
                _sourceEnded = _end == 0;
            }
            DecodeStatus status = decoder.Decode(_input.AsSpan(_start.._end), buffer, _sourceEnded, out int consumed, out int produced);
            _start += consumed;
            _consumed += consumed;
            if (status == DecodeStatus.Failed)
            {
                throw Fail(decoder.Problem);
            }
            _finished = status == DecodeStatus.End;
            if (produced > 0)
            {
                return produced;
            }
            if (!_finished && consumed == 0 && (_sourceEnded || _start < _end))
            {
                throw Fail(_sourceEnded ? "the input ends before the compressed data do" : "the decoder makes no progress");
            }
        }
        return 0;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            decoder.Dispose();
            if (!leaveOpen)
            {
                source.Dispose();
            }
        }
        base.Dispose(disposing);
    }

    private ImageFormatException Fail(string problem)
    {
        _failure = problem;
        return new ImageFormatException(decoder.Format, _consumed, problem);
    }
}
