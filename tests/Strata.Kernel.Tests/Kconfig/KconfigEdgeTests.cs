using Strata.Core;
using Strata.Kernel.Kconfig;

namespace Strata.Kernel.Tests.Kconfig;

/// <summary>
/// Every attribute and every binding of the language alone (Documentation/kbuild/kconfig-language.rst), and the limits at their
/// edges.
/// </summary>
public class KconfigEdgeTests
{
    [Theory]
    [InlineData("bool", KconfigType.Bool)]
    [InlineData("tristate", KconfigType.Tristate)]
    [InlineData("string", KconfigType.Text)]
    [InlineData("int", KconfigType.Number)]
    [InlineData("hex", KconfigType.Hex)]
    [InlineData("def_bool y", KconfigType.Bool)]
    [InlineData("def_tristate m", KconfigType.Tristate)]
    [InlineData("prompt \"x\"", KconfigType.Unknown)]
    public void Read_EveryType_IsTaken(string attribute, KconfigType expected) =>
        Assert.Equal(expected, KconfigReaderTests.Read($"config A\n\t{attribute}\n").Find("A")!.Type);

    [Theory]
    [InlineData("bool \"P\" if C", "P|C||||")]
    [InlineData("prompt \"P\" if C", "P|C||||")]
    [InlineData("bool", "|||||")]
    [InlineData("def_bool M if C", "|||M if C||")]
    [InlineData("default M if C", "|||M if C||")]
    [InlineData("default M", "|||M if ||")]
    [InlineData("depends on X\n\tdepends on Y", "||X && Y|||")]
    [InlineData("select S if C", "||||S if C|")]
    [InlineData("select S", "||||S if |")]
    [InlineData("imply I if C", "|||||I if C")]
    [InlineData("range 1 5", "|||||")] // of no use here
    public void Read_EveryAttribute_FillsItsOwnField(string attribute, string expected)
    {
        KconfigDefinition d = Assert.Single(KconfigReaderTests.Read($"config A\n\t{attribute}\n").Find("A")!.Definitions);
        Assert.Equal(expected, string.Join('|', d.Prompt, d.PromptCondition, d.DependsOn,
            string.Join(',', d.Defaults.Select(v => $"{v.Value} if {v.Condition}")), string.Join(',',
                d.Selects.Select(v => $"{v.Value} if {v.Condition}")),
            string.Join(',', d.Implies.Select(v => $"{v.Value} if {v.Condition}"))));
    }

    // the table of "Menu dependencies": ! binds closest, then the comparisons, then &&, then ||
    [Theory]
    [InlineData("Y || N && N", "y")]
    [InlineData("(Y || N) && N", "n")]
    [InlineData("N && N || Y", "y")]
    [InlineData("!Y || Y", "y")]
    [InlineData("!(Y || Y)", "n")]
    [InlineData("!M = m", "n")] // the comparison is what is turned round
    [InlineData("!(Y && N)", "y")]
    [InlineData("!!M", "m")]
    [InlineData("Y = y && N = n", "y")]
    [InlineData("'y'", "y")]
    [InlineData("\"m\"", "m")]
    [InlineData("\"Y\"", "n")] // a text is no symbol
    [InlineData("Q = 'a\\'b'", "y")]
    [InlineData("Q = \"a'b\"", "y")]
    [InlineData("$(macro,1,(2)) && Y", "y")]
    public void Evaluate_Bindings_AreThoseOfTheLanguage(string condition, string expected)
    {
        Dictionary<string, string> values = new() { ["Y"] = "y", ["N"] = "n", ["M"] = "m", ["Q"] = "a'b" };
        KconfigExpression parsed = Condition(condition);
        Assert.Equal(expected, parsed.Evaluate(values.GetValueOrDefault) switch { Tristate.Yes => "y", Tristate.Module => "m", _ => "n" });
    }

    [Theory]
    [InlineData("A", "A")]
    [InlineData("A && B && A = B", "A B A B")]
    [InlineData("!A || 5 < B", "A B")]
    [InlineData("y && \"text\" = A && $(x,B)", "A")]
    public void Symbols_OfACondition_AreThoseItNames(string condition, string expected) =>
        Assert.Equal(expected, string.Join(' ', Condition(condition).Symbols));

    [Fact]
    public void Unmet_IsWhatLiesBelowTheWish_EachOnce()
    {
        Dictionary<string, string> values = new() { ["Y"] = "y", ["M"] = "m" };
        KconfigExpression condition = Condition("Y && M && (N || Y) && N && N");
        Assert.Equal(["M", "N"], condition.Unmet(values.GetValueOrDefault, Tristate.Yes).Select(c => c.ToString()));
        Assert.Equal(["N"], condition.Unmet(values.GetValueOrDefault, Tristate.Module).Select(c => c.ToString()));
        Assert.Empty(condition.Unmet(values.GetValueOrDefault, Tristate.No));
    }

    [Theory]
    [InlineData("A && (B || C)", "A && (B || C)")]
    [InlineData("(A && B) || C", "A && B || C")]
    [InlineData("!(A = B)", "!(A=B)")]
    [InlineData("A >= 5 && B != \"x y\"", "A>=\"5\" && B!=\"x y\"")]
    public void ToString_Condition_MeansTheSame(string text, string expected) => Assert.Equal(expected, Condition(text).ToString());

    [Fact]
    public void Read_DefinedTwice_KeepsBothAndTheirSelectors()
    {
        KconfigTree tree = KconfigReaderTests.Read("""
            config A
            	bool "first"
            	select S if X
            if IN
            config A
            	bool
            	select S
            	help
            	  text
            	    deeper

            	not help
            endif
            menuconfig B
            	bool # "no prompt"
            	select S
            """);
        Assert.Equal(2, tree.Find("A")!.Definitions.Count);
        Assert.True(tree.Find("A")!.HasPrompt);
        Assert.False(tree.Find("B")!.HasPrompt);
        Assert.Equal(["A if X", "A if ", "B if "], tree.SelectorsOf("S").Select(s => $"{s.Selector} if {s.Condition}"));
        Assert.Empty(tree.SelectorsOf("A"));
        Assert.Equal(["A", "B"], tree.Names);
        Assert.Equal((null, "IN"), (tree.Find("A")!.Definitions[0].DependsOn, tree.Find("A")!.Definitions[1].DependsOn!.ToString()));
        Assert.Equal("text\ndeeper", tree.Find("A")!.Definitions[1].Help);
        Assert.Null(tree.Find("S"));
    }

    [Fact]
    public void Read_ChoiceMember_IsBoolUnlessItSaysOtherwise()
    {
        KconfigTree tree = KconfigReaderTests.Read(
            "choice\n\tbool \"which\"\nconfig A\n\tprompt \"a\"\nconfig B\n\ttristate \"b\"\nendchoice\nconfig C\n\tprompt \"c\"\n");
        Assert.Equal((KconfigType.Bool, KconfigType.Tristate, KconfigType.Unknown), (tree.Find("A")!.Type, tree.Find("B")!.Type,
            tree.Find("C")!.Type));
        Assert.Equal(("which", null), (tree.Find("A")!.Definitions[0].Choice!.Prompt, tree.Find("C")!.Definitions[0].Choice));
    }

    [Theory]
    [InlineData(63, null)] // with the symbol inside 64 conditions within each other
    [InlineData(64, "nests deeper than 64")]
    public void Read_Parentheses_LastAllowedAndFirstRefused(int depth, string? problem) =>
        Check($"config A\n\tdepends on {new string('(', depth)}B{new string(')', depth)}\n", problem);

    [Theory]
    [InlineData(256, null)]
    [InlineData(257, "menus nest deeper than 256")]
    public void Read_Menus_LastAllowedAndFirstRefused(int depth, string? problem) =>
        Check(string.Concat(Enumerable.Repeat("menu \"m\"\n", depth)) + string.Concat(Enumerable.Repeat("endmenu\n", depth)), problem);

    [Theory]
    [InlineData("menu \"m\"\nendif\n", "'endif' closes nothing")]
    [InlineData("if A\nendchoice\n", "'endchoice' closes nothing")]
    [InlineData("config\n", "'config' has no name")]
    [InlineData("config \"A\"\n", "'config' has no name")]
    [InlineData("config A\n\tdepends on B C\n", null)] // what follows a condition is the next one's business
    [InlineData("config A\n\tselect B C\n", "'C' stands where a condition has none")]
    [InlineData("config A\n\tdepends on (B\n", "a condition ends too early")]
    [InlineData("config A\n\tdepends on ~B\n", "'~' has no place")]
    [InlineData("config A\n\tdepends on $(x\n", "a call has no end")]
    [InlineData("source \"$(OTHER)/Kconfig\"\n", "names no file")]
    [InlineData("source\n", "names no file")]
    [InlineData("NAME := $(shell, a ) ~\nOTHER += ~\nTHIRD = ~\n$(call,~)\n", null)] // the preprocessor's lines
    public void Read_OddLines_AreRefusedOrPassedOver(string text, string? problem) => Check(text, problem);

    private static KconfigExpression Condition(string text) =>
        Assert.Single(KconfigReaderTests.Read($"config T\n\tbool\n\tdepends on {text}\n").Find("T")!.Definitions).DependsOn!;

    private static void Check(string text, string? problem)
    {
        if (problem is null)
        {
            Assert.NotNull(KconfigReaderTests.Read(text));
            return;
        }
        Assert.Contains(problem, Assert.Throws<StrataException>(() => KconfigReaderTests.Read(text)).Message, StringComparison.Ordinal);
    }
}
