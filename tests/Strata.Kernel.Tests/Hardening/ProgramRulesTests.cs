using Strata.Core;
using Strata.Kernel.Hardening;
using Strata.Kernel.Profiles;
using Strata.Testing;

namespace Strata.Kernel.Tests.Hardening;

/// <summary>What programs ask of a kernel: <c>kernel/rules/NAME.yaml</c>.</summary>
public class ProgramRulesTests
{
    private static readonly HardeningCatalog s_catalog = new([Repository.Root]);

    [Fact]
    public void Programs_AllButTheRulesForHardening_AreNamed() => Assert.Equal(["k0s", "k3s", "kubeadm"], s_catalog.Programs());

    [Theory]
    [InlineData("k3s")]
    [InlineData("k0s")]
    [InlineData("kubeadm")]
    public void RulesFor_Program_SayWhereTheyAreFromAndTakeModules(string program)
    {
        HardeningRules rules = s_catalog.RulesFor(program);
        Assert.StartsWith("https://", rules.Source, StringComparison.Ordinal);
        Assert.All(rules.Rules, r => Assert.Equal("m", r.Expected));
        Assert.All(rules.Rules, r => Assert.EndsWith(".", r.Reason, StringComparison.Ordinal));
        (string, RuleOutcome)[] outcomes = [("y", RuleOutcome.Pass), ("m", RuleOutcome.Pass), ("n", RuleOutcome.Fail)];
        foreach ((string value, RuleOutcome outcome) in outcomes)
        {
            KernelConfig config = KernelConfig.Parse(string.Concat(rules.Rules.Select(r => $"CONFIG_{r.Symbol}={value}\n")));
            Assert.Equal(rules.Rules.Count, HardeningCheck.Run(rules, config, "amd64", [], _ => true).Count(outcome));
        }
    }

    [Theory]
    [InlineData("k3", "did you mean 'k3s'?")]
    [InlineData("kspp", "Known: k0s, k3s, kubeadm")]
    [InlineData("../../x", "Known: k0s, k3s, kubeadm")]
    public void RulesFor_ProgramThatNobodyKnows_AreToldWithWhatIsKnown(string program, string said)
    {
        StrataException e = Assert.Throws<StrataException>(() => s_catalog.RulesFor(program));
        Assert.StartsWith(
            $"cannot check a kernel for '{program}': nobody has written down what it asks", e.Message, StringComparison.Ordinal);
        Assert.Contains(said, e.Message + e.Hint, StringComparison.Ordinal);
    }
}
