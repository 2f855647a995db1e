using System.Security.Cryptography;
using Strata.Core;

namespace Strata.Formats.Verity;

/// <summary>Hashes data block by block and builds the levels above, keeping one open hash block a level.</summary>
/// <param name="salt">Bytes before every block.</param>
/// <param name="dataBlocks">How many data blocks will come.</param>
/// <param name="store">Gets each full hash block: its number counted from the superblock, and its 4,096 bytes.</param>
internal sealed class VerityHasher(ReadOnlyMemory<byte> salt, long dataBlocks, Action<long, ReadOnlyMemory<byte>> store)
{
    /// <summary>Data blocks hashed in one parallel step: 1 MiB.</summary>
    public const int BlocksPerStep = 256;

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
        Parallel.For(0, parts, new ParallelOptions { MaxDegreeOfParallelism = threads }, part =>
        {
            byte[] salted = [.. salt.Span, .. new byte[VerityTree.BlockSize]];
            for (int i = part * blocks / parts; i < (part + 1) * blocks / parts; i++)
            {
                Digest(data.Span.Slice(i * VerityTree.BlockSize, VerityTree.BlockSize), salted, _digests.AsSpan(i * Sha256Digest.Size));
            }
        });
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
