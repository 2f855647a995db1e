using Strata.Core;

namespace Strata.Yaml.Tests;

public class MappingReaderTests
{
    [Fact]
    public void Done_SeveralMistakes_AreAllToldWithPlaceAndSuggestion()
    {
        FaultList faults = new();
        YamlMapping mapping = YamlFile.Parse(
            """
            name: 7
            packges: [a]
            mode: 0999
            size: many
            kind: brown
            where: usr/bin
            """, "x.yaml", faults)!;
        MappingReader reader = new(mapping, faults);
        reader.Text("name");
        reader.Texts("packages");
        reader.Mode("mode", 0);
        reader.Size("size");
        reader.Choice("kind", "green", "green", "brawn");
        reader.Path("where");
        reader.Text("needed", required: true);
        reader.Done();
        Assert.Equal(
            [
                "x.yaml:1:1: 'needed' is missing",
                "x.yaml:2:1: unknown key 'packges' (did you mean 'packages'?)",
                "x.yaml:3:7: 'mode' is '0999'; expected octal permissions such as 0755",
                "x.yaml:4:7: 'size' is 'many'; expected a size such as 16 MiB",
                "x.yaml:5:7: 'kind' is 'brown'; expected green or brawn (did you mean 'brawn'?)",
                "x.yaml:6:8: 'usr/bin' is no absolute path: it does not start with '/'",
            ],
            faults.Faults.Select(f => f.ToString()));
    }

    /// <summary>Nothing behind a key is as good as no key; what a person wrote in quotes is a value, were it empty.</summary>
    [Theory]
    [InlineData("other: 1", null)]
    [InlineData("a:", null)]
    [InlineData("a: # a remark", null)]
    [InlineData("a: \"\"", "")]
    [InlineData("a: ''", "")]
    [InlineData("a: ' '", " ")]
    [InlineData("a: ~", "~")]
    [InlineData("a: null", "null")]
    [InlineData("a: |\n  x\n", "x\n")]
    public void Text_OfNothingAndOfEmptyQuotes_AreTwoThings(string text, string? expected)
    {
        FaultList faults = new();
        MappingReader reader = new(YamlFile.Parse(text, "x.yaml", faults)!, faults);
        Assert.Equal(expected, reader.Text("a"));
        Assert.Empty(faults.Faults);
        reader.Text("a", required: true);
        Assert.Equal(expected is null ? ["x.yaml:1:1: 'a' is missing"] : [], faults.Faults.Select(f => f.ToString()));
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("''", "'a' is ''; expected a whole number from -1 to 5")]
    [InlineData("-1", null, -1L)]
    [InlineData("-2", "'a' is '-2'; expected a whole number from -1 to 5")]
    [InlineData("5", null, 5L)]
    [InlineData("+5", null, 5L)]
    [InlineData("6", "'a' is '6'; expected a whole number from -1 to 5")]
    [InlineData("0x1", "'a' is '0x1'; expected a whole number from -1 to 5")]
    [InlineData("1.0", "'a' is '1.0'; expected a whole number from -1 to 5")]
    [InlineData("' 1'", "'a' is ' 1'; expected a whole number from -1 to 5")]
    [InlineData("[1]", "'a' is a list; expected a text")]
    public void Number_AtTheEndsOfItsRange_IsTakenAndNoOther(string value, string? problem, long? expected = null)
    {
        FaultList faults = new();
        MappingReader reader = new(YamlFile.Parse("a: " + value, "x.yaml", faults)!, faults);
        Assert.Equal(expected, reader.Number("a", -1, 5));
        Assert.Equal(problem is null ? [] : [problem], faults.Faults.Select(f => f.Message));
    }

    [Theory]
    [InlineData("0", null)]
    [InlineData("75", null)]
    [InlineData("755", 0x1ED)]
    [InlineData("0755", 0x1ED)]
    [InlineData("00755", 0x1ED)]
    [InlineData("000755", null)]
    [InlineData("7777", 0xFFF)]
    [InlineData("10000", null)]
    [InlineData("0758", null)]
    [InlineData("-755", null)]
    public void Mode_OctalDigits_AreThreeToFive(string value, int? expected)
    {
        FaultList faults = new();
        MappingReader reader = new(YamlFile.Parse("a: " + value, "x.yaml", faults)!, faults);
        Assert.Equal(expected ?? -1, reader.Mode("a", -1));
        Assert.Equal(expected is null ? 1 : 0, faults.Faults.Count);
    }

    [Theory]
    [InlineData("true", true, 0)]
    [InlineData("false", false, 0)]
    [InlineData("", true, 0)]
    [InlineData("''", true, 1)]
    [InlineData("True", true, 1)]
    [InlineData("yes", true, 1)]
    public void Flag_OtherWordsThanTwo_AreFaults(string value, bool expected, int problems)
    {
        FaultList faults = new();
        MappingReader reader = new(YamlFile.Parse("a: " + value, "x.yaml", faults)!, faults);
        Assert.Equal(expected, reader.Flag("a", otherwise: true));
        Assert.Equal(problems, faults.Faults.Count);
    }

    [Theory]
    [InlineData("a: [1, 2", "this is no YAML: ")]
    [InlineData("a: 1\na: 2\n", "x.yaml:2:1: the key 'a' is here twice")]
    [InlineData("a: &x 1\nb: *x\n", "x.yaml:2:4: anchors and aliases are not allowed; write the value out")]
    [InlineData("- 1\n", "expected a mapping at the top, found a list")]
    [InlineData("", "the file is empty")]
    [InlineData("a: !!str 1\n", "x.yaml:1:4: tags are not allowed")]
    [InlineData("[a]: 1\n", "x.yaml:1:1: a key is a list, expected a text")]
    [InlineData("a: \"\\UFFFFFFFF\"\n", "this is no YAML: ")]
    [InlineData("a: 1\n---\nb: 2\n", "x.yaml:2:1: a second document starts here, allowed is one")]
    public void Parse_WhatIsNotSupported_IsAFaultWithAPlace(string text, string expected)
    {
        FaultList faults = new();
        YamlFile.Parse(text, "x.yaml", faults);
        Assert.Contains(faults.Faults, f => f.ToString().Contains(expected, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("a: 1\nb: 2\nc: 3\nd: 4\n\te: 5\n", "x.yaml:5:1: this is no YAML: ")]
    [InlineData("a: 1\nb:\n  - c\n  \t- d\n\te: 5\n", "x.yaml:4:3: this is no YAML: ")]
    [InlineData("a: 1\r\nb:\r\n\tc: 3\r\n", "x.yaml:3:1: this is no YAML: ")]
    [InlineData("a: |\n \ttext\nb:\n\tc: 3\n", "x.yaml:4:1: this is no YAML: ")]
    public void Parse_TabAsIndentation_IsAFaultAtTheTab(string text, string expected)
    {
        FaultList faults = new();
        Assert.Null(YamlFile.Parse(text, "x.yaml", faults));
        Assert.StartsWith(expected, Assert.Single(faults.Faults).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a: 1\nb: 2\n")]
    [InlineData("# comment\r\na: 1\r\nb: 2\r\n")]
    [InlineData("---\na: 1\nb: 2\n")]
    [InlineData("{a: 1, b: 2}")]
    public void Load_ByteOrderMark_IsPassedOver(string text)
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            File.WriteAllText(path, text, new System.Text.UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
            FaultList faults = new();
            YamlMapping mapping = YamlFile.Load(path, "x.yaml", faults)!;
            Assert.Empty(faults.Faults);
            MappingReader reader = new(mapping, faults);
            Assert.Equal("1 2", $"{reader.Text("a")} {reader.Text("b")}");
            reader.Text("c", required: true);
            reader.Done();
            Assert.Equal($"x.yaml:{mapping.Line}:1: 'c' is missing", Assert.Single(faults.Faults).ToString());
            File.WriteAllText(path, text, System.Text.Encoding.Unicode);
            FaultList others = new();
            Assert.Null(YamlFile.Load(path, "x.yaml", others));
            Assert.Equal("x.yaml:1:1: the file is UTF-16, expected UTF-8", Assert.Single(others.Faults).ToString());
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("FFFE61003A00", "the file is UTF-16, expected UTF-8")]
    [InlineData("FEFF0061003A", "the file is UTF-16, expected UTF-8")]
    [InlineData("613A20E4", "the file is not UTF-8")] // Latin-1
    [InlineData("FF", "the file is not UTF-8")]
    [InlineData("613AEDA080", "the file is not UTF-8")] // half a pair of UTF-16
    [InlineData("613A20C3A4", null)]
    [InlineData("EFBBBF613A2031", null)] // with a byte order mark
    public void Read_Bytes_AreUtf8OrAFault(string hex, string? problem)
    {
        FaultList faults = new();
        YamlMapping? mapping = YamlFile.Read(Convert.FromHexString(hex), "x.yaml", faults);
        Assert.Equal(problem is null ? [] : [$"x.yaml:1:1: {problem}"], faults.Faults.Select(f => f.ToString()));
        Assert.Equal(problem is null, mapping is not null);
    }

    [Fact]
    public void ParseValue_LongerThanTheLimit_IsRefusedUnread()
    {
        FaultList faults = new();
        Assert.Null(YamlFile.ParseValue("a: [", "x.yaml", faults, new YamlLimits(3, 16)));
        Assert.Equal("x.yaml:1:1: the file has 4 characters, allowed 3", Assert.Single(faults.Faults).ToString());
    }

    [Fact]
    public void Parse_DeepNesting_IsRefusedQuickly()
    {
        FaultList faults = new();
        YamlFile.Parse("a: " + new string('[', 5000) + new string(']', 5000), "x.yaml", faults);
        Assert.Equal("values are nested deeper than 33", Assert.Single(faults.Faults).Message);
    }

    [Fact]
    public void ThrowIfAny_NamesEverything()
    {
        FaultList faults = new();
        YamlMapping mapping = YamlFile.Parse("colour: red\n", "x.yaml", faults)!;
        new MappingReader(mapping, faults).Done();
        StrataException e = Assert.Throws<StrataException>(() => faults.ThrowIfAny("blueprint x"));
        Assert.StartsWith("cannot read blueprint x: a mistake\n  x.yaml:1:1:", e.Message, StringComparison.Ordinal);
    }
}
