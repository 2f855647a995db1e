using Strata.Composition;
using Strata.Formats.Deb;
using Strata.Kernel.Building;
using Strata.Kernel.Hardening;
using Strata.Kernel.Kconfig;
using Strata.Kernel.Profiles;
using Strata.Measure.Surface;
using Strata.Packages.Locks;

namespace Strata.Editions.Measuring;

/// <summary>The check of <c>strata kernel check</c> for the kernel of an edition.</summary>
/// <param name="services">Has the kernel's source and configuration.</param>
/// <param name="catalog">Has the rules.</param>
internal sealed class KernelCheck(BuildServices services, HardeningCatalog catalog)
{
    private const long LargestConfig = 4 << 20;

    private readonly KernelConfigs _configs = new(services);

    /// <summary>Checks; null for an edition without kernel, or whose kernel does not tell its configuration.</summary>
    public async Task<KernelSurface?> OfAsync(ComposedEdition composed, CancellationToken cancellationToken)
    {
        if (composed is { Blueprint.KernelProfile: KernelProfile profile, Lock.Kernel: PackageLock tools })
        {
            KernelConfig config = await _configs.OfAsync(profile, tools, cancellationToken);
            KconfigTree source = KconfigReader.Read(
                await services.Kernels.SourceAsync(_configs.ToolchainOf(tools), cancellationToken), KernelBuilder.SourceArchitecture);
            return Summary(config, profile.Architecture, catalog.ExceptionsOf(profile), s => source.Find(s) is not null);
        }
        if (composed.Kernel?.StockConfig is not { Size: <= LargestConfig } stock)
        {
            return null;
        }
        using PackageContentReader contents = new(services.Store.OpenRead);
        using StreamReader reader = new(contents.Open(stock));
        // the source of a stock kernel is not at hand: every symbol counts as known, so that one it lacks counts as broken rather than as
        // fine
        return Summary(KernelConfig.Parse(await reader.ReadToEndAsync(cancellationToken)), composed.Edition.Architecture, [], _ => true);
    }

    private KernelSurface Summary(
        KernelConfig config, string architecture, IReadOnlyList<HardeningException> exceptions, Func<string, bool> isKnown)
    {
        HardeningRules rules = catalog.Rules();
        HardeningReport report = HardeningCheck.Run(rules, config, architecture, exceptions, isKnown);
        return new KernelSurface(
            rules.Title,
            report.Count(RuleOutcome.Pass),
            report.Count(RuleOutcome.Fail),
            report.Count(RuleOutcome.Excepted),
            report.Count(RuleOutcome.NotApplicable),
            [
                .. report.Results.Where(r => r.Outcome == RuleOutcome.Fail)
                    .Select(r => $"CONFIG_{r.Rule.Symbol}={r.Actual}, should be {r.Rule.Expected}").Order(StringComparer.Ordinal),
            ]);
    }
}
