using Strata.Settings.Merging;
using Strata.Settings.Reading;
using Strata.Yaml;

namespace Strata.Settings.Tests;

/// <summary>Words that stand in several files come together.</summary>
public class WordsMergeTests
{
    [Fact]
    public void Over_TextsListsAndMappings_FirstStandsListsUniteKeysJoin()
    {
        YamlMapping whole = WordsMerge.Over(
            Parse("hostname: a\nusers: {anna: {groups: [x, y]}}\nfirewall: {allow: {ssh: }}\nrun-once: {k: {command: [/a]}}"),
            Parse("hostname: b\nlocale: C\nusers: {anna: {groups: [y, z]}, bert: {}}\nfirewall: {allow: {ssh: {on: [lan]}}}\n"
                + "run-once: {k: {command: [/b]}}"));
        Assert.Equal(
            """
            hostname: a
            users:
              anna:
                groups: [x, y, z]
              bert: {}
            firewall:
              allow:
                ssh:
                  on: [lan]
            run-once:
              k:
                command: [/a]
            locale: C

            """, WordsText.Of(whole));
    }

    [Theory]
    [InlineData("hostname: a", "hostname: b", "", "two:1:11: capability 'two' says 'hostname' otherwise than one:1:11")]
    [InlineData("hostname: a", "hostname: a", "", "")]
    [InlineData("hostname: a", "hostname: b", "hostname: c", "")]
    [InlineData("users: {u: {shell: /a}}", "users: {u: {shell: /b}}", "users: {u: {admin: true}}",
        "'users.u.shell' otherwise than one:1:20")]
    [InlineData("run-once: {k: {command: [/a]}}", "run-once: {k: {command: [/b]}}", "", "'run-once.k.command' otherwise")]
    [InlineData("users: {u: {groups: [a]}}", "users: {u: {groups: [b]}}", "", "")]
    [InlineData("users: {u: {password: SECRET}}", "users: {u: {password: OTHER}}", "", "'users.u.password' otherwise")]
    public void Together_TwoThatDiffer_AreAFaultUnlessSomebodyAboveDecides(string one, string two, string above, string expected)
    {
        FaultList faults = new();
        WordsMerge.Together([("capability 'one'", Parse(one, "one")), ("capability 'two'", Parse(two, "two"))],
            above.Length == 0 ? null : Parse(above), faults);
        string told = string.Join('\n', faults.Faults);
        Assert.Equal(expected.Length > 0, faults.Any);
        Assert.Contains(expected, told, StringComparison.Ordinal);
        Assert.DoesNotContain("SECRET", told, StringComparison.Ordinal);
    }

    [Fact]
    public void WordsText_ReadAgain_IsTheSameLessPasswords()
    {
        YamlMapping words = Parse(
            "files: {/a: {content: \"x\\ty\\n\\\"\\u2028'#: \"}}\nusers: {u: {password: $5$x, id: 7}}\n"
            + "sysctl: {a.b: '0010'}\nnetwork: {}\n");
        string text = WordsText.Of(words);
        Assert.DoesNotContain("password", text, StringComparison.Ordinal);
        FaultList faults = new();
        YamlMapping again = YamlFile.Parse(text, "again", faults)!;
        Assert.Empty(faults.Faults);
        Assert.Equal(text, WordsText.Of(again));
        Assert.Equal("x\ty\n\"\u2028'#: ", MachineFile.ReadPart(again, faults).Files[0].Text);
    }

    private static YamlMapping Parse(string text, string file = "m")
    {
        FaultList faults = new();
        YamlMapping mapping = YamlFile.Parse(text, file, faults)!;
        Assert.Empty(faults.Faults);
        return mapping;
    }
}
