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

    /// <summary>Writes where an image comes from: <c>out/nano/nano.img.intoto.json</c>; returns its path.</summary>
    public static async Task<string> WriteProvenanceAsync(
        Workspace workspace, BuildResult built, ImageKind kind, string folder, CancellationToken cancellationToken)
    {
        string path = $"{PlacedImages.PathOf(folder, built.Blueprint.Edition, kind)}.{ProvenanceStatement.Ending}";
        await ResultFile.WriteAsync(path, ProvenanceStatement.Write(workspace.Provenance.Of(built, kind)), cancellationToken);
        return path;
    }
}
