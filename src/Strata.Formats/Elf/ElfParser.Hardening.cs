using System.Buffers.Binary;

namespace Strata.Formats.Elf;

internal readonly ref partial struct ElfParser
{
    private const uint GnuStack = 0x6474E551; // PT_GNU_STACK
    private const uint GnuRelro = 0x6474E552; // PT_GNU_RELRO
    private const uint Executable = 1; // PF_X
    private const ulong FlagsTag = 30; // DT_FLAGS
    private const ulong BindNowTag = 24; // DT_BIND_NOW, the old form
    private const ulong BindNow = 8; // DF_BIND_NOW
    private const ulong Now = 1; // DF_1_NOW
    private const uint SymbolTable = 2; // SHT_SYMTAB
    private const uint DynamicSymbols = 11; // SHT_DYNSYM
    private const int MaxSymbols = 1 << 22;

    // functions of glibc that have a checked variant __NAME_chk (debug/ in its sources); whoever calls one of them could call the other
    private static readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> s_checkable = new HashSet<string>(StringComparer.Ordinal)
    {
        "asprintf", "confstr", "dprintf", "explicit_bzero", "fgets", "fgets_unlocked", "fprintf", "fread", "fread_unlocked", "getcwd", "getdomainname",
        "getgroups", "gethostname", "getlogin_r", "gets", "getwd", "longjmp", "mbsnrtowcs", "mbsrtowcs", "mbstowcs", "memcpy", "memmove", "mempcpy",
        "memset", "obstack_printf", "obstack_vprintf", "poll", "ppoll", "pread", "pread64", "printf", "ptsname_r", "read", "readlink", "readlinkat",
        "realpath", "recv", "recvfrom", "snprintf", "sprintf", "stpcpy", "stpncpy", "strcat", "strcpy", "strncat", "strncpy", "swprintf", "syslog",
        "ttyname_r", "vasprintf", "vdprintf", "vfprintf", "vprintf", "vsnprintf", "vsprintf", "vswprintf", "vsyslog", "wcscat", "wcscpy", "wcsncat",
        "wcsncpy", "wcstombs", "wmemcpy", "wmemmove", "wmempcpy", "wmemset",
    }.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Reads what protects it; null for an object file.</summary>
    public ElfHardening? ParseHardening()
    {
        ElfFile elf = Parse();
        if (elf.Type == ElfType.Relocatable)
        {
            return null;
        }
        ReadOnlySpan<byte> headers = Table(
            _layout.ProgramHeadersOffset, _layout.ProgramHeaderEntrySize, _layout.ProgramHeaderSize, MoreProgramHeaders, "program headers");
        bool hasRelro = false;
        bool hasStackHeader = false;
        bool isStackExecutable = false;
        bool bindsNow = false;
        for (int at = 0; at < headers.Length; at += _layout.ProgramHeaderSize)
        {
            ReadOnlySpan<byte> header = headers.Slice(at, _layout.ProgramHeaderSize);
            switch (BinaryPrimitives.ReadUInt32LittleEndian(header))
            {
                case GnuRelro:
                    hasRelro = true;
                    break;
                case GnuStack:
                    hasStackHeader = true;
                    isStackExecutable |= (BinaryPrimitives.ReadUInt32LittleEndian(header[_layout.SegmentFlags..]) & Executable) != 0;
                    break;
                case SegmentType.Dynamic:
                    bindsNow |= BindsNow(Segment(header, out _, "PT_DYNAMIC"));
                    break;
                default:
                    break;
            }
        }
        bool isStatic = elf.Interpreter is null && elf.Needed.Count == 0;
        (Presence protector, Presence fortify) = ReadSymbols();
        return new ElfHardening
        {
            IsProgram = (elf.Interpreter is not null && elf.Soname is null) || elf.IsPie || elf.Type == ElfType.Executable,
            IsStatic = isStatic,
            IsPositionIndependent = elf.Type == ElfType.Shared,
            // a static program is linked already: nothing is left to be looked up later
            Relro = !hasRelro ? RelroKind.None : bindsNow || (isStatic && elf.Type == ElfType.Executable) ? RelroKind.Full : RelroKind.Partial,
            HasNonExecutableStack = hasStackHeader && !isStackExecutable,
            StackProtector = protector,
            Fortify = fortify,
        };
    }

    private bool BindsNow(ReadOnlySpan<byte> entries)
    {
        int entrySize = 2 * _layout.WordSize;
        for (int at = 0; at + entrySize <= entries.Length; at += entrySize)
        {
            ulong value = _layout.Word(entries, at + _layout.WordSize);
            switch (_layout.Word(entries, at))
            {
                case Tag.Null: return false;
                case BindNowTag: return true;
                case FlagsTag when (value & BindNow) != 0: return true;
                case Tag.Flags1 when (value & Now) != 0: return true;
                default: break;
            }
        }
        return false;
    }

    private (Presence Protector, Presence Fortify) ReadSymbols()
    {
        ReadOnlySpan<byte> sections = Table(
            _layout.SectionHeadersOffset, _layout.ProgramHeaderEntrySize + 4, _layout.SectionHeaderSize, 0xFF00, "section headers");
        bool isProtected = false;
        bool isChecked = false;
        bool isCheckable = false;
        bool hasSymbols = false;
        for (int at = 0; at < sections.Length; at += _layout.SectionHeaderSize)
        {
            ReadOnlySpan<byte> section = sections.Slice(at, _layout.SectionHeaderSize);
            if (BinaryPrimitives.ReadUInt32LittleEndian(section[4..]) is not (SymbolTable or DynamicSymbols))
            {
                continue;
            }
            ReadOnlySpan<byte> symbols = Section(section, out long offset);
            uint link = BinaryPrimitives.ReadUInt32LittleEndian(section[(_layout.SectionSize + _layout.WordSize)..]); // sh_link
            if (link >= sections.Length / _layout.SectionHeaderSize || symbols.Length / _layout.SymbolSize > MaxSymbols)
            {
                throw Error(offset, $"its symbols name section {link} for their names, or are more than {MaxSymbols}");
            }
            ReadOnlySpan<byte> names = Section(sections.Slice((int)link * _layout.SectionHeaderSize, _layout.SectionHeaderSize), out _);
            for (int symbol = _layout.SymbolSize; symbol + _layout.SymbolSize <= symbols.Length; symbol += _layout.SymbolSize)
            {
                uint nameAt = BinaryPrimitives.ReadUInt32LittleEndian(symbols[symbol..]);
                if (nameAt >= names.Length)
                {
                    throw Error(offset + symbol, $"a symbol's name is at {nameAt} of a table of {names.Length}");
                }
                hasSymbols = true;
                ReadOnlySpan<byte> name = NameAt(names[(int)nameAt..]);
                bool isElsewhere = BinaryPrimitives.ReadUInt16LittleEndian(symbols[(symbol + _layout.SymbolSection)..]) == 0;
                isProtected |= name.SequenceEqual("__stack_chk_fail"u8) || name.SequenceEqual("__stack_chk_guard"u8);
                if (isElsewhere)
                {
                    isChecked |= name.StartsWith("__"u8) && name.EndsWith("_chk"u8);
                    isCheckable |= IsCheckable(name);
                }
            }
        }
        return !hasSymbols
            ? (Presence.Unknown, Presence.Unknown)
            : (isProtected ? Presence.Yes : Presence.No, isChecked ? Presence.Yes : isCheckable ? Presence.No : Presence.NotNeeded);
    }

    /// <summary>A name without its version; at most 255 bytes of it, which no name that is looked for has.</summary>
    private static ReadOnlySpan<byte> NameAt(ReadOnlySpan<byte> names)
    {
        ReadOnlySpan<byte> start = names[..Math.Min(names.Length, 255)];
        int end = start.IndexOfAny((byte)0, (byte)'@');
        return end < 0 ? start : start[..end];
    }

    private static bool IsCheckable(ReadOnlySpan<byte> name)
    {
        Span<char> text = stackalloc char[24]; // longer than the longest of them
        if (name.Length > text.Length)
        {
            return false;
        }
        int length = System.Text.Encoding.Latin1.GetChars(name, text);
        return s_checkable.Contains(text[..length]);
    }
}
