using Strata.Cli.Wiring;
using Strata.Core;
using Strata.Core.Progress;
using Strata.Editions.Bills;
using Strata.Images.Building;
using Strata.Inventory.Bills;
using Strata.Measure.Differences;

namespace Strata.Cli.Commands.Inventory;

/// <summary>Bills by what people name: an edition, or a document that was kept with a release.</summary>
internal static class NamedBills
{
    /// <summary>What an argument for one is described as.</summary>
    public const string Description =
        "An edition, an image with its bill of materials beside it (NAME.cdx.json, 'strata build --sbom'), or such a bill alone";

    /// <summary>The bill; an edition is built when it is not.</summary>
    public static async Task<Bill> OfAsync(Workspace workspace, string name, CancellationToken cancellationToken)
    {
        if (name.EndsWith(".json", StringComparison.Ordinal))
        {
            return await ReadAsync(name, cancellationToken);
        }
        if (ImageBills.BesideOf(name) is string beside && !Directory.Exists(name))
        {
            return await OfImageAsync(workspace, name, beside, cancellationToken);
        }
        BuildResult built = await workspace.Builds.BuildAsync(
            workspace.Catalog.Load(name), locked: false, kind: null, results: null, cancellationToken);
        return await workspace.Bills.OfAsync(built, cancellationToken);
    }

    private static async Task<Bill> OfImageAsync(
        Workspace workspace, string image, string beside, CancellationToken cancellationToken)
    {
        if (!File.Exists(image))
        {
            throw new StrataException(
                $"cannot read the image {image}: there is no such file", "'strata build NAME' writes images below 'out'.");
        }
        if (!File.Exists(beside))
        {
            throw new StrataException(
                $"cannot tell what {image} consists of: there is no {beside} beside it",
                "'strata build NAME --sbom' writes both. An image of others says of itself too little: what a file is from, only its build "
                + "knows.");
        }
        Bill bill = await ReadAsync(beside, cancellationToken);
        using IProgressTask task = workspace.Progress.Begin($"comparing {image} with {beside}");
        ImageBills.Check(bill, beside, ImageReader.Read(image));
        return bill;
    }

    private static async Task<Bill> ReadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return new FileInfo(path).Length <= BillReader.MaxBytes
                ? BillReader.Read(await File.ReadAllBytesAsync(path, cancellationToken), path)
                : throw new StrataException(
                    $"cannot read the bill of materials {path}: it is larger than {new ByteSize(BillReader.MaxBytes)}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StrataException($"cannot read the bill of materials {path}: {e.Message}", "'strata build NAME --sbom' writes one.",
                e);
        }
    }
}
