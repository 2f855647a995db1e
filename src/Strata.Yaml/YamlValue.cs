namespace Strata.Yaml;

/// <summary>A piece of a YAML file that still knows where it stood.</summary>
/// <param name="File">As the person named it.</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
public abstract record YamlValue(string File, long Line, long Column)
{
    /// <summary>For messages: <c>a text</c>, <c>a list</c>, <c>a mapping</c>.</summary>
    public abstract string Kind { get; }
}

/// <summary>A text; what it means is decided by who asks.</summary>
/// <param name="File">As the person named it.</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
/// <param name="Text">The text without quotes; empty also for nothing at all.</param>
/// <param name="IsPlain">Written without quotes.</param>
public sealed record YamlScalar(string File, long Line, long Column, string Text, bool IsPlain) : YamlValue(File, Line, Column)
{
    /// <inheritdoc/>
    public override string Kind => IsPlain && Text.Length == 0 ? "nothing" : "a text";
}

/// <summary>A list.</summary>
/// <param name="File">As the person named it.</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
/// <param name="Items">In file order.</param>
public sealed record YamlSequence(string File, long Line, long Column, IReadOnlyList<YamlValue> Items) : YamlValue(File, Line, Column)
{
    /// <inheritdoc/>
    public override string Kind => "a list";
}

/// <summary>A mapping with distinct text keys.</summary>
/// <param name="File">As the person named it.</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
/// <param name="Items">In file order.</param>
public sealed record YamlMapping(string File, long Line, long Column, IReadOnlyList<(YamlScalar Key, YamlValue Value)> Items)
    : YamlValue(File, Line, Column)
{
    /// <inheritdoc/>
    public override string Kind => "a mapping";
}
