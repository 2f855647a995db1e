using Linq = System.Linq.Enumerable;

namespace Strata.Yaml.Tests;

/// <summary>System.Linq is the judge of what stands in its place on devices.</summary>
public class SequencesTests
{
    public static TheoryData<string> Inputs { get; } = ["", "a", "a,b", "b,a,b,a", "a,bb,ccc,dd", "bb,bb,B,b"];

    [Theory]
    [MemberData(nameof(Inputs))]
    public void EveryMethod_AnyInput_IsAsLinqHasIt(string text)
    {
        string[] items = text.Length == 0 ? [] : text.Split(',');
        Assert.Equal(Linq.Any((IEnumerable<string>)items), Sequences.Any(items));
        Assert.Equal(Linq.FirstOrDefault(items), Sequences.FirstOrDefault(items));
        Assert.Equal(Linq.Select(items, i => i + i), Sequences.Select(items, i => i + i));
        Assert.Equal(Linq.Select(items, (i, n) => $"{i}{n}"), Sequences.Select(items, (i, n) => $"{i}{n}"));
        Assert.Equal(Linq.SelectMany(items, i => i.ToCharArray()), Sequences.SelectMany(items, i => i.ToCharArray()));
        Assert.Equal(Linq.Concat(items, ["x", "y"]), Sequences.Concat(items, ["x", "y"]));
        Assert.Equal(Linq.Distinct(items), Sequences.Distinct(items));
        Assert.Equal(Linq.Order(items, StringComparer.Ordinal), Sequences.Sorted(items));
        Assert.Equal(Linq.OfType<string>((object[])[1, .. items, 'c']), Sequences.OfType<string>((object[])[1, .. items, 'c']));
        for (int count = -1; count <= items.Length + 1; count++)
        {
            Assert.Equal(Linq.Take(items, count), Sequences.Take(items, count));
            Assert.Equal(Linq.Skip(items, count), Sequences.Skip(items, count));
        }
        foreach (string word in (string[])["a", "b", "bb", "A", ""])
        {
            Assert.Equal(Linq.Any(items, i => i == word), Sequences.Any(items, i => i == word));
            Assert.Equal(Linq.All(items, i => i == word), Sequences.All(items, i => i == word));
            Assert.Equal(Linq.Count(items, i => i == word), Sequences.Count(items, i => i == word));
            Assert.Equal(Linq.Where(items, i => i != word), Sequences.Where(items, i => i != word));
            Assert.Equal(Linq.FirstOrDefault(items, i => i != word), Sequences.FirstOrDefault(items, i => i != word));
            Assert.Equal(Linq.Contains(items, word), Sequences.Contains(items, word));
            Assert.Equal(
                Record.Exception(() => Linq.First(items, i => i != word)) is null,
                Record.Exception(() => Sequences.First(items, i => i != word)) is null);
        }
    }

    [Fact]
    public void ToDictionary_TwoOfAKey_IsRefused()
    {
        Assert.Equal(["a", "b"], Sequences.ToDictionary(["a", "b"], i => i, StringComparer.Ordinal).Keys);
        Assert.Equal(["aa", "bb"], Sequences.ToDictionary(["a", "b"], i => i, i => i + i, StringComparer.Ordinal).Values);
        Assert.Throws<ArgumentException>(() => Sequences.ToDictionary(["a", "A"], i => i, StringComparer.OrdinalIgnoreCase));
    }
}
