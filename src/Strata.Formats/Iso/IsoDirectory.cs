using System.Buffers.Binary;
using System.Text;

namespace Strata.Formats.Iso;

/// <summary>A directory of the volume, or a file in it.</summary>
internal sealed class IsoNode
{
    /// <summary>Name as the person gave it; empty for the root.</summary>
    public required string Name { get; init; }

    /// <summary>The file; null for a directory.</summary>
    public IsoFile? File { get; init; }

    /// <summary>Children of a directory.</summary>
    public List<IsoNode> Children { get; } = [];

    /// <summary>The directory that has it; the root has itself.</summary>
    public IsoNode Parent { get; set; } = null!;

    /// <summary>Short name, in the form of a file identifier.</summary>
    public string ShortName { get; set; } = "";

    /// <summary>First block.</summary>
    public long Block { get; set; }

    /// <summary>Bytes of a directory, whole blocks.</summary>
    public long DirectoryBytes { get; set; }

    /// <summary>Directories among the children; known once they are arranged.</summary>
    public int DirectoryCount { get; private set; }

    /// <summary>Number in the path table, from 1.</summary>
    public int Number { get; set; }

    public bool IsDirectory => File is null;

    /// <summary>Identifier as it is recorded; the root's is a zero.</summary>
    public byte[] Identifier => Name.Length == 0 ? [0] : Encoding.ASCII.GetBytes(ShortName);

    /// <summary>Gives the children their short names and puts them into the order of these (§9.3).</summary>
    public void Arrange()
    {
        Children.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name)); // whose short name gets a number must not depend on who came first
        string[] names = IsoNames.Short([.. Children.Select(c => (c.Name, c.IsDirectory))]);
        for (int i = 0; i < names.Length; i++)
        {
            Children[i].ShortName = names[i];
        }
        Children.Sort((a, b) => IsoNames.Compare(a.ShortName, b.ShortName));
        DirectoryCount = Children.Count(c => c.IsDirectory);
    }
}

/// <summary>Directory records (§9.1) with the fields of Rock Ridge (SUSP 1.12, RRIP 1.10) behind them.</summary>
internal static class IsoDirectory
{
    private static class At // byte offsets in a record
    {
        public const int Length = 0;            // u8, of the record
        public const int Block = 2;             // both-endian u32
        public const int Size = 10;             // both-endian u32
        public const int Time = 18;             // 7 bytes
        public const int Flags = 25;            // u8: 2 for a directory
        public const int Volume = 28;           // both-endian u16, 1
        public const int IdentifierLength = 32; // u8
        public const int Identifier = 33;
    }

    private const byte IsDirectoryFlag = 2;
    private const int DirectoryMode = 0x416D; // S_IFDIR, 0555: nothing can be written there
    private const int FileMode = 0x8124;      // S_IFREG, 0444

    /// <summary>Bytes of a directory, whole blocks.</summary>
    public static long SizeOf(IsoNode directory)
    {
        long position = 0;
        foreach (int length in Records(directory).Select(r => LengthOf(r.Node, r.Kind)))
        {
            position = Place(position, length) + length;
        }
        return IsoFormat.Blocks(position) * IsoFormat.BlockSize;
    }

    /// <summary>The bytes of a directory.</summary>
    public static byte[] Write(IsoNode directory, DateTimeOffset time)
    {
        byte[] area = new byte[directory.DirectoryBytes];
        long position = 0;
        foreach ((IsoNode node, RecordKind kind) in Records(directory))
        {
            int length = LengthOf(node, kind);
            position = Place(position, length);
            WriteRecord(area.AsSpan((int)position, length), node, kind, time);
            position += length;
        }
        return area;
    }

    /// <summary>Fills the record of a root directory in a volume descriptor: 34 bytes, without Rock Ridge.</summary>
    public static void WriteRoot(Span<byte> record, IsoNode root, DateTimeOffset time) => WriteBase(record[..34], root, [0], time);

    private enum RecordKind
    {
        Self,
        Parent,
        Child,
    }

    private static IEnumerable<(IsoNode Node, RecordKind Kind)> Records(IsoNode directory) =>
        directory.Children.Select(c => (c, RecordKind.Child))
            .Prepend((directory.Parent, RecordKind.Parent)).Prepend((directory, RecordKind.Self));

    /// <summary>§6.8.1.1: no record reaches over the end of a block.</summary>
    private static long Place(long position, int length)
    {
        long left = IsoFormat.BlockSize - (position % IsoFormat.BlockSize);
        return length > left ? position + left : position;
    }

    private static int LengthOf(IsoNode node, RecordKind kind)
    {
        int identifier = kind == RecordKind.Child ? node.Identifier.Length : 1;
        return Even(Even(At.Identifier + identifier) + RockRidge(node, kind).Length);
    }

    private static int Even(int length) => length + (length & 1);

    private static void WriteRecord(Span<byte> record, IsoNode node, RecordKind kind, DateTimeOffset time)
    {
        byte[] identifier = kind switch { RecordKind.Self => [0], RecordKind.Parent => [1], _ => node.Identifier };
        WriteBase(record, node, identifier, time);
        RockRidge(node, kind).CopyTo(record[Even(At.Identifier + identifier.Length)..]);
    }

    private static void WriteBase(Span<byte> record, IsoNode node, byte[] identifier, DateTimeOffset time)
    {
        record.Clear();
        record[At.Length] = checked((byte)record.Length);
        IsoFormat.Both32(record[At.Block..], node.Block);
        IsoFormat.Both32(record[At.Size..], node.File?.Length ?? node.DirectoryBytes);
        DateTime utc = time.UtcDateTime;
        ReadOnlySpan<byte> when = [(byte)(utc.Year - 1900), (byte)utc.Month, (byte)utc.Day, (byte)utc.Hour, (byte)utc.Minute, (byte)utc.Second, 0]; // §9.1.5
        when.CopyTo(record[At.Time..]);
        record[At.Flags] = node.IsDirectory ? IsDirectoryFlag : (byte)0;
        IsoFormat.Both16(record[At.Volume..], 1);
        record[At.IdentifierLength] = (byte)identifier.Length;
        identifier.CopyTo(record[At.Identifier..]);
    }

    /// <summary>The System Use fields of a record: what says that Rock Ridge is there (root only), mode, name.</summary>
    private static byte[] RockRidge(IsoNode node, RecordKind kind)
    {
        List<byte> fields = [];
        if (kind == RecordKind.Self && node.Name.Length == 0)
        {
            fields.AddRange([.. "SP"u8, 7, 1, 0xBE, 0xEF, 0]); // SUSP §5.3
            ReadOnlySpan<byte> id = "RRIP_1991A"u8;
            fields.AddRange([.. "ER"u8, (byte)(8 + id.Length), 1, (byte)id.Length, 0, 0, 1, .. id]); // SUSP §5.5, without the two texts for people
        }
        if (kind == RecordKind.Child)
        {
            byte[] name = Encoding.UTF8.GetBytes(node.Name);
            fields.AddRange([.. "NM"u8, (byte)(5 + name.Length), 1, 0, .. name]); // RRIP §4.1.4
        }
        byte[] posix = new byte[36]; // RRIP §4.1.1: mode, links, owner 0, group 0
        "PX"u8.CopyTo(posix);
        (posix[2], posix[3]) = ((byte)posix.Length, 1);
        IsoFormat.Both32(posix.AsSpan(4), node.IsDirectory ? DirectoryMode : FileMode);
        IsoFormat.Both32(posix.AsSpan(12), node.IsDirectory ? 2 + node.DirectoryCount : 1);
        return [.. fields, .. posix];
    }
}

/// <summary>Path tables (§9.4): every directory by level, then by parent, then by name.</summary>
internal static class IsoPathTable
{
    /// <summary>Numbers the directories and returns them in the order of the table.</summary>
    public static IReadOnlyList<IsoNode> Order(IsoNode root)
    {
        List<IsoNode> order = [root];
        for (int i = 0; i < order.Count; i++)
        {
            order[i].Number = i + 1;
            order.AddRange(order[i].Children.Where(c => c.IsDirectory));
        }
        return order;
    }

    /// <summary>Bytes of a table.</summary>
    public static int SizeOf(IEnumerable<IsoNode> order) => order.Sum(d => LengthOf(d.Identifier));

    /// <summary>The table in one of the two byte orders, whole blocks.</summary>
    public static byte[] Write(IReadOnlyList<IsoNode> order, bool bigEndian)
    {
        byte[] table = new byte[IsoFormat.Blocks(SizeOf(order)) * IsoFormat.BlockSize];
        int position = 0;
        foreach (IsoNode directory in order)
        {
            byte[] identifier = directory.Identifier;
            Span<byte> entry = table.AsSpan(position, LengthOf(identifier));
            entry[0] = (byte)identifier.Length;
            uint block = checked((uint)directory.Block);
            ushort parent = (ushort)directory.Parent.Number;
            if (bigEndian)
            {
                BinaryPrimitives.WriteUInt32BigEndian(entry[2..], block);
                BinaryPrimitives.WriteUInt16BigEndian(entry[6..], parent);
            }
            else
            {
                BinaryPrimitives.WriteUInt32LittleEndian(entry[2..], block);
                BinaryPrimitives.WriteUInt16LittleEndian(entry[6..], parent);
            }
            identifier.CopyTo(entry[8..]);
            position += entry.Length;
        }
        return table;
    }

    private static int LengthOf(byte[] identifier) => 8 + identifier.Length + (identifier.Length & 1);
}
