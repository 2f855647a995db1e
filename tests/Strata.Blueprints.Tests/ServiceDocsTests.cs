using Strata.Blueprints.Services;
using Strata.Testing;

namespace Strata.Blueprints.Tests;

/// <summary>The table of words in <c>docs/services.md</c> says what the reader knows.</summary>
public class ServiceDocsTests
{
    [Fact]
    public void Table_Words_HaveTheInitSystemsThatCanDoThem()
    {
        Dictionary<string, string> documented = new(StringComparer.Ordinal);
        foreach (string line in Repository.Read("docs/services.md").Split('\n').SkipWhile(l =>
            !l.StartsWith("| word", StringComparison.Ordinal)))
        {
            string[] cells = line.Split('|');
            if (cells.Length == 6 && cells[1].Contains('`', StringComparison.Ordinal))
            {
                foreach (string word in cells[1].Split(',').Select(w => w.Trim().Trim('`')))
                {
                    documented.Add(word, cells[4].Trim());
                }
            }
            else if (line.Length == 0)
            {
                break;
            }
        }
        Assert.Equal(
            ServiceWord.All.Select(w => $"{w.Name}: {Names(w)}").Order(StringComparer.Ordinal),
            documented.Select(d => $"{d.Key}: {d.Value}").Order(StringComparer.Ordinal));

        static string Names(ServiceWord word) =>
            word.Inits.Count == InitSystemNames.All.Count ? "all" : string.Join(", ", word.Inits.Select(InitSystemNames.Of));
    }
}
