using Strata.Core;
using Strata.Updates.Layers;

namespace Strata.Updates.Applying;

/// <summary>The pieces of an image: what is before its blocks, each block, what is behind them.</summary>
internal sealed class ImagePieces
{
    private readonly BlockIndex _index;
    private readonly long[] _offsets; // of each block, then of what is behind them

    /// <summary>Cuts.</summary>
    /// <param name="index">The blocks.</param>
    /// <param name="size">Bytes of the image.</param>
    /// <exception cref="ImageFormatException">The blocks do not fit into it.</exception>
    public ImagePieces(BlockIndex index, long size)
    {
        _index = index;
        _offsets = new long[index.Blocks.Count + 1];
        _offsets[0] = index.FirstOffset;
        for (int i = 0; i < index.Blocks.Count; i++)
        {
            _offsets[i + 1] = _offsets[i] + index.Blocks[i].StoredLength;
        }
        if (_offsets[^1] > size)
        {
            throw new ImageFormatException("block index", 24, $"its blocks end at byte {_offsets[^1]} of an image with {size} bytes");
        }
    }

    /// <summary>The block that has a byte; null outside of blocks.</summary>
    public int? BlockAt(long at)
    {
        if (at < _offsets[0] || at >= _offsets[^1])
        {
            return null;
        }
        int found = Array.BinarySearch(_offsets, at);
        return found >= 0 ? found : ~found - 1;
    }

    /// <summary>The last place at or before a given one from which the image can be written on: not within a block.</summary>
    public long BoundaryBefore(long at) => BlockAt(at) is int block ? _offsets[block] : at;

    /// <summary>A block.</summary>
    public IndexedBlock Block(int number) => _index.Blocks[number];

    /// <summary>Where it begins.</summary>
    public long OffsetOf(int number) => _offsets[number];

    /// <summary>Blocks that end at or before a place.</summary>
    public int CountBefore(long at)
    {
        int found = Array.BinarySearch(_offsets, at);
        return found >= 0 ? found : Math.Max(0, ~found - 1);
    }

    /// <summary>Where the bytes without digests of their own end that begin at a place: the first block, or the end of the image.</summary>
    public long EndOfRest(long at, long size) => at < _offsets[0] ? _offsets[0] : size;
}
