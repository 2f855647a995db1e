namespace Strata.Measure.Bytes;

/// <summary>Finds the bytes that two streams do not have in common.</summary>
internal static class DifferentRuns
{
    private const int PieceBytes = 1 << 20;

    /// <summary>
    /// Runs of bytes that all differ, in order; what only one of both has is the last. A run ends where a piece is read to.
    /// </summary>
    public static IEnumerable<(long Start, long Length)> Of(Stream one, Stream other, CancellationToken cancellationToken)
    {
        long common = Math.Min(one.Length, other.Length);
        (byte[] first, byte[] second) = (new byte[PieceBytes], new byte[PieceBytes]);
        for (long at = 0; at < common; at += PieceBytes)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int count = (int)Math.Min(PieceBytes, common - at);
            Read(one, at, first.AsSpan(0, count));
            Read(other, at, second.AsSpan(0, count));
            for (int done = 0; done < count;)
            {
                int start = done + first.AsSpan(done, count - done).CommonPrefixLength(second.AsSpan(done, count - done));
                int end = start;
                while (end < count && first[end] != second[end])
                {
                    end++;
                }
                if (end > start)
                {
                    yield return (at + start, end - start);
                }
                done = end;
            }
        }
        if (one.Length != other.Length)
        {
            yield return (common, Math.Max(one.Length, other.Length) - common);
        }
    }

    // whoever asks for runs may read both in between
    private static void Read(Stream stream, long at, Span<byte> piece)
    {
        stream.Position = at;
        stream.ReadExactly(piece);
    }
}
