using System.CommandLine;
using Strata.Cli.Output;
using Strata.Cli.Wiring;
using Strata.Core;
using Strata.Editions.Bills;
using Strata.Editions.Results;
using Strata.Images.Building;

namespace Strata.Cli.Commands.Inventory;

/// <summary>One row of <c>licenses</c>.</summary>
internal sealed record LicenceRow(string Package, string Version, string? Licence, bool HasText);

/// <summary><c>strata licenses</c>: the licences of an edition's packages, and their texts.</summary>
internal static class LicensesCommand
{
    public static Command Create()
    {
        Argument<string> edition = CommonOptions.Edition();
        Option<string?> text = new("--text") { HelpName = "PACKAGE", Description = "Print the copyright file of a package" };
        Option<string?> output = new("--output", "-o")
        {
            HelpName = "folder", Description = "Write the copyright file of each package into a folder",
        };
        Option<bool> json = CommonOptions.Json();
        Command command = new("licenses", "List the licences of an edition's packages, and collect their texts")
            { edition, text, output, json };
        command.SetAction(async (result, token) =>
        {
            IReadOnlyList<PackageLicence> licences = await Terminal.WithProgressAsync(async progress =>
            {
                using Workspace workspace = new(result, progress);
                BuildResult built = await workspace.Builds.BuildAsync(
                    workspace.Catalog.Load(result.GetValue(edition)!), locked: false, kind: null, results: null, token);
                return await workspace.Licences.OfAsync(built, token);
            });
            if (result.GetValue(text) is string package)
            {
                await PrintTextAsync(licences, package, token);
                return 0;
            }
            if (result.GetValue(output) is string folder)
            {
                await WriteAsync(licences, folder, token);
                return 0;
            }
            Print(licences, result.GetValue(json));
            return 0;
        });
        return command.WithExamples(
            "strata licenses nano", "strata licenses nano --text busybox-static", "strata licenses ./my-os --output licences");
    }

    private static async Task PrintTextAsync(IReadOnlyList<PackageLicence> licences, string package, CancellationToken cancellationToken)
    {
        PackageLicence found = licences.FirstOrDefault(l => l.Package == package) ?? throw new StrataException(
            $"cannot show the licence of '{package}': the edition has no file of such a package"
                + NearMiss.Suggestion(package, licences.Select(l => l.Package)),
            "Without '--text' they are listed.");
        await using Stream output = Console.OpenStandardOutput();
        await output.WriteAsync(
            found.Text ?? throw new StrataException($"cannot show the licence of '{package}': it has no copyright file"),
                cancellationToken);
    }

    internal static async Task WriteAsync(IReadOnlyList<PackageLicence> licences, string folder, CancellationToken cancellationToken)
    {
        foreach (PackageLicence licence in licences.Where(l => l.Text is not null))
        {
            await ResultFile.WriteAsync(Path.Combine(folder, licence.Package + ".txt"), licence.Text!.Value.ToArray(), cancellationToken);
        }
        string[] missing = [.. licences.Where(l => l.Text is null).Select(l => l.Package)];
        Terminal.Line($"{licences.Count - missing.Length} copyright files in {folder}");
        if (missing.Length > 0)
        {
            Terminal.Note($"without a copyright file: {string.Join(", ", missing)}");
        }
    }

    internal static void Print(IReadOnlyList<PackageLicence> licences, bool json)
    {
        if (json)
        {
            Terminal.Json([.. licences.Select(l => new LicenceRow(l.Package, l.Version, l.Licence, l.Text is not null))],
                CliJson.Default.ListLicenceRow);
            return;
        }
        new Terminal().Table(
            ["Package", "Version", "Licence"],
            licences.Select(l => (IReadOnlyList<string>)
                [l.Package, l.Version, l.Licence ?? (l.Text is null ? "(no copyright file)" :
                    $"(for a person to read: --text {l.Package})")]));
    }
}
