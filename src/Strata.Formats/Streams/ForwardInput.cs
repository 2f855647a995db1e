using System.Buffers;
using Strata.Core;

namespace Strata.Formats.Streams;

/// <summary>Reads a stream from front to back, knows the position, and turns an early end into an error that names the place.</summary>
/// <param name="stream">What to read; position 0 is where it stands now. It stays open.</param>
/// <param name="format">Name of the format for errors: <c>tar</c>.</param>
internal sealed class ForwardInput(Stream stream, string format)
{
    private const int SkipBufferSize = 64 * 1024;

    /// <summary>Bytes consumed so far.</summary>
    public long Position { get; private set; }

    /// <summary>An error of this format.</summary>
    public ImageFormatException Error(long offset, string problem) => new(format, offset, problem);

    /// <summary>Fills <paramref name="target"/>, or returns false when the stream ends exactly here.</summary>
    /// <exception cref="ImageFormatException">The stream ends within.</exception>
    public bool TryReadExactly(Span<byte> target, string what)
    {
        int count = stream.ReadAtLeast(target, target.Length, throwOnEndOfStream: false);
        if (count != 0 && count != target.Length)
        {
            throw Error(Position, $"{what} is cut off after {count} of {target.Length} bytes");
        }
        Position += count;
        return count == target.Length;
    }

    /// <summary>Fills <paramref name="target"/>.</summary>
    /// <exception cref="ImageFormatException">The stream ends before or within.</exception>
    public void ReadExactly(Span<byte> target, string what)
    {
        if (!TryReadExactly(target, what) && target.Length > 0)
        {
            throw Error(Position, $"{what} is missing: the input ends here");
        }
    }

    /// <summary>Reads some bytes; 0 at the end.</summary>
    public int Read(Span<byte> target)
    {
        int count = stream.Read(target);
        Position += count;
        return count;
    }

    /// <summary>Passes over bytes that must exist.</summary>
    /// <exception cref="ImageFormatException">The stream ends before.</exception>
    public void Skip(long count, string what)
    {
        if (stream.CanSeek && count > SkipBufferSize && count <= stream.Length - stream.Position)
        {
            stream.Seek(count, SeekOrigin.Current);
            Position += count;
            return;
        }
        byte[] buffer = ArrayPool<byte>.Shared.Rent(SkipBufferSize);
        try
        {
            for (long left = count; left > 0;)
            {
                int read = Read(buffer.AsSpan(0, (int)Math.Min(left, buffer.Length)));
                if (read == 0)
                {
                    throw Error(Position, $"{what} is cut off {left} bytes before its end");
                }
                left -= read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
