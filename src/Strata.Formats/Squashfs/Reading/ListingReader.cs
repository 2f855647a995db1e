using Strata.Core;

namespace Strata.Formats.Squashfs.Reading;

/// <summary>One name in a directory.</summary>
/// <param name="Name">As text.</param>
/// <param name="Reference">Where its inode is.</param>
/// <param name="Number">Its inode's number.</param>
/// <param name="Kind">What it is.</param>
internal readonly record struct ListedName(string Name, ulong Reference, uint Number, SquashfsKind Kind);

/// <summary>Parses directory listings.</summary>
internal sealed class ListingReader(MetadataTable table)
{
    private long _consumed;

    /// <summary>Names of a directory, in the order of their bytes.</summary>
    /// <exception cref="ImageFormatException">The listing breaks a rule, or listings overlap.</exception>
    public List<ListedName> Read(ListingPlace place)
    {
        List<ListedName> names = [];
        if (place.Length == 0)
        {
            return names; // its position means nothing: there may be no block behind the last listing
        }
        _consumed += place.Length;
        MetadataCursor cursor = table.At(place.Block, place.Offset);
        if (_consumed > table.MaxPlainLength)
        {
            throw cursor.Broken("listings overlap: those read have more bytes than the table");
        }
        byte[] last = [];
        int indexed = 0;
        while (cursor.Consumed < place.Length)
        {
            uint at = (uint)cursor.Consumed;
            long block = BlockOf(cursor);
            byte[] first = ReadRun(ref cursor, place.Length, names, ref last);
            if (indexed < place.Index.Count && place.Index[indexed].ListingOffset == at)
            {
                (_, uint indexBlock, byte[] indexName) = place.Index[indexed];
                if (indexBlock != block || !indexName.AsSpan().SequenceEqual(first))
                {
                    throw cursor.Broken($"entry {indexed} of the directory index names another block or another first name");
                }
                indexed++;
            }
        }
        return indexed == place.Index.Count
            ? names
            : throw cursor.Broken($"entry {indexed} of the directory index points to offset {place.Index[indexed].ListingOffset}, where no header is");
    }

    private long BlockOf(MetadataCursor cursor)
    {
        int index = cursor.Position.Index;
        return index < table.Count ? table.PositionOf(index) - table.PositionOf(0) : -1;
    }

    /// <summary>Reads a header and its entries.</summary>
    /// <returns>The first name.</returns>
    private static byte[] ReadRun(ref MetadataCursor cursor, uint length, List<ListedName> names, ref byte[] last)
    {
        uint count = cursor.U32();
        if (count >= SquashfsFormat.MaxEntriesPerHeader)
        {
            throw cursor.Broken($"a directory header has {count + 1L} entries, allowed are {SquashfsFormat.MaxEntriesPerHeader}");
        }
        uint block = cursor.U32();
        uint number = cursor.U32();
        byte[] first = [];
        for (uint i = 0; i <= count; i++)
        {
            ushort offset = cursor.U16();
            long inodeNumber = number + (long)unchecked((short)cursor.U16());
            ushort type = cursor.U16();
            ushort nameLength = cursor.U16();
            if (type is < 1 or > 7 || nameLength >= GuestPath.MaxNameLength || inodeNumber is < 1 or > uint.MaxValue)
            {
                throw cursor.Broken($"a directory entry of type {type}, inode {inodeNumber} and {nameLength + 1} bytes of name is not possible");
            }
            byte[] name = new byte[nameLength + 1];
            cursor.Read(name);
            if (cursor.Consumed > length)
            {
                throw cursor.Broken($"an entry reaches behind the listing's {length} bytes");
            }
            if (last.AsSpan().SequenceCompareTo(name) >= 0)
            {
                throw cursor.Broken("names of a directory are not in the order of their bytes");
            }
            last = name;
            first = i == 0 ? name : first;
            string text = InodeReader.Text(ref cursor, name, "name of a directory entry");
            if (text is "." or ".." || text.Contains('/', StringComparison.Ordinal))
            {
                throw cursor.Broken($"'{text}' is no name of a directory entry");
            }
            names.Add(new ListedName(text, ((ulong)block << 16) | offset, (uint)inodeNumber, (SquashfsKind)type));
        }
        return first;
    }
}
