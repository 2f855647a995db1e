using Strata.Core;
using Strata.Updates.Layers;
using Strata.Updates.Releases;

namespace Strata.Updates.Applying;

/// <summary>What is known of the release that a disk was made with, of which there is no record: only its manifests say more.</summary>
internal static class BuiltRelease
{
    /// <summary>The manifest of a layer, if it is there and whole; else null.</summary>
    public static LayerManifest? ManifestOf(DeviceStore store, ReleaseLayer layer)
    {
        try
        {
            return store.TryRead(layer.Manifest, LayerManifest.MaxBytes) is byte[] text ? LayerManifestText.Read(text) : null;
        }
        catch (ImageFormatException)
        {
            return null;
        }
    }

    /// <summary>The block index of a layer, if it is there and whole; else null.</summary>
    public static BlockIndex? IndexOf(DeviceStore store, ReleaseLayer layer)
    {
        try
        {
            return ManifestOf(store, layer) is LayerManifest manifest
                && store.TryRead(manifest.BlockIndex, DeviceStore.MostIndexBytes) is byte[] bytes ? BlockIndex.Read(bytes) : null;
        }
        catch (ImageFormatException)
        {
            return null;
        }
    }
}
