using System.Security.Cryptography;
using Strata.Blueprints;
using Strata.Composition;
using Strata.Composition.Trees;
using Strata.Core;
using Strata.Core.Progress;
using Strata.Core.Trees;
using Strata.Formats.Oci;
using Strata.Formats.Tar;
using Strata.Images.Budgets;
using Strata.Images.Manifests;
using Strata.Images.Steps;
using Strata.Store.Actions;
using Strata.Toolbox;

namespace Strata.Images.Packing;

/// <summary>An edition as a container image: each capability a layer, what the build itself adds in one more on top.</summary>
internal sealed class ContainerPacking(BuildServices services) : IPacking
{
    // one thread and no name or time in the header: the bytes follow from the tar archive and the locked tool alone
    private static readonly string[] s_gzip = ["-9", "--no-name", "--stdout"];
    private static readonly string[] s_zstd = ["-19", "--stdout", "--quiet", "--threads=1", "--no-progress", "-"];

    /// <inheritdoc/>
    public string Step => "container";

    /// <inheritdoc/>
    public async Task<Product> PackAsync(
        Edition edition, Func<CancellationToken, Task<ComposedEdition>> compose, StepClock clock, CancellationToken cancellationToken)
    {
        ComposedEdition composed = await compose(cancellationToken);
        ContainerRules.Check(edition.Container, composed.Tree, services.OpenContents);
        List<OciLayer> layers = [];
        foreach ((string name, FileTree tree) in TreeSplit.ByCapability(composed.Tree, composed.Blueprint.Capabilities.Select(c => c.Name)))
        {
            layers.Add(await clock.TimeAsync("layer " + name, () => MakeLayerAsync(name, tree, composed, cancellationToken)));
        }
        OciImage image = new()
        {
            Architecture = edition.Architecture,
            Name = $"{NameOf(edition)}:{OciTag.Of(edition.Version)}", // the version is whole in the labels
            Layers = layers,
            Entrypoint = edition.Container.Entrypoint,
            Command = edition.Container.Command,
            Environment = edition.Container.Environment,
            User = edition.Container.User,
            WorkingDirectory = edition.Container.WorkingDirectory,
            Ports = edition.Container.Ports,
            Volumes = edition.Container.Volumes,
            StopSignal = edition.Container.StopSignal,
            HealthCheck = edition.Container.HealthCheck,
            Labels = LabelsOf(edition),
        };
        OciDescriptor? described = null;
        ActionOutput archive = await services.KeepAsync(
            "oci",
            output =>
            {
                described = OciLayoutWriter.Write(image, output, cancellationToken);
                return Task.CompletedTask;
            },
            cancellationToken);
        long packed = layers.Sum(l => l.Size);
        IReadOnlyDictionary<TreeNode, long> shares = await clock.TimeAsync(
            "shares", () => CompressedShares.OfAsync(services, composed, packed, cancellationToken));
        if (!edition.HasKernel)
        {
            SizeBudget.Check(edition, "container image", archive.Size, kernelBytes: 0, composed.Tree, shares, composed.Versions);
        }
        byte[] manifest = (ManifestDescription.Of(services, composed, shares) with
        {
            ContainerBytes = archive.Size,
            ContainerManifest = new ManifestBlob(image.Name, described!.Digest.ToString(), described.Size),
        }).ToJson();
        return new Product { Container = archive, Manifest = services.Keep("manifest", manifest) };
    }

    // image-spec, annotations.md
    private static Dictionary<string, string> LabelsOf(Edition edition)
    {
        Dictionary<string, string> labels = new(StringComparer.Ordinal)
        {
            ["org.opencontainers.image.title"] = edition.Title,
            ["org.opencontainers.image.version"] = edition.Version,
            ["org.opencontainers.image.description"] = edition.Description,
        };
        foreach ((string name, string text) in edition.Container.Labels)
        {
            labels[name] = text;
        }
        return labels;
    }

    // distribution-spec: hyphens of a repository's name stand between letters or digits, capitals nowhere; so do names of editions, but for
    // the end
    private static string NameOf(Edition edition) => edition.Name.TrimEnd('-');

    private async Task<OciLayer> MakeLayerAsync(string name, FileTree tree, ComposedEdition composed, CancellationToken cancellationToken)
    {
        OciCompression compression = composed.Edition.Container.Compression;
        ActionKey key = new ActionKeyBuilder("oci-layer", 1).WithPackingCode()
            .Add("tree", TreeDigest.Of(tree)).Add("compression", compression.ToString()).Add("tools", composed.ToolsDigest).Build();
        ActionResult result = await services.Actions.GetOrAddAsync(
            key,
            async token =>
            {
                using IProgressTask task = services.Progress.Begin($"packing layer {name}");
                Sha256Digest plain = default;
                ActionOutput output = await services.KeepAsync(
                    "layer",
                    stream =>
                    {
                        plain = WriteLayer(tree, composed.Tools, compression, stream, token);
                        return Task.CompletedTask;
                    },
                    token);
                return new ActionResult([output], [new("diff-id", plain.ToString())]);
            },
            cancellationToken);
        ActionOutput layer = result["layer"];
        return new OciLayer(
            compression, layer.Digest, layer.Size, Sha256Digest.Parse(result.Notes["diff-id"]), name,
            () => services.Store.OpenRead(layer.Digest));
    }

    // returns the digest of the plain archive: image-spec calls it the layer's DiffID
    private Sha256Digest WriteLayer(
        FileTree tree, ToolTree tools, OciCompression compression, Stream output, CancellationToken cancellationToken)
    {
        using IContentReader contents = services.OpenContents();
        using ToolPipe compressor = compression == OciCompression.Gzip
            ? new ToolPipe(tools.InRoom(ToolView.None, "usr/bin/gzip", s_gzip), output)
            : new ToolPipe(tools.InRoom(ToolView.None, "usr/bin/zstd", s_zstd), output);
        using SHA256 hash = SHA256.Create();
        using (CryptoStream hashing = new(compressor, hash, CryptoStreamMode.Write, leaveOpen: true))
        {
            TreeTarWriter.Write(tree, contents, hashing, cancellationToken);
        }
        compressor.Finish();
        return new Sha256Digest(hash.Hash!);
    }
}
