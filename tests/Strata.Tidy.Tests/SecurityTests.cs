using System.Text.RegularExpressions;
using Strata.Testing;

namespace Strata.Tidy.Tests;

/// <summary>docs/security.md and the list of attacks name tests that exist: a row whose test was renamed or taken away proves nothing.</summary>
public partial class SecurityTests
{
    private static readonly string s_tests = string.Join('\n', Repository.Files
        .Where(f => f.StartsWith("tests/", StringComparison.Ordinal) && f.EndsWith(".cs", StringComparison.Ordinal))
        .Select(Repository.Read));

    [Fact]
    public void TestsOfTheSecurityPage_Exist()
    {
        string page = Repository.Read("docs/security.md");
        string[] rows = [.. page.Split('\n').Where(l => l.StartsWith("| ", StringComparison.Ordinal) && l.Count(c => c == '|') == 4)];
        Assert.True(rows.Length > 40, $"{rows.Length} rows");
        IEnumerable<string> names = rows.SelectMany(r => Quoted().Matches(r.Split('|')[3])).Select(m => m.Groups[1].Value.Trim('…', '.'));
        Assert.Empty(names.Where(n => !Exists(n)).Distinct());
        Assert.Empty(rows.Where(r => !r.StartsWith("| threat", StringComparison.Ordinal) && !Quoted().IsMatch(r.Split('|')[3])));
    }

    [Fact]
    public void TestsOfTheListOfAttacks_Exist()
    {
        string[] lines = [.. Repository.Read("tests/attacks.txt").Split('\n').Where(l => l.Length > 0 && l[0] != '#')];
        Assert.NotEmpty(lines);
        Assert.Empty(lines.Where(l => !Exists(l)));
    }

    // a class, a method, or both with a dot between; a part of a method's name will do
    private static bool Exists(string name)
    {
        string[] parts = name.Split('.');
        return parts.All(p => Regex.IsMatch(s_tests, $@"\b(class |void |Task ){Regex.Escape(p)}")) || Regex.IsMatch(s_tests, $@"\b(class|void|Task) \w*{Regex.Escape(name)}");
    }

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();
}
