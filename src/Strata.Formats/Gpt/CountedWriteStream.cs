using Strata.Formats.Streams;

namespace Strata.Formats.Gpt;

/// <summary>A forward stream that knows how much was written and takes asynchronous pieces without copying them.</summary>
internal abstract class CountedWriteStream : ForwardWriteStream
{
    private long _position;

    /// <summary>Bytes written so far; cannot be set.</summary>
    public sealed override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public sealed override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    // Derived streams must give this one: the base class would copy every piece.
    public abstract override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default);

    protected void Advance(int count) => _position += count;
}
