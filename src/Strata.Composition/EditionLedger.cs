using System.Globalization;
using System.Text;
using Strata.Blueprints;
using Strata.Composition.Effects;
using Strata.Composition.Kernels;
using Strata.Composition.Ledger;
using Strata.Composition.Locks;
using Strata.Composition.Scripts;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Packages.Listings;

namespace Strata.Composition;

/// <summary>Accounts for the scripts of an edition without building it: whether or not it can be built.</summary>
/// <param name="services">What it works with.</param>
public sealed class EditionLedger(BuildServices services)
{
    /// <summary>Every script of every package that the edition takes files from.</summary>
    /// <param name="blueprint">The edition.</param>
    /// <param name="editionLock">Its inputs; what the store lacks is fetched.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="StrataException">Its packages cannot be had, or make no tree.</exception>
    public async Task<IReadOnlyList<LedgerEntry>> OfAsync(Blueprint blueprint, EditionLock editionLock,
        CancellationToken cancellationToken) =>
        (await AccountAsync(blueprint, editionLock, cancellationToken)).Entries;

    /// <summary>For people: the scripts of a package, what stands for each part of them, and what to write where nothing does.</summary>
    /// <param name="blueprint">The edition.</param>
    /// <param name="editionLock">Its inputs; what the store lacks is fetched.</param>
    /// <param name="package">Name of the package.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="StrataException">The edition takes nothing from such a package, or cannot be composed.</exception>
    public async Task<string> ExplainAsync(Blueprint blueprint, EditionLock editionLock, string package,
        CancellationToken cancellationToken)
    {
        (IReadOnlyList<ListedPackage> used, IReadOnlyList<LedgerEntry> entries) =
            await AccountAsync(blueprint, editionLock, cancellationToken);
        ListedPackage found = used.FirstOrDefault(p => p.Name == package) ?? throw new StrataException(
            $"cannot explain '{package}': {blueprint.Edition.Name} takes no file of such a package"
                + NearMiss.Suggestion(package, used.Select(p => p.Name)),
            $"'strata ledger {blueprint.Edition.Name}' lists those with scripts.");
        return found.Scripts.Count == 0 ? $"{found.Name} {found.Version} has no maintainer scripts.\n"
            : string.Concat(found.Scripts.OrderBy(s => s.Key, StringComparer.Ordinal)
                .Select(s => Explain(s.Key, s.Value, [.. entries.Where(e => e.Package == package && e.Script == s.Key)])));
    }

    private async Task<(IReadOnlyList<ListedPackage> Used, IReadOnlyList<LedgerEntry> Entries)> AccountAsync(
        Blueprint blueprint, EditionLock editionLock, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(blueprint);
        ArgumentNullException.ThrowIfNull(editionLock);
        ComposedPackages composed = await ComposedPackages.OfAsync(services, blueprint, editionLock, new StepClock(), cancellationToken);
        ScriptRules rules = services.ScriptRules.With(blueprint.RuleFiles);
        ListedPackage? kernel = blueprint.KernelPackage is string name ? KernelFiles.OfPackages(composed.Packages, name).Package : null;
        HashSet<string> firmware = [.. blueprint.Capabilities.SelectMany(c => c.FirmwarePackages).Select(p => p.Text)];
        ListedPackage[] used =
            [.. composed.Packages.Packages.Where(p => composed.Used.Contains(p.Name) || firmware.Contains(p.Name) || p == kernel)];
        using IContentReader contents = services.OpenKept();
        FollowedScripts followed = ScriptsOfImage.Follow(blueprint, composed.Packages, used, composed.Tree, contents, rules);
        return (used, ScriptLedger.Account(
            used.Select(p => new PackageScripts(p.Name, p.Version, p.Scripts)), rules, EffectRun.NamesFor(blueprint), followed));
    }

    private static string Explain(string kind, string script, IReadOnlyList<LedgerEntry> entries)
    {
        StringBuilder text = new();
        LedgerEntry first = entries[0];
        text.Append(CultureInfo.InvariantCulture, $"{first.Package} {first.Version} {kind}\n\n");
        string[] lines = script.TrimEnd('\n').Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{i + 1,5}  {lines[i].TrimEnd()}\n");
        }
        text.Append('\n');
        foreach (LedgerEntry entry in entries)
        {
            string what = entry.State switch
            {
                LedgerState.Covered => $"covered by effect {entry.Effect}",
                LedgerState.Irrelevant => "irrelevant",
                _ => "NOT ACCOUNTED FOR",
            };
            text.Append(CultureInfo.InvariantCulture, $"  {entry.Part}: {what}{(entry.Reason.Length > 0 ? ": " + entry.Reason : "")}\n");
        }
        text.Append('\n');
        if (entries.FirstOrDefault(e => e.State == LedgerState.Unhandled) is LedgerEntry unhandled)
        {
            text.Append(Propose(kind, unhandled));
        }
        return text.ToString();
    }

    private static string Propose(string kind, LedgerEntry unhandled)
    {
        StringBuilder text =
            new("To answer it, say in effects/own.yaml beside the blueprint why it does not matter, or which effect does it\n");
        text.Append(CultureInfo.InvariantCulture, $"({string.Join(", ", EffectCatalog.All.Select(e => e.Name))}):\n\n");
        if (CommandIn(unhandled.Reason) is string command)
        {
            text.Append(CultureInfo.InvariantCulture, $"commands: # wherever it stands\n  {command}: {{irrelevant: WHY}}\n\nor\n\n");
        }
        text.Append(CultureInfo.InvariantCulture,
            $"scripts: # all of this script that no tool of debhelper generated\n  {unhandled.Package}:\n"
            + $"    {kind}: {{irrelevant: WHY}}\n\n");
        return text.ToString();
    }

    // line 12: what 'NAME' does is declared nowhere
    private static string? CommandIn(string reason)
    {
        const string begin = "what '";
        int at = reason.IndexOf(begin, StringComparison.Ordinal);
        int end = at < 0 ? -1 : reason.IndexOf("' does is declared nowhere", at, StringComparison.Ordinal);
        return end < 0 ? null : reason[(at + begin.Length)..end].Split('/')[^1];
    }
}
