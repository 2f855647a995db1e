using System.Globalization;

namespace Strata.Updates.Trials;

/// <summary>
/// A kernel image where systemd-boot looks for them. How far it is trusted stands in its name (UAPI.1, Boot Loader Specification, "Boot
/// counting"): <c>NAME+LEFT-DONE.efi</c> has so many tries left and so many behind it, <c>NAME.efi</c> needs none.
/// </summary>
/// <remarks>
/// systemd-boot takes a try away by renaming before it starts the image. One without tries left is started only when nothing else is
/// there. Names are those of FAT: letters of either case are the same.
/// </remarks>
public sealed record BootEntry
{
    /// <summary>End of their names.</summary>
    public const string Ending = ".efi";

    /// <summary>Longest name of a file on FAT, in characters.</summary>
    public const int MostCharacters = 255;

    // systemd-boot passes these over: they would be of its own entries
    private const string Passed = "auto-";

    private BootEntry(string fileName, string name, int? triesLeft, int triesDone) =>
        (FileName, Name, TriesLeft, TriesDone) = (fileName, name, triesLeft, triesDone);

    /// <summary>The name of the file as it is.</summary>
    public string FileName { get; }

    /// <summary>The name without tries and ending, the same however far it is trusted: <c>EDITION_VERSION</c>.</summary>
    public string Name { get; }

    /// <summary>Tries that are left; null when it is not counted, since it has proven good.</summary>
    public int? TriesLeft { get; }

    /// <summary>Tries that were begun.</summary>
    public int TriesDone { get; }

    /// <summary>True for one that somebody said is good.</summary>
    public bool IsProven => TriesLeft is null;

    /// <summary>True for one that is started only when nothing else is there.</summary>
    public bool IsBad => TriesLeft == 0;

    /// <summary>True for one of which nobody has said yet whether it is good.</summary>
    public bool IsOnTrial => TriesLeft > 0;

    /// <summary>Whether two names of entries are the same for FAT.</summary>
    public static bool IsSame(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads the name of a file; null for one that systemd-boot does not start.</summary>
    public static BootEntry? TryParse(string fileName)
    {
        ArgumentNullException.ThrowIfNull(fileName);
        if (fileName.Length > MostCharacters || fileName.Length <= Ending.Length || fileName[0] == '.'
            || !fileName.EndsWith(Ending, StringComparison.OrdinalIgnoreCase)
            || fileName.StartsWith(Passed, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }
        string stem = fileName[..^Ending.Length];
        int plus = stem.LastIndexOf('+');
        if (plus <= 0)
        {
            return new BootEntry(fileName, stem, null, 0);
        }
        ReadOnlySpan<char> counters = stem.AsSpan(plus + 1);
        int dash = counters.IndexOf('-');
        int done = 0;
        bool isCounted = TryCount(dash < 0 ? counters : counters[..dash], out int left)
            && (dash < 0 || TryCount(counters[(dash + 1)..], out done));
        return isCounted ? new BootEntry(fileName, stem[..plus], left, done) : new BootEntry(fileName, stem, null, 0);
    }

    /// <summary>Name of the entry of a version of an edition.</summary>
    /// <param name="edition">Name of the edition.</param>
    /// <param name="version">
    /// Its version. What says nothing about order becomes an underscore (a '+' would be counting), so the name is as old as the version.
    /// </param>
    public static string NameOf(string edition, string version)
    {
        ArgumentNullException.ThrowIfNull(version);
        return $"{edition}_{string.Concat(version.Select(c => EntryVersion.IsOfOrder(c) ? c : '_'))}";
    }

    /// <summary>File name of one with tries.</summary>
    public static string OnTrial(string name, int tries) => string.Create(CultureInfo.InvariantCulture, $"{name}+{tries}{Ending}");

    /// <summary>File name of one that is not started any more.</summary>
    public static string Bad(string name, int done) => string.Create(CultureInfo.InvariantCulture, $"{name}+0-{done}{Ending}");

    /// <summary>File name of one that is good.</summary>
    public static string Proven(string name) => name + Ending;

    private static bool TryCount(ReadOnlySpan<char> text, out int count) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out count);
}
