namespace Strata.Kernel.Hardware;

/// <summary>The patterns of <c>modules.alias</c>: those of fnmatch(3) without flags, where dashes and underscores are the same (libkmod).</summary>
internal static class AliasPattern
{
    /// <summary>Longest alias or pattern that is looked at; those of devices have some hundred characters.</summary>
    public const int Longest = 4096;

    /// <summary>True when a device's alias is one of a pattern's.</summary>
    /// <param name="pattern"><c>*</c> for any text, <c>?</c> for a character, <c>[0-9a]</c> and <c>[!0]</c> for one of some.</param>
    /// <param name="alias">What the device says.</param>
    /// <remarks>At most as many steps as the product of both lengths, whatever the pattern.</remarks>
    public static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> alias)
    {
        if (pattern.Length > Longest || alias.Length > Longest)
        {
            return false;
        }
        int p = 0;
        int a = 0;
        int star = -1; // the last star; only that one can still take more
        int taken = 0; // where the text after it was tried last
        while (a < alias.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                star = p++;
                taken = a;
            }
            else if (p < pattern.Length && MatchesOne(pattern[p..], alias[a], out int used))
            {
                p += used;
                a++;
            }
            else if (star >= 0)
            {
                p = star + 1;
                a = ++taken;
            }
            else
            {
                return false;
            }
        }
        return pattern[p..].TrimStart('*').IsEmpty;
    }

    private static bool MatchesOne(ReadOnlySpan<char> pattern, char c, out int used)
    {
        used = 1;
        switch (pattern[0])
        {
            case '?':
                return true;
            case '[' when EndOfSet(pattern) is int end and > 0:
                used = end + 1;
                return IsInSet(pattern[1..end], c);
            default:
                return Same(pattern[0], c);
        }
    }

    // a bracket right behind the first one (or behind its '!') is a member; 0 when the set has no end: then '[' is an ordinary character
    private static int EndOfSet(ReadOnlySpan<char> pattern)
    {
        int first = pattern.Length > 1 && pattern[1] is '!' or '^' ? 3 : 2;
        int at = pattern.Length > first ? pattern[first..].IndexOf(']') : -1;
        return at < 0 ? 0 : first + at;
    }

    private static bool IsInSet(ReadOnlySpan<char> set, char c)
    {
        bool isNegated = set[0] is '!' or '^';
        bool found = false;
        for (int i = isNegated ? 1 : 0; i < set.Length; i++)
        {
            if (i + 2 < set.Length && set[i + 1] == '-')
            {
                found |= c >= set[i] && c <= set[i + 2];
                i += 2;
            }
            else
            {
                found |= set[i] == c;
            }
        }
        return found != isNegated;
    }

    private static bool Same(char a, char b) => a == b || (a is '-' or '_' && b is '-' or '_');
}
