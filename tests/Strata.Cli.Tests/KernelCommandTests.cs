using Strata.Cli.Commands.Kernel;
using Strata.Cli.Wiring;
using Strata.Kernel.Explaining;
using Strata.Kernel.Hardening;
using Strata.Kernel.Ladder;
using Strata.Testing;

namespace Strata.Cli.Tests;

/// <summary>What commands below <c>kernel</c> say of what was found.</summary>
public class KernelCommandTests
{
    private static readonly HardeningRule s_rule = new("BUG", "y", "the reason", null, null);
    private static readonly HardeningRules s_rules = new("Rules", "where they are from", [s_rule]);

    private static readonly HardeningReport s_report = new(
        [
            new(s_rule, RuleOutcome.Pass, "y", "passes"), new(s_rule with { Symbol = "A" }, RuleOutcome.Fail, "n", "fails"),
            new(s_rule with { Symbol = "C", Expected = "n" }, RuleOutcome.Excepted, "m", "excepted"),
            new(s_rule with { Symbol = "D" }, RuleOutcome.NotApplicable, "n", "for arm64"),
        ],
        [new("OLD", "why", "kernel/x.yaml:3", false)]);

    [Theory]
    [InlineData(false, false, true)]
    [InlineData(true, true, true)]
    [InlineData(false, false, false)]
    public void Check_Report_ShowsWhatFails(bool all, bool isJudged, bool isDirty)
    {
        HardeningReport report = isDirty ? s_report : new([s_report.Results[0], s_report.Results[2]], []);
        Desk.Outcome said = Desk.Caught(() => CheckCommand.Print(s_rules, report, all, isJudged));
        Golden.Same($"kernel-check-{all}-{isDirty}", said.Output + said.Errors);
    }

    private static readonly SymbolExplanation s_symbol = new()
    {
        Symbol = "EXT4_FS", Type = "tristate", Prompt = "The Extended 4 filesystem", Places = ["fs/ext4/Kconfig:34", "other:1"],
            Value = "y",
        AskedBy = "fragment 'disk'", DependsOn = [new("BLOCK (BLOCK=y)", true), new("X (X=n)", false), new("Y", null)],
        SelectedBy = [.. Enumerable.Range(1, 13).Select(i => $"S{i}")], PossibleSelectors = 20,
        Selects = [.. Enumerable.Range(1, 12).Select(i => $"T{i}")],
        Help = ["1", "", "3", "4", "5", "6", "7", "8"], Cost = new SymbolCost(4096, 2048, 2, false),
    };

    [Fact]
    public void Explain_Symbol_SaysAllOfIt()
    {
        Golden.Same("kernel-explain", Desk.Caught(() => ExplainCommand.Print(s_symbol, "nano", null)).Output);
        SymbolExplanation bare = s_symbol with
        {
            Prompt = null, DependsOn = [], Selects = [], Help = [.. s_symbol.Help.Take(6)], Cost = new SymbolCost(1, 1, 1, true),
                SelectedBy = [],
        };
        Golden.Same("kernel-explain-bare", Desk.Caught(() => ExplainCommand.Print(bare, null, null)).Output);
    }

    [Theory]
    [InlineData("y", true, "nobody; it is selected")]
    [InlineData("n", true, "nobody; the value is the source's default")]
    [InlineData("y", false, "nobody; the value is the source's default")]
    public void Explain_NobodyAsked_SaysWhereTheValueIsFrom(string value, bool isSelected, string said) => Assert.Contains(
        $"asked for by {said}",
        Desk.Caught(() => ExplainCommand.Print(
            s_symbol with { AskedBy = null, Value = value, SelectedBy = isSelected ? ["A"] : [] }, "nano", null)).Lines);

    [Fact]
    public void Explain_NoCost_SaysWhy()
    {
        SymbolExplanation free = s_symbol with { Cost = null, Help = [], PossibleSelectors = 0 };
        string[] lines = Desk.Caught(() => ExplainCommand.Print(free, "nano", "a module, not part of the image")).Lines;
        Assert.Equal("costs        a module, not part of the image", lines[^1]);
        Assert.DoesNotContain(lines, l => l.StartsWith("selected by", StringComparison.Ordinal));
        Assert.DoesNotContain(Desk.Caught(() => ExplainCommand.Print(free, "nano", null)).Lines, l => l.StartsWith("costs",
            StringComparison.Ordinal));
    }

    [Fact]
    public void Diff_Profiles_CountsBothDirections()
    {
        KernelDiffSummary summary = new(
            "nano", "pico", [new("A", "n", "y"), new("B", "n", "m"), new("C", "y", "n"), new("D", "m", "y")], 5_000_000, 4_999_000,
            [new("fs", 3000, 2000), new("net", 1, 1), new("mm", 0, 1_234_567)]);
        Golden.Same("kernel-diff", Desk.Caught(() => DiffCommand.Print(summary)).Output);
        string[] unbuilt = Desk.Caught(() => DiffCommand.Print(summary with { ImageBytesAfter = null })).Lines;
        Assert.Equal("2 added, 1 removed, 1 changed", unbuilt[^1]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Size_Kernel_AddsUp(int most) => Golden.Same($"kernel-size-{most}", Desk.Caught(() => SizeCommand.Print(
        new KernelSizeSummary("nano", "6.12", 4_000_000, 9_000_000, 2, 12345,
            [new("fs", 1, 20, 300, 4000, 50_000, 54_321, 600_000), new("mm", 2, 3, 4, 5, 6, 20, 7), new("net", 1000, 1, 1, 1, 1, 1004, 1)],
            [new("schedule", "Function", 5000, "kernel/sched/core.c"), new("table", "Variable", 4000, "lib/t.c")]),
        most)).Output);

    [Theory]
    [InlineData(null, false, 2)]
    [InlineData(null, true, -1)]
    [InlineData("one", false, 0)]
    [InlineData("three", false, 2)]
    public void LastRung_Words_ChooseWhatIsBuilt(string? upTo, bool kept, int last) => Assert.Equal(last, LadderCommand.LastRung(s_ladder,
        upTo, kept));

    [Theory]
    [InlineData("thre", false, "'thre' is no rung of the ladder (did you mean 'three'?)")]
    [InlineData("one", true, "--kept builds nothing, --up-to says what to build: use one of them")]
    public void LastRung_Nonsense_IsRefused(string upTo, bool kept, string problem) =>
        Assert.Equal(problem, Assert.Throws<UsageException>(() => LadderCommand.LastRung(s_ladder, upTo, kept)).Message);

    [Theory]
    [InlineData("kernel check", "name a profile, or a file with --config")]
    [InlineData("kernel check nano --config x", "name a profile, or a file with --config")]
    public async Task Check_NothingOrBoth_IsRefused(string line, string problem)
    {
        using Desk desk = new();
        Desk.Outcome outcome = await desk.TypeAsync(line);
        Assert.Equal((2, "error: " + problem), (outcome.ExitCode, outcome.Said[0]));
    }

    private static readonly KernelLadder s_ladder = new(
        "tinyconfig", [.. new[] { "one", "two", "three" }.Select(n => new LadderRung(n, n, null, [], []))], "x");
}
