using Strata.Core;

namespace Strata.Updates.Layers;

/// <summary>What going from one layer to another moves over a wire when blocks that are there already are not moved again.</summary>
/// <param name="TotalBytes">Length of the new image.</param>
/// <param name="BlocksTotal">Blocks of the new image.</param>
/// <param name="BlocksNew">Blocks of it that the old image does not have, each different one once.</param>
/// <param name="TransferBytes">Bytes to move: those blocks, and everything of the image that is no block (tables and the verity tree).</param>
/// <param name="Ranges">Runs of neighbouring bytes that these are.</param>
public sealed record LayerChange(long TotalBytes, int BlocksTotal, int BlocksNew, long TransferBytes, int Ranges)
{
    /// <summary>Compares two images by their block indexes.</summary>
    /// <param name="old">What is there; null for nothing.</param>
    /// <param name="fresh">What is wanted.</param>
    /// <param name="freshSize">Length of its image file.</param>
    /// <param name="isSame">The image files have one digest.</param>
    public static LayerChange Between(BlockIndex? old, BlockIndex fresh, long freshSize, bool isSame = false)
    {
        ArgumentNullException.ThrowIfNull(fresh);
        if (isSame)
        {
            return new LayerChange(freshSize, fresh.Blocks.Count, 0, 0, 0);
        }
        HashSet<Sha256Digest> present = [.. old?.Blocks.Select(b => b.Stored) ?? []];
        IReadOnlyList<ByteRange> ranges = fresh.Missing(freshSize, present);
        int blocks = fresh.Blocks.Select(b => b.Stored).Distinct().Count(b => !present.Contains(b));
        return new LayerChange(freshSize, fresh.Blocks.Count, blocks, ranges.Sum(r => r.Length), ranges.Count);
    }
}
