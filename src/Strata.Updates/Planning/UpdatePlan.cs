using Strata.Core;
using Strata.Updates.Layers;
using Strata.Updates.Releases;

namespace Strata.Updates.Planning;

/// <summary>What going to a published release fetches, by layer and to the byte, before any of it is fetched.</summary>
/// <remarks>
/// Beside it are the metadata of the repository and the text of the published release: without them there is no plan.
/// Block indexes of changed layers are part of it, although they are read to make it.
/// </remarks>
/// <param name="Release">The release.</param>
/// <param name="Layers">Its layers, lowest first.</param>
/// <param name="UkiBytes">Bytes of the kernel image that are fetched: all or none.</param>
public sealed record UpdatePlan(PublishedRelease Release, IReadOnlyList<LayerPlan> Layers, long UkiBytes)
{
    /// <summary>Bytes that are fetched.</summary>
    public long Bytes => UkiBytes + Layers.Sum(l => l.Bytes);

    /// <summary>Makes a plan.</summary>
    /// <param name="release">What is wanted.</param>
    /// <param name="has">Images of layers that the machine has whole, each with its block index.</param>
    /// <param name="uki">The kernel image that it has; null for another one.</param>
    /// <param name="indexOf">Gets the block index of a wanted layer that it lacks.</param>
    public static UpdatePlan Of(
        PublishedRelease release, IReadOnlyDictionary<Sha256Digest, BlockIndex> has, Sha256Digest? uki,
        Func<ReleaseLayer, PublishedFile, BlockIndex> indexOf)
    {
        ArgumentNullException.ThrowIfNull(release);
        ArgumentNullException.ThrowIfNull(has);
        ArgumentNullException.ThrowIfNull(indexOf);
        HashSet<Sha256Digest> blocks = [.. has.Values.SelectMany(i => i.Blocks.Select(b => b.Stored))];
        List<LayerPlan> layers = [];
        foreach ((ReleaseLayer layer, PublishedLayer more) in release.Release.Layers.Zip(release.Layers))
        {
            BlockIndex? index = has.ContainsKey(layer.Image) ? null : indexOf(layer, more.Index);
            layers.Add(LayerPlan.Of(layer, more, index, blocks));
            blocks.UnionWith(index?.Blocks.Select(b => b.Stored) ?? []); // from then on it is there as well
        }
        return new UpdatePlan(release, layers, uki == release.Uki.Digest ? 0 : release.Uki.Size);
    }
}
