using System.Globalization;
using Strata.Blueprints;
using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Composition.Trees;

/// <summary>Budgets about the tree: known as soon as it is composed, before anything is packed.</summary>
internal static class TreeBudgets
{
    private const int Named = 8;
    private const int SetIds = Modes.SetUid | Modes.SetGid;

    /// <summary>Checks them.</summary>
    /// <param name="edition">Sets them.</param>
    /// <param name="tree">The composed tree.</param>
    /// <exception cref="StrataException">One is broken; what counts most is named.</exception>
    public static void Check(Edition edition, FileTree tree)
    {
        EditionBudgets budgets = edition.Budgets;
        List<(string Name, long Bytes)> packages =
        [
            .. tree.Entries.Where(e => e.Node is FileNode).DistinctBy(e => e.Node, ReferenceEqualityComparer.Instance)
                .GroupBy(e => e.Origin.Package ?? e.Origin.Reason).Select(g => (g.Key, g.Sum(e => ((FileNode)e.Node).Content.Size)))
                .OrderByDescending(g => g.Item2).ThenBy(g => g.Key, StringComparer.Ordinal),
        ];
        long installed = packages.Sum(p => p.Bytes);
        if (budgets.Installed is ByteSize size && installed > size.Bytes)
        {
            throw Broken(edition, "installed", $"its files have {new ByteSize(installed)}, the budget is {size} ({new ByteSize(installed - size.Bytes)} too much)",
                packages.Select(p => $"{p.Name}: {new ByteSize(p.Bytes)}"));
        }
        HashSet<string> named = [.. tree.Entries.Select(e => e.Origin.Package).OfType<string>()];
        if (named.Count > budgets.Packages)
        {
            throw Broken(edition, "packages", $"its files are from {Text(named.Count)} packages, the budget is {Text(budgets.Packages.Value)}; the smallest, which one would miss least",
                packages.Where(p => named.Contains(p.Name)).OrderBy(p => p.Bytes).ThenBy(p => p.Name, StringComparer.Ordinal).Select(p => $"{p.Name}: {new ByteSize(p.Bytes)}"));
        }
        List<TreeEntry> setIds = [.. tree.Entries.Where(e => e.Node is FileNode && (e.Node.Permissions & SetIds) != 0)];
        if (setIds.Count > budgets.SetUid)
        {
            throw Broken(edition, "setuid", $"{Text(setIds.Count)} files run with the rights of their owner or group, the budget is {Text(budgets.SetUid.Value)}",
                setIds.Select(e => $"{e.Path} ({e.Origin.Package ?? e.Origin.Reason})"));
        }
    }

    private static StrataException Broken(Edition edition, string budget, string problem, IEnumerable<string> lines) => new(
        $"cannot build {edition.Name}: {problem}\n  {string.Join("\n  ", lines.Take(Named))}",
        $"Take less from these packages, or raise 'budget: {budget}' in the blueprint.");

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
