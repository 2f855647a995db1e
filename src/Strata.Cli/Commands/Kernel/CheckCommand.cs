using System.CommandLine;
using Strata.Cli.Output;
using Strata.Cli.Wiring;
using Strata.Core;
using Strata.Kernel.Building;
using Strata.Kernel.Hardening;
using Strata.Kernel.Kconfig;
using Strata.Kernel.Profiles;

namespace Strata.Cli.Commands.Kernel;

/// <summary>A rule in what <c>kernel check --json</c> prints.</summary>
internal sealed record CheckRow(string Symbol, string Expected, string Actual, RuleOutcome Outcome, string Reason);

/// <summary>What <c>kernel check --json</c> prints.</summary>
internal sealed record CheckSummary(string Checked, string Rules, string Source, bool IsHardened, bool IsClean, IReadOnlyList<CheckRow> Results, IReadOnlyList<string> NeedlessExceptions);

/// <summary><c>strata kernel check</c>: a configuration against rules for hardening, or against what a program asks of a kernel.</summary>
internal static class CheckCommand
{
    private const int LargestConfig = 4 << 20;

    public static Command Create()
    {
        Argument<string?> profile = new("profile") { Description = "Name of a profile: kernel/profiles/NAME.yaml", HelpName = "profile", Arity = ArgumentArity.ZeroOrOne };
        profile.CompletionSources.Add(_ => new KernelCatalog(ShippedData.CatalogFolders()).ProfileNames());
        Option<string?> config = new("--config") { Description = "Check a file as the kernel's .config instead of a profile", HelpName = "file" };
        Option<bool> strict = new("--strict") { Description = $"Fail on undeclared failures also where the profile does not ask for fragment '{HardeningRules.Fragment}'" };
        Option<string?> program = new("--for")
        {
            Description = $"Check what a program asks of a kernel instead: {string.Join(", ", Catalog().Programs())}", HelpName = "program",
        };
        program.CompletionSources.Add(_ => Catalog().Programs());
        Option<bool> all = new("--all") { Description = "Show what passes and what does not apply, too" };
        Option<bool> json = CommonOptions.Json();
        Command command = new("check", "Check a kernel's configuration against the recommendations of the Kernel Self-Protection Project") { profile, config, strict, program, all, json };
        command.SetAction(async (result, token) =>
        {
            string? name = result.GetValue(profile);
            string? file = result.GetValue(config);
            if ((name is null) == (file is null))
            {
                throw new UsageException("name a profile, or a file with --config");
            }
            HardeningCatalog catalog = Catalog();
            string? asks = result.GetValue(program);
            HardeningRules rules = asks is null ? catalog.Rules() : catalog.RulesFor(asks);
            (bool isHardened, HardeningReport report) = await Terminal.WithProgressAsync(async progress =>
            {
                using Workspace workspace = new(result, progress);
                KernelToolchain toolchain = await workspace.KernelToolchainAsync(token);
                if (file is not null)
                {
                    KernelConfig read = ReadConfig(file);
                    KconfigTree source = await KernelInsight.KconfigAsync(workspace, toolchain, token);
                    return (false, HardeningCheck.Run(rules, read, Architecture(read), [], s => source.Find(s) is not null));
                }
                ConfiguredKernel kernel = await KernelInsight.ConfigureAsync(workspace, name!, toolchain, token);
                KconfigTree tree = await KernelInsight.KconfigAsync(workspace, toolchain, token);
                HardeningReport made = HardeningCheck.Run(
                    rules, kernel.Config, kernel.Profile.Architecture, asks is null ? catalog.ExceptionsOf(kernel.Profile) : [],
                    s => tree.Find(s) is not null);
                return (kernel.Profile.Fragments.Any(f => f.Name == HardeningRules.Fragment), made);
            });
            bool counts = isHardened || result.GetValue(strict) || asks is not null;
            if (result.GetValue(json))
            {
                Terminal.Json(
                    new CheckSummary(
                        name ?? file!, rules.Title, rules.Source, isHardened, report.IsClean,
                        [.. report.Results.Select(r => new CheckRow(r.Rule.Symbol, r.Rule.Expected, r.Actual, r.Outcome, r.Because))], [.. report.Needless.Select(e => e.Symbol)]),
                    CliJson.Default.CheckSummary);
            }
            else
            {
                Print(rules, report, result.GetValue(all), counts || file is not null);
            }
            return counts && !report.IsClean ? 1 : 0;
        });
        return command.WithExamples("strata kernel check pico", "strata kernel check pico --for k3s", "strata kernel check nano --all", "strata kernel check --config /boot/config-6.12 --strict --json");
    }

    private static HardeningCatalog Catalog() => new(ShippedData.CatalogFolders());

    private static KernelConfig ReadConfig(string path)
    {
        FileInfo file = new(path);
        if (!file.Exists || file.Length > LargestConfig)
        {
            throw new StrataException($"cannot check {path}: {(file.Exists ? $"it is larger than {new ByteSize(LargestConfig)}" : "there is no such file")}");
        }
        KernelConfig config = KernelConfig.Parse(File.ReadAllText(path));
        return config.Values.Count > 0 ? config : throw new StrataException($"cannot check {path}: it sets no symbol", "A kernel's configuration has lines such as CONFIG_BUG=y.");
    }

    private static string Architecture(KernelConfig config) => config.IsBuiltIn("ARM64") ? "arm64" : "amd64";

    internal static void Print(HardeningRules rules, HardeningReport report, bool all, bool isJudged)
    {
        foreach (RuleResult result in report.Results.Where(r => all || r.Outcome is RuleOutcome.Fail or RuleOutcome.Excepted))
        {
            string word = result.Outcome switch
            {
                RuleOutcome.Pass => "pass",
                RuleOutcome.Fail => "FAIL",
                RuleOutcome.Excepted => "except",
                _ => "n/a",
            };
            string should = result.Rule.Expected == "m" ? "y or m" : result.Rule.Expected;
            string expectation = result.Outcome is RuleOutcome.Fail or RuleOutcome.Excepted ? $"={result.Actual}, should be {should}"
                : $"={result.Actual}";
            Terminal.Line($"{word,-6} CONFIG_{result.Rule.Symbol}{expectation}: {result.Because}");
        }
        foreach (HardeningException needless in report.Needless)
        {
            Terminal.Line($"FAIL   CONFIG_{needless.Symbol}: the exception in {needless.Place} is not needed; take it out");
        }
        Terminal.Line(
            $"{rules.Title}: {report.Count(RuleOutcome.Pass)} pass, {report.Count(RuleOutcome.Fail)} fail, {report.Count(RuleOutcome.Excepted)} declared exceptions, {report.Count(RuleOutcome.NotApplicable)} do not apply");
        Terminal.Line($"source: {rules.Source}");
        if (!isJudged && !report.IsClean)
        {
            Terminal.Note($"the profile does not ask for fragment '{HardeningRules.Fragment}': failures are shown, not counted (--strict counts them)");
        }
    }
}
