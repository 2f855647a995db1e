namespace Strata.Measure.Bytes;

/// <summary>Sorts bytes that differ by the structure that they are in.</summary>
internal sealed class DifferenceTally
{
    private const int MostStructures = 1000;
    private const int ShownBytes = 16;
    private const int Gap = 16; // so many equal bytes do not end a range: what is packed anew is equal here and there by chance

    private readonly IReadOnlyList<ImageRegion> _regions;
    private readonly Dictionary<int, Counted> _counted = [];
    private int _at;

    /// <param name="map">Regions of the rebuilt image.</param>
    /// <param name="givenBytes">Bytes of the one that was given.</param>
    /// <param name="rebuiltBytes">Bytes of the rebuilt one.</param>
    public DifferenceTally(IReadOnlyList<ImageRegion> map, long givenBytes, long rebuiltBytes) => _regions = givenBytes <= rebuiltBytes
        ? map : [.. map, new ImageRegion(rebuiltBytes, givenBytes - rebuiltBytes, ["behind the end of the image"])];

    /// <summary>Bytes that differ in all.</summary>
    public long DifferentBytes { get; private set; }

    /// <summary>Counts a run; they come in their order.</summary>
    public void Add(long start, long length)
    {
        DifferentBytes += length;
        for (long end = start + length; start < end;)
        {
            while (_regions[_at].End <= start)
            {
                _at++;
            }
            long until = Math.Min(end, _regions[_at].End);
            if (!_counted.TryGetValue(_at, out Counted? counted))
            {
                _counted.Add(_at, counted = new Counted { Start = start, End = until });
            }
            else if (start - counted.End <= Gap)
            {
                counted.End = until;
            }
            counted.Bytes += until - start;
            start = until;
        }
    }

    /// <summary>What differs, in the order of the image: the first thousand.</summary>
    public List<DifferentStructure> Structures(Stream given, Stream rebuilt) =>
        [.. _counted.OrderBy(c => c.Key).Take(MostStructures).Select(c => StructureOf(_regions[c.Key], c.Value, given, rebuilt))];

    private static DifferentStructure StructureOf(ImageRegion region, Counted counted, Stream given, Stream rebuilt)
    {
        string? file = region.File;
        string? detail = region.Detail?.Invoke(counted.Start - region.Whole);
        if (counted.Start >= given.Length)
        {
            detail = "the given image has ended";
        }
        else if (region.Packed != PackedKind.None)
        {
            PackedDifference inside = PackedDifference.Between(
                new PartOfStream(given, region.Start, given.Length - region.Start),
                new PartOfStream(rebuilt, region.Start, region.Length), region.Packed);
            file = inside.Member is string member ? "/" + member.TrimStart('.', '/') : null;
            detail = inside.What;
        }
        return new DifferentStructure(
            region.Structure, counted.Start, counted.End - counted.Start, counted.Bytes, Hex(given, counted), Hex(rebuilt, counted))
        {
            File = file,
            Detail = detail,
        };
    }

    private static string Hex(Stream stream, Counted counted)
    {
        int count = (int)Math.Clamp(stream.Length - counted.Start, 0, Math.Min(ShownBytes, counted.End - counted.Start));
        byte[] bytes = new byte[count];
        stream.Position = Math.Min(counted.Start, stream.Length);
        stream.ReadExactly(bytes);
        return Convert.ToHexStringLower(bytes);
    }

    private sealed class Counted
    {
        public required long Start { get; init; }

        public required long End { get; set; }

        public long Bytes { get; set; }
    }
}
