namespace Strata.Formats.Compression;

/// <summary>What one step of a decoder came to.</summary>
internal enum DecodeStatus
{
    /// <summary>It took or gave some bytes, or needs input.</summary>
    Continue,

    /// <summary>The input is whole and everything was given out.</summary>
    End,

    /// <summary>The input is bad; <see cref="IStreamDecoder.Problem"/> says how.</summary>
    Failed,
}

/// <summary>Turns compressed bytes into plain ones, a buffer at a time.</summary>
internal interface IStreamDecoder : IDisposable
{
    /// <summary>Name for errors: <c>xz stream</c>.</summary>
    string Format { get; }

    /// <summary>Why the last step failed.</summary>
    string Problem { get; }

    /// <summary>
    /// Takes input and gives output. <paramref name="inputEnded"/> says that nothing follows <paramref name="input"/>. No byte taken and none given
    /// with the input ended means that the input was cut off.
    /// </summary>
    DecodeStatus Decode(ReadOnlySpan<byte> input, Span<byte> output, bool inputEnded, out int consumed, out int produced);
}
