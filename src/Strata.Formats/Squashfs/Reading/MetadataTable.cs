using System.Buffers.Binary;
using Strata.Core;
using Strata.Formats.Squashfs.Codecs;

namespace Strata.Formats.Squashfs.Reading;

/// <summary>Metadata blocks side by side between two positions of an image.</summary>
/// <remarks>The chain of headers is walked at once, so references can be checked against real block starts and plain sizes are bounded.</remarks>
internal sealed class MetadataTable
{
    private const int CachedBlocks = 64;
    private const int HeaderSize = sizeof(ushort);

    /// <summary>No compressor makes 8 KiB of metadata from less; shorter blocks are allowed at the end only.</summary>
    private const int LeastFullBlock = 8;

    private readonly ImageBytes _image;
    private readonly IBlockDecoder _decoder;
    private readonly long _start;
    private readonly List<int> _starts = []; // relative to _start
    private readonly Dictionary<int, byte[]> _cache = [];
    private readonly Queue<int> _cacheOrder = [];

    /// <summary>Walks the chain.</summary>
    /// <exception cref="ImageFormatException">The blocks do not end exactly at <paramref name="end"/>.</exception>
    public MetadataTable(ImageBytes image, IBlockDecoder decoder, string name, long start, long end, int maxBytes)
    {
        (_image, _decoder, Name, _start) = (image, decoder, name, start);
        if (start < 0 || end < start || end > image.Length)
        {
            throw Broken(start, $"it would go from {start} to {end} in an image of {image.Length} bytes");
        }
        if (end - start > maxBytes)
        {
            throw Broken(start, $"it has {end - start} bytes, more than the limit of {maxBytes}");
        }
        long position = start;
        while (position < end)
        {
            _starts.Add((int)(position - start));
            int length = ReadHeader(position).Length;
            position += HeaderSize + length;
            if (position > end || (position < end && length < LeastFullBlock))
            {
                throw Broken(position, $"a block of {length} bytes does not fit before the end at {end}");
            }
        }
    }

    /// <summary>Name in errors.</summary>
    public string Name { get; }

    /// <summary>Number of blocks.</summary>
    public int Count => _starts.Count;

    /// <summary>Upper bound of the plain bytes.</summary>
    public long MaxPlainLength => (long)Count * SquashfsFormat.MetadataBlockSize;

    /// <summary>Position in the image of a block.</summary>
    public long PositionOf(int index) => _start + _starts[index];

    /// <summary>An error at a place of this table.</summary>
    public ImageFormatException Broken(long position, string problem) => new($"squashfs {Name}", position, problem);

    /// <summary>Reads on from a block and an offset in it.</summary>
    /// <param name="blockStart">Start of the block relative to the table.</param>
    /// <param name="offset">Plain offset, 0 … 8,191.</param>
    /// <exception cref="ImageFormatException">No block starts there.</exception>
    public MetadataCursor At(long blockStart, int offset)
    {
        int index = blockStart is >= 0 and <= int.MaxValue ? _starts.BinarySearch((int)blockStart) : -1;
        return index >= 0 && offset is >= 0 and < SquashfsFormat.MetadataBlockSize
            ? new MetadataCursor(this, index, offset)
            : throw Broken(_start, $"a reference points to offset {offset} of a block at {blockStart}, and no block starts there");
    }

    /// <summary>Reads on from a reference: block start shifted left by 16, plus offset.</summary>
    public MetadataCursor At(ulong reference) => At((long)(reference >> 16), (int)(reference & 0xFFFF));

    /// <summary>Plain bytes of a block.</summary>
    public ReadOnlySpan<byte> ReadBlock(int index)
    {
        if (!_cache.TryGetValue(index, out byte[]? plain))
        {
            plain = Decode(index);
            if (_cacheOrder.Count == CachedBlocks)
            {
                _cache.Remove(_cacheOrder.Dequeue());
            }
            _cache.Add(index, plain);
            _cacheOrder.Enqueue(index);
        }
        return plain;
    }

    private byte[] Decode(int index)
    {
        long position = PositionOf(index);
        (int length, bool isCompressed) = ReadHeader(position);
        byte[] stored = new byte[length];
        _image.Read(position + HeaderSize, stored, Name);
        byte[] plain = stored;
        if (isCompressed)
        {
            byte[] room = new byte[SquashfsFormat.MetadataBlockSize];
            int plainLength = _decoder.Decode(stored, room);
            if (plainLength <= 0)
            {
                throw Broken(position, $"a metadata block of {length} bytes cannot be decompressed");
            }
            plain = plainLength == room.Length ? room : room[..plainLength];
        }
        if (index < Count - 1 && plain.Length != SquashfsFormat.MetadataBlockSize)
        {
            throw Broken(position, $"a block that is not the last has {plain.Length} plain bytes, expected {SquashfsFormat.MetadataBlockSize}");
        }
        return plain;
    }

    private (int Length, bool IsCompressed) ReadHeader(long position)
    {
        Span<byte> header = stackalloc byte[HeaderSize];
        _image.Read(position, header, Name);
        ushort word = BinaryPrimitives.ReadUInt16LittleEndian(header);
        int length = word & ~SquashfsFormat.MetadataUncompressed;
        return length is > 0 and <= SquashfsFormat.MetadataBlockSize
            ? (length, (word & SquashfsFormat.MetadataUncompressed) == 0)
            : throw Broken(position, $"a metadata block has {length} stored bytes, allowed are 1 to {SquashfsFormat.MetadataBlockSize}");
    }
}
