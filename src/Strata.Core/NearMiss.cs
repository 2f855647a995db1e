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
        // in hand: programs of the device have no System.Linq
        List<(string Name, int Distance)> near = [];
        foreach (string candidate in candidates)
        {
            int distance = Distance(word, candidate, limit);
            if (distance <= limit || (word.Length >= 4 && candidate.Contains(word, StringComparison.OrdinalIgnoreCase)))
            {
                near.Add((candidate, distance));
            }
        }
        near.Sort((a, b) => a.Distance != b.Distance ? a.Distance.CompareTo(b.Distance)
            : a.Name.Length != b.Name.Length ? a.Name.Length.CompareTo(b.Name.Length) : string.CompareOrdinal(a.Name, b.Name));
        List<string> names = [];
        for (int i = 0; i < Math.Min(most, near.Count); i++)
        {
            names.Add(near[i].Name);
        }
        return names;
    }

    /// <summary><c> (did you mean 'network'?)</c>, or nothing.</summary>
    public static string Suggestion(string word, IEnumerable<string> candidates)
    {
        ArgumentNullException.ThrowIfNull(word);
        IReadOnlyList<string> near = word.Length == 0 ? [] : Find(word, candidates);
        return near.Count == 0 ? "" : $" (did you mean '{string.Join("' or '", near)}'?)";
    }

    /// <summary>
    /// Edit distance with swaps of neighbours (optimal string alignment), or <paramref name="limit"/> + 1 when it is more.
    /// </summary>
    private static int Distance(string a, string b, int limit)
    {
        if (Math.Abs(a.Length - b.Length) > limit)
        {
            return limit + 1;
        }
        int[] before = new int[b.Length + 1];
        int[] above = new int[b.Length + 1];
        int[] row = new int[b.Length + 1];
        for (int j = 0; j <= b.Length; j++)
        {
            above[j] = j;
        }
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
