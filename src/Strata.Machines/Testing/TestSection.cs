using System.Globalization;
using Strata.Core;
using Strata.Machines.Serial;
using Strata.Yaml;

namespace Strata.Machines.Testing;

/// <summary>A mapping whose allowed keys are known. Whatever is wrong becomes a fault and reading goes on with a stand-in.</summary>
internal sealed class TestSection
{
    private readonly Dictionary<string, YamlValue> _values = new(StringComparer.Ordinal);
    private readonly FaultList _faults;

    private TestSection(YamlValue value, FaultList faults)
    {
        Value = value;
        _faults = faults;
    }

    /// <summary>What was read; a fault of the whole section stands where it starts.</summary>
    public YamlValue Value { get; }

    /// <summary>Keys that are there and allowed, sorted.</summary>
    public IEnumerable<string> Keys => _values.Keys.Order(StringComparer.Ordinal);

    /// <summary>Takes a mapping; an unknown key is a fault.</summary>
    /// <param name="node">What should be a mapping.</param>
    /// <param name="what">For messages: <c>a test</c>.</param>
    /// <param name="allowed">The keys it may have.</param>
    /// <param name="faults">Gets what is wrong.</param>
    public static TestSection Of(YamlValue node, string what, IReadOnlyList<string> allowed, FaultList faults)
    {
        TestSection section = new(node, faults);
        if (node is not YamlMapping map)
        {
            faults.Add(node, $"{what} is {node.Kind}, expected a mapping with {Words(allowed)}");
            return section;
        }
        foreach ((YamlScalar key, YamlValue value) in map.Items)
        {
            if (!allowed.Contains(key.Text, StringComparer.Ordinal))
            {
                string near = NearMiss.Suggestion(key.Text, allowed);
                faults.Add(key, $"{what} has no key '{key.Text}'{(near.Length > 0 ? near : $"; its keys are {Words(allowed)}")}");
            }
            else
            {
                section._values.Add(key.Text, value);
            }
        }
        return section;
    }

    /// <summary>True when the key is there.</summary>
    public bool Has(string key) => _values.ContainsKey(key);

    /// <summary>The value of a key, or null.</summary>
    public YamlValue? Node(string key) => _values.GetValueOrDefault(key);

    /// <summary>Notes a fault at a key, or at the section when the key is not there.</summary>
    public void Fault(string key, string problem) => _faults.Add(Node(key) ?? Value, problem);

    /// <summary>A text that is not empty, or null.</summary>
    public string? Text(string key)
    {
        switch (Node(key))
        {
            case null:
                return null;
            case YamlScalar { Text: { Length: > 0 } text }:
                return text;
            case { } other:
                Fault(key, $"'{key}' is {(other is YamlScalar ? "empty" : other.Kind)}, expected a text");
                return null;
        }
    }

    /// <summary>A whole number in a range, or null.</summary>
    public int? Number(string key, int least, int most)
    {
        if (Text(key) is not { } text)
        {
            return null;
        }
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most)
        {
            return number;
        }
        Fault(key, string.Create(CultureInfo.InvariantCulture, $"'{key}' is '{text}', expected a whole number from {least} to {most}"));
        return null;
    }

    /// <summary>A time of 1 to 3600 whole seconds, or null.</summary>
    public TimeSpan? Seconds(string key) =>
        Number(key, 1, EditionTestFile.MaximumSeconds) is int seconds ? TimeSpan.FromSeconds(seconds) : null;

    /// <summary>A text that can be typed at a console, or null.</summary>
    public string? Typable(string key)
    {
        if (Text(key) is not { } text)
        {
            return null;
        }
        try
        {
            ShellText.ThrowIfUntypable(text);
            return text;
        }
        catch (StrataException e)
        {
            Fault(key, e.Message);
            return null;
        }
    }

    /// <summary>One of some words with what they stand for, or null.</summary>
    public T? Choice<T>(string key, IReadOnlyList<(string Word, T Value)> choices)
        where T : struct => Find(key, [.. choices.Select(c => c.Word)]) is int found ? choices[found].Value : null;

    /// <summary>One of some things by its name, which is what <c>ToString</c> gives, or null.</summary>
    public T? Named<T>(string key, IReadOnlyList<T> all)
        where T : class => Find(key, [.. all.Select(a => a.ToString()!)]) is int found ? all[found] : null;

    private int? Find(string key, string[] words)
    {
        if (Text(key) is not { } text)
        {
            return null;
        }
        int found = Array.IndexOf(words, text);
        if (found < 0)
        {
            Fault(key, $"'{key}' is '{text}', expected {Words(words)}{NearMiss.Suggestion(text, words)}");
        }
        return found < 0 ? null : found;
    }

    /// <summary>The items of a list; a single value counts as a list of one.</summary>
    public IReadOnlyList<YamlValue> Items(string key) => Node(key) switch
    {
        null => [],
        YamlSequence list => list.Items,
        { } single => [single],
    };

    /// <summary>A pattern: a text that a line contains, or <c>matches:</c> with a regular expression.</summary>
    public LinePattern? Pattern(string key) => Node(key) is { } node ? Pattern(node, key, _faults) : null;

    /// <summary>A pattern from a value.</summary>
    public static LinePattern? Pattern(YamlValue node, string what, FaultList faults)
    {
        if (node is YamlScalar scalar)
        {
            if (scalar.Text.Length > 0 && !scalar.Text.Contains('\n', StringComparison.Ordinal))
            {
                return LinePattern.Text(scalar.Text);
            }
            faults.Add(node, $"'{what}' is {(scalar.Text.Length == 0 ? "empty" : "longer than a line")}, expected a text within one line");
            return null;
        }
        TestSection section = Of(node, $"'{what}'", ["matches"], faults);
        if (section.Text("matches") is not { } pattern)
        {
            if (node is YamlMapping && !section.Has("matches"))
            {
                faults.Add(node, $"'{what}' lacks 'matches'");
            }
            return null;
        }
        try
        {
            return LinePattern.Matching(pattern);
        }
        catch (StrataException e)
        {
            section.Fault("matches", e.Message);
            return null;
        }
    }

    private static string Words(IReadOnlyList<string> words) =>
        words.Count == 1 ? $"'{words[0]}'" : $"{string.Join(", ", words.Take(words.Count - 1).Select(w => $"'{w}'"))} or '{words[^1]}'";
}
