namespace Strata.Updates.Layers;

/// <summary>Neighbouring bytes of a file.</summary>
/// <param name="Offset">The first.</param>
/// <param name="Length">How many; 1 or more.</param>
public readonly record struct ByteRange(long Offset, long Length)
{
    /// <summary>Behind the last.</summary>
    public long End => Offset + Length;

    /// <summary>
    /// Joins neighbours until there are few enough: the smallest gaps first, whose bytes are fetched although they are there.
    /// </summary>
    /// <param name="ranges">In the order of the file; none touches the next.</param>
    /// <param name="most">How many there may be, 1 or more.</param>
    /// <param name="worth">A gap of this many bytes or fewer is always joined: a request of its own costs more.</param>
    public static IReadOnlyList<ByteRange> Coalesce(IReadOnlyList<ByteRange> ranges, int most, long worth)
    {
        ArgumentNullException.ThrowIfNull(ranges);
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        IEnumerable<int> byGap = Enumerable.Range(1, Math.Max(ranges.Count - 1, 0)).OrderBy(GapBefore).ThenBy(i => i);
        int tooMany = Math.Max(ranges.Count - most, 0);
        HashSet<int> joined = [.. byGap.Where((at, rank) => rank < tooMany || GapBefore(at) <= worth)];
        List<ByteRange> result = [];
        for (int i = 0; i < ranges.Count; i++)
        {
            if (joined.Contains(i))
            {
                result[^1] = result[^1] with { Length = ranges[i].End - result[^1].Offset };
            }
            else
            {
                result.Add(ranges[i]);
            }
        }
        return result;

        long GapBefore(int i) => ranges[i].Offset - ranges[i - 1].End;
    }
}
