using System.CommandLine;
using Strata.Cli.Output;
using Strata.Cli.Wiring;
using Strata.Kernel.Building;
using Strata.Kernel.Sizes;

namespace Strata.Cli.Commands.Kernel;

/// <summary>A part in what <c>kernel size --json</c> prints. Bytes; <c>packed-estimate</c> is a share of the image.</summary>
internal sealed record KernelPartRow(string Name, long Text, long ReadOnly, long Data, long Init, long Bss, long Total, long PackedEstimate);

/// <summary>A symbol in what <c>kernel size --json</c> prints.</summary>
internal sealed record KernelSymbolRow(string Name, string Kind, long Size, string File);

/// <summary>What <c>kernel size --json</c> prints. Bytes.</summary>
internal sealed record KernelSizeSummary(
    string Profile, string Release, long ImageBytes, long PlainBytes, int Modules, long ModuleBytes, IReadOnlyList<KernelPartRow> Parts, IReadOnlyList<KernelSymbolRow> Symbols);

/// <summary><c>strata kernel size</c>: where the bytes of a kernel are.</summary>
internal static class SizeCommand
{
    private const int WholeWidth = 120;

    public static Command Create()
    {
        Argument<string> profile = KernelCommand.Profile();
        Option<int> top = CommonOptions.Top("At most so many lines of each table");
        Option<string?> within = new("--in") { Description = "Only what lies below this folder of the source, file by file", HelpName = "folder" };
        Option<bool> json = CommonOptions.Json();
        Command command = new("size", "Show what a kernel's bytes are spent on: by subsystem and by function or variable") { profile, top, within, json };
        command.SetAction(async (result, token) =>
        {
            int most = CommonOptions.MostOf(result.GetValue(top));
            string? folder = result.GetValue(within)?.TrimEnd('/') is { Length: > 0 } named ? named + "/" : null;
            KernelSizeSummary summary = await Terminal.WithProgressAsync(async progress =>
            {
                using Workspace workspace = new(result, progress);
                KernelBuild build = await workspace.KernelBuilder.BuildAsync(
                    workspace.KernelCatalog.Load(result.GetValue(profile)!), await workspace.KernelToolchainAsync(token), token);
                return Summarise(workspace, build, folder);
            });
            if (folder is not null && summary.Parts.Count == 0)
            {
                throw new UsageException($"nothing of kernel {summary.Profile} lies below {folder}", "'strata kernel size' without --in lists the folders.");
            }
            if (result.GetValue(json))
            {
                Terminal.Json(summary with { Parts = [.. summary.Parts.Take(most)], Symbols = [.. summary.Symbols.Take(most)] }, CliJson.Default.KernelSizeSummary);
                return 0;
            }
            Print(summary, most);
            return 0;
        });
        return command.WithExamples("strata kernel size nano", "strata kernel size nano --in fs/xfs --top 10", "strata kernel size nano --json --top 0");
    }

    private static KernelSizeSummary Summarise(Workspace workspace, KernelBuild build, string? folder)
    {
        LinkMap objects = KernelInsight.ObjectMapOf(workspace, build);
        IReadOnlyList<PartSize> all = SizeAccount.By(objects, o => folder is null ? SizeAccount.SubsystemOf(o) : o);
        IEnumerable<PartSize> shown = folder is null ? all : all.Where(p => p.Name.StartsWith(folder, StringComparison.Ordinal));
        using StreamReader reader = new(workspace.Store.OpenRead(build.SystemMap.Digest));
        IEnumerable<SymbolSize> symbols = SymbolSizes.Read(reader, KernelInsight.LinkMapOf(workspace, build))
            .Where(s => folder is null || s.File.StartsWith(folder, StringComparison.Ordinal));
        long[] modules = [.. build.ModuleFiles.Where(m => m.Path.EndsWith(".ko", StringComparison.Ordinal)).Select(m => m.Output.Size)];
        return new KernelSizeSummary(
            build.Profile, build.Release, build.Image.Size, build.PlainBytes, modules.Length, modules.Sum(),
            [.. shown.Select(p => new KernelPartRow(p.Name, p.Text, p.ReadOnly, p.Data, p.Init, p.Bss, p.Total, SizeAccount.PackedShare(p, all, build.Image.Size)))],
            [.. symbols.Select(s => new KernelSymbolRow(s.Name, s.Kind.ToString(), s.Size, s.File))]);
    }

    internal static void Print(KernelSizeSummary summary, int most)
    {
        static Column Digits(string title) => new(title, IsNumber: true);
        static string N(long number) => KernelInsight.Number(number);
        Terminal.Line($"kernel {summary.Release}: image {N(summary.ImageBytes)} bytes, in memory {N(summary.PlainBytes)} bytes; {summary.Modules} modules, {N(summary.ModuleBytes)} bytes plain");
        Terminal.Line();
        Terminal terminal = new();
        IEnumerable<KernelPartRow> rows = summary.Parts.Take(most);
        KernelPartRow? rest = Sum("others", summary.Parts.Skip(most));
        KernelPartRow? whole = Sum("all", summary.Parts);
        bool isNarrow = terminal.Width < WholeWidth;
        terminal.Table(
            isNarrow
                ? ["part", Digits("all"), Digits("of the image, estimated")]
                : ["part", Digits("text"), Digits("read-only"), Digits("data"), Digits("init"), Digits("bss"), Digits("all"), Digits("of the image, estimated")],
            rows.Append(rest).Append(whole).OfType<KernelPartRow>().Select(r => (IReadOnlyList<string>)(isNarrow
                ? [r.Name, N(r.Total), N(r.PackedEstimate)]
                : [r.Name, N(r.Text), N(r.ReadOnly), N(r.Data), N(r.Init), N(r.Bss), N(r.Total), N(r.PackedEstimate)])));
        if (isNarrow)
        {
            Terminal.Line($"In a terminal of {WholeWidth} columns or more, to a file and with --json: text, read-only, data, init and bss one by one.");
        }
        Terminal.Line("(strings) are the texts of all parts, which the linker merges; (padding) is alignment. Init is given back after the start. The share of the compressed image is an estimate: as if all but padding packed equally well.");
        Terminal.Line();
        terminal.Table(
            ["function or variable", "kind", Digits("bytes"), "file"],
            summary.Symbols.Take(most).Select(s => (IReadOnlyList<string>)[s.Name, s.Kind, N(s.Size), s.File]));
    }

    private static KernelPartRow? Sum(string name, IEnumerable<KernelPartRow> rows)
    {
        KernelPartRow[] all = [.. rows];
        return all.Length == 0 ? null : new KernelPartRow(
            name, all.Sum(r => r.Text), all.Sum(r => r.ReadOnly), all.Sum(r => r.Data), all.Sum(r => r.Init), all.Sum(r => r.Bss), all.Sum(r => r.Total), all.Sum(r => r.PackedEstimate));
    }
}
