namespace Strata.Formats.Squashfs.Codecs;

/// <summary>Compresses one block a call. Not safe for concurrent use; keeps its working memory between calls.</summary>
internal interface IBlockEncoder : IDisposable
{
    /// <summary>Compresses a block.</summary>
    /// <param name="plain">1 byte … block size.</param>
    /// <param name="stored">At least as long as <paramref name="plain"/>.</param>
    /// <returns>Bytes written, fewer than <paramref name="plain"/> has; 0 when the block does not get smaller.</returns>
    int Encode(ReadOnlySpan<byte> plain, Span<byte> stored);
}

/// <summary>Decompresses one block a call. Not safe for concurrent use.</summary>
internal interface IBlockDecoder : IDisposable
{
    /// <summary>Decompresses a block that may be anything.</summary>
    /// <returns>Plain bytes written, or -1 when <paramref name="stored"/> is damaged or holds more than <paramref name="plain"/> can take.</returns>
    int Decode(ReadOnlySpan<byte> stored, Span<byte> plain);
}
