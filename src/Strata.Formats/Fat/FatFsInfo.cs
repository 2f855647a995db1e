using System.Buffers.Binary;
using Strata.Core;

namespace Strata.Formats.Fat;

/// <summary>FSInfo of FAT32: two hints that spare drivers a walk through the table (FAT §5).</summary>
/// <param name="FreeClusters">Number of free clusters; <see cref="Unknown"/> when not known.</param>
/// <param name="NextFree">Where to start looking for a free cluster; <see cref="Unknown"/> when not known.</param>
public readonly record struct FatFsInfo(uint FreeClusters, uint NextFree)
{
    private static class At // byte offsets
    {
        public const int LeadSignature = 0;     // u32
        public const int StructSignature = 484; // u32
        public const int FreeClusters = 488;    // u32
        public const int NextFree = 492;        // u32
        public const int TrailSignature = 508;  // u32
    }

    /// <summary>Value of a hint that is not known.</summary>
    public const uint Unknown = 0xFFFF_FFFF;

    private const uint Lead = 0x4161_5252;   // "RRaA"
    private const uint Struct = 0x6141_7272; // "rrAa"
    private const uint Trail = 0xAA55_0000;

    /// <summary>Fills one sector.</summary>
    public void WriteTo(Span<byte> sector)
    {
        sector.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(sector[At.LeadSignature..], Lead);
        BinaryPrimitives.WriteUInt32LittleEndian(sector[At.StructSignature..], Struct);
        BinaryPrimitives.WriteUInt32LittleEndian(sector[At.FreeClusters..], FreeClusters);
        BinaryPrimitives.WriteUInt32LittleEndian(sector[At.NextFree..], NextFree);
        BinaryPrimitives.WriteUInt32LittleEndian(sector[At.TrailSignature..], Trail);
    }

    /// <summary>Reads one sector.</summary>
    /// <exception cref="ImageFormatException">A signature is wrong.</exception>
    public static FatFsInfo Read(ReadOnlySpan<byte> sector, long offsetBytes)
    {
        foreach ((int at, uint expected) in ((int, uint)[])[(At.LeadSignature, Lead), (At.StructSignature, Struct), (At.TrailSignature, Trail)])
        {
            uint found = BinaryPrimitives.ReadUInt32LittleEndian(sector[at..]);
            if (found != expected)
            {
                throw new ImageFormatException("FAT FSInfo", offsetBytes + at, $"signature is 0x{found:x8}, expected 0x{expected:x8}");
            }
        }
        return new FatFsInfo(
            BinaryPrimitives.ReadUInt32LittleEndian(sector[At.FreeClusters..]),
            BinaryPrimitives.ReadUInt32LittleEndian(sector[At.NextFree..]));
    }
}
