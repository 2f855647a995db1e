using Strata.Core;
using Strata.Kernel.Kconfig;
using Strata.Kernel.Profiles;

namespace Strata.Kernel.Building;

/// <summary>Sees to it that nothing that was asked for is dropped silently: compares wishes with what the kernel's configuration program made of them.</summary>
internal static class ConfigCheck
{
    private const int MostShown = 20;

    /// <summary>Fails for symbols that no Kconfig file defines.</summary>
    /// <exception cref="StrataException">Each of them, with near names.</exception>
    public static void Known(string title, ConfigRequest request, KconfigTree tree)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(tree);
        Throw(title, [
            .. request.Wishes.Where(w => tree.Find(w.Line.Symbol) is null).Select(w =>
                $"CONFIG_{w.Line.Symbol}: this kernel's source has no such symbol{NearMiss.Suggestion(w.Line.Symbol, tree.Names)}; {w.By} asks for it ({w.Place})"),
        ]);
    }

    /// <summary>Fails for wishes that were not honoured.</summary>
    /// <exception cref="StrataException">Each of them: who asked, what came of it, which dependency is unmet.</exception>
    public static void Honoured(string title, ConfigRequest request, KernelConfig config, KconfigTree tree)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(tree);
        Throw(title, [
            .. request.Wishes.Where(w => !IsHonoured(w, config, tree)).Select(w =>
                $"CONFIG_{w.Line.Symbol}={w.Line.Value} became {config[w.Line.Symbol]}: {Reason(w, config, tree)}; {w.By} asks for it ({w.Place})"),
        ]);
    }

    /// <summary>The value that is written down for a wish: a driver that may be a module is one wherever its type allows it.</summary>
    public static string ValueFor(ConfigWish wish, KconfigTree tree)
    {
        ArgumentNullException.ThrowIfNull(wish);
        ArgumentNullException.ThrowIfNull(tree);
        return wish.MayBeModule && tree.Find(wish.Line.Symbol)?.Type == KconfigType.Tristate ? "m" : wish.Line.Value;
    }

    private static bool IsHonoured(ConfigWish wish, KernelConfig config, KconfigTree tree)
    {
        string wanted = ValueFor(wish, tree);
        string got = config[wish.Line.Symbol];
        return got == wanted
            || (wish.MayBeModule && got == "y") // something else needs it built in
            || (KconfigNumber.TryParse(wanted, out long a) && KconfigNumber.TryParse(got, out long b) && a == b);
    }

    private static string Reason(ConfigWish wish, KernelConfig config, KconfigTree tree)
    {
        string name = wish.Line.Symbol;
        KconfigSymbol symbol = tree.Find(name)!;
        string? ValueOf(string other) => config.BareValue(other);
        if (wish.Line.Value == "n" || (wish.Line.Value == "m" && config[name] == "y"))
        {
            string[] selectors = [.. tree.SelectorsOf(name).Where(s => config[s.Selector] != "n" && s.Condition?.Evaluate(ValueOf) != Tristate.No).Select(s => s.Selector).Distinct()];
            return selectors.Length > 0 ? $"selected by {Listed(selectors)}"
                : symbol.HasPrompt ? "its default came back, because what it depends on hides the question"
                : "nobody can choose it: it follows from other symbols";
        }
        if (!Fits(symbol.Type, wish.Line.Value))
        {
            return $"its type is {symbol.Type.ToString().ToLowerInvariant()}";
        }
        if (!symbol.HasPrompt)
        {
            string[] selectors = [.. tree.SelectorsOf(name).Select(s => s.Selector).Distinct()];
            return selectors.Length > 0 ? $"nobody can choose it, only {Listed(selectors)} can select it" : "nobody can choose it: it follows from other symbols";
        }
        Tristate wanted = wish.Line.Value == "m" ? Tristate.Module : Tristate.Yes;
        List<string> unmet =
        [
            .. symbol.Definitions
                .Where(d => d.Prompt is not null)
                .SelectMany(d => KconfigExpression.And(d.DependsOn, d.PromptCondition)?.Unmet(ValueOf, wanted) ?? [])
                .Select(c => $"{c} ({string.Join(", ", c.Symbols.Distinct().Select(s => $"{s}={config[s]}"))})").Distinct(),
        ];
        if (unmet.Count > 0)
        {
            return $"it depends on {string.Join(" and on ", unmet)}";
        }
        KconfigChoice? choice = symbol.Definitions.Select(d => d.Choice).FirstOrDefault(c => c is not null);
        string? taken = choice?.Members.FirstOrDefault(m => config[m] == "y");
        return taken is not null ? $"of the choice '{choice!.Prompt}' {taken} was taken" : "the value is outside its range, or another symbol overrules it";
    }

    private static bool Fits(KconfigType type, string value) => type switch
    {
        KconfigType.Bool => value is "y" or "n",
        KconfigType.Tristate => value is "y" or "m" or "n",
        KconfigType.Text => value.StartsWith('"'),
        KconfigType.Number or KconfigType.Hex => KconfigNumber.TryParse(value, out _),
        _ => true,
    };

    private static string Listed(string[] names) =>
        string.Join(", ", names.Take(5)) + (names.Length > 5 ? $" and {names.Length - 5} others" : "");

    private static void Throw(string title, IReadOnlyList<string> problems)
    {
        if (problems.Count > 0)
        {
            string more = problems.Count > MostShown ? $"\n  and {problems.Count - MostShown} more" : "";
            throw new StrataException(
                $"cannot configure kernel {title}: {(problems.Count == 1 ? "a wish is" : $"{problems.Count} wishes are")} not honoured\n  {string.Join("\n  ", problems.Take(MostShown))}{more}",
                "Ask for what is missing in the same fragment or in the profile, or take the line out.");
        }
    }
}
