using System.Buffers.Binary;
using Strata.Core;

namespace Strata.Formats.Mbr;

/// <summary>One of the four primary partitions of an MBR (UEFI 2.10 §5.2.1, Table 5-2).</summary>
/// <param name="Type">System type: 0xEE protective, 0xEF EFI system, 0x0C FAT32, 0x83 Linux; 0 is not used.</param>
/// <param name="FirstLba">First sector.</param>
/// <param name="Sectors">Number of sectors.</param>
/// <param name="Active">True for the one that a BIOS starts.</param>
public sealed record MbrPartition(byte Type, uint FirstLba, uint Sectors, bool Active = false);

/// <summary>Master boot record: the first sector of a disk (UEFI 2.10 §5.2). No extended partitions, no hybrids with GPT.</summary>
public sealed record MasterBootRecord
{
    private static class At // byte offsets
    {
        public const int DiskSignature = 440; // u32
        public const int Reserved = 444;      // u16, zero
        public const int Partitions = 446;    // four times 16 bytes
        public const int Signature = 510;     // 55 AA
    }

    private static class EntryAt // byte offsets in a partition's 16 bytes
    {
        public const int Status = 0;   // u8: 0x80 active, 0 not
        public const int FirstChs = 1; // 3 bytes
        public const int Type = 4;     // u8
        public const int LastChs = 5;  // 3 bytes
        public const int FirstLba = 8; // u32
        public const int Sectors = 12; // u32
    }

    /// <summary>Bytes that a boot program may have.</summary>
    public const int MaxBootCode = At.DiskSignature;

    /// <summary>Bytes of the record itself, also on disks with larger sectors.</summary>
    public const int Size = 512;

    /// <summary>System type of the partition that protects a GPT.</summary>
    public const byte Protective = 0xEE;

    private const int EntrySize = 16;
    private const string FormatName = "MBR";

    /// <summary>Boot program, at most 440 bytes; empty for none.</summary>
    public ReadOnlyMemory<byte> BootCode { get; init; }

    /// <summary>Signature of the disk, part of <c>PARTUUID</c>; 0 with a GPT (UEFI 2.10 §5.2.3).</summary>
    public uint DiskSignature { get; init; }

    /// <summary>At most four partitions, in the order of their entries; null for an entry that is not used.</summary>
    public required IReadOnlyList<MbrPartition?> Partitions { get; init; }

    /// <summary>The record that keeps tools without knowledge of GPT from taking the disk for empty (UEFI 2.10 §5.2.3, Table 5-4).</summary>
    /// <param name="diskSectors">Sectors of the disk.</param>
    /// <param name="bootCode">Boot program for BIOS machines; empty for none.</param>
    public static MasterBootRecord ForGpt(long diskSectors, ReadOnlyMemory<byte> bootCode = default) => new()
    {
        BootCode = bootCode,
        Partitions = [new MbrPartition(Protective, 1, (uint)Math.Min(diskSectors - 1, uint.MaxValue))],
    };

    /// <summary>True for exactly the record that belongs to a GPT on a disk of that size; its boot program does not matter.</summary>
    public bool IsProtective(long diskSectors) =>
        Partitions.Count(p => p is not null) == 1 && Partitions[0] == ForGpt(diskSectors).Partitions[0];

    /// <summary>Every rule that the record breaks, as sentences.</summary>
    public IEnumerable<string> Problems()
    {
        if (BootCode.Length > MaxBootCode)
        {
            yield return $"a boot program has at most {MaxBootCode} bytes, not {BootCode.Length}";
        }
        if (Partitions.Count > 4)
        {
            yield return $"an MBR has at most four partitions, not {Partitions.Count}";
        }
        if (Partitions.Count(p => p is { Active: true }) > 1)
        {
            yield return "more than one partition is active";
        }
        List<MbrPartition> used = [.. Partitions.OfType<MbrPartition>().OrderBy(p => p.FirstLba)];
        foreach (MbrPartition p in used.Where(p => p.Type == 0 || p.FirstLba == 0 || p.Sectors == 0 || (long)p.FirstLba + p.Sectors > 1L << 32))
        {
            yield return $"a partition of type 0x{p.Type:x2} with {p.Sectors} sectors from {p.FirstLba} on is not possible";
        }
        foreach ((MbrPartition p, MbrPartition next) in used.Zip(used.Skip(1)).Where(pair => (long)pair.First.FirstLba + pair.First.Sectors > pair.Second.FirstLba))
        {
            yield return $"the partitions at sectors {p.FirstLba} and {next.FirstLba} overlap";
        }
    }

    /// <summary>Fills the first 512 bytes of a sector and clears the rest.</summary>
    /// <exception cref="ArgumentException">The record breaks rules; see <see cref="Problems"/>.</exception>
    public void WriteTo(Span<byte> sector)
    {
        if (string.Join("; ", Problems()) is { Length: > 0 } problems)
        {
            throw new ArgumentException($"cannot write the MBR: {problems}");
        }
        sector.Clear();
        BootCode.Span.CopyTo(sector);
        BinaryPrimitives.WriteUInt32LittleEndian(sector[At.DiskSignature..], DiskSignature);
        for (int i = 0; i < Partitions.Count; i++)
        {
            if (Partitions[i] is MbrPartition partition)
            {
                Span<byte> entry = sector.Slice(At.Partitions + (i * EntrySize), EntrySize);
                entry[EntryAt.Status] = partition.Active ? (byte)0x80 : (byte)0;
                WriteChs(entry[EntryAt.FirstChs..], partition.FirstLba, partition.Type == Protective);
                entry[EntryAt.Type] = partition.Type;
                WriteChs(entry[EntryAt.LastChs..], (long)partition.FirstLba + partition.Sectors - 1, partition.Type == Protective);
                BinaryPrimitives.WriteUInt32LittleEndian(entry[EntryAt.FirstLba..], partition.FirstLba);
                BinaryPrimitives.WriteUInt32LittleEndian(entry[EntryAt.Sectors..], partition.Sectors);
            }
        }
        sector[At.Signature] = 0x55;
        sector[At.Signature + 1] = 0xAA;
    }

    /// <summary>Reads the first 512 bytes of a disk. Cylinder addresses are not looked at: nobody has used them since LBA.</summary>
    /// <exception cref="ImageFormatException">A rule is broken.</exception>
    public static MasterBootRecord Read(ReadOnlySpan<byte> sector)
    {
        if (sector.Length < Size || sector[At.Signature] != 0x55 || sector[At.Signature + 1] != 0xAA)
        {
            throw new ImageFormatException(FormatName, 0, "the signature 55aa at byte 510 is missing");
        }
        List<MbrPartition?> partitions = [];
        for (int i = 0; i < 4; i++)
        {
            int at = At.Partitions + (i * EntrySize);
            ReadOnlySpan<byte> entry = sector.Slice(at, EntrySize);
            if (entry[EntryAt.Status] is not (0 or 0x80))
            {
                throw new ImageFormatException(FormatName, at, $"status of partition {i + 1} is 0x{entry[EntryAt.Status]:x2}, expected 0x00 or 0x80");
            }
            partitions.Add(entry.ContainsAnyExcept((byte)0) && !IsActiveAndUnused(entry)
                ? new MbrPartition(
                    entry[EntryAt.Type],
                    BinaryPrimitives.ReadUInt32LittleEndian(entry[EntryAt.FirstLba..]),
                    BinaryPrimitives.ReadUInt32LittleEndian(entry[EntryAt.Sectors..]),
                    entry[EntryAt.Status] == 0x80)
                : null);
        }
        MasterBootRecord record = new()
        {
            BootCode = sector[..MaxBootCode].ContainsAnyExcept((byte)0) ? sector[..MaxBootCode].ToArray() : default(ReadOnlyMemory<byte>),
            DiskSignature = BinaryPrimitives.ReadUInt32LittleEndian(sector[At.DiskSignature..]),
            Partitions = partitions,
        };
        return record.Problems().FirstOrDefault() is string problem ? throw new ImageFormatException(FormatName, At.Partitions, problem) : record;
    }

    /// <summary>True for what hybrid ISO images hold because some BIOSes start no disk without something active: an unused entry (type 0) of one sector, marked active.</summary>
    private static bool IsActiveAndUnused(ReadOnlySpan<byte> entry) =>
        entry[EntryAt.Status] == 0x80
        && entry[EntryAt.Type] == 0
        && BinaryPrimitives.ReadUInt32LittleEndian(entry[EntryAt.FirstLba..]) == 0
        && BinaryPrimitives.ReadUInt32LittleEndian(entry[EntryAt.Sectors..]) == 1;

    /// <summary>
    /// Address in the geometry of 255 heads and 63 sectors; where the 1024 cylinders end, the highest one: 0xFFFFFF for the protective
    /// partition as UEFI says, head 254 otherwise, as BIOSes expect.
    /// </summary>
    private static void WriteChs(Span<byte> field, long lba, bool protective)
    {
        long cylinder = lba / (255 * 63);
        if (cylinder > 1023)
        {
            (field[0], field[1], field[2]) = (protective ? (byte)0xFF : (byte)0xFE, 0xFF, 0xFF);
            return;
        }
        field[0] = (byte)(lba / 63 % 255);
        field[1] = (byte)((lba % 63) + 1 + (cylinder >> 8 << 6));
        field[2] = (byte)(cylinder & 0xFF);
    }
}
