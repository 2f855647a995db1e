using System.CommandLine;
using Strata.Cli.Output;
using Strata.Cli.Wiring;
using Strata.Kernel.Building;
using Strata.Kernel.Explaining;
using Strata.Kernel.Sizes;

namespace Strata.Cli.Commands.Kernel;

/// <summary>What <c>kernel diff --json</c> prints; sizes in bytes, absent when one of the kernels is not built.</summary>
internal sealed record KernelDiffSummary(
    string Before, string After, IReadOnlyList<ConfigChange> Symbols, long? ImageBytesBefore, long? ImageBytesAfter, IReadOnlyList<SizeChange>? Parts);

/// <summary><c>strata kernel diff</c>: what two profiles do not have in common.</summary>
internal static class DiffCommand
{
    public static Command Create()
    {
        Argument<string> before = KernelCommand.Profile();
        Argument<string> after = new("other") { Description = "Name of the profile to compare it with", HelpName = "profile" };
        after.CompletionSources.AddRange(before.CompletionSources);
        Option<bool> build = new("--build") { Description = "Build what is not built yet, so that sizes can be compared" };
        Option<bool> json = CommonOptions.Json();
        Command command = new("diff", "Compare two profiles: symbols of the configuration, and sizes by subsystem where both are built") { before, after, build, json };
        command.SetAction(async (result, token) =>
        {
            (KernelDiffSummary summary, string? notBuilt) = await Terminal.WithProgressAsync(async progress =>
            {
                using Workspace workspace = new(result, progress);
                KernelToolchain toolchain = await workspace.KernelToolchainAsync(token);
                ConfiguredKernel first = await KernelInsight.ConfigureAsync(workspace, result.GetValue(before)!, toolchain, token);
                ConfiguredKernel second = await KernelInsight.ConfigureAsync(workspace, result.GetValue(after)!, toolchain, token);
                Func<ConfiguredKernel, Task<KernelBuild?>> find = result.GetValue(build)
                    ? async k => await workspace.KernelBuilder.BuildAsync(k.Profile, toolchain, token)
                    : k => workspace.KernelBuilder.FindAsync(k.Profile, toolchain, token);
                KernelBuild? one = await find(first);
                KernelBuild? two = await find(second);
                IReadOnlyList<SizeChange>? parts = one is null || two is null ? null : ConfigDifference.Between(
                    SizeAccount.BySubsystem(KernelInsight.ObjectMapOf(workspace, one)), SizeAccount.BySubsystem(KernelInsight.ObjectMapOf(workspace, two)));
                KernelDiffSummary made = new(
                    first.Profile.Name, second.Profile.Name, ConfigDifference.Between(first.Config, second.Config), one?.Image.Size, two?.Image.Size, parts);
                return (made, one is null ? first.Profile.Name : two is null ? second.Profile.Name : null);
            });
            if (result.GetValue(json))
            {
                Terminal.Json(summary, CliJson.Default.KernelDiffSummary);
                return 0;
            }
            Print(summary);
            if (notBuilt is not null)
            {
                Terminal.Note($"sizes are not compared: kernel {notBuilt} is not built; --build does it");
            }
            return 0;
        });
        return command.WithExamples("strata kernel diff nano pico", "strata kernel diff nano pico --build --json");
    }

    internal static void Print(KernelDiffSummary summary)
    {
        foreach (ConfigChange change in summary.Symbols)
        {
            Terminal.Line(change.IsAdded ? $"+ CONFIG_{change.Symbol}={change.After}"
                : change.IsRemoved ? $"- CONFIG_{change.Symbol}={change.Before}"
                : $"~ CONFIG_{change.Symbol}: {change.Before} -> {change.After}");
        }
        Terminal.Line(
            $"{summary.Symbols.Count(c => c.IsAdded)} added, {summary.Symbols.Count(c => c.IsRemoved)} removed, {summary.Symbols.Count(c => !c.IsAdded && !c.IsRemoved)} changed");
        if (summary is not { ImageBytesBefore: long before, ImageBytesAfter: long after, Parts: { } parts })
        {
            return;
        }
        Terminal.Line();
        Terminal.Line($"image: {KernelInsight.Number(before)} -> {KernelInsight.Number(after)} bytes ({Signed(after - before)})");
        new Terminal().Table(
            ["part", new Column(summary.Before, IsNumber: true), new Column(summary.After, IsNumber: true), new Column("difference", IsNumber: true)],
            parts.Select(p => (IReadOnlyList<string>)[p.Name, KernelInsight.Number(p.Before), KernelInsight.Number(p.After), Signed(p.Difference)]));
    }

    private static string Signed(long number) => number > 0 ? "+" + KernelInsight.Number(number) : KernelInsight.Number(number);
}
