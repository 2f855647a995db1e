using Strata.Packages.Indexes;
using Strata.Packages.Relations;
using Strata.Packages.Versions;

namespace Strata.Packages.Solving;

/// <summary>Two packages that cannot be together.</summary>
/// <param name="Owner">The one that says so.</param>
/// <param name="Field"><c>Conflicts</c> or <c>Breaks</c>.</param>
/// <param name="Relation">What it says.</param>
/// <param name="Other">The one it means.</param>
internal sealed record PackageConflict(PackageEntry Owner, string Field, Relation Relation, PackageEntry Other)
{
    /// <summary><c>a 1.0 conflicts with b (&lt;&lt; 2)</c></summary>
    public override string ToString() =>
        $"{Owner.Name} {Owner.Version} {(Field == "Breaks" ? "breaks" : "conflicts with")} {Relation}"
        + (Relation.Name == Other.Name ? "" : $", which {Other.Name} {Other.Version} provides");
}

/// <summary>Who among the chosen packages conflicts with whom (Debian Policy §7.3, §7.4), asked in both directions.</summary>
internal sealed class ConflictTable(string architecture)
{
    private sealed record Claim(PackageEntry Owner, string Field, Relation Relation);

    private readonly record struct Name(PackageEntry Entry, DebianVersion? Version);

    private readonly Dictionary<(string, bool), List<Claim>> _claims = [];
    private readonly Dictionary<(string, bool), List<Name>> _names = [];

    public void Add(PackageEntry entry)
    {
        bool world = entry.Origin.IsInstaller;
        foreach ((string name, DebianVersion? version) in NamesOf(entry))
        {
            ListOf(_names, (name, world)).Add(new Name(entry, version));
        }
        foreach ((string field, Relation relation) in ClaimsOf(entry))
        {
            ListOf(_claims, (relation.Name, world)).Add(new Claim(entry, field, relation));
        }
    }

    /// <summary>The first conflict between a package and those added; null when it fits.</summary>
    public PackageConflict? Find(PackageEntry entry)
    {
        bool world = entry.Origin.IsInstaller;
        foreach ((string field, Relation relation) in ClaimsOf(entry))
        {
            if (_names.TryGetValue((relation.Name, world), out List<Name>? named) && relation.FitsArchitecture(architecture))
            {
                foreach (Name name in named)
                {
                    if (name.Entry != entry && relation.Constraint.Accepts(name.Version))
                    {
                        return new PackageConflict(entry, field, relation, name.Entry);
                    }
                }
            }
        }
        foreach ((string name, DebianVersion? version) in NamesOf(entry))
        {
            if (_claims.TryGetValue((name, world), out List<Claim>? claims))
            {
                foreach (Claim claim in claims)
                {
                    // a package may conflict with a name it provides itself: "only one of us"
                    if (claim.Owner != entry && claim.Relation.Constraint.Accepts(version) && claim.Relation.FitsArchitecture(architecture))
                    {
                        return new PackageConflict(claim.Owner, claim.Field, claim.Relation, entry);
                    }
                }
            }
        }
        return null;
    }

    private static IEnumerable<(string Name, DebianVersion? Version)> NamesOf(PackageEntry entry) =>
        entry.Provides.Select(p => (p.Name, p.Constraint.Version)).Prepend((entry.Name, entry.Version));

    private static IEnumerable<(string Field, Relation Relation)> ClaimsOf(PackageEntry entry) =>
        entry.Conflicts.Select(r => ("Conflicts", r)).Concat(entry.Breaks.Select(r => ("Breaks", r)));

    private static List<T> ListOf<T>(Dictionary<(string, bool), List<T>> lists, (string, bool) key)
    {
        if (!lists.TryGetValue(key, out List<T>? list))
        {
            lists.Add(key, list = []);
        }
        return list;
    }
}
