using System.Text;
using Strata.Blueprints.Extending;
using Strata.Composition.Tests;
using Strata.Core;
using Strata.Testing;

namespace Strata.Blueprints.Tests;

/// <summary>Names that stand for texts in a blueprint, and whoever gives them their values.</summary>
public class VariablesTests
{
    private const string Start = "edition: e\nversion: \"1\"\nkernel: small\ncapabilities: [a]\n";

    [Theory]
    [InlineData("${site}", "berlin")]
    [InlineData("in ${site}, ${site}!", "in berlin, berlin!")]
    [InlineData("$${site}", "${site}")]
    [InlineData("$site {site} $$ ${site}$", "$site {site} $$ berlin$")]
    [InlineData("${list}", "[a, b]")] // a text, whatever it looks like
    [InlineData("${empty}${site}", "berlin")]
    public void Load_Variables_StandForTheirTexts(string text, string expected)
    {
        using Workbench bench = Made();
        const string Variables = "variables: {site: berlin, list: \"[a, b]\", empty: \"\"}\n"
            + "vex: {CVE-2026-1234: \"${site}${list}${empty}.\"}\n";
        bench.Write("editions/e/edition.yaml", $"{Start}{Variables}title: \"{text}\"\n");
        Assert.Equal(expected, bench.Catalog.Load("e").Edition.Title);
    }

    [Fact]
    public void Load_VariableInEveryKindOfText_HasItsValue()
    {
        using Workbench bench = Made();
        bench.Write("editions/e/edition.yaml", """
            edition: e-${n}
            version: "${n}"
            kernel: ${kernel}
            capabilities: ["${a}"]
            variables: {n: 3, a: a, kernel: small, flag: false, size: 20 MiB}
            package-status: ${flag}
            budget: {image: "${size}", packages: "${n}"}
            files: {/x: {content: "${n}\n"}}
            services: {s: {command: [/bin/s, "${size}"]}}
            """);
        Blueprint blueprint = bench.Catalog.Load("e");
        Assert.Equal("e-3", blueprint.Edition.Name);
        Assert.Equal((ByteSize.FromMiB(20), 3, false),
            (blueprint.Edition.Budgets.Image!.Value, blueprint.Edition.Budgets.Packages!.Value, blueprint.Edition.HasPackageStatus));
        Capability own = blueprint.Capabilities[^1];
        Assert.Equal("3\n", Encoding.UTF8.GetString(own.Files.Single().Bytes.Span));
        Assert.Equal(["/bin/s", "20 MiB"], own.Services.Single().Command);
    }

    [Theory]
    [InlineData("title: ${sit}", "5:8: unknown variable 'sit' (did you mean 'site'?); '$${' writes '${' itself")]
    [InlineData("title: ${HOME}", "5:8: '${HOME}' names no variable; expected such as ${site}, and '$${' writes '${' itself")]
    [InlineData("title: ${site", "5:8: '${site' names no variable")]
    [InlineData("title: ${}", "5:8: '${}' names no variable")]
    [InlineData("files: {/x: {content: \"a\\n${at%% *}\"}}", "5:23: '${at%% *}' names no variable (line 2 of the text)")]
    [InlineData("links: {\"/${site}\": x}", "5:9: '/${site}' is a key, and variables stand in texts only")]
    [InlineData("variables: {Site: x}", "5:13: 'Site' is no name of a variable")]
    [InlineData("variables: {site: {defalt: x}}", "5:20: unknown key 'defalt' (did you mean 'default'?)")]
    [InlineData("variables: {site: [x]}", "5:19: variable 'site' is a list; expected a mapping")]
    [InlineData("variables: {site: }", "5:13: variable 'site' has no value; expected '--set site=…'")]
    [InlineData("variables: {site: {description: Where}}", "5:13: variable 'site' (Where) has no value")]
    [InlineData("variables: {site: x, more: y}", "5:22: variable 'more' is used nowhere; expected '${more}' in a text")]
    [InlineData("variables: {site: \"${other}\"}", "5:19: variable 'site' cannot have this value: it has '${'")]
    [InlineData("variables: {site: \"\\0\"}", "5:19: variable 'site' cannot have this value: it has a control character")]
    [InlineData("variables: {site: {default: x, matches: \"[a\"}}", "5:41: 'matches' is no regular expression that can be used")]
    [InlineData("variables: {site: {default: x, matches: \"a)|(x\"}}", "5:41: 'matches' is no regular expression that can be used")]
    [InlineData("variables: {site: {default: x, matches: \"(x)\\\\1\"}}", "5:41: 'matches' is no regular expression that can be used")]
    [InlineData("variables: {site: {default: ax, matches: a}}", "5:29: variable 'site' cannot be 'ax': ")]
    public void Load_Mistake_IsToldWhereItStands(string words, string expected)
    {
        using Workbench bench = Made();
        string rest = words.StartsWith("variables", StringComparison.Ordinal)
            ? "\ntitle: ${site}" : "\nvariables: {site: x}\ndescription: ${site}";
        bench.Write("editions/e/edition.yaml", $"{Start}{words}{rest}\n");
        Assert.Contains($"editions/e/edition.yaml:{expected}", Assert.Throws<StrataException>(() => bench.Catalog.Load("e")).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "", "default")]
    [InlineData("mid", "", "mid")]
    [InlineData("site", "", "site")]
    [InlineData("site", "file", "file")]
    [InlineData("site", "file set", "set")]
    public void Load_Value_IsThatOfWhoIsNearest(string edition, string given, string expected)
    {
        using Workbench bench = Made();
        bench.Write("editions/e/edition.yaml", Start + "title: ${v}\nvariables: {v: default}\n");
        bench.Write("editions/mid/edition.yaml", "edition: mid\nextends: e\nset: {v: mid}\n");
        bench.Write("editions/site/edition.yaml", "edition: site\nextends: mid\nset: {v: site}\n");
        string file = bench.Write("values.yaml", "v: file\n");
        VariableValues values = VariableValues.Of(
            given.Contains("set", StringComparison.Ordinal) ? ["v=set"] : [], given.Length > 0 ? file : null);
        Assert.Equal(expected, new Catalog([bench.Folder], values).Load(edition.Length > 0 ? edition : "e").Edition.Title);
    }

    [Theory]
    [InlineData("edition: site\nextends: e\nset: {site: x}\n", "site/edition.yaml:3:7: unknown variable 'site'; known here: v")]
    [InlineData("edition: site\nextends: e\nset: {v: }\n",
        "site/edition.yaml:3:10: the value of 'v' is nothing; expected a text, \"\" for an empty one")]
    [InlineData("edition: site\nextends: e\nset: {v: [x]}\n", "site/edition.yaml:3:10: the value of 'v' is a list; expected a text")]
    [InlineData("edition: site\nextends: e\nvariables: {v: x}\n", "site/edition.yaml:3:13: variable 'v' is declared in ")]
    [InlineData("edition: site\nextends: e\nvariables: {w: x}\nset: {w: y}\n",
        "site/edition.yaml:4:7: variable 'w' is declared in this file")]
    [InlineData("edition: site\nextends: e\nset: {v: Berlin}\n", "site/edition.yaml:3:10: variable 'v' (where) cannot be 'Berlin': ")]
    public void Load_SetOfWhoExtends_HasToFit(string site, string expected)
    {
        using Workbench bench = Made();
        bench.Write(
            "editions/e/edition.yaml",
            Start + "title: ${v}\nvariables: {v: {default: x, description: where, matches: \"[a-z]+\"}}\n");
        bench.Write("editions/site/edition.yaml", site);
        Assert.Contains(expected, Assert.Throws<StrataException>(() => bench.Catalog.Load("site")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("v=x", null, null)]
    [InlineData("v=", null, null)]
    [InlineData("v=a=b", null, null)]
    [InlineData("site=x", null, "\n  --set site: unknown variable 'site'; known here: v")]
    [InlineData("vv=x", null, "\n  --set vv: unknown variable 'vv' (did you mean 'v'?)")]
    [InlineData("v=${v}", null, "\n  --set v: variable 'v' cannot have this value: it has '${'")]
    [InlineData("v=\u0007", null, "\n  --set v: variable 'v' cannot have this value: it has a control character")]
    [InlineData("v", null, "cannot set 'v': expected the name of a variable and its value, such as site=berlin")]
    [InlineData("=x", null, "cannot set '=x': expected")]
    [InlineData("v=x v=y", null, "cannot set 'v' twice")]
    [InlineData("", "v: x", null)]
    [InlineData("", "# nothing\nv: 3\n", null)]
    [InlineData("", "v: [x]", "values.yaml:1:4: the value of 'v' is a list; expected a text")]
    [InlineData("", "- v", "values.yaml:1:1: expected a mapping at the top")]
    [InlineData("", "v: x\nsite: y", "values.yaml:2:1: unknown variable 'site'; known here: v")]
    public void Given_Values_AreDeclaredTextsOrAMistake(string settings, string? file, string? problem)
    {
        using Workbench bench = Made();
        bench.Write("editions/e/edition.yaml", Start + "title: a ${v}\nvariables: {v: }\n");
        string? path = file is null ? null : bench.Write("values.yaml", file);
        Exception? e = Record.Exception(() => new Catalog(
            [bench.Folder], VariableValues.Of(settings.Split(' ', StringSplitOptions.RemoveEmptyEntries), path)).Load("e"));
        if (problem is null)
        {
            Assert.Null(e);
            return;
        }
        Assert.Contains(problem, Assert.IsType<StrataException>(e).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Digest_IsOfTheValues_HoweverTheyAreGiven()
    {
        using Workbench bench = Made();
        bench.Write("editions/e/edition.yaml", Start + "title: ${a}${b}\nvariables: {a: x, b: y}\n");
        Sha256Digest usual = Of();
        Assert.Equal(usual, Of("a=x"));
        Assert.Equal(usual, Of("b=y", "a=x"));
        Assert.Equal(4, new HashSet<Sha256Digest> { usual, Of("a=z"), Of("b=z"), Of("a=xy", "b=") }.Count);

        Sha256Digest Of(params string[] settings) => new Catalog([bench.Folder], VariableValues.Of(settings, null)).Load("e").Digest;
    }

    [Fact]
    public void Load_ValuesThatMakeTextsTooLarge_AreRefusedBeforeTheyDo()
    {
        using Workbench bench = Made();
        string uses = string.Concat(Enumerable.Repeat("${v}", 100_000));
        bench.Write(
            "editions/e/edition.yaml",
            $"{Start}variables: {{v: {new string('x', 4096)}}}\nfiles: {{/x: {{content: \"{uses}\"}}}}\n");
        Assert.Contains("texts have more than 1048576 characters", Assert.Throws<StrataException>(() => bench.Catalog.Load("e")).Message,
            StringComparison.Ordinal);
        bench.Write("editions/e/edition.yaml", $"{Start}variables: {{v: {new string('x', 4097)}}}\ntitle: ${{v}}\n");
        Assert.Contains("it has 4097 characters, at most 4096", Assert.Throws<StrataException>(() => bench.Catalog.Load("e")).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("(((a{1,99}){1,99}){1,99})*b", "'matches' is no regular expression that can be used")]
    [InlineData("(a|aa)+(a+)+(a?){30}b", "variable 'v' cannot be 'aaa")]
    public void Load_PatternMadeToTakeForever_IsOverSoon(string pattern, string problem)
    {
        using Workbench bench = Made();
        string value = new('a', 4096);
        bench.Write("editions/e/edition.yaml", $"{Start}title: ${{v}}\nvariables: {{v: {{default: {value}, matches: \"{pattern}\"}}}}\n");
        System.Diagnostics.Stopwatch clock = System.Diagnostics.Stopwatch.StartNew();
        Assert.Contains(problem, Assert.Throws<StrataException>(() => bench.Catalog.Load("e")).Message, StringComparison.Ordinal);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 20);
    }

    /// <summary>What ships as an example, with ten shops instead of two.</summary>
    [Fact]
    public void Load_TenSites_AreTenShortFilesOnOneBase()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["base"]);
        File.WriteAllText(folder["base/edition.yaml"], Repository.Read("examples/sites/base/edition.yaml"));
        string berlin = Repository.Read("examples/sites/berlin/edition.yaml");
        Assert.InRange(berlin.Trim().Split('\n').Length, 3, 5);
        string[] towns = ["berlin", "paris", "rome", "oslo", "bern", "wien", "prag", "riga", "bonn", "kiel"];
        HashSet<Sha256Digest> digests = [];
        foreach (string town in towns)
        {
            Directory.CreateDirectory(folder[town]);
            File.WriteAllText(folder[$"{town}/edition.yaml"], berlin.Replace("berlin", town, StringComparison.Ordinal));
            Blueprint site = new Catalog([Repository.Root]).Load(folder[town]);
            Assert.Equal(($"site-{town}", $"Shop in {town}"), (site.Edition.Name, site.Edition.Title));
            Assert.Equal(["console", "network"], site.Edition.Capabilities.Select(c => c.Name));
            OwnFile motd = site.Capabilities.Single(c => c.Name == "site").Files.Single();
            Assert.Equal($"Willkommen to the shop in {town}.\n", Encoding.UTF8.GetString(motd.Bytes.Span));
            Assert.True(digests.Add(site.Digest));
        }
        Assert.Throws<StrataException>(() => new Catalog([Repository.Root]).Load(folder["base"])); // which shop?
    }

    private static Workbench Made() => new Workbench().Capability("a", "provides: {init-system: busybox}");
}
