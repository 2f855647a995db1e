using Strata.Blueprints.Extending;
using Strata.Core;
using Strata.Yaml;

namespace Strata.Blueprints;

/// <summary>Capabilities that editions take away of what they extend: whether they can, and what else goes with them.</summary>
internal sealed class TakenAway
{
    private readonly EditionChain _chain;
    private readonly List<(int Level, HashSet<string> Services)> _services = [];
    private readonly List<string> _files = [];

    /// <summary>Looks at what is taken away, and notes what cannot be.</summary>
    /// <param name="chain">The editions.</param>
    /// <param name="closureOf">Capabilities of names with all that they require, and the files that were read for them.</param>
    /// <param name="faults">Where mistakes go.</param>
    public TakenAway(
        EditionChain chain, Func<IEnumerable<YamlScalar>, (IReadOnlyList<Capability> Capabilities, IReadOnlyList<string> Files)> closureOf,
        FaultList faults)
    {
        _chain = chain;
        foreach (Removal removal in chain.Removals)
        {
            (IReadOnlyList<Capability> before, IReadOnlyList<string> files) = closureOf(removal.Before);
            (IReadOnlyList<Capability> after, _) = closureOf(removal.After);
            _files.AddRange(files);
            _services.Add((removal.Level, before.ExceptBy(after.Select(c => c.Name), c => c.Name).SelectMany(c => c.Services)
                .Select(s => s.Name).ToHashSet(StringComparer.Ordinal)));
            foreach (YamlScalar without in removal.Without)
            {
                Check(without, removal, before, after, faults);
            }
        }
    }

    /// <summary>The files of what an edition had before something was taken away.</summary>
    public IReadOnlyList<string> Files => _files;

    /// <summary>True for a service of a capability that is taken away by who extends the edition that speaks of it.</summary>
    /// <param name="service">Its name.</param>
    /// <param name="place">Where an edition speaks of it.</param>
    public bool HadService(string service, YamlScalar place)
    {
        ArgumentNullException.ThrowIfNull(place);
        int level = _chain.Levels.ToList().FindIndex(l => l.Mapping.File == place.File);
        return _services.Any(s => s.Level < level && s.Services.Contains(service));
    }

    private void Check(
        YamlScalar without, Removal removal, IReadOnlyList<Capability> before, IReadOnlyList<Capability> after, FaultList faults)
    {
        string name = without.Text;
        EditionLevel extended = _chain.Levels[removal.Level + 1];
        string[] requiring = [.. after.Where(c => c.Requires.Any(r => r.Name == name)).Select(c => $"'{c.Name}'")];
        if (_chain.Levels.Skip(removal.Level + 1).Any(l => l.Name == name) && before.All(c => c.Name != name))
        {
            faults.Add(
                without, $"'{name}' is what an edition brings itself and no capability; 'replaces' and 'services' change what is in it");
        }
        else if (before.All(c => c.Name != name) && removal.Before.All(b => b.Text != name))
        {
            faults.Add(
                without, $"edition '{extended.Name}' has no capability '{name}'{NearMiss.Suggestion(name, before.Select(c => c.Name))}");
        }
        else if (requiring.Length > 0)
        {
            string need = requiring.Length == 1 ? $"{requiring[0]} requires it" : $"{string.Join(", ", requiring)} require it";
            faults.Add(without, $"capability '{name}' cannot be taken away: {need}, and would stay");
        }
    }
}
