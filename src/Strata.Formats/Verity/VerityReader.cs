using System.Security.Cryptography;
using Strata.Core;

namespace Strata.Formats.Verity;

/// <summary>Checks data against a hash area and a root hash, without a kernel.</summary>
internal static class VerityReader
{
    /// <summary>Builds the tree anew from the data and compares every byte of it.</summary>
    /// <param name="data">Read from its current position, in order.</param>
    /// <param name="hashArea">Seekable; the hash area starts at its current position.</param>
    /// <param name="rootHash">The one that is trusted, from a signed place.</param>
    /// <param name="threads">Threads that hash.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What the superblock says.</returns>
    /// <exception cref="ImageFormatException">Something differs; the message names the first place that does.</exception>
    public static async Task<VeritySuperblock> VerifyAsync(
        Stream data, Stream hashArea, Sha256Digest rootHash, int threads = 1, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(hashArea);
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        long start = hashArea.Position;
        byte[] block = new byte[VerityTree.BlockSize];
        ReadBlock(hashArea, start, block);
        VeritySuperblock superblock = VeritySuperblock.Read(block);
        long length = VerityTree.HashAreaLengthOf(superblock.DataBlocks);
        if (hashArea.Length - start < length)
        {
            throw new ImageFormatException(
                "verity hash area", start, $"{superblock.DataBlocks} data blocks need {length} bytes, there are {hashArea.Length - start}");
        }
        long leaves = VerityTree.LevelBlocks(superblock.DataBlocks) is { Count: > 0 } levels ? VerityTree.LevelStarts(levels)[0] : -1;
        VerityHasher hasher = new(superblock.Salt, superblock.DataBlocks, (number, expected) =>
        {
            long position = start + (number * VerityTree.BlockSize);
            ReadBlock(hashArea, position, block);
            int same = block.AsSpan().CommonPrefixLength(expected.Span);
            if (same < VerityTree.BlockSize)
            {
                throw Differs(number, leaves, position, same / Sha256Digest.Size, superblock.DataBlocks);
            }
        });
        await VerityData.HashAsync(data, superblock.DataBlocks, hasher, threads, missing => new ImageFormatException(
            "verity data", 0, $"{superblock.DataBlocks} blocks are promised, and the data ends early: {missing} bytes of a step are missing"), cancellationToken);
        Sha256Digest root = hasher.Finish();
        return CryptographicOperations.FixedTimeEquals(root.Bytes, rootHash.Bytes)
            ? superblock
            : throw new ImageFormatException("verity hash area", start, $"the root hash is {root}, expected {rootHash}");
    }

    private static ImageFormatException Differs(long number, long leaves, long position, int digest, long dataBlocks)
    {
        long dataBlock = ((number - leaves) * VerityTree.DigestsPerBlock) + digest;
        return number >= leaves && dataBlock < dataBlocks
            ? new ImageFormatException("verity data", dataBlock * VerityTree.BlockSize, $"data block {dataBlock} does not have the digest that hash block {number} has for it")
            : new ImageFormatException("verity hash area", position, $"digest {digest} of hash block {number} is not that of the block below");
    }

    private static void ReadBlock(Stream hashArea, long position, byte[] block)
    {
        hashArea.Position = position;
        if (hashArea.ReadAtLeast(block, block.Length, throwOnEndOfStream: false) < block.Length)
        {
            throw new ImageFormatException("verity hash area", position, $"it ends within this block of {block.Length} bytes");
        }
    }
}
