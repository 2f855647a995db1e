using System.Buffers.Binary;
using Strata.Core;
using Strata.Formats.Gpt;
using Strata.Formats.Mbr;

namespace Strata.Formats.Iso;

/// <summary>What makes the image a disk as well: MBR and GPT in the system area, the GPT's mirror at the end.</summary>
/// <remarks>
/// The MBR protects the GPT, as Linux and UEFI ask before they believe in one. Some BIOSes start only a disk that has an active partition; so the
/// second entry is active and has type 0, which every reader of partitions takes for unused.
/// </remarks>
internal static class IsoHybrid
{
    /// <summary>Bytes of a sector of the disk.</summary>
    public const int SectorSize = 512;

    /// <summary>Most bytes of the boot program: what follows is where it finds the loader.</summary>
    public const int MaxDiskLoader = 432;

    /// <summary>Sectors of the mirror: 32 of entries and the header.</summary>
    public const int MirrorSectors = EntrySectors + 1;

    private const int EntryCount = 128;
    private const int EntrySectors = EntryCount * GptEntry.Size / SectorSize;
    private const int SecondPartition = 446 + 16;

    /// <summary>The system area (16 blocks) and the mirror.</summary>
    /// <param name="config">Identities and the boot program.</param>
    /// <param name="blocks">Blocks of the image.</param>
    /// <param name="loaderBlock">Where the loader lies.</param>
    /// <param name="efiBlock">Where the EFI system partition lies.</param>
    public static (byte[] Front, byte[] Back) Tables(IsoConfig config, long blocks, long loaderBlock, long efiBlock)
    {
        const int SectorsOfBlock = IsoFormat.BlockSize / SectorSize;
        long sectors = blocks * SectorsOfBlock;
        byte[] entries = new byte[EntryCount * GptEntry.Size];
        if (config.Efi is IsoEfiBoot efi)
        {
            long first = efiBlock * SectorsOfBlock;
            new GptEntry
            {
                Type = PartitionType.Esp.Id,
                Id = efi.PartitionId,
                FirstLba = first,
                LastLba = first + ((efi.System.SizeBytes + SectorSize - 1) / SectorSize) - 1,
                Label = "ESP",
            }.WriteTo(entries);
        }
        GptHeader header = new()
        {
            MyLba = 1,
            AlternateLba = sectors - 1,
            FirstUsableLba = IsoFormat.SystemBlocks * SectorsOfBlock,
            LastUsableLba = sectors - 1 - MirrorSectors,
            DiskGuid = config.DiskId,
            EntriesLba = 2,
            EntryCount = EntryCount,
            EntriesCrc32 = Crc32.Of(entries),
        };
        byte[] front = new byte[IsoFormat.SystemBlocks * IsoFormat.BlockSize];
        MasterBootRecord.ForGpt(sectors, BootCode(config.Bios, loaderBlock)).WriteTo(front.AsSpan(0, SectorSize));
        if (config.Bios is not null)
        {
            front[SecondPartition] = 0x80;
            front[SecondPartition + 12] = 1; // one sector from sector 0 on, of no type
        }
        header.WriteTo(front.AsSpan(SectorSize, SectorSize));
        entries.CopyTo(front, 2 * SectorSize);
        byte[] back = new byte[MirrorSectors * SectorSize];
        entries.CopyTo(back, 0);
        (header with { MyLba = sectors - 1, AlternateLba = 1, EntriesLba = sectors - MirrorSectors }).WriteTo(back.AsSpan(entries.Length));
        return (front, back);
    }

    /// <summary>The boot program with the sector of the loader behind it, where SYSLINUX's programs for hybrid images look (isohybrid(1)).</summary>
    private static byte[] BootCode(IsoBiosBoot? bios, long loaderBlock)
    {
        if (bios is null)
        {
            return [];
        }
        byte[] code = new byte[MasterBootRecord.MaxBootCode];
        bios.DiskLoader.Span.CopyTo(code);
        BinaryPrimitives.WriteInt64LittleEndian(code.AsSpan(MaxDiskLoader), loaderBlock * (IsoFormat.BlockSize / SectorSize));
        return code;
    }
}
