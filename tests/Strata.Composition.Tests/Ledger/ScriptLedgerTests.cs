using Strata.Blueprints;
using Strata.Composition.Ledger;
using Strata.Composition.Scripts;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Deb;
using Strata.Testing;
using Strata.Yaml;

namespace Strata.Composition.Tests.Ledger;

public class ScriptLedgerTests
{
    private const string Generated = "#!/bin/sh\nset -e\n# Automatically added by dh_installsystemd/13.24.2\n"
        + "systemctl enable x\n# End automatically added section\nexit 0\n";

    private const string Rules = """
        kinds:
          prerm: {irrelevant: never removed}
        commands:
          ldconfig: {effect: linker-cache}
          update-ca: {effect: ca-bundle}
          trigger --now: {irrelevant: first}
          trigger: {irrelevant: second}
        scripts:
          lib*:
            postinst: {effect: ca-bundle, note: by hand}
          libx:
            postinst: {irrelevant: too late}
        """;

    [Fact]
    public void Account_EffectThatIsApplied_Covers_AndOneThatIsNot_DoesNot()
    {
        IReadOnlyList<LedgerEntry> with = Account("libx", "postinst", "#!/bin/sh\nupdate-ca", "ca-bundle");
        Assert.Equal((LedgerState.Covered, "ca-bundle", "by hand"), (Assert.Single(with).State, with[0].Effect, with[0].Reason));
        IReadOnlyList<LedgerEntry> without = Account("libx", "postinst", "#!/bin/sh\nupdate-ca");
        Assert.Equal(LedgerState.Unhandled, Assert.Single(without).State);
        Assert.Contains("no capability asks for that effect", without[0].Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("other", "prerm", "rm -rf /", LedgerState.Irrelevant, "never removed")]
    [InlineData("other", "postinst", "#!/bin/sh\nfrobnicate x\n", LedgerState.Unhandled,
        "line 2: what 'frobnicate' does is declared nowhere")]
    [InlineData("other", "postinst", "#!/usr/bin/perl\n", LedgerState.Unhandled, "line 1: it is written for /usr/bin/perl")]
    [InlineData("other", "postinst", "#!/bin/sh\nldconfig\n", LedgerState.Covered, "")]
    [InlineData("other", "postinst", "#!/bin/sh\nupdate-ca\n", LedgerState.Unhandled,
        "effect 'ca-bundle' would cover it, but no capability asks for that effect")]
    [InlineData("other", "postinst", "#!/bin/sh\ntrigger --now x\n", LedgerState.Irrelevant, "first")]
    [InlineData("other", "postinst", "#!/bin/sh\ntrigger x\n", LedgerState.Irrelevant, "second")]
    [InlineData("other", "triggers", "#!/bin/sh\n", LedgerState.Unhandled,
        "it is no kind of script that is followed; expected preinst or postinst, or a rule for 'triggers'")]
    [InlineData("other", "postinst", "#!/bin/sh\nset -e\nexit 0\n", LedgerState.Irrelevant, "does nothing on a fresh installation")]
    [InlineData("other", "postinst", Generated, LedgerState.Covered, "enables x")]
    public void Account_OneScript_HasItsState(string package, string kind, string script, LedgerState state, string reason)
    {
        LedgerEntry entry = Assert.Single(Account(package, kind, script));
        Assert.Equal((state, reason), (entry.State, entry.Reason));
    }

    [Fact]
    public void Check_Unhandled_FailsNamingAllOrWarns()
    {
        IReadOnlyList<LedgerEntry> ledger = [.. Account("one", "postinst", "#!/bin/sh\na"), .. Account("two", "preinst", "#!/bin/sh\nb")];
        Edition edition = new() { Name = "e", Title = "E", Version = "1", Description = "", Folder = "/", Kernel = null!, Capabilities = [] };
        StrataException e = Assert.Throws<StrataException>(() => ScriptLedger.Check(ledger, edition));
        Assert.Contains("cannot build e: 2 maintainer scripts are not accounted for\n  one 1.0 postinst: ", e.Message, StringComparison.Ordinal);
        Assert.Contains("\n  two 1.0 preinst: ", e.Message, StringComparison.Ordinal);
        Assert.StartsWith("2 maintainer scripts", ScriptLedger.Check(ledger, edition with { UnhandledScripts = UnhandledScripts.Warn }), StringComparison.Ordinal);
        Assert.Null(ScriptLedger.Check(Account("x", "prerm", "a"), edition));
    }

    [Theory]
    [InlineData("kinds: {prerm: {}}", "needs either 'effect' or 'irrelevant'")]
    [InlineData("kinds: {prerm: {effect: accounts, irrelevant: x}}", "needs either 'effect' or 'irrelevant'")]
    [InlineData("commands: {x: {effect: acounts}}", "unknown effect 'acounts' (did you mean 'accounts'?)")]
    [InlineData("scripts: {p: [a]}", "package 'p' is a list; expected a mapping")]
    public void Rules_Mistake_IsNamed(string yaml, string problem)
    {
        FaultList faults = new();
        ScriptRules.Read(YamlFile.Parse(yaml, "rules.yaml", faults)!, faults);
        Assert.Contains(problem, Assert.Single(faults.Faults).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Account_AlternativesOfASlice_AreNotSaidToBeMade()
    {
        LedgerEntry entry = Assert.Single(Account(
            "p", "postinst", "#!/bin/sh\nset -e\nupdate-alternatives --install /usr/bin/e e /usr/bin/p 40\n", "alternatives"));
        Assert.Equal((LedgerState.Irrelevant, null), (entry.State, entry.Effect));
        Assert.StartsWith("e may be /usr/bin/p, priority 40: of a part of a package", entry.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Rules_PackageWithNothingBelow_HasNoScripts()
    {
        FaultList faults = new();
        Assert.Empty(ScriptRules.Read(YamlFile.Parse("scripts:\n  p:\n", "rules.yaml", faults)!, faults).Scripts);
        Assert.Empty(faults.Faults);
    }

    [Fact]
    public void Rules_OfTheCheckout_AreSound() => Assert.NotEmpty(ScriptRules.Load(Path.Combine(Repository.Root, "effects/debian.yaml")).Scripts);

    private static IReadOnlyList<LedgerEntry> Account(string package, string kind, string script, params string[] applied)
    {
        FaultList faults = new();
        ScriptRules rules = ScriptRules.Read(YamlFile.Parse(Rules, "rules.yaml", faults)!, faults);
        Assert.Empty(faults.Faults);
        PackageScripts scripts = new(package, "1.0", new Dictionary<string, string> { [kind] = script });
        using PackageContentReader contents = new(_ => throw new InvalidOperationException("nothing is in a package here"));
        FreshInstall install = new(new FileTree(), contents, new ScriptAccounts(), "amd64", _ => false, rules.ForCommand);
        FollowedScripts followed = install.Install([ScriptLedger.ToFollow(scripts, rules)], new HashSet<string>());
        return ScriptLedger.Account([scripts], rules, new HashSet<string>([.. applied, "linker-cache", "units"]), followed);
    }
}
