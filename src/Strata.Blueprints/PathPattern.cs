using Strata.Core;

namespace Strata.Blueprints;

/// <summary>Names paths of a guest: <c>?</c> one character, <c>*</c> any within a component, <c>**</c> any across components.</summary>
/// <remarks>
/// A pattern that ends in <c>/</c> names everything below that directory. Matching takes at most as many steps as path and pattern have
/// characters, multiplied. No <see cref="System.Text.RegularExpressions.Regex"/>: a build asks some ten thousand paths about some dozen
/// patterns, which almost all end at the first characters, and the first expression of a process takes longer than all of them.
/// </remarks>
public sealed class PathPattern
{
    private const string Everything = "**";

    private readonly string _start; // what stands before the first '*' or '?'
    private readonly string _rest;

    private PathPattern(string text, string whole)
    {
        Text = text;
        int wild = whole.AsSpan().IndexOfAny('*', '?');
        (_start, _rest) = wild < 0 ? (whole, "") : (whole[..wild], whole[wild..]);
    }

    /// <summary>As written.</summary>
    public string Text { get; }

    /// <summary>True when it names one path and nothing else.</summary>
    public bool IsLiteral => _rest.Length == 0;

    /// <summary>Reads a pattern; <paramref name="problem"/> says what is wrong with it.</summary>
    public static PathPattern? TryParse(string text, out string? problem)
    {
        ArgumentNullException.ThrowIfNull(text);
        string whole = text.EndsWith('/') ? text + Everything : text;
        return GuestPath.TryParse(whole, out _, out problem) ? new PathPattern(text, whole) : null;
    }

    /// <summary>Reads a pattern.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static PathPattern Parse(string text) => TryParse(text, out string? problem) ?? throw new FormatException($"'{text}' is no path pattern: {problem}");

    /// <summary>True when the pattern names this path.</summary>
    public bool Matches(GuestPath path)
    {
        string value = path.ToString();
        return value.StartsWith(_start, StringComparison.Ordinal)
            && (_rest == Everything || IsMatch(_rest, value.AsSpan(_start.Length)));
    }

    /// <inheritdoc/>
    public override string ToString() => Text;

    private static bool IsMatch(string pattern, ReadOnlySpan<char> text)
    {
        // every place of the pattern that the characters so far can lead to
        bool[] places = new bool[pattern.Length + 1];
        bool[] next = new bool[pattern.Length + 1];
        places[0] = true;
        SkipStars(pattern, places);
        foreach (char c in text)
        {
            Array.Clear(next);
            for (int at = 0; at < pattern.Length; at++)
            {
                int stars = StarsAt(pattern, at);
                if (places[at] && (stars == 2 || (stars == 1 && c != '/')))
                {
                    next[at] = true;
                }
                else if (places[at] && stars == 0 && (pattern[at] == '?' ? c != '/' : c == pattern[at]))
                {
                    next[at + 1] = true;
                }
            }
            SkipStars(pattern, next);
            (places, next) = (next, places);
        }
        return places[pattern.Length];
    }

    // stars may stand for nothing
    private static void SkipStars(string pattern, bool[] places)
    {
        for (int at = 0; at < pattern.Length; at++)
        {
            places[at + StarsAt(pattern, at)] |= places[at];
        }
    }

    private static int StarsAt(string pattern, int at) =>
        pattern[at] != '*' ? 0 : at + 1 < pattern.Length && pattern[at + 1] == '*' ? 2 : 1;
}
