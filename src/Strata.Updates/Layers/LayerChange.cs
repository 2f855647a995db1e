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
        (int blocks, long bytes, int ranges) = (0, freshSize - fresh.StoredBytes, 1); // head, tables and tree: the tail is a range
        bool isInRange = fresh.FirstOffset > 0; // superblock and options stand before the first block
        ranges += isInRange ? 1 : 0;
        foreach (IndexedBlock block in fresh.Blocks)
        {
            bool isNew = present.Add(block.Stored);
            if (isNew)
            {
                blocks++;
                bytes += block.StoredLength;
                ranges += isInRange ? 0 : 1;
            }
            isInRange = isNew;
        }
        return new LayerChange(freshSize, fresh.Blocks.Count, blocks, bytes, isInRange ? ranges - 1 : ranges);
    }
}
