using System.CommandLine;
using Strata.Cli.Output;
using Strata.Cli.Wiring;
using Strata.Editions.Results;
using Strata.Inventory.Bills;

namespace Strata.Cli.Commands.Inventory;

/// <summary>One row of <c>sbom</c>.</summary>
internal sealed record BillRow(
    string Package, string Version, string Source, string SourceVersion, string? Licence,
        IReadOnlyList<string> Layers, int Entries, int AllEntries);

/// <summary><c>strata sbom</c>: what an edition consists of, for people and for auditors' programs.</summary>
internal static class SbomCommand
{
    public static Command Create()
    {
        EditionArgument edition = new("edition") { Description = NamedBills.Description, HelpName = "edition" };
        Option<string?> format = new("--format")
        {
            Description = "Print a bill of materials: spdx (SPDX 2.3) or cyclonedx (CycloneDX 1.6), both JSON",
        };
        format.AcceptOnlyFromAmong([.. BillForm.All.Select(f => f.Name)]);
        Option<string?> layer = new("--layer") { Description = "Only of this layer", HelpName = "layer" };
        Option<string?> output = new("--output", "-o") { Description = "Write the bill into a file", HelpName = "file" };
        Option<bool> json = CommonOptions.Json();
        Command command = new("sbom", "List what an edition consists of: packages, sources, licences, files, kernel (bill of materials)")
        {
            edition, format, layer, output, json,
        };
        command.SetAction(async (result, token) =>
        {
            if (result.GetValue(output) is not null && result.GetValue(format) is null)
            {
                throw new UsageException("cannot write a bill of materials: its form is not said",
                    "Say '--format spdx' or '--format cyclonedx'.");
            }
            Bill bill = await Terminal.WithProgressAsync(async progress =>
            {
                using Workspace workspace = new(result, progress);
                return await NamedBills.OfAsync(workspace, result.GetValue(edition)!, token);
            });
            bill = result.GetValue(layer) is string only ? bill.OfLayer(only) : bill;
            if (BillForm.All.FirstOrDefault(f => f.Name == result.GetValue(format)) is BillForm form)
            {
                await WriteAsync(form.Write(bill), result.GetValue(output), token);
                return 0;
            }
            Print(bill, result.GetValue(json));
            return 0;
        });
        return command.WithExamples(
            "strata sbom nano", "strata sbom nano --format spdx", "strata sbom capability --layer network --format cyclonedx",
            "strata sbom ./my-os --format cyclonedx --output my-os.cdx.json", "strata sbom out/nano/nano.img", "strata build nano --sbom");
    }

    private static async Task WriteAsync(byte[] bill, string? path, CancellationToken cancellationToken)
    {
        if (path is not null)
        {
            await ResultFile.WriteAsync(path, bill, cancellationToken);
            return;
        }
        await using Stream output = Console.OpenStandardOutput();
        await output.WriteAsync(bill, cancellationToken);
    }

    internal static void Print(Bill bill, bool json)
    {
        List<BillRow> rows =
        [
            .. bill.Contained.Select(p => new BillRow(
                p.Name, p.Version, p.Source ?? "", p.SourceVersion ?? "", p.Licence, p.Layers, p.Entries, p.AllEntries)),
        ];
        if (json)
        {
            Terminal.Json(rows, CliJson.Default.ListBillRow);
            return;
        }
        new Terminal().Table(
            ["Package", "Version", "Source", "Files", "Licence", bill.Layers.Count == 1 ? "Layer" : "Layers"],
            rows.Select(r => (IReadOnlyList<string>)
                [r.Package, r.Version, r.Source, $"{r.Entries} of {r.AllEntries}", r.Licence ?? "(no copyright file)",
                    string.Join(", ", r.Layers)]));
        int made = bill.Files.Count(f => f.Package is null);
        Terminal.Line($"{rows.Count} packages, {bill.Files.Count} files, {made} of them of no package"
            + (bill.Kernel is BillKernel kernel ? $"; kernel {kernel.Release}, compiled with profile {kernel.Profile}" : ""));
    }
}
