namespace Strata.Updates.Trials;

/// <summary>Which of two versions systemd-boot takes for the newer one (UAPI.10, Version Format Specification).</summary>
internal static class EntryVersion
{
    // what stands here decides before what is left of it: '1~rc' is older than '1', '1' than '1-2', '1^3' and '1.1'
    private const string Marks = "-^.";

    /// <summary>Whether a character of a version decides about its order; every other only separates.</summary>
    public static bool IsOfOrder(char c) => char.IsAsciiLetterOrDigit(c) || c == '~' || Marks.Contains(c, StringComparison.Ordinal);

    /// <summary>Below zero when the first is older, above when it is newer, zero when neither is.</summary>
    public static int Compare(string first, string second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        Part a = new(first);
        Part b = new(second);
        while (true)
        {
            a.SkipOthers();
            b.SkipOthers();
            if (a.Is('~') || b.Is('~'))
            {
                if (a.Is('~') != b.Is('~'))
                {
                    return a.Is('~') ? -1 : 1;
                }
                a.At++;
                b.At++;
                continue;
            }
            if (a.IsOver || b.IsOver)
            {
                return b.IsOver.CompareTo(a.IsOver); // what goes on is newer
            }
            if (Mark(ref a, ref b) is int byMark)
            {
                if (byMark != 0)
                {
                    return byMark;
                }
                continue;
            }
            int byText = a.IsDigit || b.IsDigit ? Numbers(ref a, ref b) : Letters(ref a, ref b);
            if (byText != 0)
            {
                return byText;
            }
        }
    }

    /// <summary>Null where neither has a mark; zero where both have the same.</summary>
    private static int? Mark(ref Part a, ref Part b)
    {
        foreach (char mark in Marks)
        {
            if (a.Is(mark) && b.Is(mark))
            {
                a.At++;
                b.At++;
                return 0;
            }
            if (a.Is(mark) || b.Is(mark))
            {
                return a.Is(mark) ? -1 : 1;
            }
        }
        return null;
    }

    private static int Numbers(ref Part a, ref Part b)
    {
        ReadOnlySpan<char> x = a.Take(char.IsAsciiDigit);
        ReadOnlySpan<char> y = b.Take(char.IsAsciiDigit);
        if (x.IsEmpty || y.IsEmpty)
        {
            return x.IsEmpty ? -1 : 1; // a number is newer than letters
        }
        x = x.TrimStart('0');
        y = y.TrimStart('0');
        return x.Length != y.Length ? x.Length.CompareTo(y.Length) : x.SequenceCompareTo(y);
    }

    private static int Letters(ref Part a, ref Part b) =>
        a.Take(char.IsAsciiLetter).SequenceCompareTo(b.Take(char.IsAsciiLetter));

    private ref struct Part(string text)
    {
        public int At;

        public readonly bool IsOver => At == text.Length;

        public readonly bool IsDigit => !IsOver && char.IsAsciiDigit(text[At]);

        public readonly bool Is(char c) => !IsOver && text[At] == c;

        // blanks, underscores and whatever else separate parts and mean nothing
        public void SkipOthers()
        {
            while (!IsOver && !IsOfOrder(text[At]))
            {
                At++;
            }
        }

        public ReadOnlySpan<char> Take(Func<char, bool> isOf)
        {
            int start = At;
            while (!IsOver && isOf(text[At]))
            {
                At++;
            }
            return text.AsSpan(start, At - start);
        }
    }
}
