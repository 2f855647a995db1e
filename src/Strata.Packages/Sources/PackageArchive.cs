using System.Buffers;
using System.IO.Enumeration;
using Strata.Packages.Keys;
using Strata.Packages.Relations;

namespace Strata.Packages.Sources;

/// <summary>
/// An archive: where it is, whose signature counts, what may come from it. Debian's own is one, those that a blueprint names are others.
/// </summary>
public sealed record PackageArchive
{
    /// <summary>Priority of an archive that does not ask for another: apt_preferences(5).</summary>
    public const int UsualPriority = 500;

    /// <summary>Name of Debian's own. No other has an empty one.</summary>
    public const string DebianName = "";

    /// <summary>Suite of packages that no mirror has: files beside a blueprint.</summary>
    public const string OwnSuite = "own";

    private static readonly SearchValues<char> s_ofPatterns = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789+-.*");

    /// <summary>What the blueprint calls it; locks and messages name it so.</summary>
    public required string Name { get; init; }

    /// <summary>Folders that hold <c>dists</c> and <c>pool</c>, one for each mirror; none for suites of Debian's own archive.</summary>
    public IReadOnlyList<Uri> Roots { get; init; } = [];

    /// <summary>
    /// Suites as sources.list(5) has them: <c>trixie-backports</c>; a folder with a slash at its end, <c>./</c>, for a flat archive.
    /// </summary>
    public required IReadOnlyList<string> Suites { get; init; }

    /// <summary>Components of every suite; none for a flat archive.</summary>
    public IReadOnlyList<string> Components { get; init; } = [];

    /// <summary>Keys that its releases are signed with, and no others; none for suites of Debian's own archive.</summary>
    public IReadOnlyList<Keyring> Keyrings { get; init; } = [];

    /// <summary>Where its packages stand among those of other archives; null for what its <c>Release</c> says.</summary>
    public int? Priority { get; init; }

    /// <summary>Names of packages that may come from it; <c>*</c> stands for any characters.</summary>
    public required IReadOnlyList<string> Packages { get; init; }

    /// <summary>
    /// The folder of package files below that of the blueprint that stands for mirrors, whose one suite is <see cref="OwnSuite"/>; null for
    /// an archive that is fetched from.
    /// </summary>
    public string? Folder { get; init; }

    /// <summary>True for Debian's own archive, from which everything may come.</summary>
    public bool IsDebian => Name == DebianName;

    /// <summary>True when a package may come from it.</summary>
    public bool Allows(string package) => Allows(Packages, package);

    /// <summary>True when one of several patterns fits a name.</summary>
    internal static bool Allows(IEnumerable<string> patterns, string package) =>
        patterns.Any(p => FileSystemName.MatchesSimpleExpression(p, package, ignoreCase: false));

    /// <summary>The rule that a pattern for names of packages breaks; null when it can be one.</summary>
    public static string? ProblemOfPattern(string pattern)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        return pattern.Length is 0 or > PackageName.MaxLength || pattern.AsSpan().ContainsAnyExcept(s_ofPatterns)
            ? $"'{pattern}' is no name of a package, which has lower-case letters, digits, '+', '-' and '.'; '*' stands for any of them"
            : null;
    }
}
