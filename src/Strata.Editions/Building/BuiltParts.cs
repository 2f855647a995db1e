using Strata.Images.Building;
using Strata.Images.Manifests;
using Strata.Store;
using Strata.Store.Actions;
using Strata.Updates.Releases;

namespace Strata.Editions.Building;

/// <summary>Reads what a build left in the store.</summary>
public static class BuiltParts
{
    /// <summary>What a build consists of.</summary>
    public static BuildManifest ManifestOf(ObjectStore store, BuildResult built)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(built);
        using FileStream manifest = store.OpenRead(built.Manifest.Digest);
        return BuildManifest.FromJson(manifest);
    }

    /// <summary>The release of a build of layers; null for one of anything else.</summary>
    public static Release? ReleaseOf(ObjectStore store, BuildResult built)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(built);
        if (built.Outputs.Outputs.FirstOrDefault(o => o.Name == "release") is not ActionOutput text)
        {
            return null;
        }
        using MemoryStream bytes = new();
        using (FileStream file = store.OpenRead(text.Digest))
        {
            file.CopyTo(bytes);
        }
        return ReleaseReader.Read(bytes.ToArray());
    }

    /// <summary>Bytes that are fetched of a build: the bootable file and its layers, or the container image.</summary>
    public static long DownloadBytesOf(ObjectStore store, BuildResult built)
    {
        ArgumentNullException.ThrowIfNull(built);
        return built.Outputs.Outputs.FirstOrDefault(o => o.Name == "oci") is ActionOutput container
            ? container.Size
            : built.Uki.Size + (ReleaseOf(store, built)?.Layers.Sum(l => l.Size) ?? 0);
    }
}
