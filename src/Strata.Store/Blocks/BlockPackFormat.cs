using System.Buffers.Binary;
using System.Security.Cryptography;
using Strata.Core;

namespace Strata.Store.Blocks;

/// <summary>A block in a pack: where it lies and what it is.</summary>
/// <param name="Key">Name of the block.</param>
/// <param name="Offset">First byte of its record in the pack.</param>
/// <param name="StoredLength">Bytes kept, 0 … <see cref="BlockPackFormat.MaxStored"/>.</param>
/// <param name="PlainLength">Bytes they stand for.</param>
/// <param name="LastUse">Day of the last use, counted from 2020-01-01 UTC.</param>
internal readonly record struct BlockEntry(Sha256Digest Key, long Offset, int StoredLength, int PlainLength, uint LastUse)
{
    /// <summary>Bytes of its record.</summary>
    public long RecordLength => BlockPackFormat.HeaderSize + StoredLength;
}

/// <summary>Bytes of packs and of their indexes (docs/formats/blocks.md). Integers little-endian.</summary>
internal static class BlockPackFormat
{
    /// <summary>Bytes of a record before the stored ones.</summary>
    public const int HeaderSize = 88;

    /// <summary>Most stored bytes of a record.</summary>
    public const int MaxStored = 4 << 20;

    /// <summary>Most plain bytes of a record.</summary>
    public const int MaxPlain = 4 << 20;

    /// <summary>Bytes of an entry of the index.</summary>
    public const int EntrySize = 52;

    /// <summary>Bytes of an index before its entries.</summary>
    public const int IndexHeadSize = 28;

    /// <summary>Ending of a pack's name.</summary>
    public const string PackSuffix = ".pack";

    /// <summary>Ending of an index' name.</summary>
    public const string IndexSuffix = ".index";

    private static readonly DateTime s_firstDay = new(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private static class At // byte offsets in a record's header
    {
        public const int PlainLength = 8;
        public const int StoredLength = 12;
        public const int Key = 16;
        public const int StoredDigest = 48;
        public const int Check = 80; // first 8 bytes of SHA-256 of the 80 bytes before
    }

    private static ReadOnlySpan<byte> RecordMark => "strblk1\n"u8;

    private static ReadOnlySpan<byte> IndexMark => "strata-blocks 1\n"u8;

    /// <summary>Number of a day.</summary>
    public static uint DayOf(DateTimeOffset time) => (uint)Math.Clamp((time.UtcDateTime - s_firstDay).Days, 0, 1 << 20);

    /// <summary>Start of a day.</summary>
    public static DateTime StartOf(uint day) => s_firstDay.AddDays(Math.Min(day, 1 << 20));

    /// <summary>Writes the header of a record.</summary>
    public static void WriteHeader(Span<byte> header, Sha256Digest key, int storedLength, int plainLength, Sha256Digest storedDigest)
    {
        RecordMark.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header[At.PlainLength..], plainLength);
        BinaryPrimitives.WriteInt32LittleEndian(header[At.StoredLength..], storedLength);
        key.Bytes.CopyTo(header[At.Key..]);
        storedDigest.Bytes.CopyTo(header[At.StoredDigest..]);
        Check(header).CopyTo(header[At.Check..]);
    }

    /// <summary>Reads the header of a record; false when it is none.</summary>
    /// <param name="header">Its 88 bytes.</param>
    /// <param name="offset">Where the record starts.</param>
    /// <param name="entry">What it says; not yet used on any day.</param>
    /// <param name="storedDigest">SHA-256 of the stored bytes.</param>
    public static bool TryReadHeader(ReadOnlySpan<byte> header, long offset, out BlockEntry entry, out Sha256Digest storedDigest)
    {
        int plain = BinaryPrimitives.ReadInt32LittleEndian(header[At.PlainLength..]);
        int stored = BinaryPrimitives.ReadInt32LittleEndian(header[At.StoredLength..]);
        entry = new BlockEntry(new Sha256Digest(header.Slice(At.Key, Sha256Digest.Size)), offset, stored, plain, 0);
        storedDigest = new Sha256Digest(header.Slice(At.StoredDigest, Sha256Digest.Size));
        return header.StartsWith(RecordMark) && header[At.Check..HeaderSize].SequenceEqual(Check(header))
            && stored is >= 0 and <= MaxStored && plain is >= 0 and <= MaxPlain;
    }

    /// <summary>Bytes of an index: head, entries sorted by key, SHA-256 of all that.</summary>
    /// <param name="covered">Bytes of the pack that the index describes.</param>
    /// <param name="entries">Sorted by key, each once.</param>
    public static byte[] WriteIndex(long covered, IReadOnlyCollection<BlockEntry> entries)
    {
        byte[] bytes = new byte[IndexHeadSize + (entries.Count * EntrySize) + Sha256Digest.Size];
        IndexMark.CopyTo(bytes);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(16), covered);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(24), entries.Count);
        int at = IndexHeadSize;
        foreach (BlockEntry entry in entries)
        {
            Span<byte> room = bytes.AsSpan(at, EntrySize);
            entry.Key.Bytes.CopyTo(room);
            BinaryPrimitives.WriteInt64LittleEndian(room[32..], entry.Offset);
            BinaryPrimitives.WriteInt32LittleEndian(room[40..], entry.StoredLength);
            BinaryPrimitives.WriteInt32LittleEndian(room[44..], entry.PlainLength);
            BinaryPrimitives.WriteUInt32LittleEndian(room[48..], entry.LastUse);
            at += EntrySize;
        }
        SHA256.HashData(bytes.AsSpan(0, at), bytes.AsSpan(at));
        return bytes;
    }

    /// <summary>Checks the bytes of an index; false for damaged ones.</summary>
    /// <param name="bytes">All of it.</param>
    /// <param name="covered">Bytes of the pack that it describes.</param>
    /// <param name="count">How many entries it has.</param>
    public static bool TryReadIndex(ReadOnlySpan<byte> bytes, out long covered, out int count)
    {
        (covered, count) = (0, 0);
        if (bytes.Length < IndexHeadSize + Sha256Digest.Size || !bytes.StartsWith(IndexMark))
        {
            return false;
        }
        int body = bytes.Length - Sha256Digest.Size;
        covered = BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]);
        count = BinaryPrimitives.ReadInt32LittleEndian(bytes[24..]);
        return count >= 0 && (body - IndexHeadSize) % EntrySize == 0 && (body - IndexHeadSize) / EntrySize == count && covered >= 0
            && Sha256Digest.Of(bytes[..body]).Bytes.SequenceEqual(bytes[body..]);
    }

    /// <summary>Reads an entry of an index.</summary>
    public static BlockEntry ReadEntry(ReadOnlySpan<byte> entry) => new(
        new Sha256Digest(entry[..Sha256Digest.Size]),
        BinaryPrimitives.ReadInt64LittleEndian(entry[32..]),
        BinaryPrimitives.ReadInt32LittleEndian(entry[40..]),
        BinaryPrimitives.ReadInt32LittleEndian(entry[44..]),
        BinaryPrimitives.ReadUInt32LittleEndian(entry[48..]));

    private static ReadOnlySpan<byte> Check(ReadOnlySpan<byte> header) => SHA256.HashData(header[..At.Check]).AsSpan(0, HeaderSize - At.Check);
}
