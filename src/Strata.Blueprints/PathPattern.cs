using System.Text;
using System.Text.RegularExpressions;
using Strata.Core;

namespace Strata.Blueprints;

/// <summary>Names paths of a guest: <c>?</c> one character, <c>*</c> any within a component, <c>**</c> any across components.</summary>
/// <remarks>A pattern that ends in <c>/</c> names everything below that directory. Matching takes linear time.</remarks>
public sealed class PathPattern
{
    private const string Everything = "**";

    private readonly string _start; // what stands before the first '*' or '?'
    private readonly Regex? _regex; // null when nothing stands behind the start, or everything

    private PathPattern(string text, string start, Regex? regex) => (Text, _start, _regex) = (text, start, regex);

    /// <summary>As written.</summary>
    public string Text { get; }

    /// <summary>True when it names one path and nothing else.</summary>
    public bool IsLiteral => _start.Length == Text.Length && !Text.EndsWith('/');

    /// <summary>Reads a pattern; <paramref name="problem"/> says what is wrong with it.</summary>
    public static PathPattern? TryParse(string text, out string? problem)
    {
        ArgumentNullException.ThrowIfNull(text);
        string whole = text.EndsWith('/') ? text + Everything : text;
        if (!GuestPath.TryParse(whole, out _, out problem))
        {
            return null;
        }
        try
        {
            int wild = whole.AsSpan().IndexOfAny('*', '?');
            bool isPlain = wild < 0 || whole[wild..] == Everything; // the most, and an expression takes long to make
            return new PathPattern(text, wild < 0 ? whole : whole[..wild], isPlain ? null : ToRegex(whole));
        }
        catch (NotSupportedException) // the framework bounds what matching in linear time costs beforehand; no path of a guest comes near
        {
            problem = $"with '*' or '?' in it, {text.Length} characters are too many";
            return null;
        }
    }

    /// <summary>Reads a pattern.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static PathPattern Parse(string text) => TryParse(text, out string? problem) ?? throw new FormatException($"'{text}' is no path pattern: {problem}");

    /// <summary>True when the pattern names this path.</summary>
    public bool Matches(GuestPath path)
    {
        string value = path.ToString();
        return IsLiteral ? string.Equals(value, Text, StringComparison.Ordinal)
            : value.StartsWith(_start, StringComparison.Ordinal) && _regex?.IsMatch(value) != false; // almost all end at the start
    }

    /// <inheritdoc/>
    public override string ToString() => Text;

    private static Regex ToRegex(string text)
    {
        StringBuilder regex = new(@"\A");
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '*' && i + 1 < text.Length && text[i + 1] == '*')
            {
                regex.Append(".*");
                i++;
            }
            else
            {
                regex.Append(text[i] switch
                {
                    '*' => "[^/]*",
                    '?' => "[^/]",
                    char c => Regex.Escape(c.ToString()),
                });
            }
        }
        return new Regex(regex.Append(@"\z").ToString(), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.Singleline);
    }
}
