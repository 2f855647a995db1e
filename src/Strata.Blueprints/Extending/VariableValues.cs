using Strata.Core;
using Strata.Yaml;

namespace Strata.Blueprints.Extending;

/// <summary>Values that a person gives to variables of a blueprint: on the command line, and in a file.</summary>
public sealed class VariableValues
{
    private VariableValues(IReadOnlyList<(YamlScalar Name, YamlScalar Value)> items) => Items = items;

    /// <summary>No value.</summary>
    public static VariableValues None { get; } = new([]);

    /// <summary>Names and values, each with its place; of one name the last counts.</summary>
    internal IReadOnlyList<(YamlScalar Name, YamlScalar Value)> Items { get; }

    /// <summary>Takes values together; those of the settings count before those of the file.</summary>
    /// <param name="settings">Each <c>NAME=value</c>; a value is taken as it is.</param>
    /// <param name="file">A YAML file of names and texts; null for none.</param>
    /// <exception cref="StrataException">A setting has no <c>=</c>, one name has two, or the file is none.</exception>
    public static VariableValues Of(IReadOnlyList<string> settings, string? file)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (ProblemOf(settings) is string problem)
        {
            throw new StrataException(problem);
        }
        List<(YamlScalar, YamlScalar)> items = file is null ? [] : ReadFile(file);
        foreach (string setting in settings)
        {
            string name = NameIn(setting);
            items.Add((Given(name), Given(setting[(name.Length + 1)..])));

            YamlScalar Given(string text) => new($"--set {name}", 0, 0, text, IsPlain: false);
        }
        return new VariableValues(items);
    }

    /// <summary>Why these are no settings, for people; null when they are.</summary>
    public static string? ProblemOf(IReadOnlyList<string> settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        HashSet<string> names = new(StringComparer.Ordinal);
        return settings.FirstOrDefault(s => s.IndexOf('=', StringComparison.Ordinal) < 1) is string none
                ? $"cannot set '{none}': expected the name of a variable and its value, such as site=berlin"
            : settings.Select(NameIn).FirstOrDefault(n => !names.Add(n)) is string twice
                ? $"cannot set '{twice}' twice: expected one value for each variable"
            : null;
    }

    private static string NameIn(string setting) => setting[..setting.IndexOf('=', StringComparison.Ordinal)];

    private static List<(YamlScalar, YamlScalar)> ReadFile(string file)
    {
        FaultList faults = new();
        YamlMapping? values;
        try
        {
            values = YamlFile.Load(file, file, faults);
        }
        catch (StrataException e)
        {
            throw new StrataException(e.Message, "Expected a YAML file with the name of a variable and its value on each line.", e);
        }
        List<(YamlScalar, YamlScalar)> items = [];
        foreach ((YamlScalar name, YamlValue value) in values?.Items ?? [])
        {
            if (Variables.ToText(name, value, faults) is YamlScalar text)
            {
                items.Add((name, text));
            }
        }
        faults.ThrowIfAny($"variables {file}");
        return items;
    }
}
