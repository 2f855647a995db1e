using Strata.Packages.Relations;
using Strata.Packages.Sources;

namespace Strata.Packages.Solving;

/// <summary>A package asked for by name.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Constraint">Versions that will do.</param>
/// <param name="FollowDependencies">False to take it alone, without what it depends on.</param>
public sealed record PackageRoot(string Name, VersionConstraint Constraint, bool FollowDependencies = true)
{
    /// <summary>Reads <c>curl</c>, <c>curl (&gt;= 8)</c> or <c>curl (= 8.14.*)</c>.</summary>
    /// <exception cref="Core.ImageFormatException">It is none of them, or names an architecture.</exception>
    public static PackageRoot Parse(string text, bool followDependencies = true)
    {
        ArgumentNullException.ThrowIfNull(text);
        // a star stands in no relation of a package
        if (text.Split(" (= ") is [string name, [.. string wish, ')']] && wish.Contains('*', StringComparison.Ordinal))
        {
            return (PackageName.ProblemOf(name) ?? VersionConstraint.ProblemOfWish(wish)) is { } problem
                ? throw new Core.ImageFormatException("package wanted", 0, problem)
                : new PackageRoot(name, VersionConstraint.Wish(wish), followDependencies);
        }
        Relation relation = RelationParser.ParseOne(text, "package wanted");
        return relation.Architecture is null
            ? new PackageRoot(relation.Name, relation.Constraint, followDependencies)
            : throw new Core.ImageFormatException("package wanted", 0, $"'{text}' names an architecture; that is chosen for all packages together");
    }

    /// <summary>
    /// True for the name of a package of the Debian Installer, <c>lvm2-udeb</c>: a smaller build of the same program. That world's names end so; the
    /// few that do not are the installer's own parts.
    /// </summary>
    public bool IsOfInstaller => Name.EndsWith("-udeb", StringComparison.Ordinal);

    /// <summary><c>curl (&gt;= 8)</c></summary>
    public override string ToString() => new Relation(Name, Constraint).ToString();
}

/// <summary>What a <see cref="PackageSolver"/> is asked.</summary>
public sealed record PackageRequest
{
    /// <summary>Packages wanted. Their order is the order of preference where choices depend on each other.</summary>
    public required IReadOnlyList<PackageRoot> Roots { get; init; }

    /// <summary>Components of the archive that packages may come from, in order of preference among equal versions.</summary>
    public IReadOnlyList<string> Components { get; init; } = Main;

    /// <summary>The component of free software, which needs nothing outside itself; the only one unless somebody asks for another.</summary>
    public static IReadOnlyList<string> Main { get; } = ["main"];

    /// <summary>Archives besides Debian's own, in order of preference among equal versions of equal priority.</summary>
    public IReadOnlyList<PackageArchive> Archives { get; init; } = [];

    /// <summary>
    /// Names never followed: a relation that names one of them in any alternative is passed over, because only maintainer scripts need it. A root
    /// of such a name is taken all the same.
    /// </summary>
    public IReadOnlyCollection<string> Cut { get; init; } = [];

    /// <summary>True to take recommended packages too, where that leads to no conflict.</summary>
    public bool Recommends { get; init; }
}

/// <summary>A package that was chosen, and why.</summary>
/// <param name="Entry">The package.</param>
/// <param name="RequiredBy">What made it necessary first; null for a root.</param>
/// <param name="Reason">The relation: <c>Depends: libc6 (&gt;= 2.38)</c>; what was asked for a root.</param>
internal sealed record SelectedPackage(Indexes.PackageEntry Entry, SelectedPackage? RequiredBy, string Reason)
{
    /// <summary>From the root to this package.</summary>
    public IReadOnlyList<SelectedPackage> Chain()
    {
        List<SelectedPackage> chain = [];
        for (SelectedPackage? package = this; package is not null; package = package.RequiredBy)
        {
            chain.Add(package);
        }
        chain.Reverse();
        return chain;
    }
}
