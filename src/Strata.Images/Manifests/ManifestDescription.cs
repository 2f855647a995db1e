using Strata.Blueprints;
using Strata.Composition;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Digests;

namespace Strata.Images.Manifests;

/// <summary>Writes down what a composed edition consists of.</summary>
internal static class ManifestDescription
{
    /// <summary>Describes it; what depends on the kind of image is 0 and filled in by whoever makes one.</summary>
    /// <param name="services">Have what no package brings.</param>
    /// <param name="composed">The edition.</param>
    /// <param name="shares">Compressed bytes by node.</param>
    public static BuildManifest Of(BuildServices services, ComposedEdition composed, IReadOnlyDictionary<TreeNode, long> shares)
    {
        Blueprint blueprint = composed.Blueprint;
        HashSet<TreeNode> counted = new(ReferenceEqualityComparer.Instance);
        List<ManifestEntry> entries = [];
        foreach (TreeEntry entry in composed.Tree.Entries)
        {
            bool first = entry.Node is FileNode && counted.Add(entry.Node);
            entries.Add(ManifestEntry.Of(entry, first ? ((FileNode)entry.Node).Content.Size : 0, first ? shares.GetValueOrDefault(entry.Node) : 0) with
            {
                Sha1 = Sha1Of(services, entry.Node),
            });
        }
        // whoever stands in a chain is listed too, or 'why' could not tell it
        HashSet<string> named = [.. composed.UsedPackages.SelectMany(u => composed.Lock.Guest.ChainTo(u)).Select(p => p.Name)];
        return new BuildManifest
        {
            Format = BuildManifest.CurrentFormat,
            Edition = blueprint.Edition.Name,
            Version = blueprint.Edition.Version,
            Architecture = blueprint.Edition.Architecture.Name,
            Kernel = "",
            BuiltKernel = composed.Kernel?.BuiltConfig is StoredContent config
                ? new ManifestKernel(composed.Kernel.Image.Digest.ToString(), config.Digest.ToString())
                : null,
            KernelBytes = 0,
            InitramfsBytes = 0,
            UkiBytes = 0,
            ContainerBytes = 0,
            Capabilities = [.. blueprint.Capabilities.Select(c => new ManifestCapability(c.Name, c.Description, blueprint.RequiredBy.GetValueOrDefault(c.Name)))],
            Packages =
            [
                .. composed.Lock.Guest.Packages.Where(p => named.Contains(p.Name) || composed.UsedPackages.Contains(p.Name))
                    .Select(p => new ManifestPackage(p.Name, p.Version, p.Sha256.ToString(), p.RequiredBy, p.RequiredBy is null ? null : p.Reason)),
            ],
            Entries = entries,
            Ledger = composed.Ledger,
        };
    }

    // small files and results of effects; what packages bring would have to be decompressed again
    private static string? Sha1Of(BuildServices services, TreeNode node) => (node as FileNode)?.Content switch
    {
        InlineContent inline => Sha1Digest.Of(inline.Bytes.Span).ToString(),
        StoredContent stored => StoredSha1(services, stored.Digest).ToString(),
        _ => null,
    };

    private static Sha1Digest StoredSha1(BuildServices services, Sha256Digest digest)
    {
        using FileStream file = services.Store.OpenRead(digest);
        return Sha1Digest.Of(file);
    }
}
