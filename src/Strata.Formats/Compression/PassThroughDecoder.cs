namespace Strata.Formats.Compression;

/// <summary>The decoder of what is not compressed.</summary>
internal sealed class PassThroughDecoder : IStreamDecoder
{
    /// <inheritdoc/>
    public string Format => "stream";

    /// <inheritdoc/>
    public string Problem => "";

    /// <inheritdoc/>
    public DecodeStatus Decode(ReadOnlySpan<byte> input, Span<byte> output, bool inputEnded, out int consumed, out int produced)
    {
        produced = consumed = Math.Min(input.Length, output.Length);
        input[..consumed].CopyTo(output);
        return consumed == 0 && inputEnded ? DecodeStatus.End : DecodeStatus.Continue;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // holds nothing
    }
}
