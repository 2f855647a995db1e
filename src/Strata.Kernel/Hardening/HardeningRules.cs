using Strata.Core;
using Strata.Kernel.Kconfig;
using Strata.Kernel.Profiles;
using Strata.Yaml;

namespace Strata.Kernel.Hardening;

/// <summary>What a symbol should be, and why.</summary>
/// <param name="Symbol">Without <c>CONFIG_</c>.</param>
/// <param name="Expected">The value, as <c>.config</c> has it; <c>n</c> for what should not be there.</param>
/// <param name="Reason">One sentence.</param>
/// <param name="Architecture">Debian architecture that it is for; null for every one.</param>
/// <param name="AppliesIf">When it matters; always when null.</param>
public sealed record HardeningRule(string Symbol, string Expected, string Reason, string? Architecture, KconfigExpression? AppliesIf);

/// <summary>A failure that a profile declares.</summary>
/// <param name="Symbol">Without <c>CONFIG_</c>.</param>
/// <param name="Reason">Why it is right for this profile.</param>
/// <param name="Place">Where it stands: <c>file:line</c>.</param>
/// <param name="IsShared">True when it comes with a fragment, for every profile that has it: then not every profile needs it.</param>
public sealed record HardeningException(string Symbol, string Reason, string Place, bool IsShared);

/// <summary>A set of rules: <c>kernel/rules/NAME.yaml</c>.</summary>
/// <param name="Title">What it is called.</param>
/// <param name="Source">Where the rules come from.</param>
/// <param name="Rules">In the order of the file.</param>
public sealed record HardeningRules(string Title, string Source, IReadOnlyList<HardeningRule> Rules)
{
    /// <summary>Fragment that says that a profile is to be hardened: then undeclared failures count.</summary>
    public const string Fragment = "hardening";

    private static readonly string[] s_architectures = ["amd64", "arm64"];

    /// <summary>Reads rules.</summary>
    /// <exception cref="StrataException">Faults, all of them.</exception>
    public static HardeningRules Load(string path, string shownAs)
    {
        FaultList faults = new();
        YamlMapping? mapping = YamlFile.Load(path, shownAs, faults);
        HardeningRules? rules = null;
        if (mapping is not null)
        {
            MappingReader reader = new(mapping, faults);
            rules = new HardeningRules(
                reader.Text("title", required: true) ?? "",
                reader.Text("source", required: true) ?? "",
                [.. Entries(reader, "rules", faults).Select(r => ReadRule(r.Reader, r.At, faults)).OfType<HardeningRule>()]);
            reader.Done();
            foreach (IGrouping<(string, string?), HardeningRule> twice in rules.Rules.GroupBy(r => (r.Symbol, r.Architecture)).Where(g => g.Count() > 1))
            {
                faults.Add(mapping, $"CONFIG_{twice.Key.Item1} has {twice.Count()} rules; expected one");
            }
        }
        faults.ThrowIfAny($"hardening rules, {shownAs}");
        return rules!;
    }

    /// <summary>Reads the exceptions of a profile or a fragment, <c>kernel/rules/exceptions/NAME.yaml</c>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="shownAs">The file as shown to people.</param>
    /// <param name="isShared">True for those of a fragment.</param>
    /// <exception cref="StrataException">Faults, all of them.</exception>
    public static IReadOnlyList<HardeningException> LoadExceptions(string path, string shownAs, bool isShared)
    {
        FaultList faults = new();
        List<HardeningException> exceptions = [];
        if (YamlFile.Load(path, shownAs, faults) is YamlMapping mapping)
        {
            MappingReader reader = new(mapping, faults);
            foreach ((MappingReader entry, YamlValue at) in Entries(reader, "exceptions", faults))
            {
                string symbol = SymbolOf(entry, faults);
                exceptions.Add(new HardeningException(symbol, entry.Text("reason", required: true) ?? "", $"{at.File}:{at.Line}", isShared));
                entry.Done();
            }
            reader.Done();
        }
        faults.ThrowIfAny($"exceptions from the hardening rules, {shownAs}");
        return exceptions;
    }

    private static IEnumerable<(MappingReader Reader, YamlValue At)> Entries(MappingReader reader, string key, FaultList faults) =>
        reader.List(key, required: true).Select(v => (Reader: MappingReader.Of(v, $"an entry of '{key}'", faults), At: v))
            .Where(e => e.Reader is not null).Select(e => (e.Reader!, e.At));

    private static HardeningRule? ReadRule(MappingReader reader, YamlValue at, FaultList faults)
    {
        string symbol = SymbolOf(reader, faults);
        string? expected = reader.Text("expected", required: true);
        string? architecture = reader.Scalar("architecture") is null ? null : reader.Choice("architecture", "amd64", s_architectures);
        string? reason = reader.Text("reason", required: true);
        KconfigExpression? condition = null;
        if (reader.Scalar("applies-if") is YamlScalar text)
        {
            try
            {
                condition = KconfigExpressionParser.Parse(text.Text, $"{text.File}:{text.Line}");
            }
            catch (StrataException e)
            {
                faults.Add(text, e.Message);
            }
        }
        reader.Done();
        if (expected is null || reason is null || symbol.Length == 0)
        {
            return null;
        }
        if (ConfigLine.TryParse($"CONFIG_{symbol}={expected}") is null)
        {
            faults.Add(at, $"'{expected}' is no value of a symbol; expected y, m, n, a number or a \"text\"");
        }
        return new HardeningRule(symbol, expected, reason, architecture, condition);
    }

    private static string SymbolOf(MappingReader reader, FaultList faults)
    {
        YamlScalar? symbol = reader.Scalar("symbol", required: true);
        if (symbol is not null && symbol.Text.StartsWith("CONFIG_", StringComparison.Ordinal))
        {
            faults.Add(symbol, $"'{symbol.Text}' begins with CONFIG_; expected the name without it");
        }
        return symbol?.Text ?? "";
    }
}
