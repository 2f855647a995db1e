using System.Buffers.Binary;
using System.Text;

namespace Strata.Formats.Iso;

/// <summary>What all parts of an ISO 9660 volume share (ECMA-119, 4th edition; sections of it are cited by number).</summary>
/// <remarks>
/// One volume, one session, logical blocks of 2048 bytes. Every file lies in one piece. Names are kept twice: short ones of level 2, which Windows
/// shows, and those of Rock Ridge (RRIP 1.10), which Linux shows. Not supported: files of 4 GiB and more, links, owners, relocated directories, Joliet.
/// </remarks>
internal static class IsoFormat
{
    /// <summary>Bytes of a logical block, that of a CD.</summary>
    public const int BlockSize = 2048;

    /// <summary>Blocks before the first volume descriptor (§6.2.1): the system area.</summary>
    public const int SystemBlocks = 16;

    /// <summary>Levels of directories with the root (§6.8.2.1).</summary>
    public const int MaxDepth = 8;

    /// <summary>Longest file: its length has 32 bits, and its last block must end below 4 GiB too.</summary>
    public const long MaxFileBytes = uint.MaxValue / BlockSize * (long)BlockSize;

    /// <summary>Most directories: numbers of parents in the path table have 16 bits (§9.4.4).</summary>
    public const int MaxDirectories = ushort.MaxValue;

    /// <summary>Blocks for so many bytes.</summary>
    public static long Blocks(long bytes) => (bytes + BlockSize - 1) / BlockSize;

    /// <summary>A 16-bit number recorded twice, little-endian first (§7.2.3).</summary>
    public static void Both16(Span<byte> field, int value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(field, checked((ushort)value));
        BinaryPrimitives.WriteUInt16BigEndian(field[2..], checked((ushort)value));
    }

    /// <summary>A 32-bit number recorded twice, little-endian first (§7.3.3).</summary>
    public static void Both32(Span<byte> field, long value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(field, checked((uint)value));
        BinaryPrimitives.WriteUInt32BigEndian(field[4..], checked((uint)value));
    }

    /// <summary>A text in ASCII, padded with spaces.</summary>
    public static void Text(Span<byte> field, string text)
    {
        field.Fill((byte)' ');
        Encoding.ASCII.GetBytes(text, field);
    }
}
