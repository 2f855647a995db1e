namespace Strata.Formats.Gpt;

/// <summary>Leaves holes where whole blocks are zero, if the output is a regular file that ends where we start; owns nothing.</summary>
internal sealed class SparseStream : CountedWriteStream
{
    private const int BlockSize = 4096; // no file system in use allocates less
    private static readonly byte[] s_zeroBlock = new byte[BlockSize];

    private readonly Stream _output;
    private readonly long _start;
    private readonly bool _holes;

    private SparseStream(Stream output, long start, bool holes)
    {
        _output = output;
        _start = start;
        _holes = holes;
    }

    /// <summary>Prepares to write <paramref name="length"/> bytes from the present position on.</summary>
    public static SparseStream Over(Stream output, long length)
    {
        if (output is not FileStream { CanSeek: true } file || file.Position != file.Length)
        {
            return new SparseStream(output, 0, holes: false);
        }
        long start = file.Position;
        try
        {
            file.SetLength(start + length);
        }
        catch (Exception e) when (e is IOException or NotSupportedException or ArgumentException)
        {
            return new SparseStream(output, start, holes: false); // a device: what it held before must be overwritten
        }
        // A device may also ignore the request; its length stays as it was.
        bool holes = file.Length == start + length;
        file.Position = start;
        return new SparseStream(output, start, holes);
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            int count = NextRun(buffer, out bool hole);
            if (!hole)
            {
                Seek();
                _output.Write(buffer[..count]);
            }
            Advance(count);
            buffer = buffer[count..];
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!buffer.IsEmpty)
        {
            int count = NextRun(buffer.Span, out bool hole);
            if (!hole)
            {
                Seek();
                await _output.WriteAsync(buffer[..count], cancellationToken);
            }
            Advance(count);
            buffer = buffer[count..];
        }
    }

    public override void Flush()
    {
        Seek();
        _output.Flush();
    }

    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        Seek();
        await _output.FlushAsync(cancellationToken);
    }

    private void Seek()
    {
        if (_holes && _output.Position != _start + Position)
        {
            _output.Position = _start + Position;
        }
    }

    /// <summary>Length of what comes next: all blocks of zeros in a row, or all bytes before the next such block.</summary>
    private int NextRun(ReadOnlySpan<byte> buffer, out bool hole)
    {
        hole = false;
        if (!_holes)
        {
            return buffer.Length;
        }
        int at = Math.Min(buffer.Length, (int)(-(_start + Position) & (BlockSize - 1))); // up to a block's border: always written
        if (at > 0)
        {
            return at;
        }
        hole = IsZeroBlock(buffer);
        do
        {
            at += Math.Min(BlockSize, buffer.Length - at);
        }
        while (at < buffer.Length && IsZeroBlock(buffer[at..]) == hole);
        return at;
    }

    private static bool IsZeroBlock(ReadOnlySpan<byte> buffer) => buffer.Length >= BlockSize && buffer[..BlockSize].SequenceEqual(s_zeroBlock);
}
