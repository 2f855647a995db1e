namespace Strata.Formats.Streams;

/// <summary>Two streams, one behind the other; both are closed with it.</summary>
internal sealed class JoinedStream(Stream first, Stream second) : ForwardReadStream
{
    private bool _isFirstRead;

    public override int Read(Span<byte> buffer)
    {
        if (!_isFirstRead)
        {
            int read = first.Read(buffer);
            if (read > 0 || buffer.Length == 0)
            {
                return read;
            }
            _isFirstRead = true;
        }
        return second.Read(buffer);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            first.Dispose();
            second.Dispose();
        }
        base.Dispose(disposing);
    }
}
