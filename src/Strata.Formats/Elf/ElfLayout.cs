using System.Buffers.Binary;

namespace Strata.Formats.Elf;

/// <summary>Where the fields of the ELF structures lie, for one word size (System V ABI, figures 4-3, 4-8 and 5-1; elf(5)).</summary>
/// <remarks>Values are byte offsets from the start of their structure. "Word" fields have 4 bytes in ELF32 and 8 in ELF64.</remarks>
internal sealed record ElfLayout
{
    public required bool Is64 { get; init; }

    /// <summary>Size of the file header.</summary>
    public required int HeaderSize { get; init; }

    public required int ProgramHeadersOffset { get; init; } // e_phoff, word

    public required int SectionHeadersOffset { get; init; } // e_shoff, word

    public required int ProgramHeaderEntrySize { get; init; } // e_phentsize, u16; e_phnum, e_shentsize, e_shnum, e_shstrndx follow

    /// <summary>Size of one program header.</summary>
    public required int ProgramHeaderSize { get; init; }

    public required int SegmentFlags { get; init; } // p_flags, u32

    public required int SegmentOffset { get; init; } // p_offset, word

    public required int SegmentAddress { get; init; } // p_vaddr, word

    public required int SegmentFileSize { get; init; } // p_filesz, word

    public required int SegmentAlignment { get; init; } // p_align, word

    /// <summary>Size of one section header.</summary>
    public required int SectionHeaderSize { get; init; }

    public required int SectionOffset { get; init; } // sh_offset, word

    public required int SectionSize { get; init; } // sh_size, word; sh_link, u32, follows

    /// <summary>Size of one symbol.</summary>
    public required int SymbolSize { get; init; }

    public required int SymbolSection { get; init; } // st_shndx, u16

    public static ElfLayout Elf32 { get; } = new()
    {
        Is64 = false,
        HeaderSize = 52,
        ProgramHeadersOffset = 28,
        SectionHeadersOffset = 32,
        ProgramHeaderEntrySize = 42,
        ProgramHeaderSize = 32,
        SegmentFlags = 24,
        SegmentOffset = 4,
        SegmentAddress = 8,
        SegmentFileSize = 16,
        SegmentAlignment = 28,
        SectionHeaderSize = 40,
        SectionOffset = 16,
        SectionSize = 20,
        SymbolSize = 16,
        SymbolSection = 14,
    };

    public static ElfLayout Elf64 { get; } = new()
    {
        Is64 = true,
        HeaderSize = 64,
        ProgramHeadersOffset = 32,
        SectionHeadersOffset = 40,
        ProgramHeaderEntrySize = 54,
        ProgramHeaderSize = 56,
        SegmentFlags = 4,
        SegmentOffset = 8,
        SegmentAddress = 16,
        SegmentFileSize = 32,
        SegmentAlignment = 48,
        SectionHeaderSize = 64,
        SectionOffset = 24,
        SectionSize = 32,
        SymbolSize = 24,
        SymbolSection = 6,
    };

    /// <summary>Size of a word.</summary>
    public int WordSize => Is64 ? 8 : 4;

    /// <summary>Reads a word.</summary>
    public ulong Word(ReadOnlySpan<byte> structure, int at) => Is64
        ? BinaryPrimitives.ReadUInt64LittleEndian(structure[at..])
        : BinaryPrimitives.ReadUInt32LittleEndian(structure[at..]);
}
