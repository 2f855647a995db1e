using System.Text;
using Strata.Formats.Compression;
using Strata.Formats.Cpio;

namespace Strata.Measure.Bytes;

/// <summary>Names the members of an initramfs; Linux unpacks archives that stand one after the other, the last of ours is packed.</summary>
internal static class InitrdRegions
{
    private const int HeaderBytes = 110; // "newc" format of cpio
    private const string Trailer = "TRAILER!!!";

    /// <summary>True for bytes that begin like one.</summary>
    public static bool IsOne(ReadOnlySpan<byte> start) =>
        start.StartsWith("070701"u8) || Decompression.Detect(start) != CompressionKind.None;

    /// <summary>A plain archive when there is one, and the packed one.</summary>
    public static void Add(RegionScope scope, Stream image)
    {
        byte[] magic = new byte[Decompression.MagicSize];
        image.ReadExactly(magic);
        image.Position = 0;
        if (Decompression.Detect(magic) == CompressionKind.None)
        {
            foreach ((string name, long start, long end) in Members(image))
            {
                scope.Add(start, end - start, "cpio member " + name, "/" + name);
            }
        }
        scope.Add(image.Position, image.Length - image.Position, "packed cpio archive", packed: PackedKind.Cpio);
    }

    /// <summary>
    /// Members of an archive with their headers and the zeros behind them, the trailer too, counted from where it begins.
    /// </summary>
    /// <param name="archive">Read up to the end of the trailer.</param>
    public static IEnumerable<(string Name, long Start, long End)> Members(Stream archive)
    {
        CpioReader reader = new(archive);
        long at = 0;
        while (reader.Next() is CpioEntry entry)
        {
            long end = Align(ContentOf(at, entry.Name) + entry.Size);
            yield return (entry.Name, at, end);
            at = end;
        }
        yield return (Trailer, at, ContentOf(at, Trailer));
    }

    private static long ContentOf(long start, string name) => Align(start + HeaderBytes + Encoding.UTF8.GetByteCount(name) + 1);

    private static long Align(long position) => (position + 3) / 4 * 4;
}
