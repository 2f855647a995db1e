namespace Strata.Formats.Tar;

/// <summary>What a tar archive may hold.</summary>
public sealed record TarLimits
{
    /// <summary>Longest name or link target in UTF-8 bytes (PATH_MAX of Linux less its NUL).</summary>
    public const int MaxNameLength = 4095;

    /// <summary>Largest extended header in bytes.</summary>
    public const int MaxExtensionSize = 1 << 20;

    /// <summary>A million entries.</summary>
    public static TarLimits Default { get; } = new();

    /// <summary>Most entries, extension headers not counted.</summary>
    public int MaxEntries { get; init; } = 1_000_000;
}
