using Strata.Core;
using Strata.Packages.Indexes;
using Strata.Packages.Relations;

namespace Strata.Packages.Solving;

/// <summary>Sentences for people about what cannot be satisfied.</summary>
internal static class Explanations
{
    private const int MaxLength = 2000;

    /// <summary><c>a 1.0 depends on b (&gt;= 2)</c></summary>
    public static string Step(SelectedPackage package, string reason)
    {
        int colon = reason.IndexOf(": ", StringComparison.Ordinal);
        string verb = reason[..colon] switch
        {
            "Pre-Depends" => "pre-depends on",
            "Recommends" => "recommends",
            _ => "depends on",
        };
        return $"{package.Entry.Name} {package.Entry.Version} {verb} {reason[(colon + 2)..]}";
    }

    /// <summary>The relation, and of each alternative why it does not help.</summary>
    public static string Unsatisfied(
        CandidateTable candidates, SelectedPackage package, string field, RelationGroup group, bool isInstaller, IReadOnlyList<string> exclusions)
    {
        List<string> parts = [Step(package, $"{field}: {group}")];
        parts.AddRange(group.Alternatives
            .Where(r => !candidates.TargetsOf(r, isInstaller).Any())
            .Select(r => Unavailable(candidates.Pool, r, isInstaller)));
        parts.AddRange(exclusions.Distinct());
        return Shorten(string.Join("; ", parts));
    }

    /// <summary>Why no package satisfies a relation, conflicts aside.</summary>
    public static string Unavailable(PackagePool pool, Relation relation, bool isInstaller)
    {
        if (!relation.FitsArchitecture(pool.Architecture))
        {
            return $"{relation.Name} is wanted for {relation.Architecture}, the system is {pool.Architecture}";
        }
        IReadOnlyList<PackageEntry> versions = pool.VersionsOf(relation.Name, isInstaller);
        IReadOnlyList<Provision> providers = pool.ProvidersOf(relation.Name, isInstaller);
        List<string> available =
        [
            .. versions.Select(e => $"{e.Version} ({e.Origin.Place})"),
            .. providers.Take(3).Select(p => $"{p.Version?.ToString() ?? "a name without version"} by {p.Entry.Name} {p.Entry.Version}"),
        ];
        List<string> parts = available.Count > 0 ? [$"{relation.Name} is available as {string.Join(", ", available)}"] : [];
        parts.AddRange(pool.RefusedOf(relation.Name).Take(3)
            .Select(r => $"the stanza of {relation.Name} in {r.Origin} is refused: {r.Stanza.Problem}"));
        parts.AddRange(pool.ForbiddenOf(relation.Name).Take(3).Select(e =>
            $"{relation.Name} {e.Version} of {e.Origin.Place} may not be taken: 'packages' of archive '{e.Origin.Archive}' does not "
            + "name it"));
        return parts.Count > 0
            ? string.Join("; ", parts)
            : MayBeLeftOut(pool, relation, isInstaller) is { } leftOut
                ? $"{relation.Name} is in no index that could be read; not read: {leftOut.Reason}"
            : $"{relation.Name} is in no index{NearMiss.Suggestion(relation.Name, pool.Names.Distinct())}";
    }

    /// <summary>For a hint: which indexes could not be read, so that what is missing may be in one of them; empty when all could.</summary>
    public static string NotSearched(PackagePool pool) =>
        pool.LeftOut.Count == 0 ? ""
            : $" Not searched: {string.Join(", ", pool.LeftOut.Select(l => l.Origin))}, for they could not be had.";

    /// <summary>
    /// For a hint: how a version is asked for that is there; or a component of the archive that nobody asked for and that may have a
    /// package of this name; else empty.
    /// </summary>
    public static string NotAsked(PackagePool pool, PackageRoot root)
    {
        string name = root.Name;
        if (pool.VersionsOf(name).Count > 0)
        {
            return " A '*' in a version stands for any characters: 'version: 1.2.*'.";
        }
        // most of what is looked for in vain is firmware, which has a component of its own (Debian Policy §2.2.4)
        string[] others = name.StartsWith("firmware-", StringComparison.Ordinal) || name.EndsWith("-microcode", StringComparison.Ordinal)
            ? ["non-free-firmware"]
            : ["contrib", "non-free", "non-free-firmware"];
        string[] missing = [.. others.Except(pool.Indexes.Select(i => i.Origin.Component), StringComparer.Ordinal)];
        return missing.Length == 0 ? ""
            : $" What is in {string.Join(" or ", missing)} is found by a blueprint that says so, such as 'components: [main, "
                + $"{missing[^1]}]'.";
    }

    // a name of the one world is not blamed on a missing index of the other
    private static LeftOutIndex? MayBeLeftOut(PackagePool pool, Relation relation, bool isInstaller) =>
        pool.LeftOut.FirstOrDefault(
            l => l.Origin.IsInstaller == (isInstaller || new PackageRoot(relation.Name, relation.Constraint).IsOfInstaller));

    public static string Shorten(string text) => text.Length <= MaxLength ? text : text[..MaxLength] + " …";
}
