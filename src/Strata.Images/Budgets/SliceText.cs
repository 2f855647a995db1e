using Strata.Blueprints;

namespace Strata.Images.Budgets;

/// <summary>What the capabilities of a blueprint take of a package, as one line: equal lines take the same.</summary>
internal static class SliceText
{
    /// <summary>The line; empty for a package that no capability names.</summary>
    public static string Of(Blueprint blueprint, string package) => string.Join("; ", blueprint.Capabilities.SelectMany(c => c.Packages)
        .Where(p => p.Package == package)
        .Select(p => p.IsWhole && p.Except.Count == 0 ? (p.IsWholeWithDepends ? "whole with what it depends on" : "whole")
            : string.Join(' ', p.Programs
            .Concat(p.Files.Select(f => "file:" + f.Text)).Concat(p.Plugins.Select(f => "plugin:" + f.Text)).Concat(p.Except.Select(f => "except:" + f.Text))))
        .Order(StringComparer.Ordinal));
}
