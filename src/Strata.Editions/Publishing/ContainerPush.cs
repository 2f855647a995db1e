using Strata.Blueprints;
using Strata.Composition;
using Strata.Core;
using Strata.Core.Progress;
using Strata.Editions.Bills;
using Strata.Editions.Building;
using Strata.Formats.Oci;
using Strata.Images.Building;
using Strata.Images.Manifests;
using Strata.Inventory.Bills;
using Strata.Inventory.Provenance;
using Strata.Store.Actions;
using Strata.Toolbox;

namespace Strata.Editions.Publishing;

/// <summary>An image that was sent to a registry.</summary>
/// <param name="Edition">What it is of.</param>
/// <param name="Architecture">What it runs on, by Debian's name.</param>
/// <param name="Digest">Its manifest's.</param>
/// <param name="Referrers">What was sent with it: type of each document.</param>
public sealed record PushedImage(string Edition, string Architecture, Sha256Digest Digest, IReadOnlyList<string> Referrers);

/// <summary>What was sent.</summary>
/// <param name="Reference">Where it is.</param>
/// <param name="Digest">Of the manifest that the tag names; of the index where there are several images.</param>
/// <param name="Images">The images.</param>
public sealed record PushResult(ImageReference Reference, Sha256Digest Digest, IReadOnlyList<PushedImage> Images);

/// <summary>Sends editions to a registry as container images, one for each architecture, with bills of materials and provenance.</summary>
/// <param name="services">Have what was built.</param>
/// <param name="bills">Make the bills.</param>
/// <param name="provenance">Says where they come from.</param>
/// <param name="set">The set of tools with skopeo.</param>
public sealed class ContainerPush(BuildServices services, EditionBills bills, EditionProvenance provenance, ToolSet set)
{
    private const string ImageName = "image";

    /// <summary>Sends them.</summary>
    /// <param name="builds">Container images, each for another architecture.</param>
    /// <param name="reference">Where to; without a tag the version of the edition is one.</param>
    /// <param name="hasReferrers">False for the images alone.</param>
    /// <param name="signer">Signs where they come from; null leaves it unsigned.</param>
    /// <param name="isPlainHttp">True for a registry without TLS.</param>
    /// <param name="cancellationToken">Stops it; what was sent stays there.</param>
    /// <exception cref="StrataException">They cannot be one image, or the registry does not take them.</exception>
    public async Task<PushResult> SendAsync(
        IReadOnlyList<BuildResult> builds, ImageReference reference, bool hasReferrers, StatementSigner? signer, bool isPlainHttp,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(builds);
        ArgumentNullException.ThrowIfNull(reference);
        Check(builds);
        ImageReference target = reference with { Tag = reference.Tag ?? OciTag.Of(builds[0].Blueprint.Edition.Version) };
        RegistryTool registry = new(await services.Toolbox.InstallAsync(set, update: false, cancellationToken), isPlainHttp);
        using TemporaryPush folder = new(services.Store.NewTemporaryPath());
        List<Prepared> prepared = [];
        foreach (BuildResult built in builds)
        {
            prepared.Add(await PrepareAsync(built, folder.Layout, hasReferrers, signer, cancellationToken));
        }
        OciDescriptor named = prepared is [Prepared one] ? one.Manifest
            : folder.Layout.Add(
                OciIndex.MediaType,
                OciIndex.Write([.. prepared.Select(p => new OciIndexEntry(p.Manifest) { Architecture = p.Architecture })]));
        folder.Layout.Name(ImageName, named);
        using IProgressTask task = services.Progress.Begin($"sending {target}");
        await registry.SendAsync(folder.Layout.Path, ImageName, target.ToString(), Contents.All, () => task.Advance(1), cancellationToken);
        foreach (Prepared image in prepared.Where(p => p.Referrers.Count > 0))
        {
            await SendReferrersAsync(registry, folder.Layout, target, image, () => task.Advance(1), cancellationToken);
        }
        return new PushResult(target, named.Digest,
        [
            .. prepared.Select(p => new PushedImage(
                p.Edition, p.Architecture.Name, p.Manifest.Digest, [.. p.Referrers.Select(r => r.ArtifactType!)])),
        ]);
    }

    private static void Check(IReadOnlyList<BuildResult> builds)
    {
        foreach (IGrouping<string, BuildResult> twice in builds
            .GroupBy(b => b.Blueprint.Edition.Architecture.Name).Where(g => g.Count() > 1))
        {
            throw new StrataException(
                $"cannot push {string.Join(" and ", twice.Select(b => b.Blueprint.Edition.Name))} as one image: both are for {twice.Key}",
                "Editions of one image differ in their architecture; each of these wants a name of its own.");
        }
    }

    private async Task<Prepared> PrepareAsync(
        BuildResult built, OciLayoutFolder layout, bool hasReferrers, StatementSigner? signer, CancellationToken cancellationToken)
    {
        Edition edition = built.Blueprint.Edition;
        ManifestBlob blob = BuiltParts.ManifestOf(services.Store, built).ContainerManifest!;
        OciDescriptor manifest = OciDescriptor.OfManifest(Sha256Digest.Parse(blob.Digest), blob.Bytes);
        ActionOutput archive = built[ImageKind.Oci].File;
        using (FileStream image = services.Store.OpenRead(archive.Digest))
        {
            layout.Add(image, cancellationToken);
        }
        IReadOnlyList<OciIndexEntry> referrers = [];
        if (hasReferrers)
        {
            Bill bill = await bills.OfAsync(built, cancellationToken);
            byte[] statement = ProvenanceStatement.Write(provenance.Of(built, ImageKind.Oci));
            string name = BillReferrers.NameOf(blob.Name, "provenance");
            OciArtifact origin = signer is null
                ? new(name, StatementEnvelope.PayloadType, $"{edition.Name}.{ProvenanceStatement.Ending}", statement)
                : new(
                    name, StatementEnvelope.MediaType, $"{edition.Name}.{StatementEnvelope.Ending}",
                    StatementEnvelope.Write(statement, signer));
            using MemoryStream written = new();
            referrers = OciReferrersWriter.Write(manifest, [.. BillReferrers.ArtifactsOf(bill, blob.Name), origin], written);
            written.Position = 0;
            layout.Add(written, cancellationToken);
        }
        return new Prepared(edition.Name, edition.Architecture, manifest, referrers);
    }

    // distribution-spec 1.1, "Referrers Tag Schema". A registry that lists referrers by itself needs no such tag, but which one does
    // cannot be asked through skopeo; there the tag is one more name of what is there anyway.
    private static async Task SendReferrersAsync(
        RegistryTool registry, OciLayoutFolder layout, ImageReference target, Prepared image, Action copied,
        CancellationToken cancellationToken)
    {
        foreach (OciIndexEntry referrer in image.Referrers)
        {
            string name = referrer.Blob.Digest.ToString();
            layout.Name(name, referrer.Blob);
            await registry.SendAsync(layout.Path, name, $"{target.Repository}@sha256:{name}", Contents.All, copied, cancellationToken);
        }
        string tag = $"{target.Repository}:sha256-{image.Manifest.Digest}";
        byte[]? before = await registry.ManifestAsync(tag, cancellationToken);
        OciDescriptor list;
        try
        {
            list = layout.Add(
                OciIndex.MediaType, OciIndex.WriteReferrers(before, [.. image.Referrers.Select(r => r with { Name = null })]));
        }
        catch (ImageFormatException e)
        {
            throw new StrataException(
                $"cannot add to what {tag} names: {e.Message}", "The image is there; '--image-only' leaves the tag alone.", e);
        }
        string listed = "referrers-" + image.Manifest.Digest;
        layout.Name(listed, list);
        await registry.SendAsync(layout.Path, listed, tag, Contents.IndexAlone, copied, cancellationToken);
    }

    private sealed record Prepared(
        string Edition, GuestArchitecture Architecture, OciDescriptor Manifest, IReadOnlyList<OciIndexEntry> Referrers);

    /// <summary>A folder of the store that is gone in the end.</summary>
    private sealed class TemporaryPush : IDisposable
    {
        public TemporaryPush(string path)
        {
            Directory.CreateDirectory(path);
            Layout = new OciLayoutFolder(path);
        }

        public OciLayoutFolder Layout { get; }

        public void Dispose() => Directory.Delete(Layout.Path, recursive: true);
    }
}
