using System.Globalization;
using Strata.Core;

namespace Strata.Yaml;

/// <summary>Takes the keys of a mapping one by one, notes what is wrong, and in the end names every key nobody asked for.</summary>
public sealed class MappingReader
{
    private readonly YamlMapping _mapping;
    private readonly Dictionary<string, YamlValue> _values;
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    /// <summary>Starts reading a mapping.</summary>
    public MappingReader(YamlMapping mapping, FaultList faults)
    {
        ArgumentNullException.ThrowIfNull(mapping);
        _mapping = mapping;
        Faults = faults;
        _values = mapping.Items.ToDictionary(i => i.Key.Text, i => i.Value, StringComparer.Ordinal);
    }

    /// <summary>The file, as the person named it.</summary>
    public string File => _mapping.File;

    /// <summary>Where mistakes go.</summary>
    public FaultList Faults { get; }

    /// <summary>The keys that were asked for so far: what the format knows.</summary>
    public IReadOnlyCollection<string> KnownKeys => _known;

    /// <summary>The value as it stands; null when absent.</summary>
    public YamlValue? Value(string key, bool required = false)
    {
        _known.Add(key);
        if (_values.TryGetValue(key, out YamlValue? value) && value is not YamlScalar { IsPlain: true, Text: "" })
        {
            return value;
        }
        if (required)
        {
            Faults.Add(_mapping, $"'{key}' is missing");
        }
        return null;
    }

    /// <summary>A text; null when absent or wrong.</summary>
    public YamlScalar? Scalar(string key, bool required = false)
    {
        YamlValue? value = Value(key, required);
        if (value is null or YamlScalar)
        {
            return (YamlScalar?)value;
        }
        Faults.Add(value, $"'{key}' is {value.Kind}; expected a text");
        return null;
    }

    /// <summary>A text; null when absent or wrong.</summary>
    public string? Text(string key, bool required = false) => Scalar(key, required)?.Text;

    /// <summary><c>true</c> or <c>false</c>.</summary>
    public bool Flag(string key, bool otherwise)
    {
        YamlScalar? scalar = Scalar(key);
        switch (scalar?.Text)
        {
            case null:
                return otherwise;
            case "true":
                return true;
            case "false":
                return false;
            default:
                Faults.Add(scalar, $"'{key}' is '{scalar.Text}'; expected true or false");
                return otherwise;
        }
    }

    /// <summary>A whole number in a range.</summary>
    public long? Number(string key, long least, long most)
    {
        YamlScalar? scalar = Scalar(key);
        if (scalar is null)
        {
            return null;
        }
        if (long.TryParse(scalar.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) && number >= least && number <= most)
        {
            return number;
        }
        Faults.Add(scalar, $"'{key}' is '{scalar.Text}'; expected a whole number from {least} to {most}");
        return null;
    }

    /// <summary>A size such as <c>16 MiB</c>.</summary>
    public ByteSize? Size(string key)
    {
        YamlScalar? scalar = Scalar(key);
        if (scalar is null)
        {
            return null;
        }
        if (ByteSize.TryParse(scalar.Text, out ByteSize size))
        {
            return size;
        }
        Faults.Add(scalar, $"'{key}' is '{scalar.Text}'; expected a size such as 16 MiB");
        return null;
    }

    /// <summary>Permission bits in octal, <c>0755</c>.</summary>
    public int Mode(string key, int otherwise)
    {
        YamlScalar? scalar = Scalar(key);
        return scalar is null ? otherwise : ToMode(scalar, key) ?? otherwise;
    }

    /// <summary>Permissions that stand somewhere; null, and a fault, when they are none.</summary>
    /// <param name="scalar">Where they stand.</param>
    /// <param name="what">Of what, for people.</param>
    public int? ToMode(YamlScalar scalar, string what)
    {
        ArgumentNullException.ThrowIfNull(scalar);
        if (scalar.Text.Length is >= 3 and <= 5 && !scalar.Text.AsSpan().ContainsAnyExceptInRange('0', '7'))
        {
            int mode = Convert.ToInt32(scalar.Text, 8);
            if (mode <= Modes.All)
            {
                return mode;
            }
        }
        Faults.Add(scalar, $"'{what}' is '{scalar.Text}'; expected octal permissions such as 0755");
        return null;
    }

    /// <summary>One of several words.</summary>
    public string Choice(string key, string otherwise, params IReadOnlyList<string> choices)
    {
        YamlScalar? scalar = Scalar(key);
        if (scalar is null || choices.Contains(scalar.Text, StringComparer.Ordinal))
        {
            return scalar?.Text ?? otherwise;
        }
        Faults.Add(scalar, $"'{key}' is '{scalar.Text}'; expected {string.Join(" or ", choices)}{NearMiss.Suggestion(scalar.Text, choices)}");
        return otherwise;
    }

    /// <summary>One of some words with what they stand for; the first when absent or wrong.</summary>
    public T Choice<T>(string key, params IReadOnlyList<(string Word, T Value)> choices)
    {
        ArgumentNullException.ThrowIfNull(choices);
        string word = Choice(key, choices[0].Word, [.. choices.Select(c => c.Word)]);
        return choices.First(c => c.Word == word).Value;
    }

    /// <summary>An absolute path in the guest.</summary>
    public GuestPath? Path(string key, bool required = false)
    {
        YamlScalar? scalar = Scalar(key, required);
        return scalar is null ? null : ToPath(scalar);
    }

    /// <summary>Reads a text as an absolute path in the guest.</summary>
    public GuestPath? ToPath(YamlScalar scalar)
    {
        ArgumentNullException.ThrowIfNull(scalar);
        if (GuestPath.TryParse(scalar.Text, out GuestPath path, out string? problem))
        {
            return path;
        }
        Faults.Add(scalar, $"'{scalar.Text}' is no absolute path: {problem}");
        return null;
    }

    /// <summary>The texts of a list; empty when absent.</summary>
    public IReadOnlyList<YamlScalar> Texts(string key, bool required = false)
    {
        List<YamlScalar> texts = [];
        foreach (YamlValue item in List(key, required))
        {
            if (item is YamlScalar text)
            {
                texts.Add(text);
            }
            else
            {
                Faults.Add(item, $"an entry of '{key}' is {item.Kind}; expected a text");
            }
        }
        return texts;
    }

    /// <summary>The items of a list; empty when absent.</summary>
    public IReadOnlyList<YamlValue> List(string key, bool required = false)
    {
        YamlValue? value = Value(key, required);
        if (value is null or YamlSequence)
        {
            return ((YamlSequence?)value)?.Items ?? [];
        }
        Faults.Add(value, $"'{key}' is {value.Kind}; expected a list");
        return [];
    }

    /// <summary>The pairs of a mapping; empty when absent.</summary>
    public IReadOnlyList<(YamlScalar Key, YamlValue Value)> Pairs(string key)
    {
        YamlValue? value = Value(key);
        if (value is null or YamlMapping)
        {
            return ((YamlMapping?)value)?.Items ?? [];
        }
        Faults.Add(value, $"'{key}' is {value.Kind}; expected a mapping");
        return [];
    }

    /// <summary>A reader for a mapping below this one; null when absent or wrong. Whoever takes it ends it with <see cref="Done"/>.</summary>
    public MappingReader? Mapping(string key)
    {
        YamlValue? value = Value(key);
        return value is null ? null : Of(value, $"'{key}'", Faults);
    }

    /// <summary>A reader for a value that should be a mapping; nothing at all counts as an empty one. Null when it is something else.</summary>
    public static MappingReader? Of(YamlValue value, string name, FaultList faults)
    {
        ArgumentNullException.ThrowIfNull(value);
        ArgumentNullException.ThrowIfNull(faults);
        switch (value)
        {
            case YamlMapping mapping:
                return new MappingReader(mapping, faults);
            case YamlScalar { IsPlain: true, Text: "" }:
                return new MappingReader(new YamlMapping(value.File, value.Line, value.Column, []), faults);
            default:
                faults.Add(value, $"{name} is {value.Kind}; expected a mapping");
                return null;
        }
    }

    /// <summary>Ends the reading: every key that was never asked for is a mistake.</summary>
    public void Done()
    {
        foreach ((YamlScalar key, _) in _mapping.Items)
        {
            if (!_known.Contains(key.Text))
            {
                string known = string.Join(", ", _known.Sorted());
                string suggestion = NearMiss.Suggestion(key.Text, _known);
                Faults.Add(key, $"unknown key '{key.Text}'{(suggestion.Length > 0 ? suggestion : $"; known here: {known}")}");
            }
        }
    }
}
