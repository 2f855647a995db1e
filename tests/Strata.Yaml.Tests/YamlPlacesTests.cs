namespace Strata.Yaml.Tests;

/// <summary>Where a mistake is said to be, in which order, and how deep and long a file may be.</summary>
public class YamlPlacesTests
{
    [Fact]
    public void Faults_OfAnyOrder_AreToldByFileLineAndColumn()
    {
        FaultList faults = new();
        (string File, int Line, int Column, string Message)[] places =
        [
            ("b", 1, 1, "first of b"), ("a", 2, 1, "later line"), ("a", 1, 9, "later column"), ("a", 1, 2, "found first"), ("a", 1, 2,
                "found second"),
            ("a", 1, 1, "top"), ("a", 10, 1, "line ten"), ("--set", 0, 0, "an option"),
        ];
        foreach ((string file, int line, int column, string message) in places)
        {
            faults.Add(new Fault(file, line, column, message));
        }
        Assert.Equal(
            [
                "--set: an option", "a:1:1: top", "a:1:2: found first", "a:1:2: found second", "a:1:9: later column", "a:2:1: later line",
                "a:10:1: line ten", "b:1:1: first of b",
            ],
            faults.Faults.Select(f => f.ToString()));
        Assert.True(faults.Any);
        Assert.False(new FaultList().Any);
        Strata.Core.StrataException e = Assert.Throws<Strata.Core.StrataException>(() => faults.ThrowIfAny("it"));
        Assert.StartsWith("cannot read it: 8 mistakes\n  --set: an option\n  a:1:1: top\n", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AddFrom_SaysThatAllBehindIsWrong_AndAddDoesNot()
    {
        FaultList faults = new();
        YamlScalar at = new("x.yaml", 3, 4, "e", IsPlain: true);
        faults.Add(at, "this one");
        faults.AddFrom(at, "from here");
        Assert.Equal(["x.yaml:3:4: this one", "x.yaml:3:4: from here"], faults.Faults.Select(f => f.ToString()));
        Assert.Equal([false, true], faults.Faults.Select(f => f.IsOfAllBehind));
    }

    /// <summary>The value at the top is level 1; keys and values lie one below what holds them.</summary>
    [Theory]
    [InlineData("a", 1, true)]
    [InlineData("[a]", 1, false)]
    [InlineData("[]", 1, true)]
    [InlineData("[a]", 2, true)]
    [InlineData("[[a]]", 2, false)]
    [InlineData("[[a]]", 3, true)]
    [InlineData("{a: b}", 1, false)]
    [InlineData("{a: b}", 2, true)]
    [InlineData("{a: {b: c}}", 2, false)]
    [InlineData("{a: {b: c}}", 3, true)]
    [InlineData("{a: [{b: [c]}]}", 4, false)]
    [InlineData("{a: [{b: [c]}]}", 5, true)]
    public void ParseValue_AtItsDepth_IsReadAndOneDeeperIsNot(string text, int most, bool isRead)
    {
        FaultList faults = new();
        YamlValue? value = YamlFile.ParseValue(text, "x.yaml", faults, new YamlLimits(100, most));
        Assert.Equal(isRead, value is not null);
        Assert.Equal(isRead ? [] : [$"values are nested deeper than {most}"], faults.Faults.Select(f => f.Message));
    }

    [Fact]
    public void Standard_Limits_Are33LevelsAndAMebiCharacter()
    {
        FaultList faults = new();
        Assert.NotNull(YamlFile.Parse("a: " + new string('[', 32) + new string(']', 32), "x.yaml", faults));
        Assert.Empty(faults.Faults);
        Assert.Null(YamlFile.Parse("a: " + new string('[', 33) + "b" + new string(']', 33), "x.yaml", faults));
        Assert.Equal("x.yaml:1:36: values are nested deeper than 33", Assert.Single(faults.Faults).ToString());

        FaultList lengths = new();
        string most = "a: 1\n#" + new string('x', (1 << 20) - 6);
        Assert.NotNull(YamlFile.Parse(most, "x.yaml", lengths));
        Assert.Empty(lengths.Faults);
        Assert.Null(YamlFile.Parse(most + "x", "x.yaml", lengths));
        Assert.Equal("x.yaml:1:1: the file has 1048577 characters, allowed 1048576", Assert.Single(lengths.Faults).ToString());
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            File.WriteAllText(path, most);
            Assert.NotNull(YamlFile.Load(path, "x.yaml", new FaultList()));
            File.WriteAllText(path, most + "x");
            Strata.Core.StrataException e = Assert.Throws<Strata.Core.StrataException>(() => YamlFile.Load(path, "x.yaml",
                new FaultList()));
            Assert.Equal("cannot read x.yaml: it has 1048577 bytes, at most 1048576 are allowed", e.Message);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>Whatever is refused leaves no value at all, also when it is read to its end.</summary>
    [Theory]
    [InlineData("a: &x 1\nb: 2\n", "x.yaml:1:4: anchors and aliases are not allowed; write the value out")]
    [InlineData("a: !!str 1\n", "x.yaml:1:4: tags are not allowed")]
    [InlineData("b: 1\n? {c: d}\n: 1\n", "x.yaml:2:3: a key is a mapping, expected a text")]
    [InlineData("a: 1\n---\nb: 2\n", "x.yaml:2:1: a second document starts here, allowed is one")]
    [InlineData("a: \"\n", "x.yaml:1:4: this is no YAML: ")]
    [InlineData("a: \"\\q\"\n", "x.yaml:1:")]
    [InlineData("a: 1\nb: {c: 1\n", "x.yaml:")]
    public void Parse_OfWhatIsRefused_GivesNothing(string text, string start)
    {
        FaultList faults = new();
        Assert.Null(YamlFile.Parse(text, "x.yaml", faults));
        Fault fault = Assert.Single(faults.Faults);
        Assert.StartsWith(start, fault.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("(Line", fault.Message, StringComparison.Ordinal); // the place stands before the message, once
        Assert.False(fault.Message.EndsWith('.'), fault.Message);
        Assert.True(fault.Line >= 1 && fault.Column >= 1);
    }

    [Fact]
    public void Parse_Values_KnowTheirPlacesAndKinds()
    {
        FaultList faults = new();
        YamlMapping mapping = YamlFile.Parse("a: 'q'\nb:\n  - c\n  - {d: e}\nf:\ng: ''\n", "x.yaml", faults)!;
        Assert.Empty(faults.Faults);
        Assert.Equal(
            ["a 1:1 a text 1:4", "b 2:1 a list 3:3", "f 5:1 nothing 5:3", "g 6:1 a text 6:4"],
            mapping.Items.Select(i => $"{i.Key.Text} {i.Key.Line}:{i.Key.Column} {i.Value.Kind} {i.Value.Line}:{i.Value.Column}"));
        YamlSequence list = (YamlSequence)mapping.Items[1].Value;
        Assert.Equal(["a text 3:5", "a mapping 4:5"], list.Items.Select(i => $"{i.Kind} {i.Line}:{i.Column}"));
        Assert.Equal([false, true], new[] { mapping.Items[0].Value, list.Items[0] }.Cast<YamlScalar>().Select(s => s.IsPlain));
    }

    private const string Words = "word: two\nother: ~\nlist: [a, [b], c]\nmap: {x: 1, y: 2}\ntext: t\n";

    /// <summary>Each way to ask for a key of another kind is a fault that says both kinds, and gives what an absent key gives.</summary>
    [Fact]
    public void Keys_OfAnotherKind_AreFaultsThatSayBoth()
    {
        FaultList faults = new();
        MappingReader reader = new(YamlFile.Parse(Words, "x.yaml", faults)!, faults);
        Assert.Equal(["a", "c"], reader.Texts("list").Select(t => t.Text));
        Assert.Empty(reader.List("map"));
        Assert.Empty(reader.Pairs("list"));
        Assert.Null(reader.Mapping("text"));
        Assert.Null(reader.Text("map"));
        Assert.Empty(reader.Texts("text"));
        Assert.Equal(
            [
                "x.yaml:3:7: 'list' is a list; expected a mapping",
                "x.yaml:3:11: an entry of 'list' is a list; expected a text",
                "x.yaml:4:6: 'map' is a mapping; expected a list",
                "x.yaml:4:6: 'map' is a mapping; expected a text",
                "x.yaml:5:7: 'text' is a text; expected a mapping",
                "x.yaml:5:7: 'text' is a text; expected a list",
            ],
            faults.Faults.Select(f => f.ToString()));
        Assert.Equal(["x", "y"], reader.Pairs("map").Select(p => p.Key.Text));
        Assert.Equal("2", reader.Mapping("map")!.Text("y"));
        Assert.Empty(reader.Texts("none"));
        Assert.Empty(reader.Pairs("none"));
        Assert.Null(reader.Mapping("none"));
        Assert.Equal(6, faults.Faults.Count);
    }

    [Theory]
    [InlineData("word", 2, null)]
    [InlineData("none", 1, null)]
    [InlineData("text", 1, "x.yaml:5:7: 'text' is 't'; expected one or two")]
    public void Choice_OfWordsWithValues_IsTheFirstWhenAbsentOrWrong(string key, int expected, string? fault)
    {
        FaultList faults = new();
        MappingReader reader = new(YamlFile.Parse(Words, "x.yaml", faults)!, faults);
        Assert.Equal(expected, reader.Choice(key, ("one", 1), ("two", 2)));
        Assert.Equal(fault is null ? [] : [fault], faults.Faults.Select(f => f.ToString()));
    }

    [Theory]
    [InlineData("word", "two", null)]
    [InlineData("none", "else", null)]
    [InlineData("text", "else", "x.yaml:5:7: 'text' is 't'; expected one or two")]
    public void Choice_OfWords_IsWhatTheCallerSaysWhenAbsentOrWrong(string key, string expected, string? fault)
    {
        FaultList faults = new();
        MappingReader reader = new(YamlFile.Parse(Words, "x.yaml", faults)!, faults);
        Assert.Equal(expected, reader.Choice(key, "else", "one", "two"));
        Assert.Equal(fault is null ? [] : [fault], faults.Faults.Select(f => f.ToString()));
    }

    [Fact]
    public void Done_KeyThatIsNearNone_NamesTheKnownOnesInOrder()
    {
        FaultList faults = new();
        MappingReader reader = new(YamlFile.Parse("zebra: 1\nqqqqqqqq: 2\n", "x.yaml", faults)!, faults);
        reader.Text("zebra");
        reader.Text("apple");
        reader.Done();
        Assert.Equal(["x.yaml:2:1: unknown key 'qqqqqqqq'; known here: apple, zebra"], faults.Faults.Select(f => f.ToString()));
        Assert.Equal(["apple", "zebra"], reader.KnownKeys.Order());
    }
}
