using System.Buffers.Binary;
using Strata.Core;
using Strata.Formats.Squashfs.Codecs;

namespace Strata.Formats.Squashfs.Reading;

/// <summary>Parses sets of extended attributes.</summary>
internal sealed class XattrReader
{
    private const int HeaderSize = 16;
    private const int OutOfLine = 0x100; // the value is a reference to one stored elsewhere

    private readonly MetadataTable _pairs;
    private readonly LookupTable _sets;
    private readonly int _maxBytes;

    /// <summary>Reads the header that the superblock points to.</summary>
    public XattrReader(ImageBytes image, IBlockDecoder decoder, long header, SquashfsLimits limits)
    {
        Span<byte> bytes = stackalloc byte[HeaderSize];
        image.Read(header, bytes, "attribute table");
        First = BinaryPrimitives.ReadInt64LittleEndian(bytes);
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);
        if (count == 0)
        {
            throw new ImageFormatException("squashfs attribute table", header, "it has no sets");
        }
        _sets = new LookupTable(
            image, decoder, "attribute table", header + HeaderSize, image.Length, count, SquashfsFormat.XattrIdSize, limits.MaxTableBytes, header);
        _pairs = new MetadataTable(image, decoder, "attributes", First, _sets.First, limits.MaxTableBytes);
        _maxBytes = limits.MaxXattrBytes;
    }

    /// <summary>Position of the first block with names and values.</summary>
    public long First { get; }

    /// <summary>A set by number, in the order stored.</summary>
    public List<(string Name, ReadOnlyMemory<byte> Value)> Read(uint number)
    {
        ReadOnlySpan<byte> set = _sets[number];
        ulong reference = BinaryPrimitives.ReadUInt64LittleEndian(set);
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(set[8..]);
        MetadataCursor cursor = _pairs.At(reference);
        List<(string, ReadOnlyMemory<byte>)> attributes = [];
        long bytes = 0;
        for (uint i = 0; i < count; i++)
        {
            ushort type = cursor.U16();
            ushort nameLength = cursor.U16();
            if (!XattrNames.TryGetPrefix(type & ~OutOfLine, out string? prefix) || nameLength is 0 or > GuestPath.MaxNameLength)
            {
                throw cursor.Broken($"an attribute of type 0x{type:x} with {nameLength} bytes of name is not possible");
            }
            byte[] name = new byte[nameLength];
            cursor.Read(name);
            string text = prefix + InodeReader.Text(ref cursor, name, "name of an attribute");
            byte[] value = (type & OutOfLine) == 0 ? ReadValue(ref cursor) : ReadOutOfLine(ref cursor);
            bytes += text.Length + value.Length;
            if (bytes > _maxBytes)
            {
                throw cursor.Broken($"attribute set {number} has more than the limit of {_maxBytes} bytes");
            }
            attributes.Add((text, value));
        }
        return attributes;
    }

    private static byte[] ReadValue(ref MetadataCursor cursor)
    {
        uint length = cursor.U32();
        if (length > SquashfsFormat.MaxXattrValue)
        {
            throw cursor.Broken($"an attribute has a value of {length} bytes, allowed are {SquashfsFormat.MaxXattrValue}");
        }
        byte[] value = new byte[length];
        cursor.Read(value);
        return value;
    }

    private byte[] ReadOutOfLine(ref MetadataCursor cursor)
    {
        uint length = cursor.U32();
        if (length != sizeof(ulong))
        {
            throw cursor.Broken($"a reference to an attribute's value has {length} bytes, expected {sizeof(ulong)}");
        }
        MetadataCursor elsewhere = _pairs.At(cursor.U64());
        return ReadValue(ref elsewhere);
    }
}
