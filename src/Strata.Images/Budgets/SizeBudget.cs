using Strata.Blueprints;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Images.Manifests;

namespace Strata.Images.Budgets;

/// <summary>The limit that a blueprint sets to its image.</summary>
internal static class SizeBudget
{
    private const int Named = 8;

    /// <summary>Fails when the budget is broken, and says what takes the room.</summary>
    /// <param name="edition">Sets the budget, or none.</param>
    /// <param name="what">What it limits, for people: <c>bootable file</c>.</param>
    /// <param name="bytes">Its size.</param>
    /// <param name="kernelBytes">Size of the kernel in it; 0 for none.</param>
    /// <param name="tree">What else is in it.</param>
    /// <param name="shares">Compressed bytes by node.</param>
    /// <param name="versions">Versions of the packages by name, to tell what changed; null when they are not known.</param>
    /// <exception cref="BudgetException">The file is larger; the largest contributors are named, with their sizes.</exception>
    public static void Check(
        Edition edition,
        string what,
        long bytes,
        long kernelBytes,
        FileTree tree,
        IReadOnlyDictionary<TreeNode, long> shares,
        IReadOnlyDictionary<string, string>? versions = null)
    {
        if (edition.Budgets.Image is ByteSize budget && bytes > budget.Bytes)
        {
            throw Broken(edition, what, bytes, budget, kernelBytes, versions, tree.Entries
                .Where(e => shares.ContainsKey(e.Node))
                .DistinctBy(e => e.Node)
                .Select(e => (e.Origin.Package ?? e.Origin.Reason, (e.Node as FileNode)?.Content.Size ?? 0, shares[e.Node])));
        }
    }

    /// <summary>The same for an image made of a finished build: what it has more than the bootable file is its own and named so.</summary>
    public static void Check(Edition edition, string what, long bytes, BuildManifest manifest)
    {
        if (edition.Budgets.Image is ByteSize budget && bytes > budget.Bytes)
        {
            long own = GoodBuild.OwnBytes(manifest, bytes);
            Dictionary<string, string> versions = manifest.Packages.ToDictionary(p => p.Name, p => p.Version, StringComparer.Ordinal);
            throw Broken(edition, what, bytes, budget, manifest.KernelBytes, versions, manifest.Entries
                .Select(e => (e.Package ?? e.Reason, e.Size, e.Share))
                .Append((GoodBuild.OfMedium, own, own)));
        }
    }

    private static BudgetException Broken(
        Edition edition,
        string what,
        long bytes,
        ByteSize budget,
        long kernelBytes,
        IReadOnlyDictionary<string, string>? versions,
        IEnumerable<(string Name, long Plain, long Packed)> contributors)
    {
        List<GoodPart> parts =
        [
            .. contributors
                .GroupBy(c => c.Name)
                .Select(g => new GoodPart(g.Key, versions?.GetValueOrDefault(g.Key) ?? "", "", g.Sum(c => c.Plain), g.Sum(c => c.Packed)))
                .OrderByDescending(g => g.Packed).ThenBy(g => g.Name, StringComparer.Ordinal),
        ];
        IEnumerable<string> top = parts.Take(Named).Select(g => $"{g.Name}: {new ByteSize(g.Packed)}");
        return new BudgetException(
            $"cannot build {edition.Name}: the {what} takes {new ByteSize(bytes)}, its budget is {budget} ({new ByteSize(bytes - budget.Bytes)} too much)\n" +
            $"{(kernelBytes > 0 ? $"  kernel: {new ByteSize(kernelBytes)}\n" : "")}  {string.Join("\n  ", top)}",
            "Take less from the largest packages ('programs' instead of whole packages), or raise 'budget: image' in the blueprint.",
            bytes,
            kernelBytes,
            parts);
    }
}
