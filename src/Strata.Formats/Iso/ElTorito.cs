using System.Buffers.Binary;

namespace Strata.Formats.Iso;

/// <summary>A boot image of a CD that firmware starts without emulating a disk.</summary>
/// <param name="Platform">For which firmware: 0 BIOS of a PC, 0xEF UEFI (UEFI 2.10 §13.3.2.1).</param>
/// <param name="Block">First block.</param>
/// <param name="Sectors">Sectors of 512 bytes to load.</param>
internal sealed record ElToritoEntry(byte Platform, long Block, int Sectors);

/// <summary>The boot catalog ("El Torito" Bootable CD-ROM Format Specification 1.0, §2) and what ISOLINUX is told of its place.</summary>
internal static class ElTorito
{
    /// <summary>Platform of PCs with a BIOS.</summary>
    public const byte Bios = 0;

    /// <summary>Platform of UEFI firmware.</summary>
    public const byte Uefi = 0xEF;

    /// <summary>What a BIOS loads of ISOLINUX: four sectors of 512 bytes, one block; it reads the rest itself.</summary>
    public const int LoaderSectors = 4;

    /// <summary>End of the table that the loader carries, and of the part that is not summed.</summary>
    public const int InfoTableEnd = 64;

    private const int EntrySize = 32;
    private const int InfoTableAt = 8;
    private const byte Bootable = 0x88;
    private const byte LastHeader = 0x91;

    /// <summary>The catalog, one block: the first entry is the default, the others get a section each.</summary>
    public static byte[] Catalog(IReadOnlyList<ElToritoEntry> entries)
    {
        byte[] catalog = new byte[IsoFormat.BlockSize];
        Span<byte> validation = catalog.AsSpan(0, EntrySize);
        validation[0] = 1;
        validation[1] = entries[0].Platform;
        (validation[30], validation[31]) = (0x55, 0xAA);
        int sum = 0;
        for (int i = 0; i < EntrySize; i += 2)
        {
            sum += BinaryPrimitives.ReadUInt16LittleEndian(validation[i..]);
        }
        BinaryPrimitives.WriteUInt16LittleEndian(validation[28..], (ushort)(-sum & 0xFFFF)); // all words add up to zero
        WriteEntry(catalog.AsSpan(EntrySize), entries[0]);
        for (int i = 1; i < entries.Count; i++)
        {
            Span<byte> header = catalog.AsSpan(EntrySize * 2 * i, EntrySize);
            header[0] = i == entries.Count - 1 ? LastHeader : (byte)(LastHeader - 1);
            header[1] = entries[i].Platform;
            header[2] = 1; // entries that follow
            WriteEntry(catalog.AsSpan(EntrySize * ((2 * i) + 1)), entries[i]);
        }
        return catalog;
    }

    /// <summary>
    /// Sectors that the entry of an EFI system partition names: UEFI takes 0 for "to the end of the medium", the way out when 16 bits do not
    /// suffice (UEFI 2.10 §13.3.2.1).
    /// </summary>
    public static int SectorsOf(long bytes) => (bytes + 511) / 512 is long sectors && sectors <= ushort.MaxValue ? (int)sectors : 0;

    /// <summary>Writes the boot info table into a copy of ISOLINUX: where the volume and the loader itself lie, and its length and sum.</summary>
    public static byte[] WithInfoTable(ReadOnlySpan<byte> loader, long block)
    {
        byte[] patched = loader.ToArray();
        Span<byte> table = patched.AsSpan(InfoTableAt, InfoTableEnd - InfoTableAt);
        table.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(table, IsoFormat.SystemBlocks);
        BinaryPrimitives.WriteUInt32LittleEndian(table[4..], checked((uint)block));
        BinaryPrimitives.WriteUInt32LittleEndian(table[8..], (uint)patched.Length);
        uint sum = 0;
        Span<byte> word = stackalloc byte[4];
        for (int i = InfoTableEnd; i < patched.Length; i += 4)
        {
            word.Clear();
            patched.AsSpan(i, Math.Min(4, patched.Length - i)).CopyTo(word);
            sum = unchecked(sum + BinaryPrimitives.ReadUInt32LittleEndian(word));
        }
        BinaryPrimitives.WriteUInt32LittleEndian(table[12..], sum);
        return patched;
    }

    private static void WriteEntry(Span<byte> entry, ElToritoEntry of)
    {
        entry[0] = Bootable; // no emulation, default segment
        BinaryPrimitives.WriteUInt16LittleEndian(entry[6..], (ushort)of.Sectors);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[8..], checked((uint)of.Block));
    }
}
