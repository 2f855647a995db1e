using Strata.Packages.Installed;

namespace Strata.Advice.Servers;

/// <summary>Of packages that are wanted those that bring all the others along, by what they depend on.</summary>
/// <remarks>Each package is visited once, whatever the dependencies say: they are read from a file of somebody else's.</remarks>
internal sealed class InstalledClosure
{
    private readonly Dictionary<string, string> _broughtBy = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _roots = new(StringComparer.Ordinal);

    /// <summary>Follows what is wanted through what is installed.</summary>
    /// <param name="packages">Everything that is installed.</param>
    /// <param name="wanted">Names of some of them.</param>
    public InstalledClosure(IEnumerable<InstalledPackage> packages, IEnumerable<string> wanted)
    {
        Dictionary<string, InstalledPackage> byName = packages.DistinctBy(p => p.Name).ToDictionary(p => p.Name, StringComparer.Ordinal);
        ILookup<string, string> providers = byName.Values.SelectMany(p => p.Provides.Select(v => (Virtual: v, p.Name)))
            .ToLookup(v => v.Virtual, v => v.Name, StringComparer.Ordinal);
        foreach (string name in wanted.Order(StringComparer.Ordinal).Where(byName.ContainsKey))
        {
            if (!_broughtBy.TryAdd(name, name))
            {
                continue;
            }
            _roots.Add(name);
            Queue<string> open = new([name]);
            while (open.TryDequeue(out string? next))
            {
                // of alternatives whatever is there
                foreach (string needed in byName[next].Depends.SelectMany(g => g)
                    .SelectMany(n => byName.ContainsKey(n) ? [n] : providers[n]))
                {
                    if (_broughtBy.TryAdd(needed, name))
                    {
                        open.Enqueue(needed);
                    }
                    else if (needed != name && _roots.Remove(needed))
                    {
                        _broughtBy[needed] = name; // it was wanted before, and this one brings it
                    }
                }
            }
        }
    }

    /// <summary>Wanted packages that no other one brings, by name.</summary>
    public IReadOnlyCollection<string> Roots => _roots;

    /// <summary>The one of <see cref="Roots"/> that brings a package; null when none does.</summary>
    public string? RootOf(string package)
    {
        if (!_broughtBy.TryGetValue(package, out string? by))
        {
            return null;
        }
        // each step leads to one that was started later, so this ends
        while (!_roots.Contains(by))
        {
            by = _broughtBy[by];
        }
        return by;
    }
}
