using System.Text;
using System.Text.RegularExpressions;

namespace Strata.Composition.Scripts.Commands;

/// <summary>Regular expressions of grep(1) as far as they mean the same in .NET.</summary>
internal static class PosixRegex
{
    /// <summary>The expression; null for one that is not understood.</summary>
    public static Regex? TryParse(string pattern, bool isBasic, bool isFixed, bool isWholeLine, bool ignoresCase, TimeSpan deadline)
    {
        string? body = isFixed ? Regex.Escape(pattern) : Translate(pattern, isBasic);
        RegexOptions options = RegexOptions.CultureInvariant | (ignoresCase ? RegexOptions.IgnoreCase : RegexOptions.None);
        try
        {
            return body is null ? null : new Regex(isWholeLine ? $"^(?:{body})$" : body, options, deadline);
        }
        catch (RegexParseException)
        {
            return null;
        }
    }

    private static string? Translate(string pattern, bool isBasic)
    {
        StringBuilder regex = new();
        for (int i = 0; i < pattern.Length; i++)
        {
            char c = pattern[i];
            if (c == '[')
            {
                int end = EndOfSet(pattern, i);
                if (end < 0)
                {
                    return null;
                }
                string set = pattern[(i + 1)..end].Replace("\\", "\\\\", StringComparison.Ordinal)
                    .Replace("[:space:]", "\\s", StringComparison.Ordinal).Replace("[:blank:]", " \\t", StringComparison.Ordinal)
                    .Replace("[:digit:]", "0-9", StringComparison.Ordinal).Replace("[:alnum:]", "A-Za-z0-9", StringComparison.Ordinal)
                    .Replace("[:alpha:]", "A-Za-z", StringComparison.Ordinal);
                if (set.Contains('[', StringComparison.Ordinal))
                {
                    return null;
                }
                regex.Append('[').Append(set).Append(']');
                i = end;
            }
            else if (c == '\\' && i + 1 < pattern.Length)
            {
                char next = pattern[++i];
                if (isBasic && (next is '(' or ')' or '|' or '+' or '?' or '{' or '}'))
                {
                    regex.Append(next);
                }
                else if (char.IsAsciiLetterOrDigit(next))
                {
                    if (next is not ('s' or 'S' or 'w' or 'W' or 'b' or 'B'))
                    {
                        return null;
                    }
                    regex.Append('\\').Append(next);
                }
                else
                {
                    regex.Append(Regex.Escape(next.ToString()));
                }
            }
            else if (isBasic && (c is '(' or ')' or '|' or '+' or '?' or '{' or '}'))
            {
                regex.Append('\\').Append(c);
            }
            else if (c == '*' && (regex.Length == 0 || (isBasic && i == 1 && pattern[0] == '^'))) // a star with nothing to repeat is one
            {
                regex.Append("\\*");
            }
            else
            {
                regex.Append(c);
            }
        }
        return regex.ToString();
    }

    // the bracket that closes a set: not one that comes first in it, nor that of [:space:]
    private static int EndOfSet(string pattern, int begin)
    {
        int at = begin + 1 + (pattern.AsSpan(begin + 1).StartsWith("^") ? 1 : 0);
        at += at < pattern.Length && pattern[at] == ']' ? 1 : 0;
        while (at < pattern.Length && pattern[at] != ']')
        {
            int end = pattern.AsSpan(at).StartsWith("[:") ? pattern.IndexOf(":]", at + 2, StringComparison.Ordinal) : -1;
            at = end < 0 ? at + 1 : end + 2;
        }
        return at < pattern.Length ? at : -1;
    }
}
