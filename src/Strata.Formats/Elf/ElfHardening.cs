using Strata.Core;

namespace Strata.Formats.Elf;

/// <summary>How much of a file is read-only once it is loaded and linked.</summary>
public enum RelroKind : byte
{
    /// <summary>Nothing: no PT_GNU_RELRO.</summary>
    None,

    /// <summary>All but the table of functions that are looked up when they are first called.</summary>
    Partial,

    /// <summary>All of it: everything is looked up at the start (DF_BIND_NOW or DF_1_NOW).</summary>
    Full,
}

/// <summary>Whether something that a compiler adds is in a file.</summary>
public enum Presence : byte
{
    /// <summary>It is there.</summary>
    Yes,

    /// <summary>It is not, although the file has what it would protect, or could have.</summary>
    No,

    /// <summary>The file has nothing that it would protect.</summary>
    NotNeeded,

    /// <summary>The file tells nothing: it has no symbols.</summary>
    Unknown,
}

/// <summary>What an ELF file does against the abuse of its faults.</summary>
/// <remarks>
/// From program headers, the dynamic segment and the names of the dynamic symbols (or of all symbols in a static file that has kept them): what
/// <c>readelf -ldW --dyn-syms</c> prints. A function that needs no stack protector has none; a library with none at all is shown as without.
/// </remarks>
public sealed record ElfHardening
{
    /// <summary>True for what is started, false for a library: an interpreter, DF_1_PIE or fixed addresses.</summary>
    public required bool IsProgram { get; init; }

    /// <summary>True when no loader has to link it: neither PT_INTERP nor libraries it needs.</summary>
    public required bool IsStatic { get; init; }

    /// <summary>True when it can lie at any address (ET_DYN).</summary>
    public required bool IsPositionIndependent { get; init; }

    /// <summary>What is read-only after linking.</summary>
    public required RelroKind Relro { get; init; }

    /// <summary>True when its stack cannot be executed: PT_GNU_STACK without PF_X. Without that header Linux makes it executable on x86.</summary>
    public required bool HasNonExecutableStack { get; init; }

    /// <summary>Whether functions check their return addresses (<c>__stack_chk_fail</c>).</summary>
    public required Presence StackProtector { get; init; }

    /// <summary>Whether calls with sizes that the compiler knows are checked (<c>__memcpy_chk</c> and the like).</summary>
    public required Presence Fortify { get; init; }

    /// <summary>Reads a program or library; null for object files and kernel modules, to which none of it applies.</summary>
    /// <exception cref="ImageFormatException">It breaks a rule or is of a kind that is not supported.</exception>
    public static ElfHardening? Read(ReadOnlySpan<byte> file) => new ElfParser(file).ParseHardening();
}
