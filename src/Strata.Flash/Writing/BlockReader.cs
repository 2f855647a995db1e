namespace Strata.Flash.Writing;

/// <summary>Reads blocks ahead on a thread of its own, so that reading here and writing there take the time of the slower one.</summary>
/// <param name="length">Bytes of all blocks together.</param>
/// <param name="first">Where to begin: a multiple of the block size.</param>
/// <param name="read">Fills a block from a place.</param>
internal sealed class BlockReader(long length, long first, BlockReader.Fill read) : IDisposable
{
    /// <summary>What dd with <c>bs=4M</c> takes: more did not make a disk faster, less did make sticks slower.</summary>
    public const int BlockSize = 4 << 20;

    private const int Ahead = 3;

    private readonly Queue<AlignedBlock> _free = new([.. Enumerable.Range(0, Ahead).Select(_ => new AlignedBlock(BlockSize))]);
    private Task<(AlignedBlock Block, int Count)>? _next;
    private long _at = first;

    /// <summary>Fills a block with what lies at a place.</summary>
    public delegate void Fill(long offset, Span<byte> block);

    /// <summary>The next block, its place and its length; null after the last. It is ours until the next call.</summary>
    public (long Offset, AlignedBlock Block, int Count)? Next()
    {
        if (_at >= length)
        {
            return null;
        }
        (AlignedBlock block, int count) = (_next ?? Start(_at)).GetAwaiter().GetResult();
        long offset = _at;
        _at += count;
        _next = _at < length ? Start(_at) : null;
        return (offset, block, count);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            _next?.Wait(); // nobody may write into a block that is gone
        }
        catch (AggregateException)
        {
            // what it could not read nobody asks for any more
        }
    }

    private Task<(AlignedBlock Block, int Count)> Start(long offset)
    {
        AlignedBlock block = _free.Dequeue();
        _free.Enqueue(block);
        int count = (int)Math.Min(BlockSize, length - offset);
        return Task.Run(() =>
        {
            read(offset, block.Of(count));
            return (block, count);
        });
    }
}
