using System.Collections.Concurrent;
using Strata.Packages.Indexes;
using Strata.Packages.Relations;
using Strata.Packages.Versions;

namespace Strata.Packages.Solving;

/// <summary>All packages that a system of one architecture may take, from several indexes. Safe for concurrent use.</summary>
/// <remarks>
/// Ordinary packages and packages of the Debian Installer are two worlds: what one depends on or conflicts with is looked up in its own world
/// only, since installer packages provide names of ordinary ones without being able to stand in for them.
/// </remarks>
internal sealed class PackagePool
{
    private readonly ConcurrentDictionary<(string Name, bool IsInstaller), IReadOnlyList<PackageEntry>> _versions = [];
    private readonly Lazy<Dictionary<(string Name, bool IsInstaller), List<Provision>>> _provisions;

    /// <summary>Joins indexes.</summary>
    /// <param name="architecture">Such as <c>amd64</c>.</param>
    /// <param name="indexes">In order of preference among equal versions; all for this architecture or for <c>all</c>.</param>
    /// <param name="leftOut">Indexes that could not be had; what cannot be found may stand in one of them. None when null.</param>
    /// <param name="preferences">What may come from where, and what comes first; <see cref="ArchivePreferences.None"/> when null.</param>
    /// <exception cref="ArgumentException">An index is for another architecture.</exception>
    public PackagePool(
        string architecture, IReadOnlyList<PackageIndex> indexes, IReadOnlyList<LeftOutIndex>? leftOut = null,
        ArchivePreferences? preferences = null)
    {
        ArgumentNullException.ThrowIfNull(indexes);
        if (indexes.FirstOrDefault(i => i.Origin.Architecture != architecture && i.Origin.Architecture != "all") is { } foreign)
        {
            throw new ArgumentException($"index {foreign.Origin} does not fit architecture {architecture}", nameof(indexes));
        }
        (Architecture, Indexes, LeftOut, Preferences) = (architecture, indexes, leftOut ?? [], preferences ?? ArchivePreferences.None);
        _provisions = new(CollectProvisions);
    }

    /// <summary>The architecture of the system.</summary>
    public string Architecture { get; }

    /// <summary>The indexes.</summary>
    public IReadOnlyList<PackageIndex> Indexes { get; }

    /// <summary>Indexes that could not be had.</summary>
    public IReadOnlyList<LeftOutIndex> LeftOut { get; }

    /// <summary>What may come from where, and what comes first.</summary>
    public ArchivePreferences Preferences { get; }

    /// <summary>Every package name, each as often as it is listed.</summary>
    public IEnumerable<string> Names => Indexes.SelectMany(i => Enumerable.Range(0, i.Count).Select(p => i[p].Name));

    /// <summary>
    /// The versions of a package that may be taken: those of archives of the highest priority first, among them the highest; of equal ones
    /// that of the first index only. A package file beside the blueprint is the only version of its name.
    /// </summary>
    public IReadOnlyList<PackageEntry> VersionsOf(string name, bool isInstaller = false) =>
        _versions.GetOrAdd((name, isInstaller), key =>
        {
            List<PackageEntry> found =
            [
                .. Indexes.Where(i => i.Origin.IsInstaller == key.IsInstaller && Preferences.Allows(i.Origin, key.Name))
                    .SelectMany(i => i.Find(key.Name)),
            ];
            if (found.Any(e => e.Origin.StandsForAll))
            {
                found.RemoveAll(e => !e.Origin.StandsForAll); // it stands for all of them, newer ones too
            }
            return // all three keep the order of equals
            [
                .. found.OrderByDescending(e => Preferences.PriorityOf(e.Origin)).ThenByDescending(e => e.Version)
                    .DistinctBy(e => e.Version),
            ];
        });

    /// <summary>Versions of a name that archives have and may not bring.</summary>
    internal IEnumerable<PackageEntry> ForbiddenOf(string name) =>
        Indexes.Where(i => !Preferences.Allows(i.Origin, name)).SelectMany(i => i.Find(name));

    /// <summary>Stanzas of a name that the indexes passed over, each with its index.</summary>
    internal IEnumerable<(IndexOrigin Origin, RefusedStanza Stanza)> RefusedOf(string name) =>
        Indexes.SelectMany(i => i.Refused.Where(s => s.Name == name).Select(s => (i.Origin, s)));

    /// <summary>Packages of any version that provide a name.</summary>
    internal IReadOnlyList<Provision> ProvidersOf(string name, bool isInstaller) =>
        _provisions.Value.TryGetValue((name, isInstaller), out List<Provision>? found) ? found : [];

    private Dictionary<(string Name, bool IsInstaller), List<Provision>> CollectProvisions()
    {
        Dictionary<(string, bool), List<Provision>> provisions = [];
        foreach (PackageIndex index in Indexes)
        {
            for (int place = 0; place < index.Count; place++)
            {
                if (index.TextOf(place, PackageText.Provides).IsEmpty)
                {
                    continue;
                }
                PackageEntry entry = index[place];
                if (!Preferences.Allows(index.Origin, entry.Name))
                {
                    continue;
                }
                foreach (Relation provided in entry.Provides)
                {
                    (string, bool) key = (provided.Name, index.Origin.IsInstaller);
                    if (!provisions.TryGetValue(key, out List<Provision>? list))
                    {
                        provisions.Add(key, list = []);
                    }
                    list.Add(new Provision(entry, provided.Constraint.Version));
                }
            }
        }
        return provisions;
    }
}

/// <summary>A package that answers to another name.</summary>
/// <param name="Entry">The package.</param>
/// <param name="Version">Version under which it provides the name; null without one, which satisfies unversioned relations only.</param>
internal sealed record Provision(PackageEntry Entry, DebianVersion? Version);
