using Strata.Core;
using Strata.Settings.Merging;
using Strata.Settings.Reading;
using Strata.Settings.Words;
using Strata.Yaml;

namespace Strata.Blueprints;

/// <summary>The words of the machine in blueprints and capabilities: <c>machine:</c> and, in a blueprint, <c>owner:</c>.</summary>
internal static class MachinePart
{
    /// <summary>Reads <c>machine:</c>; null when it is not there or no mapping.</summary>
    public static MachineWords? Read(MappingReader reader)
    {
        YamlValue? value = reader.Value("machine");
        if (value is null or YamlMapping)
        {
            return value is YamlMapping words ? MachineFile.ReadPart(words, reader.Faults) : null;
        }
        reader.Faults.Add(value, $"'machine' is {value.Kind}; expected a mapping");
        return null;
    }

    /// <summary>Reads <c>owner:</c>; null when it is not there, which leaves all words open.</summary>
    public static IReadOnlyList<string>? ReadOwner(MappingReader reader)
    {
        if (reader.Value("owner") is null)
        {
            return null;
        }
        IReadOnlyList<YamlScalar> words = reader.Texts("owner");
        foreach (YamlScalar word in words.Where(w => !MachineWords.Names.Contains(w.Text)))
        {
            reader.Faults.Add(
                word, $"'{word.Text}' is no word of 'machine'{NearMiss.Suggestion(word.Text, MachineWords.Names)}; "
                + $"known: {string.Join(", ", MachineWords.Names)}");
        }
        return [.. words.Select(w => w.Text).Distinct()];
    }

    /// <summary>Who says something that has to be done at each start, and where; null when nobody does, or nothing starts.</summary>
    public static (string Who, YamlMapping Words)? NeedsStart(Edition edition, IEnumerable<Capability> capabilities) =>
        !edition.HasKernel ? null
        : edition.Machine is { NeedsStart: true } own ? (edition.Name, own.Source)
        : capabilities.FirstOrDefault(c => c.Machine is { NeedsStart: true }) is Capability first
            ? (first.Name, first.Machine!.Source) : null;

    /// <summary>All words together, those of the edition before those of its capabilities.</summary>
    public static MachineWords Whole(Edition edition, IEnumerable<Capability> capabilities, FaultList faults)
    {
        YamlMapping words = WordsMerge.Together(
            capabilities.Where(c => c.Machine is not null).Select(c => ($"capability '{c.Name}'", c.Machine!.Source)),
            edition.Machine?.Source, faults);
        MachineWords whole = MachineFile.ReadWhole(words, faults);
        if (!edition.HasKernel && whole.NeedsStart)
        {
            IEnumerable<string> said = words.Items.Select(i => i.Key.Text).Intersect(["network", "mounts", "sysctl", "run-once", "keymap"]);
            faults.Add(
                words, $"nothing does what 'machine' says with {string.Join(", ", said)}: this edition has 'kernel: {Edition.NoKernel}', "
                + "and who starts a container decides that");
        }
        return whole;
    }
}
