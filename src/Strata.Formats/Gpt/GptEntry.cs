using System.Buffers.Binary;
using System.Text;
using Strata.Core;

namespace Strata.Formats.Gpt;

/// <summary>Attribute bits of a partition (UEFI 2.10 §5.3.3, Table 5-8; from bit 48 on UAPI.2).</summary>
[Flags]
public enum GptAttributes : ulong
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>The platform needs it; it must not be removed.</summary>
    Required = 1,

    /// <summary>Firmware makes no drive of it.</summary>
    NoBlockIo = 2,

    /// <summary>A BIOS boot loader may start it.</summary>
    LegacyBiosBootable = 4,

    /// <summary>Its file system is to be grown to the size of the partition when mounted.</summary>
    GrowFileSystem = 1UL << 59,

    /// <summary>To be mounted read-only.</summary>
    ReadOnly = 1UL << 60,

    /// <summary>Not to be mounted automatically.</summary>
    NoAuto = 1UL << 63,
}

/// <summary>One of the 128-byte entries (UEFI 2.10 §5.3.3, Table 5-6).</summary>
/// <remarks>An entry whose type is all zero is not used.</remarks>
public sealed record GptEntry
{
    private static class At // byte offsets
    {
        public const int Type = 0;        // 16 bytes, mixed-endian
        public const int Id = 16;         // 16 bytes, mixed-endian
        public const int FirstLba = 32;   // u64
        public const int LastLba = 40;    // u64, inclusive
        public const int Attributes = 48; // u64
        public const int Label = 56;      // 36 UTF-16 units, zero after the end
    }

    /// <summary>Bytes of an entry.</summary>
    public const int Size = 128;

    /// <summary>Longest label in UTF-16 units.</summary>
    public const int MaxLabelLength = 36;

    internal const int MostEntries = 1024;

    /// <summary>What it is for.</summary>
    public required Guid Type { get; init; }

    /// <summary>Identity, found as <c>PARTUUID</c>.</summary>
    public required Guid Id { get; init; }

    /// <summary>First LBA.</summary>
    public required long FirstLba { get; init; }

    /// <summary>Last LBA, inclusive.</summary>
    public required long LastLba { get; init; }

    /// <summary>Attribute bits.</summary>
    public GptAttributes Attributes { get; init; }

    /// <summary>Label, at most 36 UTF-16 units.</summary>
    public required string Label { get; init; }

    /// <summary>Number of blocks.</summary>
    public long Blocks => LastLba - FirstLba + 1;

    /// <summary>Fills 128 bytes.</summary>
    public void WriteTo(Span<byte> entry)
    {
        entry[..Size].Clear();
        Type.TryWriteBytes(entry[At.Type..]);
        Id.TryWriteBytes(entry[At.Id..]);
        BinaryPrimitives.WriteInt64LittleEndian(entry[At.FirstLba..], FirstLba);
        BinaryPrimitives.WriteInt64LittleEndian(entry[At.LastLba..], LastLba);
        BinaryPrimitives.WriteUInt64LittleEndian(entry[At.Attributes..], (ulong)Attributes);
        Encoding.Unicode.GetBytes(Label, entry[At.Label..Size]);
    }

    /// <summary>Reads 128 bytes; null for an entry that is not used.</summary>
    /// <exception cref="ImageFormatException">A rule is broken, or blocks lie outside what the header allows.</exception>
    public static GptEntry? Read(ReadOnlySpan<byte> entry, GptHeader header, long offsetBytes)
    {
        Guid type = new(entry.Slice(At.Type, 16));
        if (type == Guid.Empty)
        {
            return entry[..Size].ContainsAnyExcept((byte)0) ? throw Broken("it has no type, but other values") : null;
        }
        ulong first = BinaryPrimitives.ReadUInt64LittleEndian(entry[At.FirstLba..]);
        ulong last = BinaryPrimitives.ReadUInt64LittleEndian(entry[At.LastLba..]);
        if (first > last || first < (ulong)header.FirstUsableLba || last > (ulong)header.LastUsableLba)
        {
            throw Broken($"LBAs {first}..{last} are not within the usable {header.FirstUsableLba}..{header.LastUsableLba}");
        }
        string label = Encoding.Unicode.GetString(entry[At.Label..Size]);
        int end = label.IndexOf('\0', StringComparison.Ordinal);
        if (end >= 0 && label.AsSpan(end).ContainsAnyExcept('\0'))
        {
            throw Broken("its label goes on after its end");
        }
        Guid id = new(entry.Slice(At.Id, 16));
        return new GptEntry
        {
            Type = type,
            Id = id != Guid.Empty ? id : throw Broken("it has no identity"),
            FirstLba = (long)first,
            LastLba = (long)last,
            Attributes = (GptAttributes)BinaryPrimitives.ReadUInt64LittleEndian(entry[At.Attributes..]),
            Label = end < 0 ? label : label[..end],
        };

        ImageFormatException Broken(string problem) => new("GPT entry", offsetBytes, problem);
    }
}
