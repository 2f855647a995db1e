using Strata.Formats.Streams;

namespace Strata.Formats.Compression;

/// <summary>Compresses what is written to it; closing it writes the end of the compressed data.</summary>
internal sealed class EncoderStream(Stream target, IStreamEncoder encoder, bool leaveOpen) : ForwardWriteStream
{
    private const int OutputBufferSize = 64 * 1024;

    private readonly byte[] _output = new byte[OutputBufferSize];
    private bool _failed;
    private bool _disposed;

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        while (!buffer.IsEmpty)
        {
            Step(buffer, finish: false, out int consumed);
            buffer = buffer[consumed..];
        }
    }

    /// <summary>Does nothing: a flush in the middle would change the bytes.</summary>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            try
            {
                while (!_failed && !Step([], finish: true, out _))
                {
                }
            }
            finally
            {
                encoder.Dispose();
                if (!leaveOpen)
                {
                    target.Dispose();
                }
            }
        }
        base.Dispose(disposing);
    }

    private bool Step(ReadOnlySpan<byte> input, bool finish, out int consumed)
    {
        _failed = true; // until proven otherwise: nothing may be written behind a gap
        bool ended = encoder.Encode(input, _output, finish, out consumed, out int produced);
        if (produced > 0)
        {
            target.Write(_output.AsSpan(0, produced));
        }
        _failed = false;
        return ended;
    }
}
