using System.Security.Cryptography.X509Certificates;
using Strata.Cli.Wiring;
using Strata.Core;
using Strata.Editions.Building;
using Strata.Editions.Results;
using Strata.Formats.Oci;
using Strata.Images.Building;
using Strata.Images.Manifests;
using Strata.Inventory.Bills;
using Strata.Inventory.Provenance;

namespace Strata.Cli.Commands.Inventory;

/// <summary>Bills of materials beside an image: <c>out/nano/nano.spdx.json</c> and <c>nano.cdx.json</c>.</summary>
internal static class PlacedBills
{
    /// <summary>Writes them, and for a container image both as its referrers; returns their paths.</summary>
    public static async Task<IReadOnlyList<string>> WriteAsync(
        Workspace workspace, BuildResult built, string folder, CancellationToken cancellationToken)
    {
        Bill bill = await workspace.Bills.OfAsync(built, cancellationToken);
        List<string> paths = [];
        foreach (BillForm form in BillForm.All)
        {
            await WriteAsync(form.Ending, form.Write(bill));
        }
        if (BuiltParts.ManifestOf(workspace.Store, built).ContainerManifest is ManifestBlob image)
        {
            await WriteAsync("referrers.oci.tar",
                BillReferrers.Write(bill, image.Name, OciDescriptor.OfManifest(Sha256Digest.Parse(image.Digest), image.Bytes)));
        }
        return paths;

        async Task WriteAsync(string ending, byte[] content)
        {
            string path = Path.Combine(folder, $"{bill.Edition}.{ending}");
            await ResultFile.WriteAsync(path, content, cancellationToken);
            paths.Add(path);
        }
    }

    /// <summary>
    /// Writes where an image comes from: <c>out/nano/nano.img.intoto.json</c>, or signed <c>nano.img.intoto.jsonl</c>; returns its path.
    /// The other form, of an earlier build, goes.
    /// </summary>
    /// <param name="workspace">Has what was built.</param>
    /// <param name="built">The build.</param>
    /// <param name="kind">Which of its images.</param>
    /// <param name="folder">Where the image is placed.</param>
    /// <param name="image">What the image is signed with for firmware; null when it is not.</param>
    /// <param name="release">Signs the statement; null leaves it unsigned.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public static async Task<string> WriteProvenanceAsync(
        Workspace workspace, BuildResult built, ImageKind kind, string folder, X509Certificate2? image, StatementSigner? release,
        CancellationToken cancellationToken)
    {
        string place = PlacedImages.PathOf(folder, built.Blueprint.Edition, kind);
        byte[] statement = ProvenanceStatement.Write(workspace.Provenance.Of(built, kind, image));
        (string Ending, byte[] Content) written = release is null ? (ProvenanceStatement.Ending, statement)
            : (StatementEnvelope.Ending, StatementEnvelope.Write(statement, release));
        string path = $"{place}.{written.Ending}";
        await ResultFile.WriteAsync(path, written.Content, cancellationToken);
        File.Delete($"{place}.{(release is null ? StatementEnvelope.Ending : ProvenanceStatement.Ending)}");
        return path;
    }
}
