using Strata.Core;
using Strata.Kernel.Kconfig;
using Strata.Testing;

namespace Strata.Kernel.Tests.Kconfig;

/// <summary>The language of Documentation/kbuild/kconfig-language.rst, on small trees made here.</summary>
public class KconfigReaderTests
{
    [Fact]
    public void Read_Symbol_HasTypePromptDependenciesSelectsAndHelp()
    {
        KconfigTree tree = Read("""
            config EXT4
            	tristate "The file system" if EXPERT
            	depends on BLOCK && \
            		!TINY
            	select CRC16
            	imply SPEED if FAST
            	default m
            	help
            	  Says what it is.

            	  In two paragraphs: depends on nothing here.
            config NEXT
            	bool
            """);
        KconfigSymbol symbol = tree.Find("EXT4")!;
        KconfigDefinition definition = Assert.Single(symbol.Definitions);
        Assert.Equal(KconfigType.Tristate, symbol.Type);
        Assert.Equal("The file system", definition.Prompt);
        Assert.Equal("EXPERT", definition.PromptCondition!.ToString());
        Assert.Equal("BLOCK && !TINY", definition.DependsOn!.ToString());
        Assert.Equal("CRC16", Assert.Single(definition.Selects).Value);
        Assert.Equal("FAST", Assert.Single(definition.Implies).Condition!.ToString());
        Assert.Equal("Says what it is.\n\nIn two paragraphs: depends on nothing here.", definition.Help);
        Assert.Equal("EXT4", Assert.Single(tree.SelectorsOf("CRC16")).Selector);
        Assert.False(tree.Find("NEXT")!.HasPrompt);
    }

    [Fact]
    public void Read_MenusIfsAndChoices_PassTheirConditionsDown()
    {
        KconfigTree tree = Read("""
            menu "Outer"
            	depends on A
            comment "only a remark"
            	depends on REMARK
            if B || C
            choice
            	prompt "Which"
            	depends on D
            	default TWO
            config ONE
            	bool "one"
            config TWO
            	bool "two"
            	depends on E
            endchoice
            endif
            endmenu
            config OUTSIDE
            	bool "outside"
            """);
        KconfigDefinition two = Assert.Single(tree.Find("TWO")!.Definitions);
        Assert.Equal("A && (B || C) && D && E", two.DependsOn!.ToString());
        Assert.Equal("Which", two.Choice!.Prompt);
        Assert.Equal(["ONE", "TWO"], two.Choice.Members);
        Assert.Null(Assert.Single(tree.Find("OUTSIDE")!.Definitions).DependsOn);
    }

    [Fact]
    public void Read_SourcedFiles_AreOfTheArchitectureAndKeepTheirPlace()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["arch/x86"]);
        File.WriteAllText(folder["Kconfig"], "MACRO := $(shell,true)\nif TOP\nsource \"arch/$(SRCARCH)/Kconfig\"\nendif\n");
        File.WriteAllText(folder["arch/x86/Kconfig"], "# a comment\n\nconfig X86\n\tdef_bool y if $(cc-option,-m64)\n");
        KconfigDefinition definition = Assert.Single(KconfigReader.Read(folder.Path, "x86").Find("X86")!.Definitions);
        Assert.Equal(("arch/x86/Kconfig", 3), (definition.File, definition.Line));
        Assert.Equal("TOP", definition.DependsOn!.ToString());
    }

    [Theory]
    [InlineData("config A\n\tbool \"never closed\n", "Kconfig:2: a quoted text has no end")]
    [InlineData("config A\n\tdepends on B &&\n", "Kconfig:2: a condition ends too early")]
    [InlineData("endmenu\n", "'endmenu' closes nothing")]
    [InlineData("source \"../outside\"\n", "it lies outside")]
    [InlineData("source \"missing\"\n", "it is not there")]
    [InlineData("source \"Kconfig\"\n", "files take each other in")]
    public void Read_Damage_IsAnErrorWithItsPlace(string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<StrataException>(() => Read(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Read_NestingWithoutEnd_IsBounded() =>
        Assert.Contains("nests deeper", Assert.Throws<StrataException>(() => Read("config A\n\tdepends on " + new string('(', 5000) + "\n")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("A", Tristate.Yes)]
    [InlineData("M", Tristate.Module)]
    [InlineData("!M", Tristate.Module)]
    [InlineData("A && M", Tristate.Module)]
    [InlineData("ABSENT || M", Tristate.Module)]
    [InlineData("A && !ABSENT", Tristate.Yes)]
    [InlineData("NUMBER >= 64 && NUMBER < 0x41", Tristate.Yes)]
    [InlineData("NAME = \"tree\"", Tristate.Yes)]
    [InlineData("M = m", Tristate.Yes)]
    [InlineData("A != n && (ABSENT || $(cc-option,-x))", Tristate.Yes)]
    public void Evaluate_FollowsTheRulesOfMenuDependencies(string condition, Tristate expected)
    {
        Dictionary<string, string> values = new() { ["A"] = "y", ["M"] = "m", ["NUMBER"] = "64", ["NAME"] = "tree" };
        Assert.Equal(expected, ConditionOf(condition).Evaluate(values.GetValueOrDefault));
    }

    // kconfig-language.rst, "Menu dependencies", items 3 and 4, and expr_calc_value: each comparison on both sides of its edge
    [Theory]
    [InlineData("=", false, true, false)]
    [InlineData("!=", true, false, true)]
    [InlineData("<", true, false, false)]
    [InlineData("<=", true, true, false)]
    [InlineData(">", false, false, true)]
    [InlineData(">=", false, true, true)]
    public void Evaluate_Comparison_HoldsOnTheRightSideOfItsEdge(string comparison, bool below, bool at, bool above)
    {
        Dictionary<string, string> values = new() { ["SIXTEEN"] = "16", ["HEX"] = "0x10", ["MINUS"] = "-1", ["NAME"] = "b", ["M"] = "m" };
        (string Left, string Right, bool Expected)[] cases =
        [
            ("SIXTEEN", "17", below), ("SIXTEEN", "16", at), ("SIXTEEN", "9", above), // as texts '16' stands before '9'
            ("SIXTEEN", "0x11", below), ("SIXTEEN", "HEX", at), ("HEX", "15", above),
            ("MINUS", "0", below), ("MINUS", "-1", at), ("MINUS", "-2", above),
            ("NAME", "\"c\"", below), ("NAME", "\"b\"", at), ("NAME", "\"a\"", above),
            ("M", "y", below), ("M", "m", at), ("M", "\"a\"", above),
            ("ABSENT", "y", below), ("ABSENT", "n", at), ("ABSENT", "m", above), // a symbol without a value is n
        ];
        foreach ((string left, string right, bool expected) in cases)
        {
            string condition = $"{left} {comparison} {right}";
            Assert.True((expected ? Tristate.Yes : Tristate.No) == ConditionOf(condition).Evaluate(values.GetValueOrDefault), condition);
        }
    }

    [Theory]
    [InlineData("n m y", "&&", "n n n n m m n m y")]
    [InlineData("n m y", "||", "n m y m m y y y y")]
    public void Evaluate_TwoConditions_GiveTheLesserOrTheGreater(string all, string both, string expected)
    {
        string[] values = all.Split(' ');
        KconfigExpression parsed = ConditionOf($"A {both} B");
        string[] results =
        [
            .. from left in values
               from right in values
               let given = new Dictionary<string, string> { ["A"] = left, ["B"] = right }
               select parsed.Evaluate(given.GetValueOrDefault) switch { Tristate.Yes => "y", Tristate.Module => "m", _ => "n" },
        ];
        Assert.Equal(expected, string.Join(' ', results));
    }

    private static KconfigExpression ConditionOf(string text) =>
        Assert.Single(Read($"config T\n\tbool\n\tdepends on {text}\n").Find("T")!.Definitions).DependsOn!;

    internal static KconfigTree Read(string text)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["Kconfig"], text);
        return KconfigReader.Read(folder.Path, "x86");
    }
}
