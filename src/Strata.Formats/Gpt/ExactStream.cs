using Strata.Core;

namespace Strata.Formats.Gpt;

/// <summary>Passes on exactly so many bytes; owns nothing.</summary>
internal sealed class ExactStream(Stream inner, long length, string name) : CountedWriteStream
{
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        ThrowIfLong(buffer.Length);
        inner.Write(buffer);
        Advance(buffer.Length);
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ThrowIfLong(buffer.Length);
        await inner.WriteAsync(buffer, cancellationToken);
        Advance(buffer.Length);
    }

    public override void Flush()
    {
    }

    public void ThrowIfShort()
    {
        if (Position < length)
        {
            throw new StrataException($"cannot write {name}: its content ended after {Position} of {length} bytes");
        }
    }

    private void ThrowIfLong(int more)
    {
        if (Position + more > length)
        {
            throw new StrataException($"cannot write {name}: its content is longer than the {length} bytes it was said to have");
        }
    }
}
