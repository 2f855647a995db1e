namespace Strata.Packages.Relations;

/// <summary>One alternative of a relation: a package name, for which architecture, in which versions (Debian Policy §7.1).</summary>
/// <param name="Name">Package or virtual package: <c>libc6</c>.</param>
/// <param name="Constraint">Versions accepted.</param>
/// <param name="Architecture">What follows the colon: <c>any</c>, <c>native</c> or the name of an architecture; null when there is no colon.</param>
public sealed record Relation(string Name, VersionConstraint Constraint, string? Architecture = null)
{
    /// <summary>
    /// True when a package of the one architecture of a system can be meant: <c>:any</c> and <c>:native</c> always, a name when it is the system's.
    /// </summary>
    /// <remarks>
    /// What <c>:any</c> adds, accepting another architecture, does not exist on a system of one architecture; like <c>apt</c> there we let the
    /// package of that architecture satisfy it.
    /// </remarks>
    public bool FitsArchitecture(string architecture) => Architecture is null or "any" or "native" || Architecture == architecture;

    /// <summary>As control files write it: <c>python3:any (&gt;= 3.11)</c>.</summary>
    public override string ToString() =>
        (Architecture is null ? Name : $"{Name}:{Architecture}") + (Constraint.Operator == VersionOperator.Any ? "" : $" ({Constraint})");
}

/// <summary>Alternatives of which one is enough: <c>mawk | gawk</c>.</summary>
/// <param name="Alternatives">At least one, in the order of preference.</param>
internal sealed record RelationGroup(IReadOnlyList<Relation> Alternatives)
{
    /// <summary>As control files write it.</summary>
    public override string ToString() => string.Join(" | ", Alternatives);
}
