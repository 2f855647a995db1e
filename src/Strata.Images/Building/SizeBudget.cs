using Strata.Core;
using Strata.Core.Trees;
using Strata.Images.Blueprints;

namespace Strata.Images.Building;

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
    /// <exception cref="StrataException">The file is larger; the largest contributors are named, with their sizes.</exception>
    public static void Check(Edition edition, string what, long bytes, long kernelBytes, FileTree tree, IReadOnlyDictionary<TreeNode, long> shares)
    {
        if (edition.ImageBudget is ByteSize budget && bytes > budget.Bytes)
        {
            throw Broken(edition, what, bytes, budget, kernelBytes, tree.Entries
                .Where(e => shares.ContainsKey(e.Node))
                .DistinctBy(e => e.Node)
                .Select(e => (e.Origin.Package ?? e.Origin.Reason, shares[e.Node])));
        }
    }

    /// <summary>The same for an image made of a finished build: what it has more than the bootable file is its own and named so.</summary>
    public static void Check(Edition edition, string what, long bytes, BuildManifest manifest)
    {
        if (edition.ImageBudget is ByteSize budget && bytes > budget.Bytes)
        {
            long own = bytes - manifest.Entries.Sum(e => e.Share) - manifest.KernelBytes;
            throw Broken(edition, what, bytes, budget, manifest.KernelBytes, manifest.Entries
                .Select(e => (e.Package ?? e.Reason, e.Share))
                .Append(("boot loaders and tables", Math.Max(0, own))));
        }
    }

    private static StrataException Broken(
        Edition edition, string what, long bytes, ByteSize budget, long kernelBytes, IEnumerable<(string Name, long Bytes)> contributors)
    {
        IEnumerable<string> top = contributors
            .GroupBy(c => c.Name)
            .Select(g => (Name: g.Key, Bytes: g.Sum(c => c.Bytes)))
            .OrderByDescending(g => g.Bytes).ThenBy(g => g.Name, StringComparer.Ordinal)
            .Take(Named)
            .Select(g => $"{g.Name}: {new ByteSize(g.Bytes)}");
        return new StrataException(
            $"cannot build {edition.Name}: the {what} takes {new ByteSize(bytes)}, its budget is {budget} ({new ByteSize(bytes - budget.Bytes)} too much)\n" +
            $"{(kernelBytes > 0 ? $"  kernel: {new ByteSize(kernelBytes)}\n" : "")}  {string.Join("\n  ", top)}",
            "Take less from the largest packages ('programs' instead of whole packages), or raise 'budget: image' in the blueprint.");
    }
}
