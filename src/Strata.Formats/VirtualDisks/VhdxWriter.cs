using System.Buffers.Binary;
using System.Numerics;

namespace Strata.Formats.VirtualDisks;

/// <summary>Writes a disk as VHDX, dynamic ([MS-VHDX] 8.0).</summary>
/// <remarks>
/// In MiB: headers and region tables, an empty log, metadata, the block allocation table, blocks of 1 MiB. Everything has its second copy
/// where the format has one. Integers are little-endian.
/// </remarks>
public static class VhdxWriter
{
    private const int MiB = 1 << 20;
    private const int KiB64 = 64 << 10;
    private const int Block = MiB;
    private const int SectorSize = 512;
    private const int LogMiB = 1; // first MiB of each part
    private const int MetadataMiB = 2;
    private const int TableMiB = 3;

    /// <summary>Blocks whose sectors one bitmap tells of, which only differencing disks have: an entry follows so many (§2.5.1).</summary>
    private const int ChunkRatio = (int)((1L << 23) * SectorSize / Block);

    private const ulong Zero = 2; // PAYLOAD_BLOCK_ZERO (§2.5.1.1)
    private const ulong Present = 6; // PAYLOAD_BLOCK_FULLY_PRESENT

    private static readonly Guid s_table = new("2dc27766-f623-4200-9d64-115e9bfd4a08"); // regions, §2.2.3.2
    private static readonly Guid s_metadata = new("8b7ca206-4790-4b9a-b8fe-575f050f886e");
    private static readonly Guid s_parameters = new("caa16737-fa36-4d43-b3b6-33f0aa44e76b"); // items, §2.6.2
    private static readonly Guid s_size = new("2fa54224-cd1b-4876-b211-5dbed83bf4b8");
    private static readonly Guid s_identity = new("beca12ab-b2e6-4523-93ef-c309e000c746");
    private static readonly Guid s_logicalSector = new("8141bf1d-a96f-4709-ba47-f233a8faab5f");
    private static readonly Guid s_physicalSector = new("cda348c7-445d-4471-9cc9-e9885251c556");

    private static class At // byte offsets in a header (§2.2.2)
    {
        public const int Checksum = 4; // u32, computed with this field zero; in a region table too
        public const int Sequence = 8; // u64; the header with the larger one counts
        public const int FileWrite = 16; // 16 bytes
        public const int DataWrite = 32; // 16 bytes
        public const int Version = 66; // u16
        public const int LogLength = 68; // u32
        public const int LogOffset = 72; // u64
    }

    /// <summary>Writes the whole file from the present position on.</summary>
    /// <param name="disk">The disk: seekable, it starts at position 0.</param>
    /// <param name="id">Identity of the disk, and of the state of its content.</param>
    /// <param name="output">Written forwards only.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task WriteAsync(Stream disk, Guid id, Stream output, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(output);
        DiskBlocks blocks = await DiskBlocks.OfAsync(disk, Block, cancellationToken);
        await output.WriteAsync(Front(blocks, id), cancellationToken);
        await blocks.CopyAsync(output, cancellationToken);
    }

    private static byte[] Front(DiskBlocks blocks, Guid id)
    {
        int entries = blocks.Count + ((blocks.Count - 1) / ChunkRatio);
        int tableMiB = ((entries * 8) + MiB - 1) / MiB;
        byte[] front = new byte[(TableMiB + tableMiB) * MiB];
        "vhdxfile"u8.CopyTo(front);
        WriteHeader(front.AsSpan(KiB64, 4096), id, sequence: 0);
        WriteHeader(front.AsSpan(2 * KiB64, 4096), id, sequence: 1);
        WriteRegions(front.AsSpan(3 * KiB64, KiB64), tableMiB);
        front.AsSpan(3 * KiB64, KiB64).CopyTo(front.AsSpan(4 * KiB64));
        WriteMetadata(front.AsSpan(MetadataMiB * MiB, MiB), blocks.Size, id);
        ulong next = (ulong)front.Length;
        for (int i = 0; i < blocks.Count; i++)
        {
            int entry = i + (i / ChunkRatio); // behind the bitmaps of the chunks before it
            ulong value = blocks.HasData(i) ? next | Present : Zero;
            next += blocks.HasData(i) ? Block : 0UL;
            BinaryPrimitives.WriteUInt64LittleEndian(front.AsSpan((TableMiB * MiB) + (entry * 8)), value);
        }
        return front;
    }

    private static void WriteHeader(Span<byte> header, Guid id, ulong sequence)
    {
        "head"u8.CopyTo(header);
        BinaryPrimitives.WriteUInt64LittleEndian(header[At.Sequence..], sequence);
        id.TryWriteBytes(header[At.FileWrite..]);
        id.TryWriteBytes(header[At.DataWrite..]);
        BinaryPrimitives.WriteUInt16LittleEndian(header[At.Version..], 1);
        BinaryPrimitives.WriteUInt32LittleEndian(header[At.LogLength..], MiB);
        BinaryPrimitives.WriteUInt64LittleEndian(header[At.LogOffset..], LogMiB * MiB);
        BinaryPrimitives.WriteUInt32LittleEndian(header[At.Checksum..], Crc32C(header));
    }

    private static void WriteRegions(Span<byte> table, int tableMiB)
    {
        "regi"u8.CopyTo(table);
        BinaryPrimitives.WriteUInt32LittleEndian(table[8..], 2); // entries
        WriteRegion(table[16..], s_table, TableMiB, tableMiB);
        WriteRegion(table[48..], s_metadata, MetadataMiB, 1);
        BinaryPrimitives.WriteUInt32LittleEndian(table[At.Checksum..], Crc32C(table));
    }

    private static void WriteRegion(Span<byte> entry, Guid kind, int offsetMiB, int lengthMiB)
    {
        kind.TryWriteBytes(entry);
        BinaryPrimitives.WriteUInt64LittleEndian(entry[16..], (ulong)offsetMiB * MiB);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[24..], (uint)lengthMiB * MiB);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[28..], 1); // required
    }

    private static void WriteMetadata(Span<byte> region, long size, Guid id)
    {
        const uint ofTheFile = 4, ofTheDisk = 6; // required, and whether it is the guest that sees it (§2.6.1.2)
        (Guid Item, uint Flags, byte[] Value)[] items =
        [
            (s_parameters, ofTheFile, [.. LittleEndian(Block, 4), .. LittleEndian(0, 4)]),
            (s_size, ofTheDisk, LittleEndian((ulong)size, 8)),
            (s_identity, ofTheDisk, id.ToByteArray()),
            (s_logicalSector, ofTheDisk, LittleEndian(SectorSize, 4)),
            (s_physicalSector, ofTheDisk, LittleEndian(4096, 4)),
        ];
        "metadata"u8.CopyTo(region);
        BinaryPrimitives.WriteUInt16LittleEndian(region[10..], (ushort)items.Length);
        int at = KiB64;
        for (int i = 0; i < items.Length; i++)
        {
            Span<byte> entry = region.Slice(32 + (32 * i), 32);
            items[i].Item.TryWriteBytes(entry);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[16..], (uint)at);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[20..], (uint)items[i].Value.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[24..], items[i].Flags);
            items[i].Value.CopyTo(region[at..]);
            at += items[i].Value.Length;
        }
    }

    private static byte[] LittleEndian(ulong value, int length)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return bytes[..length];
    }

    /// <summary>CRC-32C (RFC 3720, appendix B.4), start and end inverted.</summary>
    private static uint Crc32C(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in bytes)
        {
            crc = BitOperations.Crc32C(crc, b);
        }
        return ~crc;
    }
}
