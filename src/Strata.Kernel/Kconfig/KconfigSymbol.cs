namespace Strata.Kernel.Kconfig;

/// <summary>Type of a symbol.</summary>
public enum KconfigType
{
    /// <summary>None was given.</summary>
    Unknown,

    /// <summary>In or not.</summary>
    Bool,

    /// <summary>In, not, or a module.</summary>
    Tristate,

    /// <summary>A text.</summary>
    Text,

    /// <summary>A whole number.</summary>
    Number,

    /// <summary>A hexadecimal number.</summary>
    Hex,
}

/// <summary>Something under a condition: a default, a selected symbol.</summary>
/// <param name="Value">What.</param>
/// <param name="Condition">When; always when null.</param>
public sealed record KconfigConditional<T>(T Value, KconfigExpression? Condition);

/// <summary>One place that defines a symbol; the kernel defines some in several.</summary>
public sealed class KconfigDefinition
{
    internal KconfigDefinition(string file, int line)
    {
        File = file;
        Line = line;
    }

    /// <summary>File of the source, from its root.</summary>
    public string File { get; }

    /// <summary>Line, from 1.</summary>
    public int Line { get; }

    /// <summary>What a person is asked; null when nobody can choose it here.</summary>
    public string? Prompt { get; internal set; }

    /// <summary>When the prompt is shown, besides <see cref="DependsOn"/>.</summary>
    public KconfigExpression? PromptCondition { get; internal set; }

    /// <summary>What must hold: its own <c>depends on</c> and what the menus, choices and <c>if</c> around it ask.</summary>
    public KconfigExpression? DependsOn { get; internal set; }

    /// <summary>Defaults, the first that applies counts.</summary>
    public IReadOnlyList<KconfigConditional<KconfigExpression>> Defaults => DefaultList;

    /// <summary>Symbols it switches on whatever they depend on.</summary>
    public IReadOnlyList<KconfigConditional<string>> Selects => SelectList;

    /// <summary>Symbols it suggests.</summary>
    public IReadOnlyList<KconfigConditional<string>> Implies => ImplyList;

    /// <summary>The choice it is one of; null for none.</summary>
    public KconfigChoice? Choice { get; internal init; }

    /// <summary>The text behind <c>help</c>; empty for none.</summary>
    public string Help { get; internal set; } = "";

    internal List<KconfigConditional<KconfigExpression>> DefaultList { get; } = [];

    internal List<KconfigConditional<string>> SelectList { get; } = [];

    internal List<KconfigConditional<string>> ImplyList { get; } = [];
}

/// <summary>Symbols of which exactly one is on.</summary>
public sealed class KconfigChoice
{
    /// <summary>What a person is asked.</summary>
    public string? Prompt { get; internal set; }

    /// <summary>Its symbols, in the order of the file.</summary>
    public IReadOnlyList<string> Members => MemberList;

    internal List<string> MemberList { get; } = [];
}

/// <summary>A symbol, without the prefix <c>CONFIG_</c>.</summary>
/// <param name="name">Its name.</param>
public sealed class KconfigSymbol(string name)
{
    /// <summary>Its name: <c>EXT4_FS</c>.</summary>
    public string Name { get; } = name;

    /// <summary>Its type.</summary>
    public KconfigType Type { get; internal set; }

    /// <summary>Where it is defined.</summary>
    public IReadOnlyList<KconfigDefinition> Definitions => DefinitionList;

    /// <summary>True when a person can choose it somewhere.</summary>
    public bool HasPrompt => DefinitionList.Exists(d => d.Prompt is not null);

    internal List<KconfigDefinition> DefinitionList { get; } = [];
}
