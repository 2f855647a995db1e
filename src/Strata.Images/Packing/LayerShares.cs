using Strata.Core.Trees;
using Strata.Layers;
using Strata.Store;
using Strata.Updates.Layers;

namespace Strata.Images.Packing;

/// <summary>How many bytes of the layers each file of an edition stands for: read out of the layers, so whole blocks are exact.</summary>
internal static class LayerShares
{
    /// <summary>Shares by node; a file with several names has one, and a file in several layers what it takes in all of them.</summary>
    /// <param name="store">Has the layers.</param>
    /// <param name="tree">The whole tree.</param>
    /// <param name="layers">The layers that it was split into.</param>
    public static Dictionary<TreeNode, long> Of(ObjectStore store, FileTree tree, IReadOnlyList<StoredLayer> layers)
    {
        Dictionary<TreeNode, long> shares = new(ReferenceEqualityComparer.Instance);
        foreach ((string path, long bytes) in layers.SelectMany(l => LayerFiles.Of(store.OpenRead, l)))
        {
            if (bytes > 0 && Strata.Core.GuestPath.TryParse(path, out Strata.Core.GuestPath parsed, out _)
                && tree.TryGet(parsed, out TreeEntry entry) && entry.Node is FileNode file)
            {
                shares[file] = shares.GetValueOrDefault(file) + bytes;
            }
        }
        return shares;
    }
}
