using System.Globalization;

namespace Strata.Machines.Testing.Yaml;

/// <summary>Where something stands in a file, both from 1.</summary>
internal readonly record struct YamlPlace(long Line, long Column)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"line {Line}, column {Column}");
}

/// <summary>A value of a YAML file with its place.</summary>
internal abstract record YamlNode(YamlPlace Place)
{
    /// <summary>For messages: what kind of value it is.</summary>
    public abstract string Kind { get; }
}

/// <summary>A text; numbers and words too, for what they mean is for the reader to say.</summary>
/// <param name="Place">Where it starts.</param>
/// <param name="Text">Its value.</param>
/// <param name="IsPlain">True when it is written without quotes.</param>
internal sealed record YamlScalar(YamlPlace Place, string Text, bool IsPlain) : YamlNode(Place)
{
    public override string Kind => Text.Length == 0 && IsPlain ? "nothing" : "a text";
}

/// <summary>A list.</summary>
internal sealed record YamlList(YamlPlace Place, IReadOnlyList<YamlNode> Items) : YamlNode(Place)
{
    public override string Kind => "a list";
}

/// <summary>Keys with values, in the order of the file; a key may occur twice, which the reader reports.</summary>
internal sealed record YamlMap(YamlPlace Place, IReadOnlyList<(YamlScalar Key, YamlNode Value)> Entries) : YamlNode(Place)
{
    public override string Kind => "a mapping";
}
