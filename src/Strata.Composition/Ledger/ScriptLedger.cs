using Strata.Blueprints;
using Strata.Composition.Scripts;
using Strata.Core;

namespace Strata.Composition.Ledger;

/// <summary>How a script was accounted for.</summary>
public enum LedgerState
{
    /// <summary>An effect of this build produces what it would have done.</summary>
    Covered,

    /// <summary>What it does has no meaning here.</summary>
    Irrelevant,

    /// <summary>Nobody declared what it does.</summary>
    Unhandled,
}

/// <summary>One script of one package, or one part of it.</summary>
/// <param name="Package">Package name.</param>
/// <param name="Version">Package version.</param>
/// <param name="Script"><c>preinst</c>, <c>postinst</c>, <c>prerm</c>, <c>postrm</c> or <c>config</c>.</param>
/// <param name="Part">Section of a debhelper tool, or <c>script</c> for what was written by hand.</param>
/// <param name="State">How it was accounted for.</param>
/// <param name="Effect">The effect that covers it.</param>
/// <param name="Reason">Why, in words.</param>
public sealed record LedgerEntry(string Package, string Version, string Script, string Part, LedgerState State, string? Effect, string Reason);

/// <summary>A package's scripts, as the ledger wants them.</summary>
/// <param name="Package">Package name.</param>
/// <param name="Version">Package version.</param>
/// <param name="Scripts">Texts by kind.</param>
internal sealed record PackageScripts(string Package, string Version, IReadOnlyDictionary<string, string> Scripts);

/// <summary>Accounts for every maintainer script of every package used: none runs, and none is forgotten silently.</summary>
internal static class ScriptLedger
{
    private const int MostReasons = 3;

    /// <summary>What of a package's scripts is followed: all that no rule answers.</summary>
    public static InstalledPackage ToFollow(PackageScripts package, ScriptRules rules, string? templates = null)
    {
        ArgumentNullException.ThrowIfNull(package);
        ArgumentNullException.ThrowIfNull(rules);
        return new InstalledPackage(
            package.Package,
            package.Scripts.Where(s => !rules.Kinds.ContainsKey(s.Key)).ToDictionary(
                s => s.Key, s => new ScriptText(s.Value, sectionsOnly: rules.ForScript(package.Package, s.Key) is not null),
                    StringComparer.Ordinal),
            templates is null ? null : new DebconfTemplates(templates),
            package.Scripts.TryGetValue("config", out string? config) ? new ScriptText(config) : null);
    }

    /// <summary>Accounts for the scripts.</summary>
    /// <param name="packages">Packages that the image takes files from.</param>
    /// <param name="rules">The declared knowledge.</param>
    /// <param name="applied">Names of the effects that are part of this build.</param>
    /// <param name="followed">What following the scripts came to.</param>
    public static IReadOnlyList<LedgerEntry> Account(
        IEnumerable<PackageScripts> packages, ScriptRules rules, IReadOnlySet<string> applied, FollowedScripts followed)
    {
        ArgumentNullException.ThrowIfNull(packages);
        ArgumentNullException.ThrowIfNull(rules);
        ArgumentNullException.ThrowIfNull(followed);
        List<LedgerEntry> entries = [];
        foreach (PackageScripts package in packages.OrderBy(p => p.Package, StringComparer.Ordinal))
        {
            foreach (string kind in package.Scripts.Keys.Order(StringComparer.Ordinal))
            {
                if (rules.Kinds.TryGetValue(kind, out ScriptRule? forKind))
                {
                    entries.Add(Entry(package, kind, ScriptText.ByHand, forKind, applied));
                    continue;
                }
                if (followed.Scripts.TryGetValue((package.Package, kind), out IReadOnlyList<FollowedPart>? parts))
                {
                    entries.AddRange(parts.SelectMany(p => EntriesOf(package, kind, p, applied)));
                }
                if (rules.ForScript(package.Package, kind) is ScriptRule byHand)
                {
                    entries.Add(Entry(package, kind, ScriptText.ByHand, byHand, applied));
                }
                else if (parts is null)
                {
                    string reason = $"it is no kind of script that is followed; expected preinst or postinst, or a rule for '{kind}'";
                    entries.Add(new LedgerEntry(package.Package, package.Version, kind, ScriptText.ByHand, LedgerState.Unhandled, null,
                        reason));
                }
            }
        }
        return entries;
    }

    /// <summary>Fails when something is unhandled and the blueprint does not allow it; returns what there is to warn about.</summary>
    /// <exception cref="StrataException">Names every unhandled script.</exception>
    public static string? Check(IReadOnlyList<LedgerEntry> ledger, Edition edition)
    {
        List<LedgerEntry> unhandled = [.. ledger.Where(e => e.State == LedgerState.Unhandled)];
        if (unhandled.Count == 0)
        {
            return null;
        }
        string lines = string.Join("\n  ", unhandled.Select(e => $"{e.Package} {e.Version} {e.Script}: {e.Reason}"));
        if (edition.UnhandledScripts == UnhandledScripts.Warn)
        {
            return $"{unhandled.Count} maintainer scripts are not accounted for:\n  {lines}";
        }
        throw new StrataException(
            $"cannot build {edition.Name}: {unhandled.Count} maintainer scripts are not accounted for\n  {lines}",
            $"'strata ledger {edition.Name} --explain {unhandled[0].Package}' shows the script and what to write about it in "
            + "effects/own.yaml beside the blueprint; 'unhandled-scripts: warn' in the blueprint lets all pass.");
    }

    private static IEnumerable<LedgerEntry> EntriesOf(PackageScripts package, string kind, FollowedPart part, IReadOnlySet<string> applied)
    {
        if (part.Problem is string problem)
        {
            string reason = $"line {part.ProblemLine}: {problem}";
            yield return new LedgerEntry(package.Package, package.Version, kind, part.Name, LedgerState.Unhandled, null, reason);
            yield break;
        }
        ILookup<string, string> byEffect = part.Deeds.Where(d => d.Effect is not null).ToLookup(d => d.Effect!, d => d.Reason);
        foreach (IGrouping<string, string> effect in byEffect)
        {
            yield return Entry(package, kind, part.Name, new ScriptRule(effect.Key, Join(effect)), applied);
        }
        if (byEffect.Count == 0)
        {
            string[] reasons = [.. part.Deeds.Select(d => d.Reason).Distinct()];
            string reason = reasons.Length == 0 ? "does nothing on a fresh installation" : Join(reasons);
            yield return Entry(package, kind, part.Name, new ScriptRule(null, reason), applied);
        }
    }

    private static string Join(IEnumerable<string> reasons)
    {
        string[] all = [.. reasons.Where(r => r.Length > 0).Distinct()];
        return string.Join("; ", all.Take(MostReasons)) + (all.Length > MostReasons ? $"; and {all.Length - MostReasons} more" : "");
    }

    private static LedgerEntry Entry(PackageScripts package, string kind, string part, ScriptRule rule, IReadOnlySet<string> applied)
    {
        (LedgerState state, string reason) = rule switch
        {
            { Effect: null } => (LedgerState.Irrelevant, rule.Reason),
            _ when applied.Contains(rule.Effect) => (LedgerState.Covered, rule.Reason),
            _ => (LedgerState.Unhandled, $"effect '{rule.Effect}' would cover it, but no capability asks for that effect"),
        };
        return new LedgerEntry(package.Package, package.Version, kind, part, state, rule.Effect, reason);
    }
}
