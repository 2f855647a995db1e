using Strata.Core;
using Strata.Kernel.Building;
using Strata.Kernel.Kconfig;
using Strata.Kernel.Makefiles;
using Strata.Kernel.Profiles;
using Strata.Kernel.Sizes;

namespace Strata.Kernel.Explaining;

/// <summary>A condition and whether it holds.</summary>
/// <param name="Text">The condition, with the values of its symbols behind it: <c>PCI (PCI=y)</c>.</param>
/// <param name="Holds">Null when no profile was named.</param>
public sealed record ExplainedCondition(string Text, bool? Holds);

/// <summary>What a symbol's objects take in a kernel. Bytes.</summary>
/// <param name="Memory">In memory.</param>
/// <param name="Packed">Share of the compressed image; an estimate.</param>
/// <param name="Objects">How many object files.</param>
/// <param name="IsWhole">False when the makefiles may bring in more than is known.</param>
public sealed record SymbolCost(long Memory, long Packed, int Objects, bool IsWhole);

/// <summary>Everything worth knowing about a symbol of a kernel's configuration.</summary>
public sealed record SymbolExplanation
{
    /// <summary>Without <c>CONFIG_</c>.</summary>
    public required string Symbol { get; init; }

    /// <summary>Its type: <c>bool</c>, <c>tristate</c>, <c>text</c>, <c>number</c>, <c>hex</c>.</summary>
    public required string Type { get; init; }

    /// <summary>What a person is asked; null when nobody can choose it.</summary>
    public string? Prompt { get; init; }

    /// <summary>The help text's lines.</summary>
    public IReadOnlyList<string> Help { get; init; } = [];

    /// <summary>Where it is defined: <c>fs/ext4/Kconfig:34</c>.</summary>
    public IReadOnlyList<string> Places { get; init; } = [];

    /// <summary>Its value in the profile; null when no profile was named.</summary>
    public string? Value { get; init; }

    /// <summary>Who asks for it in the profile: <c>fragment 'usb' (kernel/fragments/usb.config:3)</c>; null when nobody does.</summary>
    public string? AskedBy { get; init; }

    /// <summary>What it depends on.</summary>
    public IReadOnlyList<ExplainedCondition> DependsOn { get; init; } = [];

    /// <summary>Symbols that select it. With a profile: those that do so there; without: all.</summary>
    public IReadOnlyList<string> SelectedBy { get; init; } = [];

    /// <summary>How many symbols could select it.</summary>
    public int PossibleSelectors { get; init; }

    /// <summary>Symbols that it selects.</summary>
    public IReadOnlyList<string> Selects { get; init; } = [];

    /// <summary>What it costs; null when no built kernel was looked at, or it has no object of its own there.</summary>
    public SymbolCost? Cost { get; init; }

    /// <summary>Explains a symbol.</summary>
    /// <param name="name">Its name, with or without <c>CONFIG_</c>.</param>
    /// <param name="tree">What the source says.</param>
    /// <param name="config">The configuration of a profile; null for none.</param>
    /// <param name="profile">The profile; null for none.</param>
    /// <exception cref="StrataException">The source has no such symbol; near names are told.</exception>
    public static SymbolExplanation Of(string name, KconfigTree tree, KernelConfig? config, KernelProfile? profile)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(tree);
        string bare = name.StartsWith("CONFIG_", StringComparison.Ordinal) ? name["CONFIG_".Length..] : name;
        KconfigSymbol symbol = tree.Find(bare)
            ?? throw new StrataException(
                $"cannot explain CONFIG_{bare}: this kernel's source has no such symbol{NearMiss.Suggestion(bare.Length == 0 ? "CONFIG_" : bare, tree.Names)}");
        ConfigWish? wish = profile is null ? null : KernelBuilder.RequestOf(profile).Wishes.FirstOrDefault(w => w.Line.Symbol == bare);
        IReadOnlyList<(string Selector, KconfigExpression? Condition)> selectors = tree.SelectorsOf(bare);
        return new SymbolExplanation
        {
            Symbol = bare,
            Type = symbol.Type == KconfigType.Unknown ? "none" : symbol.Type.ToString().ToLowerInvariant(),
            Prompt = symbol.Definitions.Select(d => d.Prompt).FirstOrDefault(p => p is not null),
            Help = [.. symbol.Definitions.Select(d => d.Help).FirstOrDefault(h => h.Length > 0)?.Split('\n') ?? []],
            Places = [.. symbol.Definitions.Select(d => $"{d.File}:{d.Line}")],
            Value = config?[bare],
            AskedBy = wish is null ? null : $"{wish.By} ({wish.Place})",
            DependsOn = [.. symbol.Definitions.Select(d => d.DependsOn).OfType<KconfigExpression>().SelectMany(e => e.Conjuncts).DistinctBy(c => c.ToString()).Select(c => Explain(c, config))],
            SelectedBy =
            [
                .. selectors.Where(s => config is null || (config[s.Selector] != "n" && s.Condition?.Evaluate(config.BareValue) != Tristate.No))
                    .Select(s => s.Selector).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
            ],
            PossibleSelectors = selectors.Select(s => s.Selector).Distinct(StringComparer.Ordinal).Count(),
            Selects = [.. symbol.Definitions.SelectMany(d => d.Selects).Select(s => s.Value).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
        };
    }

    /// <summary>What a symbol's objects take; null when none of them is in the kernel.</summary>
    /// <param name="objects">Its objects.</param>
    /// <param name="map">What the linker put where.</param>
    /// <param name="imageBytes">Length of the image.</param>
    public static SymbolCost? CostOf(KbuildObjects objects, LinkMap map, long imageBytes)
    {
        ArgumentNullException.ThrowIfNull(objects);
        IReadOnlyList<PartSize> parts = SizeAccount.By(map, o => o == LinkMap.Padding ? o : objects.Hold(o) ? "+" + o : "-");
        PartSize[] own = [.. parts.Where(p => p.Name[0] == '+')];
        return own.Length == 0 ? null
            : new SymbolCost(own.Sum(p => p.Total), own.Sum(p => SizeAccount.PackedShare(p, parts, imageBytes)), own.Length, objects.IsWhole);
    }

    private static ExplainedCondition Explain(KconfigExpression condition, KernelConfig? config) => config is null
        ? new ExplainedCondition(condition.ToString()!, Holds: null)
        : new ExplainedCondition(
            $"{condition} ({string.Join(", ", condition.Symbols.Distinct(StringComparer.Ordinal).Select(s => $"{s}={config[s]}"))})",
            condition.Evaluate(config.BareValue) != Tristate.No);
}
