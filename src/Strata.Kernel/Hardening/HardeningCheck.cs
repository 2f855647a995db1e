using Strata.Kernel.Kconfig;
using Strata.Kernel.Profiles;

namespace Strata.Kernel.Hardening;

/// <summary>What came of a rule.</summary>
public enum RuleOutcome
{
    /// <summary>As it should be.</summary>
    Pass,

    /// <summary>Not as it should be.</summary>
    Fail,

    /// <summary>Not as it should be, and declared so.</summary>
    Excepted,

    /// <summary>It says nothing about this kernel.</summary>
    NotApplicable,
}

/// <summary>A rule applied to a configuration.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Outcome">What came of it.</param>
/// <param name="Actual">What the symbol is.</param>
/// <param name="Because">Why the rule does not apply, or what the exception says; else the rule's own reason.</param>
public sealed record RuleResult(HardeningRule Rule, RuleOutcome Outcome, string Actual, string Because);

/// <summary>A whole check.</summary>
/// <param name="Results">One for each rule, in their order.</param>
/// <param name="Needless">Exceptions of the profile itself that it does not need (any longer): the list may only shrink.</param>
public sealed record HardeningReport(IReadOnlyList<RuleResult> Results, IReadOnlyList<HardeningException> Needless)
{
    /// <summary>Rules with an outcome.</summary>
    public int Count(RuleOutcome outcome) => Results.Count(r => r.Outcome == outcome);

    /// <summary>True when nothing failed undeclared and no exception is needless.</summary>
    public bool IsClean => Count(RuleOutcome.Fail) == 0 && Needless.Count == 0;
}

/// <summary>Applies rules to a configuration.</summary>
public static class HardeningCheck
{
    /// <summary>Applies them.</summary>
    /// <param name="rules">The rules.</param>
    /// <param name="config">The final configuration.</param>
    /// <param name="architecture">Debian architecture of the kernel.</param>
    /// <param name="exceptions">What is declared.</param>
    /// <param name="isKnown">Whether this kernel's source has a symbol.</param>
    public static HardeningReport Run(
        HardeningRules rules, KernelConfig config, string architecture, IReadOnlyList<HardeningException> exceptions, Func<string, bool> isKnown)
    {
        ArgumentNullException.ThrowIfNull(rules);
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(exceptions);
        ArgumentNullException.ThrowIfNull(isKnown);
        List<RuleResult> results = [.. rules.Rules.Select(r => Apply(r, config, architecture, exceptions, isKnown))];
        HashSet<string> used = [.. results.Where(r => r.Outcome == RuleOutcome.Excepted).Select(r => r.Rule.Symbol)];
        return new HardeningReport(results, [.. exceptions.Where(e => !e.IsShared && !used.Contains(e.Symbol))]);
    }

    private static RuleResult Apply(
        HardeningRule rule, KernelConfig config, string architecture, IReadOnlyList<HardeningException> exceptions, Func<string, bool> isKnown)
    {
        string actual = config[rule.Symbol];
        string? off = rule.Architecture is string only && only != architecture ? $"it is for {only}"
            : !isKnown(rule.Symbol) ? "this kernel has no such symbol"
            : rule.AppliesIf is KconfigExpression when && when.Evaluate(config.BareValue) == Tristate.No ? $"it is about kernels with {when}"
            : null;
        if (off is not null)
        {
            return new RuleResult(rule, RuleOutcome.NotApplicable, actual, off);
        }
        if (IsSame(actual, rule.Expected))
        {
            return new RuleResult(rule, RuleOutcome.Pass, actual, rule.Reason);
        }
        return exceptions.FirstOrDefault(e => e.Symbol == rule.Symbol) is HardeningException declared
            ? new RuleResult(rule, RuleOutcome.Excepted, actual, declared.Reason)
            : new RuleResult(rule, RuleOutcome.Fail, actual, rule.Reason);
    }

    // 'm' is there, as a module or built in; 0x10000 and 65536 are the same
    private static bool IsSame(string actual, string expected) =>
        actual == expected || (expected == "m" && actual == "y")
        || (KconfigNumber.TryParse(actual, out long a) && KconfigNumber.TryParse(expected, out long b) && a == b);
}
