using System.CommandLine;
using Strata.Blueprints;
using Strata.Cli.Output;
using Strata.Cli.Wiring;
using Strata.Core;
using Strata.Editions.Results;
using Strata.Images.Building;

namespace Strata.Cli.Commands.Flashing;

/// <summary>Where the image is that a person means: a file, or the one that an edition is built into.</summary>
internal static class FlashSource
{
    /// <summary>Path of the image; an edition is built first.</summary>
    public static async Task<string> FindAsync(
        ParseResult options, string named, ImageKind? kind, string output, CancellationToken cancellationToken)
    {
        if (File.Exists(named))
        {
            return kind is null ? named
                : throw new UsageException($"cannot make '{kind}' of {named}: it is an image already", "'--image' is for an edition.");
        }
        if (named.EndsWith(".img", StringComparison.Ordinal) || named.EndsWith(".iso", StringComparison.Ordinal))
        {
            throw new StrataException($"cannot read the image {named}: there is no such file",
                "'strata build EDITION' writes one into out/EDITION/.");
        }
        return await Terminal.WithProgressAsync(async progress =>
        {
            using Workspace workspace = new(options, progress);
            Blueprint blueprint = workspace.Catalog.Load(named);
            string target = Path.Combine(output, blueprint.Edition.Name);
            ResultFile.CheckWay(target);
            ImageKind made = kind ?? ImageKind.Disk;
            progress.Note($"building {blueprint.Edition.Name} {blueprint.Edition.Version} into {Path.GetFullPath(target)}");
            if (OpenConsoles.WarningOf(blueprint) is string warning)
            {
                progress.Warn(warning);
            }
            BuildResult built = await workspace.Builds.BuildAsync(
                blueprint, options.GetValue(CommonOptions.Locked), made, target, cancellationToken);
            await workspace.Placed.PlaceAsync(built, made, target, cancellationToken);
            return PlacedImages.PathOf(target, blueprint.Edition, made);
        });
    }
}
