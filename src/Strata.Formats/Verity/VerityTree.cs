using Strata.Core;

namespace Strata.Formats.Verity;

/// <summary>A dm-verity hash tree: its geometry and what it protects.</summary>
/// <remarks>
/// Version 1 of the format (Linux <c>Documentation/admin-guide/device-mapper/verity.rst</c>): the digest of a block is SHA-256 of salt and block; digests
/// lie side by side in hash blocks, 128 in each, the last one filled up with zeros; hash blocks are hashed the same way until one is left. That
/// one's digest is the root hash. With a single data block there are no hash blocks, and its digest is the root hash. On disk: superblock,
/// then the levels from the root down.
/// </remarks>
/// <param name="RootHash">What everything else is trusted by.</param>
/// <param name="DataBlocks">Data blocks of 4,096 bytes.</param>
/// <param name="HashAreaLength">Bytes of the hash area with its superblock, a multiple of 4,096.</param>
public sealed record VerityTree(Sha256Digest RootHash, long DataBlocks, long HashAreaLength)
{
    /// <summary>Bytes of a data block, and of a hash block.</summary>
    public const int BlockSize = 4096;

    /// <summary>Digests in a hash block.</summary>
    internal const int DigestsPerBlock = BlockSize / Sha256Digest.Size;

    /// <summary>So that every position is a positive 64-bit number.</summary>
    internal const ulong MaxDataBlocks = long.MaxValue / BlockSize / 2;

    /// <summary>Length in bytes of the hash area of so many data blocks, superblock included.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="dataBlocks"/> is not positive.</exception>
    public static long HashAreaLengthOf(long dataBlocks) => (1 + LevelBlocks(dataBlocks).Sum()) * BlockSize;

    /// <summary>
    /// Ranges of the levels of a hash area in bytes from its start, the root's first: behind the superblock, each up to the next.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="dataBlocks"/> is not positive.</exception>
    public static IReadOnlyList<(long Offset, long Length)> LevelRanges(long dataBlocks)
    {
        List<long> levels = LevelBlocks(dataBlocks);
        long[] starts = LevelStarts(levels);
        return [.. levels.Select((blocks, i) => (starts[i] * BlockSize, blocks * BlockSize)).Reverse()];
    }

    /// <summary>Hash blocks of each level, the one above the data first; empty for a single data block.</summary>
    internal static List<long> LevelBlocks(long dataBlocks)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(dataBlocks);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((ulong)dataBlocks, MaxDataBlocks, nameof(dataBlocks));
        List<long> levels = [];
        for (long blocks = dataBlocks; blocks > 1;)
        {
            blocks = (blocks + DigestsPerBlock - 1) / DigestsPerBlock;
            levels.Add(blocks);
        }
        return levels;
    }

    /// <summary>First block of each level, counted from the superblock, in the order of <see cref="LevelBlocks"/>.</summary>
    internal static long[] LevelStarts(IReadOnlyList<long> levels)
    {
        long[] starts = new long[levels.Count];
        long next = 1;
        for (int i = levels.Count - 1; i >= 0; i--)
        {
            starts[i] = next;
            next += levels[i];
        }
        return starts;
    }
}
