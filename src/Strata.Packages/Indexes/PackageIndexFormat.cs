using System.Buffers.Binary;
using System.Text;
using Strata.Core;

namespace Strata.Packages.Indexes;

/// <summary>The form in which an index is held in memory and cached on disk.</summary>
/// <remarks>
/// Header, records of fixed size sorted by package name, one heap with the texts of all records in record order, the refused stanzas as
/// lines of <c>name TAB problem LF</c> in the order of the file, SHA-256 of everything before it.
/// Integers little-endian. Not supported: more than 2 GiB. A change of layout changes <see cref="Magic"/>; an unknown one is read anew from the
/// archive, so old caches need no care.
/// </remarks>
internal static class PackageIndexFormat
{
    public const int HeaderSize = 64;
    public const int RecordSize = 112;
    public const int TextCount = (int)PackageText.Replaces + 1;

    public static ReadOnlySpan<byte> Magic => "STRPKGX3"u8;

    public static class Header // byte offsets
    {
        public const int Count = 8;         // u32, records
        public const int HeapLength = 12;   // u32, bytes
        public const int SourceDigest = 16; // 32 bytes, SHA-256 of the Packages file, uncompressed
        public const int RefusedLength = 48; // u32, bytes of the lines of refused stanzas
        public const int Reserved = 52;     // 12 bytes, zero
    }

    public static class Record // byte offsets
    {
        public const int HeapStart = 0;      // u32; the end of the record before it
        public const int TextEnds = 4;       // 14 × u32, heap offset at which each PackageText ends, in the order of the enumeration
        public const int Size = 60;          // u64, bytes of the package file, at least 1
        public const int InstalledSize = 68; // u64, KiB
        public const int Digest = 76;        // 32 bytes, SHA-256 of the package file; zero when only its SHA-512 is known
        public const int MultiArch = 108;    // u8, MultiArch
        public const int Priority = 109;     // u8, PackagePriority
        public const int Essential = 110;    // u8, 0 or 1
        public const int Reserved = 111;     // 1 byte, zero
    }

    public static uint U32(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[offset..]);

    public static ulong U64(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[offset..]);

    /// <summary>Checks every number and the checksum of a whole index; nothing is trusted afterwards that was not checked here.</summary>
    /// <exception cref="ImageFormatException">A rule is broken.</exception>
    public static void Check(ReadOnlySpan<byte> bytes)
    {
        Require(bytes.Length >= HeaderSize + Sha256Digest.Size, 0, $"it has {bytes.Length} bytes, fewer than a header");
        Require(bytes[..Magic.Length].SequenceEqual(Magic), 0, "the magic is another one");
        long count = U32(bytes, Header.Count);
        long heap = U32(bytes, Header.HeapLength);
        long refused = U32(bytes, Header.RefusedLength);
        long expected = HeaderSize + (count * RecordSize) + heap + refused + Sha256Digest.Size;
        Require(bytes.Length == expected, 0,
            $"it has {bytes.Length} bytes, {count} records, {heap} bytes of text and {refused} of refused stanzas make {expected}");
        Require(!bytes[Header.Reserved..HeaderSize].ContainsAnyExcept((byte)0), Header.Reserved, "reserved bytes are not zero");
        ReadOnlySpan<byte> content = bytes[..^Sha256Digest.Size];
        Require(Sha256Digest.Of(content).Bytes.SequenceEqual(bytes[^Sha256Digest.Size..]), content.Length, "the checksum does not match");

        uint end = 0;
        for (int i = 0; i < count; i++)
        {
            int at = HeaderSize + (i * RecordSize);
            if (ProblemOf(bytes.Slice(at, RecordSize), heap, ref end) is { } problem)
            {
                throw new ImageFormatException("package index cache", at, $"record {i}: {problem}");
            }
        }
        Require(end == heap, HeaderSize, $"the records use {end} bytes of text, the heap has {heap}");
    }

    /// <summary>The refused stanzas of an index that was checked.</summary>
    /// <exception cref="ImageFormatException">Their lines have another form.</exception>
    public static IReadOnlyList<RefusedStanza> ReadRefused(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.Length - Sha256Digest.Size;
        int start = end - (int)U32(bytes, Header.RefusedLength);
        List<RefusedStanza> stanzas = [];
        while (start < end)
        {
            int length = bytes[start..end].IndexOf((byte)'\n');
            int tab = length < 0 ? -1 : bytes.Slice(start, length).IndexOf((byte)'\t');
            Require(tab >= 0, start, "the line of a refused stanza has no end or no tab");
            Require(stanzas.Count < PackageIndexReader.MaxRefused, start, $"more than {PackageIndexReader.MaxRefused} refused stanzas");
            ReadOnlySpan<byte> line = bytes.Slice(start, length);
            stanzas.Add(new RefusedStanza(Encoding.UTF8.GetString(line[..tab]), Encoding.UTF8.GetString(line[(tab + 1)..])));
            start += length + 1;
        }
        return stanzas;
    }

    private static string? ProblemOf(ReadOnlySpan<byte> record, long heap, ref uint end)
    {
        if (U32(record, Record.HeapStart) != end)
        {
            return $"it starts at {U32(record, Record.HeapStart)} of the heap, expected {end}";
        }
        for (int text = 0; text < TextCount; text++)
        {
            uint next = U32(record, Record.TextEnds + (4 * text));
            if (next < end || next > heap)
            {
                return $"text {text} ends at {next}, outside {end}..{heap}";
            }
            end = next;
        }
        return U64(record, Record.Size) is 0 or > long.MaxValue ? "the size is outside 1..2^63-1"
            : U64(record, Record.InstalledSize) > long.MaxValue / 1024 ? "the installed size is too large"
            : record[Record.MultiArch] > (byte)MultiArch.Allowed ? $"multi-arch is {record[Record.MultiArch]}"
            : record[Record.Priority] > (byte)PackagePriority.Extra ? $"priority is {record[Record.Priority]}"
            : record[Record.Essential] > 1 ? $"essential is {record[Record.Essential]}"
            : record[Record.Reserved..].ContainsAnyExcept((byte)0) ? "reserved bytes are not zero"
            : null;
    }

    private static void Require(bool condition, long offset, string problem)
    {
        if (!condition)
        {
            throw new ImageFormatException("package index cache", offset, problem);
        }
    }
}
