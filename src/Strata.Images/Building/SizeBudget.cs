using Strata.Core;
using Strata.Core.Trees;
using Strata.Images.Blueprints;

namespace Strata.Images.Building;

/// <summary>The limit that a blueprint sets to the bootable file.</summary>
internal static class SizeBudget
{
    private const int Named = 8;

    /// <summary>Fails when the budget is broken, and says what takes the room.</summary>
    /// <param name="edition">Sets the budget, or none.</param>
    /// <param name="ukiBytes">Size of the bootable file.</param>
    /// <param name="kernelBytes">Size of the kernel in it.</param>
    /// <param name="tree">What else is in it.</param>
    /// <param name="shares">Compressed bytes by node.</param>
    /// <exception cref="StrataException">The file is larger; the largest contributors are named, with their sizes.</exception>
    public static void Check(Edition edition, long ukiBytes, long kernelBytes, FileTree tree, IReadOnlyDictionary<TreeNode, long> shares)
    {
        if (edition.ImageBudget is not ByteSize budget || ukiBytes <= budget.Bytes)
        {
            return;
        }
        IEnumerable<string> top = tree.Entries
            .Where(e => shares.ContainsKey(e.Node))
            .DistinctBy(e => e.Node)
            .GroupBy(e => e.Origin.Package ?? e.Origin.Reason)
            .Select(g => (Name: g.Key, Bytes: g.Sum(e => shares[e.Node])))
            .OrderByDescending(g => g.Bytes).ThenBy(g => g.Name, StringComparer.Ordinal)
            .Take(Named)
            .Select(g => $"{g.Name}: {new ByteSize(g.Bytes)}");
        throw new StrataException(
            $"cannot build {edition.Name}: the bootable file takes {new ByteSize(ukiBytes)}, its budget is {budget} ({new ByteSize(ukiBytes - budget.Bytes)} too much)\n" +
            $"  kernel: {new ByteSize(kernelBytes)}\n  {string.Join("\n  ", top)}",
            "Take less from the largest packages ('programs' instead of whole packages), or raise 'budget: image' in the blueprint.");
    }
}
