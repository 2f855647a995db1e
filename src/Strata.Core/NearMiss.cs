namespace Strata.Core;

/// <summary>Finds the names a person may have meant.</summary>
public static class NearMiss
{
    /// <summary>
    /// At most <paramref name="most"/> candidates within an edit distance of a third of the word's length (at least 1) or containing it,
    /// nearest first.
    /// </summary>
    public static IReadOnlyList<string> Find(string word, IEnumerable<string> candidates, int most = 3)
    {
        ArgumentException.ThrowIfNullOrEmpty(word);
        ArgumentNullException.ThrowIfNull(candidates);
        int limit = Math.Max(1, word.Length / 3);
        return
        [
            .. candidates
                .Select(c => (Name: c, Distance: Distance(word, c, limit)))
                .Where(c => c.Distance <= limit || (word.Length >= 4 && c.Name.Contains(word, StringComparison.OrdinalIgnoreCase)))
                .OrderBy(c => c.Distance)
                .ThenBy(c => c.Name.Length)
                .ThenBy(c => c.Name, StringComparer.Ordinal)
                .Take(most)
                .Select(c => c.Name),
        ];
    }

    /// <summary><c> (did you mean 'network'?)</c>, or nothing.</summary>
    public static string Suggestion(string word, IEnumerable<string> candidates)
    {
        IReadOnlyList<string> near = word.Length == 0 ? [] : Find(word, candidates);
        return near.Count == 0 ? "" : $" (did you mean {string.Join(" or ", near.Select(n => $"'{n}'"))}?)";
    }

    /// <summary>Edit distance with swaps of neighbours (optimal string alignment), or <paramref name="limit"/> + 1 when it is more.</summary>
    private static int Distance(string a, string b, int limit)
    {
        if (Math.Abs(a.Length - b.Length) > limit)
        {
            return limit + 1;
        }
        int[] before = new int[b.Length + 1];
        int[] above = [.. Enumerable.Range(0, b.Length + 1)];
        int[] row = new int[b.Length + 1];
        for (int i = 1; i <= a.Length; i++)
        {
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int cost = char.ToUpperInvariant(a[i - 1]) == char.ToUpperInvariant(b[j - 1]) ? 0 : 1;
                row[j] = Math.Min(Math.Min(above[j] + 1, row[j - 1] + 1), above[j - 1] + cost);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    row[j] = Math.Min(row[j], before[j - 2] + 1);
                }
            }
            (before, above, row) = (above, row, before);
        }
        return above[b.Length];
    }
}
