using Strata.Blueprints;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Store;
using Strata.Updates.Layers;
using Strata.Updates.Releases;

namespace Strata.Images.Packing;

/// <summary>From layers to what a medium carries of them.</summary>
/// <remarks>
/// The release goes into the initrd and with it into the signed kernel image: that is where root hashes are believed. The layers lie
/// beside, in the form of a store (<c>strata/cas/…</c>), which nothing needs to trust.
/// </remarks>
internal static class ReleaseTree
{
    private static readonly Origin s_origin = new(null, null, "release");

    /// <summary>The release that some layers make.</summary>
    /// <param name="edition">Name, version and architecture.</param>
    /// <param name="layers">Lowest first, and whether each is always mounted.</param>
    public static Release ReleaseOf(Edition edition, IReadOnlyList<(StoredLayer Layer, bool IsBase)> layers)
    {
        ArgumentNullException.ThrowIfNull(edition);
        ArgumentNullException.ThrowIfNull(layers);
        Release release = new()
        {
            Edition = edition.Name,
            Version = edition.Version,
            Architecture = edition.Architecture.Name,
            Layers = [.. layers.Select(l => l.Layer.Manifest.InRelease(l.Layer.Digest, l.IsBase))],
        };
        return release.Problems().FirstOrDefault() is string problem
            ? throw new StrataException($"cannot make a release of {edition.Name}: {problem}")
            : release;
    }

    /// <summary>What lies on a medium of the layers: image, manifest and block index of each, every object once.</summary>
    public static FileTree Of(ObjectStore store, Release release, IEnumerable<StoredLayer> layers)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(layers);
        FileTree tree = new();
        Add("/" + Medium.ReleaseFile, new InlineContent(ReleaseWriter.Write(release)));
        foreach (StoredLayer layer in layers)
        {
            foreach (Sha256Digest digest in new[] { layer.Manifest.Image, layer.Manifest.BlockIndex, layer.Digest })
            {
                Add("/" + Medium.PathOf(digest), store.TryGetSize(digest, out long size) ? new StoredContent(size, digest)
                    : throw new StrataException(
                        $"cannot write the image: layer {layer.Manifest.Name} has a part {digest.ToShortString()} that is not in the store",
                        "Build again."));
            }
        }
        return tree;

        void Add(string path, FileContent content) =>
            tree.Add(GuestPath.Parse(path), new FileNode { Permissions = Modes.ReadOnlyFile, Content = content }, s_origin);
    }
}
