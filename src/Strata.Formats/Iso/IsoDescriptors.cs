using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Strata.Formats.Iso;

/// <summary>Where the directories and their path tables lie.</summary>
/// <param name="Root">The root directory.</param>
/// <param name="PathTableBytes">Bytes of a path table.</param>
/// <param name="LittleTable">Block of the one in little-endian.</param>
/// <param name="BigTable">Block of the one in big-endian.</param>
internal sealed record IsoHierarchy(IsoNode Root, int PathTableBytes, long LittleTable, long BigTable);

/// <summary>Volume descriptors (§8), a block each.</summary>
internal static class IsoDescriptors
{
    private static class At // byte offsets in the primary descriptor (§8.4)
    {
        public const int System = 8;         // 32 characters
        public const int Label = 40;         // 32 characters
        public const int Blocks = 80;        // both-endian u32
        public const int SetSize = 120;      // both-endian u16, 1
        public const int Number = 124;       // both-endian u16, 1
        public const int BlockSize = 128;    // both-endian u16
        public const int TableSize = 132;    // both-endian u32
        public const int LittleTable = 140;  // u32 little-endian
        public const int BigTable = 148;     // u32 big-endian
        public const int Root = 156;         // record of 34 bytes
        public const int Set = 190;          // 128 characters
        public const int Publisher = 318;    // 128 characters
        public const int Preparer = 446;     // 128 characters
        public const int Application = 574;  // 128 characters
        public const int Copyright = 702;    // three names of 37 characters
        public const int Created = 813;      // 17 bytes
        public const int Modified = 830;     // 17 bytes
        public const int Expires = 847;      // 17 bytes
        public const int Effective = 864;    // 17 bytes
        public const int Version = 881;      // u8, 1
    }

    private const byte BootRecordType = 0;
    private const byte PrimaryType = 1;
    private const byte TerminatorType = 255;

    /// <summary>The primary descriptor.</summary>
    public static byte[] Volume(IsoConfig config, long blocks, IsoHierarchy hierarchy)
    {
        byte[] block = Begin(PrimaryType);
        Span<byte> all = block;
        IsoFormat.Text(all.Slice(At.System, 32), "");
        IsoFormat.Text(all.Slice(At.Label, 32), config.Label);
        IsoFormat.Both32(all[At.Blocks..], blocks);
        IsoFormat.Both16(all[At.SetSize..], 1);
        IsoFormat.Both16(all[At.Number..], 1);
        IsoFormat.Both16(all[At.BlockSize..], IsoFormat.BlockSize);
        IsoFormat.Both32(all[At.TableSize..], hierarchy.PathTableBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(all[At.LittleTable..], checked((uint)hierarchy.LittleTable));
        BinaryPrimitives.WriteUInt32BigEndian(all[At.BigTable..], checked((uint)hierarchy.BigTable));
        IsoDirectory.WriteRoot(all[At.Root..], hierarchy.Root, config.Time);
        foreach (int text in (ReadOnlySpan<int>)[At.Set, At.Publisher, At.Preparer])
        {
            IsoFormat.Text(all.Slice(text, 128), "");
        }
        IsoFormat.Text(all.Slice(At.Application, 128), config.Application);
        for (int name = 0; name < 3; name++)
        {
            IsoFormat.Text(all.Slice(At.Copyright + (37 * name), 37), "");
        }
        WriteTime(all[At.Created..], config.Time);
        WriteTime(all[At.Modified..], config.Time);
        WriteTime(all[At.Expires..], null);
        WriteTime(all[At.Effective..], config.Time);
        all[At.Version] = 1;
        return block;
    }

    /// <summary>The boot record that leads to the boot catalog (El Torito 1.0, figure 7).</summary>
    public static byte[] BootRecord(long catalog)
    {
        byte[] block = Begin(BootRecordType);
        "EL TORITO SPECIFICATION"u8.CopyTo(block.AsSpan(7));
        BinaryPrimitives.WriteUInt32LittleEndian(block.AsSpan(0x47), checked((uint)catalog));
        return block;
    }

    /// <summary>The end of the descriptors (§8.3).</summary>
    public static byte[] Terminator() => Begin(TerminatorType);

    private static byte[] Begin(byte type)
    {
        byte[] block = new byte[IsoFormat.BlockSize];
        block[0] = type;
        "CD001"u8.CopyTo(block.AsSpan(1));
        block[6] = 1;
        return block;
    }

    /// <summary>§8.4.26.1: sixteen digits and the offset from UTC; all zeros for no time.</summary>
    private static void WriteTime(Span<byte> field, DateTimeOffset? time)
    {
        string digits = time is DateTimeOffset given ? given.UtcDateTime.ToString("yyyyMMddHHmmss00", CultureInfo.InvariantCulture) : new string('0', 16);
        Encoding.ASCII.GetBytes(digits, field);
        field[16] = 0;
    }
}
