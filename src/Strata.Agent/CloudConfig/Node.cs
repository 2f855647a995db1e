using Strata.Yaml;

namespace Strata.Agent.CloudConfig;

/// <summary>Makes words that stand where what they come from stood, so that a fault of theirs names that place.</summary>
internal static class Node
{
    /// <summary>A text.</summary>
    public static YamlScalar Text(YamlValue at, string text) => new(at.File, at.Line, at.Column, text, IsPlain: false);

    /// <summary>A list of texts.</summary>
    public static YamlSequence List(YamlValue at, IEnumerable<string> texts)
    {
        List<YamlValue> items = [];
        foreach (string text in texts)
        {
            items.Add(Text(at, text));
        }
        return new YamlSequence(at.File, at.Line, at.Column, items);
    }

    /// <summary>A mapping that grows.</summary>
    internal sealed class Pairs(YamlValue at)
    {
        private readonly List<(YamlScalar Key, YamlValue Value)> _items = [];
        private readonly HashSet<string> _keys = new(StringComparer.Ordinal);

        /// <summary>True when there is nothing in it.</summary>
        public bool IsEmpty => _items.Count == 0;

        /// <summary>Adds a value under a key that stands where the value does; nothing for null.</summary>
        public Pairs Add(string key, YamlValue? value) => value is null ? this : Add(Text(value, key), value);

        /// <summary>Adds a value under a key that stands somewhere.</summary>
        public Pairs Add(YamlScalar key, YamlValue value)
        {
            _items.Add((key, value));
            _keys.Add(key.Text);
            return this;
        }

        /// <summary>True when the key is there.</summary>
        public bool Has(string key) => _keys.Contains(key);

        /// <summary>The mapping.</summary>
        public YamlMapping ToMapping() => new(at.File, at.Line, at.Column, _items);

        /// <summary>The mapping; null when there is nothing in it.</summary>
        public YamlMapping? ToMappingOrNothing() => IsEmpty ? null : ToMapping();
    }
}
