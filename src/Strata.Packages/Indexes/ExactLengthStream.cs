using Strata.Core;
using Strata.Formats.Streams;

namespace Strata.Packages.Indexes;

/// <summary>Reads a stream that must have exactly a known length; a longer one is cut off with a fault before more is read.</summary>
internal sealed class ExactLengthStream(Stream inner, long length, string format) : ForwardReadStream
{
    private long _read;

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

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }
        base.Dispose(disposing);
    }
}
