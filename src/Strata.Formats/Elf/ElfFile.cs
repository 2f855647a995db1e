using Strata.Core;

namespace Strata.Formats.Elf;

/// <summary>Word size of an ELF file (e_ident[EI_CLASS]).</summary>
public enum ElfClass : byte
{
    /// <summary>ELFCLASS32.</summary>
    Elf32 = 1,

    /// <summary>ELFCLASS64.</summary>
    Elf64 = 2,
}

/// <summary>What an ELF file is (e_type). Core files are refused.</summary>
public enum ElfType : ushort
{
    /// <summary>ET_REL: object file or kernel module.</summary>
    Relocatable = 1,

    /// <summary>ET_EXEC: program at fixed addresses.</summary>
    Executable = 2,

    /// <summary>ET_DYN: shared library or position-independent program.</summary>
    Shared = 3,
}

/// <summary>Machine of an ELF file (e_machine); values without a name here are kept as they are.</summary>
public enum ElfMachine : ushort
{
    /// <summary>EM_NONE.</summary>
    None = 0,

    /// <summary>EM_386.</summary>
    I386 = 3,

    /// <summary>EM_ARM, 32 bits.</summary>
    Arm = 40,

    /// <summary>EM_X86_64.</summary>
    X8664 = 62,

    /// <summary>EM_AARCH64.</summary>
    Aarch64 = 183,

    /// <summary>EM_RISCV.</summary>
    RiscV = 243,

    /// <summary>EM_BPF.</summary>
    Bpf = 247,
}

/// <summary>What other files an ELF file needs, and what it says of itself.</summary>
/// <remarks>
/// Source: System V ABI, "Object Files" and "Program Loading and Dynamic Linking"; <c>elf(5)</c>. Little-endian only, at most 2 GiB, no core
/// files, at most 65,534 program headers. Dynamic facts come from program headers, which is what the kernel and the dynamic linker look at;
/// section headers are read for the <c>.modinfo</c> of kernel modules alone.
/// </remarks>
public sealed record ElfFile
{
    /// <summary>Word size.</summary>
    public required ElfClass Class { get; init; }

    /// <summary>Machine.</summary>
    public required ElfMachine Machine { get; init; }

    /// <summary>Type.</summary>
    public required ElfType Type { get; init; }

    /// <summary>Path of the program interpreter (PT_INTERP): <c>/lib64/ld-linux-x86-64.so.2</c>; null when there is none.</summary>
    public string? Interpreter { get; init; }

    /// <summary>Libraries that must be there when it starts (DT_NEEDED), in file order.</summary>
    public IReadOnlyList<string> Needed { get; init; } = [];

    /// <summary>Its own name as a library (DT_SONAME), or null.</summary>
    public string? Soname { get; init; }

    /// <summary>Search path of the old kind (DT_RPATH), folders separated by colons, or null.</summary>
    public string? Rpath { get; init; }

    /// <summary>Search path (DT_RUNPATH), folders separated by colons, or null.</summary>
    public string? Runpath { get; init; }

    /// <summary>True for a position-independent <em>program</em>: DF_1_PIE in DT_FLAGS_1.</summary>
    public bool IsPie { get; init; }

    /// <summary>Libraries that it may open while it runs, as far as its notes tell.</summary>
    public IReadOnlyList<DlopenNote> DlopenNotes { get; init; } = [];

    /// <summary>Strings <c>key=value</c> of a kernel module's <c>.modinfo</c>, in file order; empty for everything else.</summary>
    public IReadOnlyList<string> ModuleInfo { get; init; } = [];

    /// <summary>True when <paramref name="start"/> begins as every ELF file does.</summary>
    public static bool HasMagic(ReadOnlySpan<byte> start) => start.StartsWith("\x7F"u8) && start.Length >= 4 && start[1..4].SequenceEqual("ELF"u8);

    /// <summary>Reads a whole file.</summary>
    /// <exception cref="ImageFormatException">It breaks a rule or is of a kind that is not supported.</exception>
    public static ElfFile Read(ReadOnlySpan<byte> file) => new ElfParser(file).Parse();
}
