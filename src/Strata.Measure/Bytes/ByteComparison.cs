using System.Globalization;

namespace Strata.Measure.Bytes;

/// <summary>An image of somebody's beside the one that was rebuilt: the same, or what of it differs.</summary>
public sealed record ByteComparison
{
    /// <summary>Bytes of the one that was given.</summary>
    public required long GivenBytes { get; init; }

    /// <summary>Bytes of the one that was rebuilt.</summary>
    public required long RebuiltBytes { get; init; }

    /// <summary>How many bytes differ, those that one has and the other has not among them.</summary>
    public required long DifferentBytes { get; init; }

    /// <summary>
    /// What differs, as the rebuilt image is made up, in the order of the image; the first has the first byte that differs. Of another
    /// image they would be all there are: no more than a thousand are named.
    /// </summary>
    public required IReadOnlyList<DifferentStructure> Structures { get; init; }

    /// <summary>True when every byte is the same.</summary>
    public bool IsSame => DifferentBytes == 0;

    /// <summary>Compares. The given image is only compared and never interpreted, but for what is packed in it.</summary>
    /// <param name="given">Seekable, it starts at position 0.</param>
    /// <param name="rebuilt">Likewise; it was built here.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="IOException">One of them cannot be read.</exception>
    public static ByteComparison Between(Stream given, Stream rebuilt, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(given);
        ArgumentNullException.ThrowIfNull(rebuilt);
        DifferenceTally? tally = null;
        foreach ((long start, long length) in DifferentRuns.Of(given, rebuilt, cancellationToken))
        {
            (tally ??= new DifferenceTally(ImageMap.Of(rebuilt), given.Length, rebuilt.Length)).Add(start, length);
        }
        return new ByteComparison
        {
            GivenBytes = given.Length,
            RebuiltBytes = rebuilt.Length,
            DifferentBytes = tally?.DifferentBytes ?? 0,
            Structures = tally?.Structures(given, rebuilt) ?? [],
        };
    }
}

/// <summary>A structure of an image that differs.</summary>
/// <param name="Structure">What it is, outermost first.</param>
/// <param name="Offset">First byte that differs, from the start of the image.</param>
/// <param name="Length">Bytes of the first range that differs; single bytes between that happen to be the same are within it.</param>
/// <param name="DifferentBytes">How many bytes of the whole structure differ.</param>
/// <param name="Given">The first bytes of the range as they were given, as hexadecimal digits; empty where the image has ended.</param>
/// <param name="Rebuilt">Those that were rebuilt.</param>
public sealed record DifferentStructure(
    IReadOnlyList<string> Structure, long Offset, long Length, long DifferentBytes, string Given, string Rebuilt)
{
    /// <summary>Path of the file of the system that differs; null where none can be named.</summary>
    public string? File { get; init; }

    /// <summary>What exactly lies there, in words.</summary>
    public string? Detail { get; init; }

    /// <summary>The structure in one line.</summary>
    public override string ToString() => string.Join(", ", Structure) + string.Create(CultureInfo.InvariantCulture, $", byte {Offset}");
}
