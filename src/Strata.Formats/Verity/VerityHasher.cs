using System.Security.Cryptography;
using Strata.Core;

namespace Strata.Formats.Verity;

/// <summary>Hashes data block by block and builds the levels above, keeping one open hash block a level.</summary>
/// <param name="salt">Bytes before every block.</param>
/// <param name="dataBlocks">How many data blocks will come.</param>
/// <param name="store">Gets each full hash block: its number counted from the superblock, and its 4,096 bytes.</param>
internal sealed class VerityHasher(ReadOnlyMemory<byte> salt, long dataBlocks, Action<long, ReadOnlyMemory<byte>> store)
{
    /// <summary>Data blocks hashed in one parallel step: 512 KiB, so that two steps fit into a second-level cache.</summary>
    public const int BlocksPerStep = 128;

    private readonly Level[] _levels = CreateLevels(dataBlocks);
    private readonly byte[] _digests = new byte[BlocksPerStep * Sha256Digest.Size];
    private readonly byte[] _salted = [.. salt.Span, .. new byte[VerityTree.BlockSize]];
    private Sha256Digest _root;

    private sealed class Level(long start, long blocks)
    {
        public byte[] Open { get; } = new byte[VerityTree.BlockSize];

        public int Filled { get; set; }

        public long Next { get; set; } = start;

        public long End { get; } = start + blocks;
    }

    /// <summary>Hashes whole data blocks, at most <see cref="BlocksPerStep"/> of them.</summary>
    /// <param name="data">The blocks.</param>
    /// <param name="threads">How many work at once; no influence on the result.</param>
    public void Add(ReadOnlyMemory<byte> data, int threads)
    {
        int blocks = data.Length / VerityTree.BlockSize;
        int parts = Math.Clamp(blocks / 16, 1, threads); // a part below 64 KiB is not worth a thread
        if (parts == 1)
        {
            DigestAll(data.Span, _digests);
        }
        else
        {
            Parallel.For(0, parts, new ParallelOptions { MaxDegreeOfParallelism = threads }, part =>
            {
                int first = part * blocks / parts, end = (part + 1) * blocks / parts;
                DigestAll(data.Span[(first * VerityTree.BlockSize)..(end * VerityTree.BlockSize)], _digests.AsSpan(first * Sha256Digest.Size));
            });
        }
        for (int i = 0; i < blocks; i++)
        {
            AddDigest(0, _digests.AsSpan(i * Sha256Digest.Size, Sha256Digest.Size));
        }
    }

    /// <summary>The root hash, after all data blocks.</summary>
    public Sha256Digest Finish()
    {
        for (int level = 0; level < _levels.Length; level++)
        {
            if (_levels[level].Filled > 0)
            {
                CloseBlock(level);
            }
            if (_levels[level].Next != _levels[level].End)
            {
                throw new InvalidOperationException("fewer or more data blocks came than announced");
            }
        }
        return _root;
    }

    private static Level[] CreateLevels(long dataBlocks)
    {
        List<long> blocks = VerityTree.LevelBlocks(dataBlocks);
        long[] starts = VerityTree.LevelStarts(blocks);
        return [.. blocks.Select((count, i) => new Level(starts[i], count))];
    }

    private void AddDigest(int level, ReadOnlySpan<byte> digest)
    {
        if (level == _levels.Length)
        {
            _root = new Sha256Digest(digest);
            return;
        }
        digest.CopyTo(_levels[level].Open.AsSpan(_levels[level].Filled));
        _levels[level].Filled += digest.Length;
        if (_levels[level].Filled == VerityTree.BlockSize)
        {
            CloseBlock(level);
        }
    }

    private void CloseBlock(int level)
    {
        Level open = _levels[level];
        store(open.Next, open.Open);
        Span<byte> digest = stackalloc byte[Sha256Digest.Size];
        Digest(open.Open, _salted, digest);
        open.Next++;
        open.Filled = 0;
        open.Open.AsSpan().Clear(); // the last block of a level is filled up with zeros
        AddDigest(level + 1, digest);
    }

    /// <summary>Digests of blocks side by side: sixteen at a time where the processor can, what is left one by one.</summary>
    private void DigestAll(ReadOnlySpan<byte> blocks, Span<byte> digests)
    {
        byte[] salted = [.. salt.Span, .. new byte[VerityTree.BlockSize]];
        const int Together = Sha256Lanes.Count * VerityTree.BlockSize;
        if (Sha256Lanes.IsSupported && blocks.Length >= Together)
        {
            int length = salted.Length, padded = Sha256Lanes.PaddedLength(length);
            byte[] tail = new byte[Sha256Lanes.ChunkSize]; // blocks are whole chunks: unsalted, padding is all that is left
            Sha256Lanes.Pad(tail, length);
            byte[] messages = salt.Length == 0 ? [] : SaltedMessages(length, padded);
            for (; blocks.Length >= Together; blocks = blocks[Together..], digests = digests[(Sha256Lanes.Count * Sha256Digest.Size)..])
            {
                if (salt.Length == 0)
                {
                    Sha256Lanes.Hash(blocks[..Together], tail, digests);
                    continue;
                }
                for (int lane = 0; lane < Sha256Lanes.Count; lane++)
                {
                    blocks.Slice(lane * VerityTree.BlockSize, VerityTree.BlockSize).CopyTo(messages.AsSpan((lane * padded) + salt.Length));
                }
                Sha256Lanes.Hash(messages, [], digests);
            }
        }
        for (; blocks.Length > 0; blocks = blocks[VerityTree.BlockSize..], digests = digests[Sha256Digest.Size..])
        {
            Digest(blocks[..VerityTree.BlockSize], salted, digests);
        }
    }

    /// <summary>Sixteen padded messages that lack nothing but their blocks.</summary>
    private byte[] SaltedMessages(int length, int padded)
    {
        byte[] messages = new byte[Sha256Lanes.Count * padded];
        for (int lane = 0; lane < Sha256Lanes.Count; lane++)
        {
            salt.Span.CopyTo(messages.AsSpan(lane * padded));
            Sha256Lanes.Pad(messages.AsSpan((lane * padded) + length, padded - length), length);
        }
        return messages;
    }

    private void Digest(ReadOnlySpan<byte> block, byte[] salted, Span<byte> digest)
    {
        if (salt.Length == 0)
        {
            SHA256.HashData(block, digest);
            return;
        }
        block.CopyTo(salted.AsSpan(salt.Length));
        SHA256.HashData(salted, digest);
    }
}
