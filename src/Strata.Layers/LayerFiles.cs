using Strata.Core;
using Strata.Formats.Squashfs;
using Strata.Updates.Layers;

namespace Strata.Layers;

/// <summary>What each file of a layer takes in it, read out of the layer itself.</summary>
/// <remarks>
/// Whole blocks are exact. The tail of a file lies with others in a fragment block: its part of that block is in proportion to its plain bytes. Blocks that
/// several files share are counted at the first of them.
/// </remarks>
public static class LayerFiles
{
    private const uint LengthMask = (1 << 24) - 1; // a size word: stored length, bit 24 for uncompressed

    /// <summary>Bytes by path; every name of the layer, 0 for what has no content of its own.</summary>
    /// <param name="open">Opens an object of the store: the layer's image.</param>
    /// <param name="layer">The layer.</param>
    /// <exception cref="ImageFormatException">The image is damaged.</exception>
    public static IReadOnlyDictionary<string, long> Of(Func<Sha256Digest, FileStream> open, StoredLayer layer)
    {
        ArgumentNullException.ThrowIfNull(open);
        ArgumentNullException.ThrowIfNull(layer);
        using FileStream image = open(layer.Manifest.Image);
        using SquashfsReader reader = new(image);
        IReadOnlyList<SquashfsEntry> entries = reader.ReadEntries();
        int blockSize = (int)reader.Superblock.BlockSize;
        Dictionary<string, long> packed = new(StringComparer.Ordinal);
        HashSet<uint> seen = [];
        HashSet<long> blocks = [];
        HashSet<(uint, int)> tails = [];
        Dictionary<string, (uint Fragment, long Plain)> tailOf = new(StringComparer.Ordinal);
        foreach (SquashfsEntry entry in entries)
        {
            SquashfsInode inode = entry.Inode;
            long bytes = 0;
            if (inode.Kind == SquashfsKind.File && seen.Add(inode.Number))
            {
                long position = inode.Start;
                foreach (uint word in inode.SizeWords)
                {
                    long length = word & LengthMask;
                    bytes += length > 0 && blocks.Add(position) ? length : 0;
                    position += length;
                }
                if (inode.Fragment is uint fragment && tails.Add((fragment, inode.FragmentOffset)))
                {
                    tailOf.Add(entry.Path.ToString(), (fragment, inode.Size % blockSize));
                }
            }
            packed.Add(entry.Path.ToString(), bytes);
        }
        SpreadFragments(packed, tailOf, [.. reader.FragmentPlaces().Select(p => (long)p.Length)]);
        return packed;
    }

    /// <summary>Paths of a layer that have capabilities(7): the attribute <c>security.capability</c>.</summary>
    /// <param name="open">Opens an object of the store: the layer's image.</param>
    /// <param name="layer">The layer.</param>
    /// <exception cref="ImageFormatException">The image is damaged.</exception>
    public static IReadOnlyList<string> WithCapabilities(Func<Sha256Digest, FileStream> open, StoredLayer layer)
    {
        ArgumentNullException.ThrowIfNull(open);
        ArgumentNullException.ThrowIfNull(layer);
        using FileStream image = open(layer.Manifest.Image);
        using SquashfsReader reader = new(image);
        return
        [
            .. reader.ReadEntries().Where(e => reader.ReadXattrs(e.Inode).Any(x => x.Name == "security.capability")).Select(e => e.Path.ToString())
                .Order(StringComparer.Ordinal),
        ];
    }

    private static void SpreadFragments(Dictionary<string, long> packed, Dictionary<string, (uint Fragment, long Plain)> tails, IReadOnlyList<long> fragments)
    {
        foreach (IGrouping<uint, KeyValuePair<string, (uint Fragment, long Plain)>> block in tails.GroupBy(t => t.Value.Fragment))
        {
            long stored = block.Key < fragments.Count ? fragments[(int)block.Key] : 0;
            long all = Math.Max(1, block.Sum(t => t.Value.Plain));
            long sum = 0;
            long given = 0;
            foreach (KeyValuePair<string, (uint Fragment, long Plain)> tail in block.OrderBy(t => t.Key, StringComparer.Ordinal))
            {
                sum += tail.Value.Plain;
                long upTo = (long)((Int128)stored * sum / all); // rounds the running sum, so that the parts add up
                packed[tail.Key] += upTo - given;
                given = upTo;
            }
        }
    }
}
