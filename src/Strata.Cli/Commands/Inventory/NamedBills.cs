using Strata.Cli.Wiring;
using Strata.Core;
using Strata.Images.Building;
using Strata.Inventory.Bills;

namespace Strata.Cli.Commands.Inventory;

/// <summary>Bills by what people name: an edition, or a document that was kept with a release.</summary>
internal static class NamedBills
{
    /// <summary>What an argument for one is described as.</summary>
    public const string Description = "An edition, or a bill of materials that 'strata build --sbom' wrote (*.cdx.json)";

    /// <summary>The bill; an edition is built when it is not.</summary>
    public static async Task<Bill> OfAsync(Workspace workspace, string name, CancellationToken cancellationToken)
    {
        if (name.EndsWith(".json", StringComparison.Ordinal))
        {
            return await ReadAsync(name, cancellationToken);
        }
        BuildResult built = await workspace.Builds.BuildAsync(
            workspace.Catalog.Load(name), locked: false, kind: null, results: null, cancellationToken);
        return await workspace.Bills.OfAsync(built, cancellationToken);
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
