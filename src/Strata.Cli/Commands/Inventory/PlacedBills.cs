using Strata.Cli.Wiring;
using Strata.Editions.Building;
using Strata.Editions.Results;
using Strata.Images.Building;
using Strata.Images.Manifests;
using Strata.Inventory.Bills;

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
                BillReferrers.Write(bill, image.Name, Core.Sha256Digest.Parse(image.Digest), image.Bytes));
        }
        return paths;

        async Task WriteAsync(string ending, byte[] content)
        {
            string path = Path.Combine(folder, $"{bill.Edition}.{ending}");
            await ResultFile.WriteAsync(path, content, cancellationToken);
            paths.Add(path);
        }
    }
}
