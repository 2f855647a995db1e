using System.Text.RegularExpressions;
using Strata.Core;

namespace Strata.Machines.Serial;

/// <summary>What a line must have: a text in it, or a match of a regular expression.</summary>
public sealed class LinePattern
{
    private readonly Regex? _regex;
    private readonly string _text;

    private LinePattern(string text, Regex? regex)
    {
        _text = text;
        _regex = regex;
    }

    /// <summary>Lines that contain <paramref name="text"/>, compared ordinally.</summary>
    public static LinePattern Text(string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        return new LinePattern(text, null);
    }

    /// <summary>
    /// Lines in which <paramref name="pattern"/> matches somewhere: .NET syntax without backtracking constructs, so that it always ends
    /// soon.
    /// </summary>
    /// <exception cref="StrataException">It is no such pattern.</exception>
    public static LinePattern Matching(string pattern) => new(pattern, Compile(pattern));

    /// <summary>True when the plain line has it.</summary>
    public bool IsIn(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        return _regex?.IsMatch(line) ?? line.Contains(_text, StringComparison.Ordinal);
    }

    /// <summary>For messages: the text in quotes or the pattern between slashes.</summary>
    public override string ToString() => _regex is null ? $"'{_text}'" : $"/{_text}/";

    /// <summary>A regular expression that cannot take exponential time; <c>^</c> and <c>$</c> stand for ends of lines.</summary>
    internal static Regex Compile(string pattern)
    {
        ArgumentException.ThrowIfNullOrEmpty(pattern);
        try
        {
            return new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.Multiline);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new StrataException(
                $"cannot use '{pattern}' as a regular expression: {e.Message.ReplaceLineEndings(" ")}",
                "Back references and look-around are not available, everything else of .NET's syntax is.",
                e);
        }
    }
}
