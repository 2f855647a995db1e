namespace Strata.Formats.Squashfs.Writing;

/// <summary>Collects tails of files into fragment blocks, in the order they come.</summary>
internal sealed class FragmentPacker(BlockPipeline pipeline, int blockSize) : IBlockOwner
{
    private readonly List<(long Offset, uint SizeWord)> _placed = [];
    private byte[]? _open;
    private int _filled;
    private uint _number;

    /// <summary>Position and size word of every fragment block; complete when the pipeline is.</summary>
    public IReadOnlyList<(long Offset, uint SizeWord)> Placed => _placed;

    /// <summary>Room for a tail; the caller fills it before the next call.</summary>
    /// <param name="length">1 byte … block size - 1.</param>
    public async ValueTask<(uint Number, int Offset, Memory<byte> Room)> AddAsync(int length)
    {
        if (_filled + length > blockSize)
        {
            Flush();
        }
        _open ??= await pipeline.RentAsync();
        int offset = _filled;
        _filled += length;
        return (_number, offset, _open.AsMemory(offset, length));
    }

    /// <summary>Ends the open block: what comes next must not share one with what came before.</summary>
    public void Flush()
    {
        if (_open is not null)
        {
            pipeline.Submit(_open, _filled, this, (int)_number);
            (_open, _filled) = (null, 0);
            _number++;
        }
    }

    /// <inheritdoc/>
    public void Place(int ordinal, long offset, uint sizeWord) => _placed.Add((offset, sizeWord));
}
