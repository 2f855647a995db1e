using System.Buffers.Binary;
using Strata.Core;

namespace Strata.Formats.Gpt;

/// <summary>GPT header: one block at LBA 1, mirrored at the last LBA (UEFI 2.10 §5.3.2, Table 5-5).</summary>
/// <remarks>Integers little-endian. Addresses are LBAs, not bytes. 92 bytes used; the rest of the block is zero.</remarks>
public readonly record struct GptHeader
{
    private static class At // byte offsets
    {
        public const int Signature = 0;       // "EFI PART"
        public const int Revision = 8;        // u32
        public const int HeaderSize = 12;     // u32
        public const int HeaderCrc32 = 16;    // u32, computed with this field zero
        public const int Reserved = 20;       // u32, zero
        public const int MyLba = 24;          // u64
        public const int AlternateLba = 32;   // u64
        public const int FirstUsableLba = 40; // u64
        public const int LastUsableLba = 48;  // u64, inclusive
        public const int DiskGuid = 56;       // 16 bytes, mixed-endian
        public const int EntriesLba = 72;     // u64
        public const int EntryCount = 80;     // u32
        public const int EntrySize = 84;      // u32
        public const int EntriesCrc32 = 88;   // u32
    }

    /// <summary>Bytes that are used.</summary>
    public const int Size = 92;

    private const uint Revision1 = 0x0001_0000;
    private const string FormatName = "GPT header";

    /// <summary>LBA of this header.</summary>
    public required long MyLba { get; init; }

    /// <summary>LBA of the other header.</summary>
    public required long AlternateLba { get; init; }

    /// <summary>First LBA that partitions may use.</summary>
    public required long FirstUsableLba { get; init; }

    /// <summary>Last LBA that partitions may use, inclusive.</summary>
    public required long LastUsableLba { get; init; }

    /// <summary>Identity of the disk.</summary>
    public required Guid DiskGuid { get; init; }

    /// <summary>First LBA of the entries that belong to this header.</summary>
    public required long EntriesLba { get; init; }

    /// <summary>Number of entries, used or not.</summary>
    public required int EntryCount { get; init; }

    /// <summary>CRC-32 of all entries.</summary>
    public required uint EntriesCrc32 { get; init; }

    /// <summary>Fills a whole block.</summary>
    public void WriteTo(Span<byte> block)
    {
        block.Clear(); // nothing of an earlier use may reach the disk
        "EFI PART"u8.CopyTo(block);
        BinaryPrimitives.WriteUInt32LittleEndian(block[At.Revision..], Revision1);
        BinaryPrimitives.WriteUInt32LittleEndian(block[At.HeaderSize..], Size);
        BinaryPrimitives.WriteInt64LittleEndian(block[At.MyLba..], MyLba);
        BinaryPrimitives.WriteInt64LittleEndian(block[At.AlternateLba..], AlternateLba);
        BinaryPrimitives.WriteInt64LittleEndian(block[At.FirstUsableLba..], FirstUsableLba);
        BinaryPrimitives.WriteInt64LittleEndian(block[At.LastUsableLba..], LastUsableLba);
        DiskGuid.TryWriteBytes(block[At.DiskGuid..]);
        BinaryPrimitives.WriteInt64LittleEndian(block[At.EntriesLba..], EntriesLba);
        BinaryPrimitives.WriteInt32LittleEndian(block[At.EntryCount..], EntryCount);
        BinaryPrimitives.WriteInt32LittleEndian(block[At.EntrySize..], GptEntry.Size);
        BinaryPrimitives.WriteUInt32LittleEndian(block[At.EntriesCrc32..], EntriesCrc32);
        BinaryPrimitives.WriteUInt32LittleEndian(block[At.HeaderCrc32..], Crc32.Of(block[..Size]));
    }

    /// <summary>Reads and checks a block by itself; <see cref="GptDisk"/> checks what lies around it.</summary>
    /// <param name="block">The whole block.</param>
    /// <param name="lba">Where it was read from.</param>
    /// <param name="diskBlocks">Number of blocks of the disk.</param>
    /// <exception cref="ImageFormatException">A rule is broken.</exception>
    public static GptHeader Read(ReadOnlySpan<byte> block, long lba, long diskBlocks)
    {
        long offset = lba * block.Length;
        ImageFormatException Broken(string problem) => new(FormatName, offset, problem);
        if (!block.StartsWith("EFI PART"u8))
        {
            throw Broken("the signature 'EFI PART' is missing");
        }
        uint revision = BinaryPrimitives.ReadUInt32LittleEndian(block[At.Revision..]);
        uint size = BinaryPrimitives.ReadUInt32LittleEndian(block[At.HeaderSize..]);
        if (revision != Revision1 || size != Size)
        {
            throw Broken($"revision 0x{revision:x8} with {size} bytes, expected 0x{Revision1:x8} with {Size}");
        }
        Span<byte> copy = stackalloc byte[Size];
        block[..Size].CopyTo(copy);
        copy.Slice(At.HeaderCrc32, 4).Clear();
        uint crc = BinaryPrimitives.ReadUInt32LittleEndian(block[At.HeaderCrc32..]);
        if (crc != Crc32.Of(copy))
        {
            throw Broken($"its checksum is 0x{crc:x8}, expected 0x{Crc32.Of(copy):x8}");
        }
        uint entrySize = BinaryPrimitives.ReadUInt32LittleEndian(block[At.EntrySize..]);
        uint entryCount = BinaryPrimitives.ReadUInt32LittleEndian(block[At.EntryCount..]);
        if (entrySize != GptEntry.Size || entryCount is 0 or > GptEntry.MostEntries)
        {
            throw Broken($"{entryCount} entries of {entrySize} bytes, supported are 1..{GptEntry.MostEntries} of {GptEntry.Size}");
        }
        GptHeader header = new()
        {
            MyLba = Lba(block, At.MyLba),
            AlternateLba = Lba(block, At.AlternateLba),
            FirstUsableLba = Lba(block, At.FirstUsableLba),
            LastUsableLba = Lba(block, At.LastUsableLba),
            DiskGuid = new Guid(block.Slice(At.DiskGuid, 16)),
            EntriesLba = Lba(block, At.EntriesLba),
            EntryCount = (int)entryCount,
            EntriesCrc32 = BinaryPrimitives.ReadUInt32LittleEndian(block[At.EntriesCrc32..]),
        };
        string? problem =
            block[Size..].ContainsAnyExcept((byte)0) || BinaryPrimitives.ReadUInt32LittleEndian(block[At.Reserved..]) != 0
                ? "its reserved bytes are not zero"
            : header.MyLba != lba ? $"it says it lies at LBA {header.MyLba}, but it lies at {lba}"
            : header.FirstUsableLba > header.LastUsableLba || header.LastUsableLba >= diskBlocks - 1
                ? $"usable LBAs {header.FirstUsableLba}..{header.LastUsableLba} on a disk of {diskBlocks}"
            : header.EntriesLba < 2 || header.EntriesLba >= diskBlocks ? $"entries at LBA {header.EntriesLba} on a disk of {diskBlocks}"
            : null;
        return problem is null ? header : throw Broken(problem);

        long Lba(ReadOnlySpan<byte> from, int at)
        {
            ulong value = BinaryPrimitives.ReadUInt64LittleEndian(from[at..]);
            return value < (ulong)diskBlocks ? (long)value : throw Broken($"the LBA at its byte {at} is {value}, the disk has {diskBlocks}");
        }
    }
}
