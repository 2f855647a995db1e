using Strata.Packages.Indexes;
using Strata.Packages.Relations;
using Strata.Packages.Versions;

namespace Strata.Packages.Solving;

/// <summary>Which packages keep the version that they had when the others move to theirs of today.</summary>
/// <remarks>
/// A version is kept as long as nothing speaks against it: when a package that moves asks for a newer one, or breaks the old one, that
/// one moves too, and so on. What remains is offered to the solver as the only version of its package.
/// </remarks>
internal static class KeptVersions
{
    /// <summary>The versions that can stay, by name.</summary>
    /// <param name="pool">Has the versions of today and those to keep.</param>
    /// <param name="request">What will be asked of the solver.</param>
    /// <param name="wished">The versions to keep, by name; what is not in the pool, or not what a root asks for, is left out.</param>
    public static IReadOnlyDictionary<string, DebianVersion> Settle(
        PackagePool pool, PackageRequest request, IReadOnlyDictionary<string, DebianVersion> wished)
    {
        ILookup<string, VersionConstraint> roots = request.Roots.ToLookup(r => r.Name, r => r.Constraint, StringComparer.Ordinal);
        Dictionary<string, DebianVersion> kept = new(StringComparer.Ordinal);
        foreach ((string name, DebianVersion version) in wished)
        {
            bool isThere = pool.VersionsOf(name).Concat(pool.VersionsOf(name, isInstaller: true)).Any(e => e.Version == version);
            if (isThere && roots[name].All(c => c.Accepts(version)))
            {
                kept.Add(name, version);
            }
        }
        while (ReleaseSome(pool, request, kept))
        {
        }
        return kept;
    }

    /// <summary>
    /// Walks over everything that would be chosen, and takes out what stands in its way. Each round takes out at least one, so it ends.
    /// </summary>
    private static bool ReleaseSome(PackagePool pool, PackageRequest request, Dictionary<string, DebianVersion> kept)
    {
        CandidateTable candidates = new(pool, request.Roots, kept);
        HashSet<PackageEntry> seen = [];
        Queue<PackageEntry> open = new();
        foreach (PackageRoot root in request.Roots)
        {
            foreach (bool isInstaller in (bool[])[false, true])
            {
                if (candidates.TryGet(root.Name, isInstaller, out PackageEntry? entry) && seen.Add(entry) && root.FollowDependencies)
                {
                    open.Enqueue(entry);
                }
            }
        }
        bool released = false;
        while (open.TryDequeue(out PackageEntry? entry))
        {
            foreach (RelationGroup group in entry.PreDepends.Concat(entry.Depends)
                .Where(g => !g.Alternatives.Any(r => request.Cut.Contains(r.Name))))
            {
                IReadOnlyList<PackageEntry> targets = candidates.TargetsOf(group, entry.Origin.IsInstaller);
                released |= targets.Count == 0 && Release(pool, entry, group, kept);
                foreach (PackageEntry target in targets.Where(seen.Add))
                {
                    open.Enqueue(target);
                }
            }
        }
        foreach (PackageEntry entry in seen)
        {
            foreach (Relation relation in entry.Conflicts.Concat(entry.Breaks))
            {
                // a version that an unmoved package already lived with is not what is meant here
                bool isKept = kept.TryGetValue(entry.Name, out DebianVersion? own) && own == entry.Version;
                if (!isKept && kept.TryGetValue(relation.Name, out DebianVersion? other) && relation.Constraint != VersionConstraint.Any
                    && relation.FitsArchitecture(pool.Architecture) && relation.Constraint.Accepts(other))
                {
                    released |= kept.Remove(relation.Name);
                }
            }
        }
        return released;
    }

    // The relation asks for a version that the kept one is not; or its owner is what is too old for the others, and has to move itself.
    private static bool Release(PackagePool pool, PackageEntry owner, RelationGroup group, Dictionary<string, DebianVersion> kept)
    {
        bool released = false;
        foreach (Relation relation in group.Alternatives)
        {
            bool helps = pool.VersionsOf(relation.Name, owner.Origin.IsInstaller).Any(e => relation.Constraint.Accepts(e.Version));
            released |= helps && kept.Remove(relation.Name);
            foreach (Provision provision in pool.ProvidersOf(relation.Name, owner.Origin.IsInstaller)
                .Where(p => relation.Constraint.Accepts(p.Version)))
            {
                released |= kept.Remove(provision.Entry.Name);
            }
        }
        return released || kept.Remove(owner.Name);
    }
}
