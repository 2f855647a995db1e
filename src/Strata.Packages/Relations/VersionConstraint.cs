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
}

/// <summary>Which versions a relation accepts: <c>&gt;= 1.2-3</c>, or all.</summary>
public sealed record VersionConstraint
{
    private VersionConstraint(VersionOperator comparison, DebianVersion? version) => (Operator, Version) = (comparison, version);

    /// <summary>Accepts every version, and a provided name that has none.</summary>
    public static VersionConstraint Any { get; } = new(VersionOperator.Any, null);

    /// <summary>The comparison.</summary>
    public VersionOperator Operator { get; }

    /// <summary>What is compared with; null exactly for <see cref="VersionOperator.Any"/>.</summary>
    public DebianVersion? Version { get; }

    /// <summary>A comparison with a version.</summary>
    /// <exception cref="ArgumentException"><paramref name="comparison"/> is <see cref="VersionOperator.Any"/>.</exception>
    public static VersionConstraint Of(VersionOperator comparison, DebianVersion version) => comparison == VersionOperator.Any
        ? throw new ArgumentException("this operator takes no version", nameof(comparison))
        : new VersionConstraint(comparison, version);

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
        _ => $">> {Version}",
    };
}
