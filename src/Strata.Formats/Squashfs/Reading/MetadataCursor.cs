using System.Buffers.Binary;

namespace Strata.Formats.Squashfs.Reading;

/// <summary>Reads metadata in order, across blocks.</summary>
internal struct MetadataCursor(MetadataTable table, int index, int offset)
{
    private int _index = index;
    private int _offset = offset;

    /// <summary>Plain bytes read so far.</summary>
    public long Consumed { get; private set; }

    /// <summary>Block the next byte is in, and offset in it; the offset can be the block's length when nothing was read beyond it.</summary>
    public readonly (int Index, int Offset) Position => _offset == SquashfsFormat.MetadataBlockSize ? (_index + 1, 0) : (_index, _offset);

    /// <summary>An error where the cursor stands.</summary>
    public readonly Core.ImageFormatException Broken(string problem) => table.Broken(table.PositionOf(Math.Min(_index, table.Count - 1)), problem);

    /// <summary>Fills <paramref name="room"/>.</summary>
    /// <exception cref="Core.ImageFormatException">The table ends before that.</exception>
    public void Read(Span<byte> room)
    {
        while (room.Length > 0)
        {
            if (_index >= table.Count)
            {
                throw Broken($"{room.Length} more bytes are needed behind the end of the table");
            }
            ReadOnlySpan<byte> block = table.ReadBlock(_index);
            if (_offset > block.Length)
            {
                throw Broken($"offset {_offset} is beyond the {block.Length} plain bytes of the block");
            }
            int part = Math.Min(room.Length, block.Length - _offset);
            block.Slice(_offset, part).CopyTo(room);
            room = room[part..];
            _offset += part;
            Consumed += part;
            if (room.Length > 0)
            {
                (_index, _offset) = (_index + 1, 0);
            }
        }
    }

    /// <summary>Next 16 bits.</summary>
    public ushort U16()
    {
        Span<byte> field = stackalloc byte[sizeof(ushort)];
        Read(field);
        return BinaryPrimitives.ReadUInt16LittleEndian(field);
    }

    /// <summary>Next 32 bits.</summary>
    public uint U32()
    {
        Span<byte> field = stackalloc byte[sizeof(uint)];
        Read(field);
        return BinaryPrimitives.ReadUInt32LittleEndian(field);
    }

    /// <summary>Next 64 bits.</summary>
    public ulong U64()
    {
        Span<byte> field = stackalloc byte[sizeof(ulong)];
        Read(field);
        return BinaryPrimitives.ReadUInt64LittleEndian(field);
    }
}
