using Strata.Core;
using Strata.Core.Trees;
using Strata.Images.Packing;
using Strata.Layers;
using Strata.Store;
using Strata.Store.Actions;
using Strata.Updates.Releases;

namespace Strata.Images.Media;

/// <summary>The layers that were packed, as files of a medium.</summary>
internal static class LayersOnMedia
{
    /// <summary>The files; null for an edition without layers.</summary>
    public static FileTree? LayerTree(this MediumParts parts)
    {
        if (parts.Product.Release is not ActionOutput output)
        {
            return null;
        }
        ObjectStore store = parts.Services.Store;
        byte[] bytes = new byte[output.Size <= Release.MaxBytes ? output.Size
            : throw new StrataException($"cannot read the release of {parts.Edition.Name}: it is larger than {new ByteSize(Release.MaxBytes)}")];
        using (FileStream file = store.OpenRead(output.Digest))
        {
            file.ReadExactly(bytes);
        }
        Release release = ReleaseReader.Read(bytes);
        return ReleaseTree.Of(store, release, release.Layers.Select(l => LayerBuilder.Read(store, l.Manifest)));
    }
}
