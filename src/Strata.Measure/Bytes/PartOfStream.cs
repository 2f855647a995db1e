using Strata.Core;

namespace Strata.Measure.Bytes;

/// <summary>
/// A part of a stream as a stream of its own: it starts at position 0 and can be read only. Shares the position of what is below it.
/// </summary>
internal sealed class PartOfStream : Stream
{
    private readonly Stream _whole;
    private readonly long _start;
    private readonly long _length;
    private long _position;

    public PartOfStream(Stream whole, long start, long length)
    {
        if (start < 0 || length < 0 || start > whole.Length - length)
        {
            throw new ImageFormatException("disk image", start, $"a partition of {length} bytes reaches behind the end at {whole.Length}");
        }
        (_whole, _start, _length) = (whole, start, length);
    }

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => _length;

    public override long Position
    {
        get => _position;
        set => _position = value is >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value));
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        int count = (int)Math.Min(buffer.Length, Math.Max(0, _length - _position));
        _whole.Position = _start + _position;
        int read = _whole.Read(buffer[..count]);
        _position += read;
        return read;
    }

    public override long Seek(long offset, SeekOrigin origin) =>
        Position = offset + (origin switch { SeekOrigin.Begin => 0, SeekOrigin.Current => _position, _ => _length });

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
