namespace Strata.Formats.Elf;

/// <summary>How much a program misses a library that it opens while it runs.</summary>
public enum DlopenPriority : byte
{
    /// <summary>It does not work without.</summary>
    Required,

    /// <summary>Important functions need it; also when the note does not say.</summary>
    Recommended,

    /// <summary>Minor functions need it.</summary>
    Suggested,
}

/// <summary>One dependency that an ELF file opens while it runs (systemd.io/ELF_DLOPEN_METADATA).</summary>
/// <param name="Feature">Keyword of the function that needs it; may be empty.</param>
/// <param name="Description">The same for people; may be empty.</param>
/// <param name="Priority">How much it is missed.</param>
/// <param name="Sonames">Names that are tried in this order; at least one.</param>
public sealed record DlopenNote(string Feature, string Description, DlopenPriority Priority, IReadOnlyList<string> Sonames);
