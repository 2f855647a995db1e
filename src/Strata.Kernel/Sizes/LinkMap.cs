namespace Strata.Kernel.Sizes;

/// <summary>What a section is for.</summary>
public enum SectionKind
{
    /// <summary>Code.</summary>
    Text,

    /// <summary>Data that is only read, and tables.</summary>
    ReadOnly,

    /// <summary>Data that changes.</summary>
    Data,

    /// <summary>Code and data that only starting needs; its memory is given back.</summary>
    Init,

    /// <summary>Data that begins as zeros: memory, but nothing of the image.</summary>
    Bss,
}

/// <summary>A piece of an object file, where the linker put it.</summary>
/// <param name="File">
/// The object file, from the root of the build folder: <c>fs/ext4/inode.o</c>; <see cref="LinkMap.Padding"/> for what the linker filled in
/// between, <see cref="LinkMap.Strings"/> for texts that it merged.
/// </param>
/// <param name="Kind">What it is for.</param>
/// <param name="Address">Where it starts; meaningful only in the map of a finished link.</param>
/// <param name="Size">In bytes.</param>
public readonly record struct LinkedSection(string File, SectionKind Kind, ulong Address, long Size);

/// <summary>What a linker put where: the readable parts of the map that GNU ld writes (<c>-Map</c>).</summary>
/// <param name="Sections">In the order of the map; pieces of no size are left out, and what does not reach memory (debugging, comments).</param>
public sealed record LinkMap(IReadOnlyList<LinkedSection> Sections)
{
    /// <summary>Stands for bytes between sections, which alignment asks for.</summary>
    public const string Padding = "(padding)";

    /// <summary>Stands for texts and constants of all objects, equal ones merged: the map names the first object for all of them.</summary>
    public const string Strings = "(strings)";

    /// <summary>What a section is for, by the name it has in the finished kernel; null when it does not reach memory.</summary>
    public static SectionKind? KindOf(string section)
    {
        ArgumentNullException.ThrowIfNull(section);
        if (Starts(section, ".comment", ".debug", ".stab", ".symtab", ".strtab", ".shstrtab", ".rel", ".discard", ".modinfo", ".export_symbol", ".gnu", ".note.gnu",
            ".line", ".got", ".igot", ".plt", ".iplt", ".llvm", "/DISCARD/"))
        {
            return null;
        }
        // the names of include/asm-generic/vmlinux.lds.h and arch/x86/kernel/vmlinux.lds.S
        if (Starts(section, ".init", ".exit", ".altinstr", ".smp_locks", ".x86_cpu_dev", ".apicdrivers", ".parainstructions", ".retpoline_sites", ".return_sites",
            ".call_sites", ".ibt_endbr_seal", ".cfi_sites", ".iommu_table", ".con_initcall", ".early_"))
        {
            return SectionKind.Init;
        }
        return Starts(section, ".bss", ".brk", "COMMON") ? SectionKind.Bss
            : Starts(section, ".data", ".vvar", ".ref.data") ? SectionKind.Data
            : section.Contains(".text", StringComparison.Ordinal) ? SectionKind.Text
            : SectionKind.ReadOnly;
    }

    private static bool Starts(string section, params ReadOnlySpan<string> beginnings)
    {
        foreach (string beginning in beginnings)
        {
            if (section.StartsWith(beginning, StringComparison.Ordinal))
            {
                return true;
            }
        }
        return false;
    }
}
