namespace Strata.Formats.Streams;

/// <summary>The content of one archive member: exactly as many bytes as its header promised, or an error.</summary>
/// <param name="input">Stands at the first byte of the content.</param>
/// <param name="size">Length of the content in bytes.</param>
/// <param name="what">The member's name for errors.</param>
internal sealed class MemberStream(ForwardInput input, long size, string what) : ForwardReadStream
{
    private bool _closed;

    /// <summary>Bytes not yet read.</summary>
    public long Remaining { get; private set; } = size;

    /// <inheritdoc/>
    public override long Length { get; } = size;

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        int want = (int)Math.Min(Remaining, buffer.Length);
        if (want == 0)
        {
            return 0;
        }
        int read = input.Read(buffer[..want]);
        if (read == 0)
        {
            throw input.Error(input.Position, $"{what} is cut off {Remaining} bytes before its end");
        }
        Remaining -= read;
        return read;
    }

    /// <summary>Reads the rest away and ends the life of this stream: the archive goes on behind it.</summary>
    public void Finish()
    {
        long left = Remaining;
        Remaining = 0;
        _closed = true;
        input.Skip(left, what);
    }
}
