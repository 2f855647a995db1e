using Strata.Formats.Streams;

namespace Strata.Formats.Deb;

/// <summary>A content that is copied while somebody else reads it.</summary>
/// <param name="source">The content; whoever reads it to its end has copied all of it.</param>
/// <param name="copy">Receives what is read.</param>
internal sealed class CopiedContent(Stream source, Stream copy) : ForwardReadStream
{
    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        int read = source.Read(buffer);
        copy.Write(buffer[..read]);
        return read;
    }
}
