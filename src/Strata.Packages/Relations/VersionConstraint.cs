using System.Buffers;
using System.IO.Enumeration;
using Strata.Packages.Versions;

namespace Strata.Packages.Relations;

/// <summary>How a relation compares versions (Debian Policy §7.1).</summary>
public enum VersionOperator
{
    /// <summary>Every version, also none: nothing is compared.</summary>
    Any,

    /// <summary><c>&lt;&lt;</c></summary>
    Earlier,

    /// <summary><c>&lt;=</c></summary>
    EarlierOrEqual,

    /// <summary><c>=</c></summary>
    Equal,

    /// <summary><c>&gt;=</c></summary>
    LaterOrEqual,

    /// <summary><c>&gt;&gt;</c></summary>
    Later,

    /// <summary><c>=</c> with a pattern, <c>1.26.*</c>: what a person asks for, never what a package says.</summary>
    Matching,
}

/// <summary>Which versions a relation accepts: <c>&gt;= 1.2-3</c>, or all.</summary>
public sealed record VersionConstraint
{
    private static readonly SearchValues<char> s_ofPatterns =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.+~:-*"); // Debian Policy §5.6.12

    private const int LongestPattern = 256;

    private readonly string _pattern = "";

    private VersionConstraint(VersionOperator comparison, DebianVersion? version) => (Operator, Version) = (comparison, version);

    private VersionConstraint(string pattern) => (Operator, _pattern) = (VersionOperator.Matching, pattern);

    /// <summary>Accepts every version, and a provided name that has none.</summary>
    public static VersionConstraint Any { get; } = new(VersionOperator.Any, null);

    /// <summary>The comparison.</summary>
    public VersionOperator Operator { get; }

    /// <summary>
    /// What is compared with; null exactly for <see cref="VersionOperator.Any"/> and <see cref="VersionOperator.Matching"/>.
    /// </summary>
    public DebianVersion? Version { get; }

    /// <summary>A comparison with a version.</summary>
    /// <exception cref="ArgumentException"><paramref name="comparison"/> takes no version.</exception>
    public static VersionConstraint Of(VersionOperator comparison, DebianVersion version) =>
        comparison is VersionOperator.Any or VersionOperator.Matching
        ? throw new ArgumentException("this operator takes no version", nameof(comparison))
        : new VersionConstraint(comparison, version);

    /// <summary>A version as a person asks for it: the whole of it, epoch included, with <c>*</c> for any characters.</summary>
    /// <exception cref="ArgumentException"><see cref="ProblemOfWish"/> finds one.</exception>
    public static VersionConstraint Wish(string text) =>
        ProblemOfWish(text) is { } problem ? throw new ArgumentException(problem, nameof(text))
        : text.Contains('*', StringComparison.Ordinal) ? new VersionConstraint(text)
        : Of(VersionOperator.Equal, DebianVersion.Parse(text));

    /// <summary>Why a text is no version that can be asked for; null when it is.</summary>
    public static string? ProblemOfWish(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return !text.Contains('*', StringComparison.Ordinal) ? DebianVersion.ProblemOf(text)
            : text.Length > LongestPattern ? $"it has more than {LongestPattern} characters"
            : text.AsSpan().ContainsAnyExcept(s_ofPatterns) ? $"'{text}' has characters that no version has" : null;
    }

    /// <summary>True when the constraint accepts a version; null stands for a name provided without one, which only <see cref="Any"/> accepts.</summary>
    public bool Accepts(DebianVersion? version)
    {
        if (Operator == VersionOperator.Any)
        {
            return true;
        }
        if (version is null)
        {
            return false; // Policy §7.5: an unversioned Provides satisfies no versioned relation
        }
        if (Operator == VersionOperator.Matching)
        {
            return FileSystemName.MatchesSimpleExpression(_pattern, version.ToString(), ignoreCase: false);
        }
        int order = version.CompareTo(Version);
        return Operator switch
        {
            VersionOperator.Earlier => order < 0,
            VersionOperator.EarlierOrEqual => order <= 0,
            VersionOperator.Equal => order == 0,
            VersionOperator.LaterOrEqual => order >= 0,
            _ => order > 0,
        };
    }

    /// <summary><c>&gt;= 1.2-3</c>; empty for <see cref="Any"/>.</summary>
    public override string ToString() => Operator switch
    {
        VersionOperator.Any => "",
        VersionOperator.Earlier => $"<< {Version}",
        VersionOperator.EarlierOrEqual => $"<= {Version}",
        VersionOperator.Equal => $"= {Version}",
        VersionOperator.LaterOrEqual => $">= {Version}",
        VersionOperator.Matching => $"= {_pattern}",
        _ => $">> {Version}",
    };
}
