namespace Strata.Packages.Deb822;

/// <summary>Bounds of what a <see cref="Deb822Reader"/> accepts.</summary>
internal sealed record Deb822Limits
{
    /// <summary>For indexes of packages: the largest stanza of trixie has 76 KB and 30 fields.</summary>
    public static Deb822Limits Archive { get; } = new() { PassesOverStanzas = true };

    /// <summary>For a <c>Release</c> file, whose one stanza lists every file of a suite.</summary>
    public static Deb822Limits Release { get; } = new() { MaxStanzaBytes = 64 << 20 };

    /// <summary>For files that people write on the host; lines that start with <c>#</c> are comments.</summary>
    public static Deb822Limits Configuration { get; } = new() { Comments = true };

    /// <summary>Longest stanza in bytes, at least 64 KiB.</summary>
    public int MaxStanzaBytes { get; init; } = 4 << 20;

    /// <summary>Longest line in bytes, without its line feed.</summary>
    public int MaxLineBytes { get; init; } = 1 << 20;

    /// <summary>Most fields in a stanza.</summary>
    public int MaxFields { get; init; } = 128;

    /// <summary>
    /// True when a stanza whose lines break a rule is handed out with <see cref="Deb822Reader.StanzaFault"/> instead of ending the file. A
    /// stanza longer than <see cref="MaxStanzaBytes"/> ends it all the same.
    /// </summary>
    public bool PassesOverStanzas { get; init; }

    /// <summary>True when lines that start with <c>#</c> are left out.</summary>
    public bool Comments { get; init; }
}
