using Strata.Core;

namespace Strata.Packages.Indexes;

/// <summary>Reads a stream that must have exactly a known length; a longer one is cut off with a fault before more is read.</summary>
internal sealed class ExactLengthStream(Stream inner, long length, string format) : Stream
{
    private long _read;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position
    {
        get => _read;
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty)
        {
            return 0;
        }
        int count = inner.Read(buffer);
        _read += count;
        if (_read > length)
        {
            throw new ImageFormatException(format, length, $"it has more than the {length} bytes that its Release names");
        }
        if (count == 0 && _read < length)
        {
            throw new ImageFormatException(format, _read, $"it ends after {_read} bytes, its Release names {length}");
        }
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }
        base.Dispose(disposing);
    }
}
