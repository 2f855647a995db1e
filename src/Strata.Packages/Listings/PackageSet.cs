using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Strata.Core;
using Strata.Formats.Deb;
using Strata.Packages.Relations;
using Strata.Packages.Versions;

namespace Strata.Packages.Listings;

/// <summary>An entry together with the package that brings it.</summary>
/// <param name="Path">Its canonical path (<see cref="MergedUsr"/>).</param>
/// <param name="Package">The package.</param>
/// <param name="Entry">The entry, under the name the package gives it.</param>
public sealed record PackagedEntry(GuestPath Path, ListedPackage Package, ListingEntry Entry);

/// <summary>All files of several packages by canonical path.</summary>
public sealed class PackageSet
{
    private readonly Dictionary<GuestPath, PackagedEntry> _entries = [];
    private readonly Dictionary<string, ListedPackage> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IReadOnlyList<PackagedEntry>> _own = new(StringComparer.Ordinal);
    private readonly Lazy<ILookup<string, (ListedPackage Package, Relation Provided)>> _providers;
    private readonly ConcurrentDictionary<ListedPackage, IReadOnlyList<ListedPackage>> _needs = new(ReferenceEqualityComparer.Instance);

    /// <summary>Joins packages; where two bring the same path the first by name counts.</summary>
    public PackageSet(IEnumerable<ListedPackage> packages)
    {
        Packages = [.. packages.OrderBy(p => p.Name, StringComparer.Ordinal)];
        _providers = new(() => Packages.SelectMany(p => p.Provides.Select(r => (Package: p, Provided: r)))
            .ToLookup(p => p.Provided.Name, StringComparer.Ordinal));
        foreach (ListedPackage package in Packages)
        {
            _byName.Add(package.Name, package);
            PackagedEntry[] own =
                [.. package.Listing.Entries.Select(e => new PackagedEntry(MergedUsr.Canonical(e.Path), package, e))];
            _own.Add(package.Name, own);
            foreach (PackagedEntry entry in own)
            {
                _entries.TryAdd(entry.Path, entry);
            }
        }
    }

    /// <summary>The packages, by name.</summary>
    public IReadOnlyList<ListedPackage> Packages { get; }

    /// <summary>Every path there is.</summary>
    public IEnumerable<PackagedEntry> Entries => _entries.Values;

    /// <summary>A package by its name.</summary>
    public bool TryGetPackage(string name, [NotNullWhen(true)] out ListedPackage? package) => _byName.TryGetValue(name, out package);

    /// <summary>What a package of this set brings, in the order of its archive.</summary>
    public IReadOnlyList<PackagedEntry> EntriesOf(ListedPackage package)
    {
        ArgumentNullException.ThrowIfNull(package);
        return _own[package.Name];
    }

    /// <summary>
    /// What a package needs itself by Pre-Depends and Depends: of the alternatives of a relation, and of the packages that provide a name,
    /// the first that is here. A relation that none answers is passed over.
    /// </summary>
    internal IReadOnlyList<ListedPackage> NeedsOf(ListedPackage package) => _needs.GetOrAdd(package, p =>
        [.. p.Depends.Select(g => g.Alternatives.SelectMany(Answering).FirstOrDefault()).OfType<ListedPackage>()]);

    // the package of that name comes before those that provide it, as in apt
    private IEnumerable<ListedPackage> Answering(Relation relation)
    {
        if (_byName.TryGetValue(relation.Name, out ListedPackage? real)
            && relation.Constraint.Accepts(DebianVersion.Parse(real.Version)))
        {
            yield return real;
        }
        foreach ((ListedPackage provider, Relation provided) in _providers.Value[relation.Name])
        {
            if (relation.Constraint.Accepts(provided.Constraint.Version))
            {
                yield return provider;
            }
        }
    }

    /// <summary>One path; links are not followed.</summary>
    public bool TryGet(GuestPath path, [NotNullWhen(true)] out PackagedEntry? entry) => _entries.TryGetValue(MergedUsr.Canonical(path), out entry);

    /// <summary>
    /// The entries one passes on the way to what a path finally names: links first, the end last. Empty when the path leads nowhere.
    /// At most 40 links, as Linux does (ELOOP). Links in the middle of a path are followed too.
    /// </summary>
    public IReadOnlyList<PackagedEntry> Follow(GuestPath path)
    {
        List<PackagedEntry> way = [];
        GuestPath current = MergedUsr.Canonical(path);
        for (int hops = 0; hops <= 40; hops++)
        {
            if (!TryFindStep(current, out PackagedEntry? entry, out string rest))
            {
                return [];
            }
            way.Add(entry);
            if (entry.Entry.Kind != ListingKind.Symlink)
            {
                return way;
            }
            string onward = rest.Length == 0 ? entry.Entry.Target : entry.Entry.Target + "/" + rest;
            if (!entry.Path.Parent.TryResolveLink(onward, out GuestPath target))
            {
                return [];
            }
            current = MergedUsr.Canonical(target);
        }
        return [];
    }

    /// <summary>The entry itself, or the first link on the way to it with what remains of the path behind that link.</summary>
    private bool TryFindStep(GuestPath path, [NotNullWhen(true)] out PackagedEntry? entry, out string rest)
    {
        rest = "";
        if (_entries.TryGetValue(path, out entry))
        {
            return true;
        }
        for (GuestPath parent = path.Parent; !parent.IsRoot; parent = parent.Parent)
        {
            if (_entries.TryGetValue(parent, out entry) && entry.Entry.Kind == ListingKind.Symlink)
            {
                rest = path.ToString()[(parent.ToString().Length + 1)..];
                return true;
            }
        }
        entry = null;
        return false;
    }
}
