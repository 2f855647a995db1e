using Strata.Core;
using Strata.Updates.Layers;
using Strata.Updates.Releases;

namespace Strata.Updates.Planning;

/// <summary>How a machine gets a layer.</summary>
public enum LayerWay
{
    /// <summary>It has it.</summary>
    Nothing,

    /// <summary>It copies the blocks that it has in any of its layers, and fetches the rest as ranges of the image.</summary>
    Blocks,

    /// <summary>It fetches the image.</summary>
    Whole,
}

/// <summary>What a machine does for one layer of a release.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Way">How.</param>
/// <param name="Ranges">What of the image is fetched; for <see cref="LayerWay.Whole"/> all of it.</param>
/// <param name="SideBytes">Bytes of manifest and block index that are fetched as well.</param>
public sealed record LayerPlan(ReleaseLayer Layer, LayerWay Way, IReadOnlyList<ByteRange> Ranges, long SideBytes)
{
    /// <summary>Ranges that an image may be fetched in, for each 100 MB of it; a small one has <see cref="LeastRanges"/>.</summary>
    public const int RangesPerHundredMegabytes = 200;

    /// <summary>Ranges that the smallest image may be fetched in.</summary>
    public const int LeastRanges = 8;

    private const int RequestBytes = 1024; // of a request and its answer beside the content, roughly

    /// <summary>Bytes that are fetched.</summary>
    public long Bytes => Ranges.Sum(r => r.Length) + SideBytes;

    /// <summary>Chooses the way on which the fewest bytes are fetched. It is never more than the image with manifest and index.</summary>
    /// <param name="layer">The layer that is wanted.</param>
    /// <param name="more">What is published of it.</param>
    /// <param name="index">Its block index; null when the image is there.</param>
    /// <param name="blocks">Blocks that the machine has, in whatever layer.</param>
    public static LayerPlan Of(ReleaseLayer layer, PublishedLayer more, BlockIndex? index, IReadOnlySet<Sha256Digest> blocks)
    {
        ArgumentNullException.ThrowIfNull(layer);
        ArgumentNullException.ThrowIfNull(more);
        if (index is null)
        {
            return new LayerPlan(layer, LayerWay.Nothing, [], 0);
        }
        long side = more.ManifestSize + more.Index.Size;
        int most = (int)Math.Max(LeastRanges, layer.Size * RangesPerHundredMegabytes / 100_000_000);
        IReadOnlyList<ByteRange> ranges = ByteRange.Coalesce(index.Missing(layer.Size, blocks), most, RequestBytes);
        bool isWorth = ranges.Sum(r => r.Length + RequestBytes) < layer.Size + RequestBytes;
        return isWorth ? new LayerPlan(layer, LayerWay.Blocks, ranges, side)
            : new LayerPlan(layer, LayerWay.Whole, [new ByteRange(0, layer.Size)], side);
    }
}
