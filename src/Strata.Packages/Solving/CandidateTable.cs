using System.Diagnostics.CodeAnalysis;
using Strata.Packages.Indexes;
using Strata.Packages.Relations;
using Strata.Packages.Versions;

namespace Strata.Packages.Solving;

/// <summary>The one version of each package that may be chosen: the highest, or for a root the highest that was asked for.</summary>
/// <param name="pool">All packages.</param>
/// <param name="roots">What is asked for.</param>
/// <param name="kept">Versions that come before the highest, by name.</param>
internal sealed class CandidateTable(
    PackagePool pool, IReadOnlyCollection<PackageRoot> roots, IReadOnlyDictionary<string, DebianVersion> kept)
{
    private readonly ILookup<string, VersionConstraint> _wanted = roots.ToLookup(r => r.Name, r => r.Constraint, StringComparer.Ordinal);
    private readonly Dictionary<(string, bool), PackageEntry?> _candidates = [];
    private readonly Dictionary<RelationGroup, IReadOnlyList<PackageEntry>> _ordinary = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<RelationGroup, IReadOnlyList<PackageEntry>> _installer = new(ReferenceEqualityComparer.Instance);

    public PackagePool Pool => pool;

    /// <summary>The version that may be chosen of a package.</summary>
    public bool TryGet(string name, bool isInstaller, [NotNullWhen(true)] out PackageEntry? candidate)
    {
        if (!_candidates.TryGetValue((name, isInstaller), out candidate))
        {
            List<PackageEntry> versions = [.. pool.VersionsOf(name, isInstaller).Where(e => _wanted[name].All(c => c.Accepts(e.Version)))];
            candidate = (kept.TryGetValue(name, out DebianVersion? version) ? versions.Find(e => e.Version == version) : null)
                ?? versions.FirstOrDefault();
            _candidates.Add((name, isInstaller), candidate);
        }
        return candidate is not null;
    }

    /// <summary>Every package that satisfies a group, best first; computed once.</summary>
    public IReadOnlyList<PackageEntry> TargetsOf(RelationGroup group, bool isInstaller)
    {
        Dictionary<RelationGroup, IReadOnlyList<PackageEntry>> known = isInstaller ? _installer : _ordinary;
        if (!known.TryGetValue(group, out IReadOnlyList<PackageEntry>? targets))
        {
            targets = [.. group.Alternatives.SelectMany(r => TargetsOf(r, isInstaller)).Distinct()];
            known.Add(group, targets);
        }
        return targets;
    }

    /// <summary>
    /// Every package that satisfies one relation: the package of that name, then those that provide it, essential ones first, then by priority,
    /// as apt orders them; where apt leaves the rest to the order of its cache, we go by name.
    /// </summary>
    public IEnumerable<PackageEntry> TargetsOf(Relation relation, bool isInstaller)
    {
        if (!relation.FitsArchitecture(pool.Architecture))
        {
            yield break;
        }
        if (TryGet(relation.Name, isInstaller, out PackageEntry? real) && relation.Constraint.Accepts(real.Version))
        {
            yield return real;
        }
        IEnumerable<PackageEntry> providers = pool.ProvidersOf(relation.Name, isInstaller)
            .Where(p => relation.Constraint.Accepts(p.Version))
            .Where(p => TryGet(p.Entry.Name, isInstaller, out PackageEntry? candidate) && candidate == p.Entry)
            .Select(p => p.Entry)
            .OrderByDescending(e => e.IsEssential)
            .ThenBy(e => e.Priority)
            .ThenBy(e => e.Name, StringComparer.Ordinal);
        foreach (PackageEntry provider in providers)
        {
            yield return provider;
        }
    }
}
