using System.CommandLine;
using Strata.Cli.Output;
using Strata.Cli.Wiring;
using Strata.Core;
using Strata.Kernel.Building;
using Strata.Kernel.Explaining;
using Strata.Kernel.Kconfig;
using Strata.Kernel.Makefiles;
using Strata.Kernel.Profiles;

namespace Strata.Cli.Commands.Kernel;

/// <summary><c>strata kernel explain</c>: what a symbol is, who wants it, what it depends on, what it costs.</summary>
internal static class ExplainCommand
{
    private const int HelpLines = 6;
    private const int ListedSymbols = 12;

    public static Command Create()
    {
        Argument<string> symbol = new("symbol") { Description = "Symbol of the kernel's configuration, with or without CONFIG_", HelpName = "CONFIG_X" };
        Option<string?> profile = new("--profile", "-p") { Description = "Profile whose values, wishes and costs are shown", HelpName = "profile" };
        profile.CompletionSources.Add(_ => new KernelCatalog(ShippedData.CatalogFolders()).ProfileNames());
        Option<bool> json = CommonOptions.Json();
        Command command = new("explain", "Explain a symbol of the kernel's configuration") { symbol, profile, json };
        command.SetAction(async (result, token) =>
        {
            string name = result.GetValue(symbol)!;
            (SymbolExplanation explanation, string? costNote) = await Terminal.WithProgressAsync(async progress =>
            {
                using Workspace workspace = new(result, progress);
                KernelToolchain toolchain = await workspace.KernelToolchainAsync(token);
                KconfigTree tree = await KernelInsight.KconfigAsync(workspace, toolchain, token);
                if (result.GetValue(profile) is not string named)
                {
                    return (SymbolExplanation.Of(name, tree, config: null, profile: null), null);
                }
                SymbolExplanation.Of(name, tree, config: null, profile: null); // an unknown symbol is told before anything is configured
                ConfiguredKernel kernel = await KernelInsight.ConfigureAsync(workspace, named, toolchain, token);
                return await WithCostAsync(SymbolExplanation.Of(name, tree, kernel.Config, kernel.Profile), kernel, workspace, toolchain, token);
            });
            if (result.GetValue(json))
            {
                Terminal.Json(explanation, CliJson.Default.SymbolExplanation);
                return 0;
            }
            Print(explanation, result.GetValue(profile), costNote);
            return 0;
        });
        return command.WithExamples("strata kernel explain EXT4_FS", "strata kernel explain CONFIG_USB_XHCI_HCD --profile nano");
    }

    /// <summary>Adds the cost; or says why there is none.</summary>
    private static async Task<(SymbolExplanation Explanation, string? Note)> WithCostAsync(
        SymbolExplanation explanation, ConfiguredKernel kernel, Workspace workspace, KernelToolchain toolchain, CancellationToken cancellationToken)
    {
        if (explanation.Value != "y")
        {
            return (explanation, explanation.Value == "m" ? "a module, not part of the image" : "nothing: it is not in this kernel");
        }
        KbuildObjects objects = (await KernelInsight.MakefilesAsync(workspace, toolchain, cancellationToken)).ObjectsOf(explanation.Symbol);
        if (objects.IsEmpty)
        {
            return (explanation, "not known: no file is compiled for it alone, it changes others");
        }
        if (await workspace.KernelBuilder.FindAsync(kernel.Profile, toolchain, cancellationToken) is not KernelBuild build)
        {
            return (explanation, $"not known: the kernel is not built ('strata kernel build {kernel.Profile.Name}' does it)");
        }
        SymbolCost? cost = SymbolExplanation.CostOf(objects, KernelInsight.ObjectMapOf(workspace, build), build.Image.Size);
        return (explanation with { Cost = cost }, cost is null ? "nothing: its files came to nothing, or are linked under other names" : null);
    }

    internal static void Print(SymbolExplanation it, string? profile, string? costNote)
    {
        Terminal.Line($"CONFIG_{it.Symbol} ({it.Type}){(it.Prompt is null ? ": nobody is asked, it follows from other symbols" : $": {it.Prompt}")}");
        Terminal.Line($"defined in   {string.Join(", ", it.Places)}");
        if (profile is not null)
        {
            Terminal.Line($"value        {it.Value} in {profile}");
            Terminal.Line($"asked for by {it.AskedBy ?? (it.SelectedBy.Count > 0 && it.Value != "n" ? "nobody; it is selected" : "nobody; the value is the source's default")}");
        }
        foreach (ExplainedCondition condition in it.DependsOn)
        {
            Terminal.Line($"depends on   {condition.Text}{(condition.Holds == false ? "  <- does not hold" : "")}");
        }
        if (it.PossibleSelectors > 0)
        {
            string who = it.SelectedBy.Count == 0 ? "nothing" : Listed(it.SelectedBy);
            Terminal.Line($"selected by  {who}{(profile is null ? "" : $" here, of {it.PossibleSelectors} symbols that could")}");
        }
        if (it.Selects.Count > 0)
        {
            Terminal.Line($"selects      {Listed(it.Selects)}");
        }
        if (it.Cost is SymbolCost cost)
        {
            string more = cost.IsWhole ? "" : "; perhaps more, its makefile computes names";
            Terminal.Line($"costs        {new ByteSize(cost.Memory)} in memory, about {new ByteSize(cost.Packed)} of the image (estimated), {cost.Objects} object file{(cost.Objects == 1 ? "" : "s")}{more}");
        }
        else if (costNote is not null)
        {
            Terminal.Line($"costs        {costNote}");
        }
        if (it.Help.Count > 0)
        {
            Terminal.Line();
            foreach (string line in it.Help.Take(HelpLines))
            {
                Terminal.Line(line.Length == 0 ? "" : "  " + line);
            }
            if (it.Help.Count > HelpLines)
            {
                Terminal.Line($"  … {it.Help.Count - HelpLines} more lines in {it.Places[0]}");
            }
        }
    }

    private static string Listed(IReadOnlyList<string> names) =>
        string.Join(", ", names.Take(ListedSymbols)) + (names.Count > ListedSymbols ? $" and {names.Count - ListedSymbols} more" : "");
}
