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
        KconfigExpression parsed = Assert.Single(Read($"config T\n\tbool\n\tdepends on {condition}\n").Find("T")!.Definitions).DependsOn!;
        Assert.Equal(expected, parsed.Evaluate(values.GetValueOrDefault));
    }

    internal static KconfigTree Read(string text)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["Kconfig"], text);
        return KconfigReader.Read(folder.Path, "x86");
    }
}
