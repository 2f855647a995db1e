using System.Text.RegularExpressions;
using Strata.Yaml;

namespace Strata.Blueprints.Services;

/// <summary>What <c>units:</c> says: which units of packages systemd starts, and what is to be otherwise with them.</summary>
/// <param name="Enable">Units that start, whatever presets say.</param>
/// <param name="Disable">Units that do not start by themselves, although their package or a preset wants it.</param>
/// <param name="Mask">Units that nothing can start.</param>
/// <param name="DropIns">Settings that are said over those of a unit.</param>
public sealed partial record UnitWishes(
    IReadOnlyList<YamlScalar> Enable, IReadOnlyList<YamlScalar> Disable, IReadOnlyList<YamlScalar> Mask, IReadOnlyList<UnitDropIn> DropIns)
{
    private const int MostSettings = 1000;
    private const int LongestValue = 8192;

    /// <summary>Nothing at all.</summary>
    public static UnitWishes None { get; } = new([], [], [], []);

    /// <summary>True when nothing is said.</summary>
    public bool IsEmpty => this is { Enable: [], Disable: [], Mask: [], DropIns: [] };

    /// <summary>True for what can be the name of a unit, with its kind: <c>nginx.service</c>.</summary>
    public static bool IsUnitName(string name) => UnitName().IsMatch(name);

    /// <summary>Every unit that is named, where it is.</summary>
    public IEnumerable<YamlScalar> Names => Enable.Concat(Disable).Concat(Mask).Concat(DropIns.Select(d => d.Unit));

    /// <summary>Reads <c>units:</c>. Faults are collected, none is thrown.</summary>
    internal static UnitWishes Read(MappingReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        if (reader.Mapping("units") is not MappingReader units)
        {
            return None;
        }
        UnitWishes wishes = new(units.Texts("enable"), units.Texts("disable"), units.Texts("mask"), ReadDropIns(units));
        foreach (YamlScalar name in wishes.Names.Where(n => !UnitName().IsMatch(n.Text)))
        {
            units.Faults.Add(name, $"'{name.Text}' is no name of a unit; expected one with its kind, such as nginx.service");
        }
        foreach (IGrouping<string, YamlScalar> twice in wishes.Enable.Concat(wishes.Disable).Concat(wishes.Mask)
            .GroupBy(n => n.Text, StringComparer.Ordinal).Where(g => g.Count() > 1))
        {
            units.Faults.Add(twice.Last(), $"unit '{twice.Key}' stands in 'units' a second time; expected one of enable, disable and mask");
        }
        units.Done();
        return wishes;
    }

    private static List<UnitDropIn> ReadDropIns(MappingReader units)
    {
        List<UnitDropIn> dropIns = [];
        foreach ((YamlScalar unit, YamlValue value) in units.Pairs("drop-ins"))
        {
            List<(string, string, string)> settings = [];
            if (MappingReader.Of(value, $"drop-in of '{unit.Text}'", units.Faults) is not MappingReader sections
                || value is not YamlMapping mapping)
            {
                continue;
            }
            foreach ((YamlScalar section, _) in mapping.Items)
            {
                CheckName(section, "section", units.Faults);
                foreach ((YamlScalar key, YamlValue said) in sections.Pairs(section.Text))
                {
                    CheckName(key, "setting", units.Faults);
                    settings.AddRange(ReadValues(key, said, units.Faults).Select(v => (section.Text, key.Text, v)));
                }
            }
            if (settings.Count > MostSettings)
            {
                units.Faults.Add(unit, $"more than {MostSettings} settings for '{unit.Text}'");
            }
            dropIns.Add(new UnitDropIn(unit, settings));
        }
        return dropIns;
    }

    private static IEnumerable<string> ReadValues(YamlScalar key, YamlValue said, FaultList faults)
    {
        foreach (YamlValue value in said is YamlSequence list ? list.Items : [said])
        {
            if (value is not YamlScalar text)
            {
                faults.Add(value, $"'{key.Text}' is {value.Kind}; expected a text, or a list of texts for several lines");
            }
            else if (text.Text.Length > LongestValue || text.Text.Any(char.IsControl) || text.Text.EndsWith('\\'))
            {
                faults.Add(
                    text,
                    $"'{key.Text}' is no line of a unit: it has control characters, a backslash at its end, or over {LongestValue} others");
            }
            else
            {
                yield return text.Text;
            }
        }
    }

    private static void CheckName(YamlScalar name, string what, FaultList faults)
    {
        if (!SettingName().IsMatch(name.Text))
        {
            string such = what == "section" ? "Service" : "MemoryMax";
            faults.Add(name, $"'{name.Text}' is no {what} of a unit; expected letters and digits, such as {such}");
        }
    }

    // systemd.unit(5)
    [GeneratedRegex(
        @"\A[A-Za-z0-9:_.\\@-]{1,200}\.(service|socket|target|timer|path|mount|automount|swap|slice|scope|device)\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex UnitName();

    [GeneratedRegex(@"\A[A-Z][A-Za-z0-9-]{0,63}\z", RegexOptions.CultureInvariant)]
    private static partial Regex SettingName();
}

/// <summary>Settings that are said over those of a unit.</summary>
/// <param name="Unit">Its name, where it stands.</param>
/// <param name="Settings">Section, key and value, in their order. An empty value takes back what the unit says, where it is a list.</param>
public sealed record UnitDropIn(YamlScalar Unit, IReadOnlyList<(string Section, string Key, string Value)> Settings);
