using System.Text;
using System.Text.RegularExpressions;

namespace Strata.Composition.Scripts.Shell;

/// <summary>Patterns of the shell (XCU 2.13): <c>*</c>, <c>?</c>, <c>[…]</c>, and <c>\</c> before what stands for itself.</summary>
internal static class ShellPattern
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(1);

    /// <summary>The text as a pattern that only it matches.</summary>
    public static string Escape(string text)
    {
        StringBuilder escaped = new();
        foreach (char c in text)
        {
            escaped.Append(c is '*' or '?' or '[' or ']' or '\\' ? "\\" : "").Append(c);
        }
        return escaped.ToString();
    }

    /// <summary>True when the whole text matches.</summary>
    public static bool Matches(string pattern, string text) => Matcher(pattern)(text);

    /// <summary>Tells whether a whole text matches, for whoever asks of several.</summary>
    public static Func<string, bool> Matcher(string pattern)
    {
        if (!pattern.AsSpan().ContainsAny("*?[\\"))
        {
            return text => text == pattern; // nearly all that scripts have behind 'case', and an expression takes long to make
        }
        Regex regex = ToRegex(pattern, ".");
        return regex.IsMatch;
    }

    /// <summary>A pattern of paths, in which nothing but a slash matches a slash.</summary>
    public static Regex OfPaths(string pattern) => ToRegex(pattern, "[^/]");

    private static Regex ToRegex(string pattern, string any)
    {
        StringBuilder regex = new("^");
        for (int i = 0; i < pattern.Length; i++)
        {
            int end = pattern[i] == '[' ? pattern.IndexOf(']', Math.Min(i + 2, pattern.Length)) : -1;
            if (pattern[i] == '\\' && i + 1 < pattern.Length)
            {
                regex.Append(Regex.Escape(pattern[++i].ToString()));
            }
            else if (end > 0)
            {
                string set = pattern[(i + 1)..end];
                regex.Append(set[0] is '!' or '^' ? "[^" : "[")
                    .Append((set[0] is '!' or '^' ? set[1..] : set).Replace("\\", "\\\\", StringComparison.Ordinal)).Append(']');
                i = end;
            }
            else
            {
                regex.Append(pattern[i] switch { '*' => any + "*", '?' => any, char c => Regex.Escape(c.ToString()) });
            }
        }
        return new Regex(regex.Append("\\z").ToString(), RegexOptions.CultureInvariant | RegexOptions.Singleline, s_deadline);
    }
}
