namespace Strata.Yaml;

/// <summary>How large a file may be before it is refused.</summary>
/// <param name="MaxCharacters">Length of its text.</param>
/// <param name="MaxDepth">Levels of lists and mappings; the value at the top is level 1.</param>
public sealed record YamlLimits(int MaxCharacters, int MaxDepth)
{
    /// <summary>Of blueprints, capabilities and the like: 1 Mi characters, 33 levels.</summary>
    public static YamlLimits Standard { get; } = new(1 << 20, 33);
}
