using System.Text;
using Strata.Core;
using Strata.Yaml;

namespace Strata.Blueprints.Extending;

/// <summary>What an edition takes away of the one that it extends.</summary>
/// <param name="Before">Capabilities that are named before.</param>
/// <param name="Without">Those taken away, of which each should be, or be required, among them.</param>
/// <param name="After">What is named afterwards.</param>
/// <param name="Level">Which edition takes them away: its place in <see cref="EditionChain.Levels"/>.</param>
internal sealed record Removal(
    IReadOnlyList<YamlScalar> Before, IReadOnlyList<YamlScalar> Without, IReadOnlyList<YamlScalar> After, int Level);

/// <summary>An edition and those that it extends, one after another, as one blueprint.</summary>
internal sealed class EditionChain
{
    private const string CapabilitiesKey = "capabilities";
    private const string WithoutKey = "without";

    // each edition's own: its name, whom it extends and how
    private static readonly string[] s_ownWords = ["edition", "extends", WithoutKey, "variables", "set"];

    private readonly Variables _variables;

    private EditionChain(IReadOnlyList<EditionLevel> levels, Variables variables, IReadOnlyList<Removal> removals, YamlMapping merged) =>
        (Levels, _variables, Removals, Merged) = (levels, variables, removals, merged);

    /// <summary>The edition, the one it extends, and so on; at least one.</summary>
    public IReadOnlyList<EditionLevel> Levels { get; }

    /// <summary>What they take away, that of the lowest first.</summary>
    public IReadOnlyList<Removal> Removals { get; }

    /// <summary>
    /// What they say together: a text or list of who extends stands for that of whom it extends, mappings are joined key by key,
    /// capabilities are added. Without the words that stay with each.
    /// </summary>
    public YamlMapping Merged { get; }

    /// <summary>Over the values of variables; null without any.</summary>
    public Sha256Digest? ValuesDigest =>
        string.Concat(_variables.Lines) is { Length: > 0 } lines ? Sha256Digest.Of(Encoding.UTF8.GetBytes(lines)) : null;

    /// <summary>Makes one blueprint of several.</summary>
    /// <param name="levels">The edition, the one it extends, and so on; at least one.</param>
    /// <param name="given">Values of variables.</param>
    /// <param name="isOfLevel">True for a word that says what an edition brings itself, and so stays with each.</param>
    /// <param name="faults">Where mistakes go.</param>
    public static EditionChain Of(
        IReadOnlyList<EditionLevel> levels, VariableValues given, Func<string, bool> isOfLevel, FaultList faults)
    {
        levels = Variables.Apply(levels, given, faults, out Variables variables);
        List<Removal> removals = [];
        YamlMapping? merged = null;
        for (int i = levels.Count - 1; i >= 0; i--)
        {
            YamlMapping over = levels[i].Mapping;
            YamlMapping own = over with { Items = [.. over.Items.Where(i => !isOfLevel(i.Key.Text))] };
            if (merged is null)
            {
                CheckAlone(new MappingReader(over, faults));
                merged = own;
                continue;
            }
            Removal removal = RemovalOf(over, merged, i, faults);
            if (removal.Without.Count > 0)
            {
                removals.Add(removal);
            }
            YamlMapping under = merged with { Items = [.. merged.Items.Where(i => !s_ownWords.Contains(i.Key.Text))] };
            merged = WithCapabilities(Join(own, under), own, under, removal.After);
        }
        return new EditionChain(levels, variables, removals, merged!);
    }

    /// <summary>Folder of the file in which something stands.</summary>
    public string FolderOf(YamlValue value) => (Levels.FirstOrDefault(l => l.Mapping.File == value.File) ?? Levels[0]).Folder;

    private static void CheckAlone(MappingReader reader)
    {
        if (reader.Value("extends") is not null)
        {
            return; // what it extends could not be read, and that is told
        }
        foreach (string key in (string[])[WithoutKey, "set"])
        {
            if (reader.Value(key) is YamlValue place)
            {
                reader.Faults.Add(place, $"'{key}' is about what an edition extends, and this one has no 'extends'");
            }
        }
    }

    private static Removal RemovalOf(YamlMapping over, YamlMapping under, int level, FaultList faults)
    {
        MappingReader reader = new(over, faults);
        IReadOnlyList<YamlScalar> without = reader.Texts(WithoutKey);
        // what is wrong with it is told by who reads the whole
        IReadOnlyList<YamlScalar> added = new MappingReader(over, new FaultList()).Texts(CapabilitiesKey);
        IReadOnlyList<YamlScalar> before = new MappingReader(under, new FaultList()).Texts(CapabilitiesKey);
        foreach (YamlScalar both in without.Where(w => added.Any(a => a.Text == w.Text)))
        {
            faults.Add(both, $"'{both.Text}' stands below '{CapabilitiesKey}' too; expected one of them");
        }
        foreach (IGrouping<string, YamlScalar> twice in without.GroupBy(w => w.Text).Where(g => g.Count() > 1))
        {
            faults.Add(twice.Last(), $"capability '{twice.Key}' stands here a second time");
        }
        List<YamlScalar> after = [.. before.Where(b => without.All(w => w.Text != b.Text))];
        after.AddRange(added.Where(a => before.All(b => b.Text != a.Text))); // that it is there already may change one day
        return new Removal(before, without, after, level);
    }

    private static YamlMapping Join(YamlMapping over, YamlMapping under)
    {
        Dictionary<string, (YamlScalar Key, YamlValue Value)> said = over.Items.ToDictionary(i => i.Key.Text, StringComparer.Ordinal);
        List<(YamlScalar, YamlValue)> items = [];
        foreach ((YamlScalar key, YamlValue value) in under.Items)
        {
            items.Add(!said.Remove(key.Text, out (YamlScalar Key, YamlValue Value) other) ? (key, value)
                : (other.Key, other.Value is YamlMapping inner && value is YamlMapping below ? Join(inner, below) : other.Value));
        }
        items.AddRange(over.Items.Where(i => said.ContainsKey(i.Key.Text)));
        return over with { Items = items };
    }

    private static YamlMapping WithCapabilities(
        YamlMapping joined, YamlMapping over, YamlMapping under, IReadOnlyList<YamlScalar> capabilities)
    {
        YamlValue? own = new MappingReader(over, new FaultList()).Value(CapabilitiesKey);
        if ((own ?? new MappingReader(under, new FaultList()).Value(CapabilitiesKey)) is not YamlSequence place)
        {
            return joined; // there are none, or what stands there is no list
        }
        (YamlScalar, YamlValue) all = (new YamlScalar(place.File, place.Line, place.Column, CapabilitiesKey, IsPlain: true),
            place with { Items = capabilities });
        return joined with { Items = [.. joined.Items.Where(i => i.Key.Text != CapabilitiesKey), all] };
    }
}
