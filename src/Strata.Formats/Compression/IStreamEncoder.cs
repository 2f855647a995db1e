namespace Strata.Formats.Compression;

/// <summary>Turns plain bytes into compressed ones, a buffer at a time.</summary>
internal interface IStreamEncoder : IDisposable
{
    /// <summary>
    /// Takes input and gives output; with <paramref name="finish"/> no input follows. Returns true when everything was given out after
    /// <paramref name="finish"/>.
    /// </summary>
    /// <exception cref="Core.StrataException">The library gave up.</exception>
    bool Encode(ReadOnlySpan<byte> input, Span<byte> output, bool finish, out int consumed, out int produced);
}
