using Strata.Cli.Commands.Kernel;
using Strata.Cli.Wiring;
using Strata.Composition;
using Strata.Formats.Deb;
using Strata.Kernel.Building;
using Strata.Kernel.Hardening;
using Strata.Kernel.Kconfig;
using Strata.Kernel.Profiles;
using Strata.Measure.Surface;
using Strata.Store.Actions;

namespace Strata.Cli.Commands.Measuring;

/// <summary>The check of <c>strata kernel check</c> for the kernel of an edition.</summary>
internal static class KernelCheck
{
    private const long LargestConfig = 4 << 20;

    /// <summary>Checks; null for an edition without kernel, or whose kernel does not tell its configuration.</summary>
    public static async Task<KernelSurface?> OfAsync(Workspace workspace, ComposedEdition composed, CancellationToken cancellationToken)
    {
        if (composed.Blueprint.KernelProfile is KernelProfile profile)
        {
            KernelToolchain toolchain = composed.Lock.Kernel is { } tools
                ? new KernelToolchain(tools, token => workspace.Toolbox.InstallAsync("kernel", tools, token))
                : await workspace.KernelToolchainAsync(cancellationToken);
            ActionOutput config = await workspace.KernelBuilder.ConfigAsync(profile, toolchain, cancellationToken);
            KconfigTree source = await KernelInsight.KconfigAsync(workspace, toolchain, cancellationToken);
            return Summary(HardeningCheck.Run(
                CheckCommand.Rules(), await KernelBuilder.ReadConfigAsync(workspace.Store, config, cancellationToken), profile.Architecture,
                CheckCommand.Exceptions(profile), s => source.Find(s) is not null));
        }
        if (composed.Kernel?.StockConfig is not { Size: <= LargestConfig } stock)
        {
            return null;
        }
        using PackageContentReader contents = new(workspace.Store.OpenRead);
        using StreamReader reader = new(contents.Open(stock));
        // the source of a stock kernel is not at hand: every symbol counts as known, so that one it lacks counts as broken rather than as fine
        return Summary(HardeningCheck.Run(
            CheckCommand.Rules(), KernelConfig.Parse(await reader.ReadToEndAsync(cancellationToken)), composed.Edition.Architecture, [], _ => true));
    }

    private static KernelSurface Summary(HardeningReport report) => new(
        CheckCommand.Rules().Title,
        report.Count(RuleOutcome.Pass),
        report.Count(RuleOutcome.Fail),
        report.Count(RuleOutcome.Excepted),
        report.Count(RuleOutcome.NotApplicable),
        [.. report.Results.Where(r => r.Outcome == RuleOutcome.Fail).Select(r => $"CONFIG_{r.Rule.Symbol}={r.Actual}, should be {r.Rule.Expected}").Order(StringComparer.Ordinal)]);
}
