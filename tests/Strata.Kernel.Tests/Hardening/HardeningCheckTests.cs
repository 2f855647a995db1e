using Strata.Core;
using Strata.Kernel.Hardening;
using Strata.Kernel.Profiles;
using Strata.Testing;

namespace Strata.Kernel.Tests.Hardening;

public class HardeningCheckTests
{
    private const string Rules = """
        title: Rules of a test
        source: https://example.org/rules
        rules:
          - symbol: BUG
            expected: y
            reason: one
          - symbol: DEVMEM
            expected: n
            reason: two
          - symbol: DEFAULT_MMAP_MIN_ADDR
            expected: 65536
            reason: three
          - symbol: MODULE_SIG
            expected: y
            reason: four
            applies-if: MODULES && !TINY
          - symbol: ARM_THING
            expected: y
            reason: five
            architecture: arm64
          - symbol: GONE
            expected: y
            reason: six
        """;

    [Theory]
    [InlineData("CONFIG_BUG=y\nCONFIG_DEFAULT_MMAP_MIN_ADDR=0x10000", "BUG Pass, DEVMEM Pass, DEFAULT_MMAP_MIN_ADDR Pass, MODULE_SIG NotApplicable, ARM_THING NotApplicable, GONE NotApplicable")]
    [InlineData("CONFIG_BUG=n\nCONFIG_DEVMEM=m\nCONFIG_MODULES=y", "BUG Fail, DEVMEM Fail, DEFAULT_MMAP_MIN_ADDR Fail, MODULE_SIG Fail, ARM_THING NotApplicable, GONE NotApplicable")]
    [InlineData("CONFIG_MODULES=y\nCONFIG_TINY=y\nCONFIG_BUG=y", "BUG Pass, DEVMEM Pass, DEFAULT_MMAP_MIN_ADDR Fail, MODULE_SIG NotApplicable, ARM_THING NotApplicable, GONE NotApplicable")]
    public void Run_Configuration_HasAnOutcomeForEachRule(string config, string outcomes)
    {
        HardeningReport report = Check(config, []);
        Assert.Equal(outcomes, string.Join(", ", report.Results.Select(r => $"{r.Rule.Symbol} {r.Outcome}")));
    }

    [Fact]
    public void Run_DeclaredException_IsNoFailureAndTellsItsReason()
    {
        HardeningReport report = Check("CONFIG_DEFAULT_MMAP_MIN_ADDR=65536", [new HardeningException("BUG", "because", "f:1", IsShared: false)]);
        Assert.Equal((RuleOutcome.Excepted, "because"), (report.Results[0].Outcome, report.Results[0].Because));
        Assert.True(report.IsClean);
    }

    [Fact]
    public void Run_ExceptionThatNothingNeeds_IsNotCleanUnlessAFragmentBringsIt()
    {
        const string Config = "CONFIG_BUG=y\nCONFIG_DEFAULT_MMAP_MIN_ADDR=65536";
        Assert.False(Check(Config, [new HardeningException("BUG", "because", "f:1", IsShared: false)]).IsClean);
        Assert.True(Check(Config, [new HardeningException("BUG", "because", "f:1", IsShared: true)]).IsClean);
    }

    [Theory]
    [InlineData("  - symbol: CONFIG_BUG\n    expected: y\n    reason: r", "begins with CONFIG_")]
    [InlineData("  - symbol: BUG\n    expected: perhaps\n    reason: r", "'perhaps' is no value of a symbol")]
    [InlineData("  - symbol: BUG\n    expected: y", "'reason' is missing")]
    [InlineData("  - symbol: BUG\n    expected: y\n    reason: r\n    applies-if: A &&", "a condition ends too early")]
    [InlineData("  - symbol: BUG\n    expected: y\n    reason: r\n    applies-if: A B", "stands where a condition has none")]
    [InlineData("  - symbol: BUG\n    expected: y\n    reason: r\n    aplies-if: A", "did you mean 'applies-if'?")]
    [InlineData("  - symbol: BUG\n    expected: y\n    reason: r\n  - symbol: BUG\n    expected: n\n    reason: r", "CONFIG_BUG has 2 rules")]
    public void Load_FaultyRule_IsToldWithItsPlace(string rules, string expected)
    {
        StrataException e = Assert.Throws<StrataException>(() => Load("title: t\nsource: s\nrules:\n" + rules + "\n"));
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
        Assert.Contains("rules.yaml:", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_RulesAndExceptionsOfTheCheckout_AreRightAndBelongTogether()
    {
        HardeningRules rules = HardeningRules.Load(Path.Combine(Repository.Root, "kernel/rules/kspp.yaml"), "kspp.yaml");
        Assert.True(rules.Rules.Count > 100);
        foreach (string file in Repository.Files.Where(f => f.StartsWith("kernel/rules/exceptions/", StringComparison.Ordinal)))
        {
            foreach (HardeningException exception in HardeningRules.LoadExceptions(Path.Combine(Repository.Root, file), file, isShared: true))
            {
                Assert.Contains(rules.Rules, r => r.Symbol == exception.Symbol);
            }
        }
    }

    [Fact]
    public void Fragment_Hardening_ContradictsNoRule()
    {
        HardeningRules rules = HardeningRules.Load(Path.Combine(Repository.Root, "kernel/rules/kspp.yaml"), "kspp.yaml");
        KernelFragment fragment = new KernelCatalog([Repository.Root]).LoadFragment(HardeningRules.Fragment);
        KernelConfig config = KernelConfig.Parse(string.Join('\n', fragment.Lines.Select(l => l.Line)));
        HashSet<string> named = [.. fragment.Lines.Select(l => l.Line.Symbol)];
        HardeningReport report = HardeningCheck.Run(rules, config, "amd64", [], named.Contains);
        Assert.Empty(report.Results.Where(r => r.Outcome == RuleOutcome.Fail).Select(r => $"{r.Rule.Symbol}={r.Actual}"));
        Assert.True(report.Count(RuleOutcome.Pass) > 30);
    }

    private static HardeningReport Check(string config, IReadOnlyList<HardeningException> exceptions) =>
        HardeningCheck.Run(Load(Rules), KernelConfig.Parse(config), "amd64", exceptions, s => s != "GONE");

    private static HardeningRules Load(string text)
    {
        using TemporaryFolder folder = new();
        string file = Path.Combine(folder.Path, "rules.yaml");
        File.WriteAllText(file, text);
        return HardeningRules.Load(file, "rules.yaml");
    }
}
