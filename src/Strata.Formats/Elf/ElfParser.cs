using System.Buffers.Binary;
using System.Text;
using Strata.Core;

namespace Strata.Formats.Elf;

/// <summary>Reads one ELF file. Every range is checked against the file before it is looked at, every list has an upper bound.</summary>
internal readonly ref partial struct ElfParser
{
    private const int MaxNames = 4096; // libraries needed, module strings
    private const int MaxNameLength = 4095;
    private const int MaxModuleInfoSize = 1 << 20;
    private const int MaxNoteBytes = 16 << 20;
    private const int MaxDlopenSize = 64 << 10;

    private static class Ident // e_ident
    {
        public const int Class = 4;
        public const int Data = 5; // 1: little-endian
        public const int Version = 6; // 1
        public const int Size = 16; // e_type and e_machine, u16 each, follow
    }

    private static class SegmentType // p_type
    {
        public const uint Load = 1;
        public const uint Dynamic = 2;
        public const uint Interpreter = 3;
        public const uint Note = 4;
    }

    private static class Tag // d_tag
    {
        public const ulong Null = 0;
        public const ulong Needed = 1;
        public const ulong StringTable = 5; // address
        public const ulong StringTableSize = 10;
        public const ulong Soname = 14;
        public const ulong Rpath = 15;
        public const ulong Runpath = 29;
        public const ulong Flags1 = 0x6FFFFFFB;
    }

    private const ulong Flags1Pie = 0x08000000; // DF_1_PIE
    private const uint DlopenNoteType = 0x407C0C0A;
    private const ushort MoreProgramHeaders = 0xFFFF; // PN_XNUM
    private const uint SectionWithoutBytes = 8; // SHT_NOBITS

    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ReadOnlySpan<byte> _file;
    private readonly ElfLayout _layout;

    /// <summary>Looks at the identification.</summary>
    public ElfParser(ReadOnlySpan<byte> file)
    {
        _file = file;
        _layout = ElfLayout.Elf64;
        if (!ElfFile.HasMagic(file) || file.Length < ElfLayout.Elf32.HeaderSize)
        {
            throw Error(0, "it is no ELF file or cut off in its header");
        }
        _layout = file[Ident.Class] switch
        {
            1 => ElfLayout.Elf32,
            2 => ElfLayout.Elf64,
            byte other => throw Error(Ident.Class, $"its class is {other}, expected 1 (32 bits) or 2 (64 bits)"),
        };
        if (file[Ident.Data] != 1 || file[Ident.Version] != 1)
        {
            throw Error(Ident.Data, "it is not little-endian ELF of version 1");
        }
        if (file.Length < _layout.HeaderSize)
        {
            throw Error(0, "it is cut off in its header");
        }
    }

    /// <summary>Reads everything.</summary>
    public ElfFile Parse()
    {
        ushort type = BinaryPrimitives.ReadUInt16LittleEndian(_file[Ident.Size..]);
        if (type is < 1 or > 3)
        {
            throw Error(Ident.Size, $"its type is {type}, expected 1 (relocatable), 2 (executable) or 3 (shared)");
        }
        ElfFile elf = new()
        {
            Class = (ElfClass)_file[Ident.Class],
            Machine = (ElfMachine)BinaryPrimitives.ReadUInt16LittleEndian(_file[(Ident.Size + 2)..]),
            Type = (ElfType)type,
        };
        if (elf.Type == ElfType.Relocatable)
        {
            return elf with { ModuleInfo = ReadModuleInfo() };
        }
        return ReadSegments(elf);
    }

    private ElfFile ReadSegments(ElfFile elf)
    {
        ReadOnlySpan<byte> headers = Table(
            _layout.ProgramHeadersOffset, _layout.ProgramHeaderEntrySize, _layout.ProgramHeaderSize, MoreProgramHeaders, "program headers");
        List<DlopenNote> notes = [];
        long noteBytes = 0;
        bool hasDynamic = false;
        for (int at = 0; at < headers.Length; at += _layout.ProgramHeaderSize)
        {
            ReadOnlySpan<byte> header = headers.Slice(at, _layout.ProgramHeaderSize);
            switch (BinaryPrimitives.ReadUInt32LittleEndian(header))
            {
                case SegmentType.Interpreter when elf.Interpreter is null:
                    elf = elf with { Interpreter = ReadText(Segment(header, out long interpreter, "PT_INTERP"), interpreter, "PT_INTERP") };
                    break;
                case SegmentType.Dynamic when !hasDynamic:
                    hasDynamic = true;
                    elf = ReadDynamic(elf, headers, header);
                    break;
                case SegmentType.Note:
                    ReadOnlySpan<byte> segment = Segment(header, out long offset, "PT_NOTE");
                    noteBytes += segment.Length;
                    if (noteBytes > MaxNoteBytes)
                    {
                        throw Error(offset, $"its notes have more than {MaxNoteBytes} bytes");
                    }
                    ReadNotes(segment, offset, _layout.Word(header, _layout.SegmentAlignment) == 8 ? 8 : 4, notes);
                    break;
                case SegmentType.Interpreter or SegmentType.Dynamic:
                    throw Error(0, "it has two PT_INTERP or two PT_DYNAMIC segments");
                default:
                    break;
            }
        }
        return elf with { DlopenNotes = notes };
    }

    private ElfFile ReadDynamic(ElfFile elf, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> dynamicHeader)
    {
        ReadOnlySpan<byte> entries = Segment(dynamicHeader, out long offset, "PT_DYNAMIC");
        int entrySize = 2 * _layout.WordSize;
        ulong tableAddress = 0;
        ulong tableSize = 0;
        ulong flags1 = 0;
        List<ulong> needed = [];
        ulong? soname = null;
        ulong? rpath = null;
        ulong? runpath = null;
        bool ended = false;
        for (int at = 0; at + entrySize <= entries.Length && !ended; at += entrySize)
        {
            ulong value = _layout.Word(entries, at + _layout.WordSize);
            switch (_layout.Word(entries, at))
            {
                case Tag.Null: ended = true; break;
                case Tag.Needed: needed.Add(value); break;
                case Tag.StringTable: tableAddress = value; break;
                case Tag.StringTableSize: tableSize = value; break;
                case Tag.Soname: soname = value; break;
                case Tag.Rpath: rpath = value; break;
                case Tag.Runpath: runpath = value; break;
                case Tag.Flags1: flags1 = value; break;
                default: break;
            }
            if (needed.Count > MaxNames)
            {
                throw Error(offset + at, $"it needs more than {MaxNames} libraries");
            }
        }
        if (!ended && entries.Length > 0)
        {
            throw Error(offset, "the dynamic segment has no DT_NULL at its end");
        }
        elf = elf with { IsPie = (flags1 & Flags1Pie) != 0 };
        if (needed.Count == 0 && soname is null && rpath is null && runpath is null)
        {
            return elf;
        }
        ReadOnlySpan<byte> strings = AtAddress(headers, tableAddress, tableSize, out long stringsOffset);
        List<string> libraries = [];
        foreach (ulong name in needed)
        {
            libraries.Add(ReadString(strings, stringsOffset, name, "DT_NEEDED"));
        }
        return elf with
        {
            Needed = libraries,
            Soname = soname is ulong s ? ReadString(strings, stringsOffset, s, "DT_SONAME") : null,
            Rpath = rpath is ulong r ? ReadString(strings, stringsOffset, r, "DT_RPATH") : null,
            Runpath = runpath is ulong p ? ReadString(strings, stringsOffset, p, "DT_RUNPATH") : null,
        };
    }

    /// <summary>The notes of one segment: name size, content size, type (u32 each), name, content; both padded (elf(5), "Notes").</summary>
    private static void ReadNotes(ReadOnlySpan<byte> segment, long offset, int alignment, List<DlopenNote> notes)
    {
        long at = 0;
        while (segment.Length - at >= 12)
        {
            ReadOnlySpan<byte> header = segment[(int)at..];
            long nameSize = BinaryPrimitives.ReadUInt32LittleEndian(header);
            long contentSize = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
            uint type = BinaryPrimitives.ReadUInt32LittleEndian(header[8..]);
            long contentAt = Align(at + 12 + nameSize, alignment);
            if (contentAt + contentSize > segment.Length)
            {
                throw Error(offset + at, $"a note of {nameSize} + {contentSize} bytes does not fit its segment of {segment.Length}");
            }
            if (type == DlopenNoteType && segment.Slice((int)at + 12, (int)nameSize).SequenceEqual("FDO\0"u8))
            {
                if (contentSize > MaxDlopenSize || notes.Count > MaxNames)
                {
                    throw Error(offset + at, "its dlopen notes are too many or too long");
                }
                DlopenNoteParser.Parse(segment.Slice((int)contentAt, (int)contentSize), offset + at, notes);
            }
            at = Math.Min(Align(contentAt + contentSize, alignment), segment.Length);
        }
    }

    private List<string> ReadModuleInfo()
    {
        ReadOnlySpan<byte> headers = Table(
            _layout.SectionHeadersOffset, _layout.ProgramHeaderEntrySize + 4, _layout.SectionHeaderSize, 0xFF00, "section headers");
        int nameTable = BinaryPrimitives.ReadUInt16LittleEndian(_file[(_layout.ProgramHeaderEntrySize + 8)..]);
        if (headers.IsEmpty || nameTable == 0)
        {
            return [];
        }
        if (nameTable >= headers.Length / _layout.SectionHeaderSize)
        {
            throw Error(0, $"section {nameTable} is said to hold the section names, but there is no such section");
        }
        ReadOnlySpan<byte> names = Section(headers.Slice(nameTable * _layout.SectionHeaderSize, _layout.SectionHeaderSize), out _);
        for (int at = 0; at < headers.Length; at += _layout.SectionHeaderSize)
        {
            ReadOnlySpan<byte> header = headers.Slice(at, _layout.SectionHeaderSize);
            uint name = BinaryPrimitives.ReadUInt32LittleEndian(header);
            if (name < names.Length && names[(int)name..].StartsWith(".modinfo\0"u8))
            {
                return SplitModuleInfo(Section(header, out long offset), offset);
            }
        }
        return [];
    }

    private static List<string> SplitModuleInfo(ReadOnlySpan<byte> content, long offset)
    {
        if (content.Length > MaxModuleInfoSize)
        {
            throw Error(offset, $".modinfo has {content.Length} bytes, allowed {MaxModuleInfoSize}");
        }
        List<string> strings = [];
        foreach (Range range in content.Split((byte)0))
        {
            if (!content[range].IsEmpty) // strings are aligned with further NULs
            {
                strings.Add(Decode(content[range], offset, ".modinfo"));
            }
        }
        return strings.Count <= MaxNames ? strings : throw Error(offset, $".modinfo has more than {MaxNames} strings");
    }

    /// <summary>A table of headers whose place, entry size and count stand in the file header.</summary>
    private ReadOnlySpan<byte> Table(int offsetField, int entrySizeField, int expectedEntrySize, ushort countLimit, string what)
    {
        ulong offset = _layout.Word(_file, offsetField);
        int entrySize = BinaryPrimitives.ReadUInt16LittleEndian(_file[entrySizeField..]);
        int count = BinaryPrimitives.ReadUInt16LittleEndian(_file[(entrySizeField + 2)..]);
        if (count == 0)
        {
            return [];
        }
        if (entrySize != expectedEntrySize || count >= countLimit)
        {
            throw Error(entrySizeField, $"it has {count} {what} of {entrySize} bytes, expected less than {countLimit} of {expectedEntrySize}");
        }
        return Bytes(offset, (ulong)(entrySize * count), what, out _);
    }

    private ReadOnlySpan<byte> Segment(ReadOnlySpan<byte> header, out long offset, string what) =>
        Bytes(_layout.Word(header, _layout.SegmentOffset), _layout.Word(header, _layout.SegmentFileSize), what, out offset);

    private ReadOnlySpan<byte> Section(ReadOnlySpan<byte> header, out long offset)
    {
        offset = 0;
        bool hasBytes = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]) != SectionWithoutBytes;
        return hasBytes ? Bytes(_layout.Word(header, _layout.SectionOffset), _layout.Word(header, _layout.SectionSize), "a section", out offset) : [];
    }

    /// <summary>Bytes at an address of the running program, which lie in one of the PT_LOAD segments.</summary>
    private ReadOnlySpan<byte> AtAddress(ReadOnlySpan<byte> headers, ulong address, ulong size, out long offset)
    {
        for (int at = 0; at < headers.Length; at += _layout.ProgramHeaderSize)
        {
            ReadOnlySpan<byte> header = headers.Slice(at, _layout.ProgramHeaderSize);
            ulong start = _layout.Word(header, _layout.SegmentAddress);
            ulong length = _layout.Word(header, _layout.SegmentFileSize);
            if (BinaryPrimitives.ReadUInt32LittleEndian(header) == SegmentType.Load && address >= start && address - start < length
                && size <= length - (address - start))
            {
                ReadOnlySpan<byte> segment = Segment(header, out long segmentOffset, "PT_LOAD");
                offset = segmentOffset + (long)(address - start);
                return segment.Slice((int)(address - start), (int)size);
            }
        }
        throw Error(0, $"the string table of the dynamic segment (address 0x{address:X}, {size} bytes) is in no PT_LOAD segment");
    }

    private ReadOnlySpan<byte> Bytes(ulong offset, ulong size, string what, out long start)
    {
        if (size > (ulong)_file.Length || offset > (ulong)_file.Length - size)
        {
            throw Error(0, $"{what} at {offset} with {size} bytes lies outside the file of {_file.Length} bytes");
        }
        start = (long)offset;
        return _file.Slice((int)offset, (int)size);
    }

    private static string ReadString(ReadOnlySpan<byte> table, long tableOffset, ulong at, string what) => at < (ulong)table.Length
        ? ReadText(table[(int)at..], tableOffset + (long)at, what)
        : throw Error(tableOffset, $"{what} points to byte {at} of a string table of {table.Length}");

    private static string ReadText(ReadOnlySpan<byte> bytes, long offset, string what)
    {
        int nul = bytes.IndexOf((byte)0);
        return nul is >= 0 and <= MaxNameLength
            ? Decode(bytes[..nul], offset, what)
            : throw Error(offset, $"{what} has no NUL within {MaxNameLength} bytes");
    }

    private static string Decode(ReadOnlySpan<byte> bytes, long offset, string what)
    {
        try
        {
            return s_utf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw Error(offset, $"{what} is not UTF-8");
        }
    }

    private static long Align(long value, int alignment) => (value + alignment - 1) & -alignment;

    private static ImageFormatException Error(long offset, string problem) => new("ELF", offset, problem);
}
