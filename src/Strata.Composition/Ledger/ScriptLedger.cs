using System.IO.Enumeration;
using Strata.Blueprints;
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
    /// <summary>Accounts for the scripts.</summary>
    /// <param name="packages">Packages that the image takes files from.</param>
    /// <param name="rules">The declared knowledge.</param>
    /// <param name="applied">Names of the effects that are part of this build.</param>
    public static IReadOnlyList<LedgerEntry> Account(IEnumerable<PackageScripts> packages, ScriptRules rules, IReadOnlySet<string> applied)
    {
        ArgumentNullException.ThrowIfNull(packages);
        ArgumentNullException.ThrowIfNull(rules);
        List<LedgerEntry> entries = [];
        foreach (PackageScripts package in packages.OrderBy(p => p.Package, StringComparer.Ordinal))
        {
            foreach ((string kind, string script) in package.Scripts.OrderBy(s => s.Key, StringComparer.Ordinal))
            {
                if (rules.Kinds.TryGetValue(kind, out ScriptRule? forKind))
                {
                    entries.Add(Entry(package, kind, "script", forKind, applied, ""));
                    continue;
                }
                ScriptSections sections = ScriptSections.Of(script);
                foreach (string section in sections.Sections)
                {
                    entries.Add(Entry(package, kind, section, rules.Sections.GetValueOrDefault(section), applied, $"the section of {section} is declared nowhere"));
                }
                if (sections.OwnLines.Count > 0)
                {
                    ScriptRule? rule = rules.Scripts
                        .Where(s => s.Kind == kind && FileSystemName.MatchesSimpleExpression(s.Package, package.Package, ignoreCase: false))
                        .Select(s => s.Rule)
                        .FirstOrDefault();
                    string first = sections.OwnLines[0];
                    entries.Add(Entry(package, kind, "script", rule, applied, $"{sections.OwnLines.Count} lines, the first is: {first[..Math.Min(first.Length, 60)]}"));
                }
                if (sections.Sections.Count == 0 && sections.OwnLines.Count == 0)
                {
                    entries.Add(new LedgerEntry(package.Package, package.Version, kind, "script", LedgerState.Irrelevant, null, "does nothing"));
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
            "Declare what they do in effects/debian.yaml (an effect, or why it is irrelevant), or set 'unhandled-scripts: warn' in the blueprint.");
    }

    private static LedgerEntry Entry(PackageScripts package, string kind, string part, ScriptRule? rule, IReadOnlySet<string> applied, string otherwise)
    {
        (LedgerState state, string reason) = rule switch
        {
            null => (LedgerState.Unhandled, otherwise),
            { Effect: null } => (LedgerState.Irrelevant, rule.Reason),
            _ when applied.Contains(rule.Effect) => (LedgerState.Covered, rule.Reason),
            _ => (LedgerState.Unhandled, $"effect '{rule.Effect}' would cover it, but no capability asks for that effect"),
        };
        return new LedgerEntry(package.Package, package.Version, kind, part, state, rule?.Effect, reason);
    }
}
