using System.Globalization;
using System.Text.RegularExpressions;
using Strata.Testing;

namespace Strata.Boot.Tests.Rescue;

/// <summary>The menu's scripts, texts and keyboard layouts, without a guest.</summary>
public sealed partial class RescueScriptTests
{
    private const int Columns = 79; // of a serial terminal of 80, so that the last one never wraps

    private static readonly string[] s_all = ["rescue-menu", "rescue-wifi", "rescue-licences"];

    private static string Folder => Path.Combine(Repository.Root, "capabilities");

    private static string Menu => Path.Combine(Folder, "rescue-menu");

    [Theory]
    [InlineData("rescue-menu", 80)]
    [InlineData("rescue-wifi", 20)]
    [InlineData("rescue-licences", 0)]
    public void Texts_OfEveryLanguage_HaveTheSameKeysAndPlaces(string capability, int atLeast)
    {
        Dictionary<string, string> english = Texts("en", capability);
        Assert.True(english.Count > atLeast);
        string[] others = [.. Languages(capability).Where(l => l != "en")];
        Assert.Contains("de", others);
        foreach (string language in others)
        {
            Dictionary<string, string> texts = Texts(language, capability);
            Assert.Equal(english.Keys.Order(StringComparer.Ordinal), texts.Keys.Order(StringComparer.Ordinal));
            foreach ((string key, string text) in texts)
            {
                Assert.True(Places(text) == Places(english[key]), $"{language}: {key} has other places than the English one");
                Assert.True(!key.EndsWith("_choices", StringComparison.Ordinal) || text.Split('\n').Length == english[key].Split('\n').Length, $"{language}: {key}");
            }
        }
    }

    [Theory]
    [InlineData("rescue-menu")]
    [InlineData("rescue-wifi")]
    [InlineData("rescue-licences")]
    public void Texts_EveryLine_FitsIntoEightyColumns(string capability)
    {
        foreach (string language in Languages(capability))
        {
            foreach ((string key, string text) in Texts(language, capability))
            {
                foreach (string line in text.Split('\n').Select(l => l.Replace("%s", "12345", StringComparison.Ordinal)))
                {
                    Assert.True(line.Length <= Columns, $"{language}: {key} has a line of {line.Length} columns: {line}");
                }
            }
        }
    }

    [Fact]
    public void FirstScreen_OfEveryLanguage_FitsIntoTwentyFourLines()
    {
        (string Key, string Source)[] entries = [.. s_all.SelectMany(Entries)];
        int rows = (entries.Count(e => char.IsAsciiDigit(e.Key[0])) + 1) / 2;
        foreach (string language in Languages())
        {
            Dictionary<string, string> texts = Texts(language);
            string status = texts["T_status"].Replace("\\n", "\n", StringComparison.Ordinal);
            string letters = string.Concat(
                entries.Where(e => char.IsAsciiLetter(e.Key[0])).Select(e => $"  {e.Key} {Titles(e.Source)[language]}"));
            Assert.True(letters.Length <= Columns, $"{language}: {letters}");
            string[] others =
                [texts["T_head"], status, texts["T_status_firmware"], texts["T_status_memory"], "", "", letters, texts["T_prompt"]];
            Assert.True(string.Join('\n', others).Split('\n').Length + rows <= 24, language);
        }
    }

    [Theory]
    [InlineData("rescue-menu", 17)]
    [InlineData("rescue-wifi", 1)]
    [InlineData("rescue-licences", 1)]
    public void Entries_OfACapability_HaveATitleInEveryLanguage(string capability, int count)
    {
        (string Key, string Source)[] entries = [.. Entries(capability)];
        Assert.Equal(count, entries.Length);
        foreach ((_, string source) in entries)
        {
            Assert.Equal("#!/bin/sh", File.ReadLines(Path.Combine(Folder, source)).First());
            Dictionary<string, string> titles = Titles(source);
            Assert.Equal(Languages(capability).Order(StringComparer.Ordinal), titles.Keys.Order(StringComparer.Ordinal));
            Assert.All(titles.Values, t => Assert.InRange(t.Length, 1, 34));
        }
    }

    [Fact]
    public void Entries_OfAllCapabilities_HaveNumbersAndLettersOfTheirOwn()
    {
        string[] keys = [.. s_all.SelectMany(Entries).Select(e => e.Key)];
        Assert.Equal(keys.Length, keys.Distinct().Count());
    }

    // a text says "entry 8": there is one, and it is what the text means
    [Theory]
    [InlineData("rescue-menu", 10)]
    [InlineData("rescue-wifi", 1)]
    public void Texts_ThatNameAnEntry_NameOneThatIsThere(string capability, int atLeast)
    {
        string[] keys = [.. Entries("rescue-menu").Select(e => e.Key)];
        string[]? inEnglish = null;
        foreach (string language in Languages(capability).Order(StringComparer.Ordinal).OrderBy(l => l != "en"))
        {
            string[] named = [.. Texts(language, capability).OrderBy(t => t.Key, StringComparer.Ordinal)
                .SelectMany(t => EntryName().Matches(t.Value).Select(m => $"{t.Key} {m.Groups["key"].Value}"))];
            Assert.True(named.Length >= atLeast, language);
            Assert.All(named, n => Assert.Contains(n.Split(' ')[1], keys));
            inEnglish ??= named;
            Assert.Equal(inEnglish, named); // the same ones in every language
        }
    }

    [Fact]
    public void Keyboards_AtLeastTen_NameKeysAndSymbols()
    {
        string[] files = Directory.GetFiles(Path.Combine(Menu, "keys"));
        Assert.True(files.Length >= 10);
        string capability = File.ReadAllText(Path.Combine(Folder, "rescue-menu.yaml"));
        foreach (string file in files)
        {
            string[] lines = File.ReadAllLines(file);
            Assert.StartsWith("# ", lines[0], StringComparison.Ordinal);
            Assert.Contains($"source: rescue-menu/keys/{Path.GetFileName(file)}}}", capability, StringComparison.Ordinal);
            int[] keys = [.. lines.Skip(1).Select(l => int.Parse(l.Split(' ')[0], CultureInfo.InvariantCulture))];
            Assert.Equal(keys.Length, keys.Distinct().Count());
            Assert.All(keys, k => Assert.InRange(k, 2, 127));
            Assert.All(lines.Skip(1), l => Assert.True(KeyLine().IsMatch(l), $"{file}: {l}"));
        }
    }

    /// <summary>Number or letter of each entry that a capability brings, as one types it, and the script.</summary>
    private static IEnumerable<(string Key, string Source)> Entries(string capability) => EntryFile()
        .Matches(File.ReadAllText(Path.Combine(Folder, capability + ".yaml")))
        .Select(m => (m.Groups["key"].Value, m.Groups["source"].Value));

    private static Dictionary<string, string> Titles(string source) => File.ReadLines(Path.Combine(Folder, source))
        .Skip(1).Select(l => TitleLine().Match(l)).TakeWhile(m => m.Success)
        .ToDictionary(m => m.Groups["language"].Value, m => m.Groups["title"].Value, StringComparer.Ordinal);

    private static IEnumerable<string> Languages(string capability = "rescue-menu") =>
        Directory.GetFiles(Path.Combine(Folder, capability, "texts")).Select(f => Path.GetFileNameWithoutExtension(f));

    private static Dictionary<string, string> Texts(string language, string capability = "rescue-menu") => Assignment()
        .Matches(File.ReadAllText(Path.Combine(Folder, capability, "texts", language + ".sh")))
        .ToDictionary(m => m.Groups["key"].Value, m => m.Groups["text"].Value, StringComparer.Ordinal);

    private static int Places(string text) => text.Split("%s").Length - 1;

    [GeneratedRegex("^(?<key>T_[a-z_]+)=(?<quote>['\"])(?<text>[^'\"]*(?:\"[^'\"]*)*)\\k<quote>$|^(?<key>T_[a-z_]+)=(?<text>[a-z]+)$", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Assignment();

    [GeneratedRegex(@"^  /usr/lib/rescue/menu\.d/(0?(?<key>[1-9][0-9]?)|(?<key>[a-z]))-[a-z]+: \{source: (?<source>\S+), mode: ""0755""\}$",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex EntryFile();

    [GeneratedRegex("^# title\\.(?<language>[a-z]{2})=(?<title>.*)$", RegexOptions.CultureInvariant)]
    private static partial Regex TitleLine();

    [GeneratedRegex("\\b([Ee]ntry|Punkt|letter|Buchstabe)\\s+(?<key>[0-9]+|[a-z]\\b)",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex EntryName();

    [GeneratedRegex(@"^[0-9]+( ([!-~]|U\+[0-9A-F]{4}|dead_(grave|acute|circumflex|tilde|diaeresis))){1,3}$", RegexOptions.CultureInvariant)]
    private static partial Regex KeyLine();
}
