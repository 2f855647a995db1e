using System.CommandLine;
using Strata.Cli.Output;
using Strata.Cli.Wiring;
using Strata.Editions.Building;
using Strata.Images.Building;
using Strata.Images.Manifests;

namespace Strata.Cli.Commands.Contents;

/// <summary>What <c>why</c>, <c>tree</c>, and <c>size</c> read.</summary>
internal static class BuiltManifest
{
    /// <summary>Builds an edition as the options say, with progress, and returns what its build consists of.</summary>
    public static async Task<BuildManifest> OfAsync(ParseResult options, string edition, CancellationToken cancellationToken) =>
        await Terminal.WithProgressAsync(async progress =>
        {
            using Workspace workspace = new(options, progress);
            BuildResult built = await workspace.Builds.BuildAsync(
                workspace.Catalog.Load(edition), locked: false, kind: null, results: null, cancellationToken);
            return BuiltParts.ManifestOf(workspace.Store, built);
        });
}
