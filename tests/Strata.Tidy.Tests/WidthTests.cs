using System.Globalization;
using Strata.Testing;

namespace Strata.Tidy.Tests;

/// <summary>
/// Lines fit beside each other on a screen: 140 columns, as <c>.editorconfig</c> says. <c>wide.txt</c> has how many are wider in each file
/// from before there was this test; the numbers may only become smaller.
/// </summary>
public class WidthTests
{
    private const int Columns = 140;
    private const string List = "tests/Strata.Tidy.Tests/wide.txt";

    [Fact]
    public void Lines_FitInto140Columns_OrStandInTheList()
    {
        string[] wide = [.. Repository.Files.Where(f => f.EndsWith(".cs", StringComparison.Ordinal))
            .Select(f => (File: f, Lines: Repository.Read(f).Split('\n').Count(l => l.Length > Columns)))
            .Where(f => f.Lines > 0).OrderBy(f => f.File, StringComparer.Ordinal)
            .Select(f => string.Create(CultureInfo.InvariantCulture, $"{f.Lines} {f.File}"))];
        string[] listed = Repository.Read(List).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (wide.SequenceEqual(listed, StringComparer.Ordinal))
        {
            return;
        }
        string renewed = Path.Combine(Repository.Root, "artifacts/wide.txt");
        File.WriteAllLines(renewed, wide);
        Dictionary<string, int> allowed = listed.Select(l => l.Split(' ')).ToDictionary(
            p => p[1], p => int.Parse(p[0], CultureInfo.InvariantCulture), StringComparer.Ordinal);
        string[] wider = [.. wide.Select(l => l.Split(' '))
            .Where(p => int.Parse(p[0], CultureInfo.InvariantCulture) > allowed.GetValueOrDefault(p[1]))
            .Select(p => $"  {p[1]}: {p[0]} lines are wider than {Columns} columns, {allowed.GetValueOrDefault(p[1])} may be")];
        Assert.Fail(wider.Length > 0
            ? string.Join('\n', ["lines that do not fit:", .. wider])
            : $"there are fewer wide lines than {List} says: cp artifacts/wide.txt {List}");
    }

    /// <summary>C# has no octal numbers, and nobody reads 0x1ED as rwxr-xr-x.</summary>
    [Fact]
    public void Permissions_AreWords() => Assert.Empty(
        from file in Repository.Files
        where file.StartsWith("src/", StringComparison.Ordinal) && file.EndsWith(".cs", StringComparison.Ordinal)
        from line in Repository.Read(file).Split('\n')
        where line.Contains("Permissions = 0x", StringComparison.Ordinal) || line.Contains("0x1ED", StringComparison.Ordinal)
            || line.Contains("0x1A4", StringComparison.Ordinal) || line.Contains("0x1FF,", StringComparison.Ordinal)
        select $"{file}: {line.Trim()}");
}
