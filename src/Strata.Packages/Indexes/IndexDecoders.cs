using System.IO.Compression;

namespace Strata.Packages.Indexes;

/// <summary>How an index file may be compressed, best first, and how to read it.</summary>
public sealed class IndexDecoders
{
    /// <summary>Plain files and gzip, which every archive has.</summary>
    public static IndexDecoders Standard { get; } = new([]);

    private IndexDecoders(IEnumerable<(string, Func<Stream, Stream>)> preferred) => Ordered =
    [
        .. preferred,
        (".gz", static s => new GZipStream(s, CompressionMode.Decompress)),
        ("", static s => s),
    ];

    /// <summary>Ends of file names and what reads them, in the order of preference.</summary>
    public IReadOnlyList<(string Suffix, Func<Stream, Stream> Open)> Ordered { get; }

    /// <summary>The standard ones, and xz before them: indexes a third smaller.</summary>
    /// <param name="open">Wraps a compressed stream in one that yields the plain bytes.</param>
    public static IndexDecoders WithXz(Func<Stream, Stream> open) => new([(".xz", open)]);
}
