using Strata.Blueprints;
using Strata.Composition.Ledger;
using Strata.Core;
using Strata.Testing;
using Strata.Yaml;

namespace Strata.Composition.Tests.Ledger;

public class ScriptLedgerTests
{
    private const string Generated = "#!/bin/sh\nset -e\n# Automatically added by dh_installsystemd/13.24.2\nsystemctl enable x\n# End automatically added section\nexit 0\n";

    private const string Rules = """
        kinds:
          prerm: {irrelevant: never removed}
        sections:
          dh_makeshlibs: {effect: linker-cache}
        scripts:
          lib*:
            postinst: {effect: ca-bundle, note: by hand}
          libx:
            postinst: {irrelevant: too late}
        """;

    [Fact]
    public void Sections_GeneratedOnes_AreNamedAndOwnLinesKept()
    {
        ScriptSections sections = ScriptSections.Of(Generated + "# Automatically added by dh_makeshlibs\nldconfig\n# End automatically added section\n\n  # why\n  adduser x\nset -eu\n:\n");
        Assert.Equal(["dh_installsystemd", "dh_makeshlibs"], sections.Sections);
        Assert.Equal(["adduser x"], sections.OwnLines);
    }

    [Fact]
    public void Account_EffectThatIsApplied_Covers_AndOneThatIsNot_DoesNot()
    {
        IReadOnlyList<LedgerEntry> with = Account("libx", "postinst", "update-ca", "ca-bundle");
        Assert.Equal((LedgerState.Covered, "ca-bundle", "by hand"), (Assert.Single(with).State, with[0].Effect, with[0].Reason));
        IReadOnlyList<LedgerEntry> without = Account("libx", "postinst", "update-ca");
        Assert.Equal(LedgerState.Unhandled, Assert.Single(without).State);
        Assert.Contains("no capability asks for that effect", without[0].Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("other", "prerm", "rm -rf /", LedgerState.Irrelevant, "never removed")]
    [InlineData("other", "postinst", "adduser x\n", LedgerState.Unhandled, "1 lines, the first is: adduser x")]
    [InlineData("other", "postinst", "#!/bin/sh\nset -e\nexit 0\n", LedgerState.Irrelevant, "does nothing")]
    [InlineData("other", "postinst", Generated, LedgerState.Unhandled, "the section of dh_installsystemd is declared nowhere")]
    public void Account_OneScript_HasItsState(string package, string kind, string script, LedgerState state, string reason)
    {
        LedgerEntry entry = Assert.Single(Account(package, kind, script));
        Assert.Equal((state, reason), (entry.State, entry.Reason));
    }

    [Fact]
    public void Check_Unhandled_FailsNamingAllOrWarns()
    {
        IReadOnlyList<LedgerEntry> ledger = [.. Account("one", "postinst", "a"), .. Account("two", "preinst", "b")];
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
    [InlineData("sections: {dh_x: {effect: acounts}}", "unknown effect 'acounts' (did you mean 'accounts'?)")]
    [InlineData("scripts: {p: [a]}", "package 'p' is a list; expected a mapping")]
    public void Rules_Mistake_IsNamed(string yaml, string problem)
    {
        FaultList faults = new();
        ScriptRules.Read(YamlFile.Parse(yaml, "rules.yaml", faults)!, faults);
        Assert.Contains(problem, Assert.Single(faults.Faults).Message, StringComparison.Ordinal);
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
        return ScriptLedger.Account([scripts], rules, applied.ToHashSet());
    }
}
