using System.Buffers.Binary;
using Strata.Core;
using Strata.Formats.Squashfs.Codecs;

namespace Strata.Formats.Squashfs.Reading;

/// <summary>A table read by number: metadata blocks, then a list of their positions.</summary>
internal sealed class LookupTable
{
    private readonly MetadataTable _blocks;
    private readonly long _count;
    private readonly int _entrySize;

    /// <summary>Reads and checks the list.</summary>
    /// <param name="image">The image.</param>
    /// <param name="decoder">For its metadata.</param>
    /// <param name="name">In errors.</param>
    /// <param name="list">Position of the list.</param>
    /// <param name="listEnd">Where the list has to end, because the next table starts there (Linux checks the same).</param>
    /// <param name="count">Number of entries, at least 1.</param>
    /// <param name="entrySize">Bytes of an entry, a divisor of 8,192.</param>
    /// <param name="maxBytes">Limit of the stored bytes.</param>
    /// <param name="blocksEnd">Where the metadata blocks end, when that is not the list.</param>
    public LookupTable(
        ImageBytes image, IBlockDecoder decoder, string name, long list, long listEnd, long count, int entrySize, int maxBytes, long? blocksEnd = null)
    {
        (_count, _entrySize) = (count, entrySize);
        int perBlock = SquashfsFormat.MetadataBlockSize / entrySize;
        long blocks = (count + perBlock - 1) / perBlock;
        if (listEnd - list != blocks * sizeof(ulong))
        {
            throw new ImageFormatException(
                $"squashfs {name}", list, $"{count} entries need a list of {blocks * sizeof(ulong)} bytes, there are {listEnd - list} to the next table");
        }
        Span<byte> field = stackalloc byte[sizeof(ulong)];
        image.Read(list, field, name);
        First = BinaryPrimitives.ReadInt64LittleEndian(field);
        _blocks = new MetadataTable(image, decoder, name, First, blocksEnd ?? list, maxBytes);
        if (_blocks.Count != blocks)
        {
            throw new ImageFormatException($"squashfs {name}", First, $"there are {_blocks.Count} blocks, the list has {blocks}");
        }
        for (int i = 1; i < _blocks.Count; i++)
        {
            image.Read(list + ((long)i * sizeof(ulong)), field, name);
            if (BinaryPrimitives.ReadInt64LittleEndian(field) != _blocks.PositionOf(i))
            {
                throw new ImageFormatException($"squashfs {name}", list, $"entry {i} of the list does not point to block {i}");
            }
        }
    }

    /// <summary>Position of the first metadata block.</summary>
    public long First { get; }

    /// <summary>Bytes of an entry.</summary>
    public ReadOnlySpan<byte> this[long number]
    {
        get
        {
            if (number < 0 || number >= _count)
            {
                throw _blocks.Broken(First, $"entry {number} is outside 0..{_count - 1}");
            }
            int perBlock = SquashfsFormat.MetadataBlockSize / _entrySize;
            ReadOnlySpan<byte> block = _blocks.ReadBlock((int)(number / perBlock));
            int offset = (int)(number % perBlock) * _entrySize;
            return offset + _entrySize <= block.Length
                ? block.Slice(offset, _entrySize)
                : throw _blocks.Broken(First, $"entry {number} lies behind the {block.Length} plain bytes of its block");
        }
    }
}
