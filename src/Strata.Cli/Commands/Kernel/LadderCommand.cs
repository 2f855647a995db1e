using System.CommandLine;
using System.Text;
using Strata.Cli.Output;
using Strata.Cli.Wiring;
using Strata.Core;
using Strata.Editions.Results;
using Strata.Kernel.Building;
using Strata.Kernel.Ladder;

namespace Strata.Cli.Commands.Kernel;

/// <summary><c>strata kernel ladder</c>: how kernels grow with what they can do.</summary>
internal static class LadderCommand
{
    private const string PageName = "kernel-sizes.md";
    private const string PlotName = "kernel-sizes.svg";

    public static Command Create()
    {
        Option<string> output = new("--output", "-o") { Description = "Folder for kernel-sizes.md and kernel-sizes.svg", DefaultValueFactory = _ => "out", HelpName = "folder" };
        Option<string?> upTo = new("--up-to") { Description = "Name of the last rung to build; rungs above it are shown when they are built already", HelpName = "rung" };
        Option<bool> kept = new("--kept") { Description = "Build nothing: show what is built already" };
        Option<bool> json = CommonOptions.Json();
        upTo.CompletionSources.Add(_ => Load().Rungs.Select(r => r.Name));
        Command command = new("ladder", "Build the ladder of kernels, from tiny to full, and write a table and a plot of their sizes") { output, upTo, kept, json };
        command.SetAction(async (result, token) =>
        {
            KernelLadder ladder = Load();
            int last = LastRung(ladder, result.GetValue(upTo), result.GetValue(kept));
            string folder = result.GetValue(output)!;
            IReadOnlyList<RungResult> results = await Terminal.WithProgressAsync(async progress =>
            {
                using Workspace workspace = new(result, progress);
                KernelToolchain toolchain = await workspace.KernelToolchainAsync(token);
                LadderClimb climb = new(workspace.KernelBuilder, workspace.Store, workspace.KernelCatalog);
                return await climb.ClimbAsync(ladder, last, toolchain, rungs => WriteAsync(rungs, folder, token), token);
            });
            if (result.GetValue(json))
            {
                Terminal.Json([.. results.Select(r => new RungSummary(r.Rung.Name, r.Measured?.Symbols, r.Measured?.ImageBytes, r.Measured?.PlainBytes, r.Rung.StudyBytes))], CliJson.Default.RungSummaryArray);
                return 0;
            }
            new Terminal().Table(
                ["rung", new Column("symbols", IsNumber: true), new Column("image", IsNumber: true), new Column("in memory", IsNumber: true), new Column("the study's image", IsNumber: true)],
                results.Select(r => (IReadOnlyList<string>)[r.Rung.Name, Text(r.Measured?.Symbols), Text(r.Measured?.ImageBytes), Text(r.Measured?.PlainBytes), Text(r.Rung.StudyBytes)]));
            Terminal.Line(Path.Combine(folder, PageName));
            Terminal.Line(Path.Combine(folder, PlotName));
            return 0;
        });
        return command.WithExamples("strata kernel ladder --output docs", "strata kernel ladder --up-to initramfs", "strata kernel ladder --kept --json");
    }

    private static KernelLadder Load()
    {
        string path = ShippedData.CatalogFolders().Select(f => Path.Combine(f, "kernel", "ladder", "rungs.yaml")).FirstOrDefault(File.Exists)
            ?? throw new StrataException("cannot find the ladder of kernels: there is no kernel/ladder/rungs.yaml");
        return KernelLadder.Load(path, "kernel/ladder/rungs.yaml");
    }

    internal static int LastRung(KernelLadder ladder, string? upTo, bool keptOnly)
    {
        if (keptOnly)
        {
            return upTo is null ? -1 : throw new UsageException("--kept builds nothing, --up-to says what to build: use one of them");
        }
        if (upTo is null)
        {
            return ladder.Rungs.Count - 1;
        }
        int index = ladder.Rungs.ToList().FindIndex(r => r.Name == upTo);
        return index >= 0 ? index : throw new UsageException($"'{upTo}' is no rung of the ladder{NearMiss.Suggestion(upTo, ladder.Rungs.Select(r => r.Name))}");
    }

    private static async Task WriteAsync(IReadOnlyList<RungResult> results, string folder, CancellationToken cancellationToken)
    {
        await ResultFile.WriteAsync(Path.Combine(folder, PageName), Encoding.UTF8.GetBytes(LadderPage.Write(results, PlotName)), cancellationToken);
        await ResultFile.WriteAsync(Path.Combine(folder, PlotName), Encoding.UTF8.GetBytes(LadderPlot.Write(results)), cancellationToken);
    }

    private static string Text(long? number) => number?.ToString("#,0", System.Globalization.CultureInfo.InvariantCulture) ?? "–";
}

/// <summary>A rung in what <c>kernel ladder --json</c> prints. Sizes in bytes; null for what is not built.</summary>
internal sealed record RungSummary(string Rung, int? Symbols, long? ImageBytes, long? PlainBytes, long? StudyImageBytes);
