using System.Text;
using System.Text.RegularExpressions;

namespace Strata.Machines.Serial;

/// <summary>Text as a terminal would show it, without what only steers the terminal.</summary>
internal static partial class TerminalText
{
    /// <summary>
    /// Removes escape sequences (ECMA-48 §5.4: CSI; xterm: OSC; two-character ones), carriage returns and other control characters but
    /// tabs.
    /// </summary>
    public static string PlainLine(ReadOnlySpan<char> line)
    {
        if (line.IndexOfAnyInRange('\0', '\x1F') < 0 && !line.Contains('\x7F'))
        {
            return line.ToString();
        }
        string text = EscapeSequence().Replace(line.ToString(), "");
        StringBuilder plain = new(text.Length);
        foreach (char c in text)
        {
            if (c == '\t' || !char.IsControl(c))
            {
                plain.Append(c);
            }
        }
        return plain.ToString();
    }

    /// <summary>
    /// Makes every run of carriage returns before a line feed disappear: the terminal driver adds one, some programs another.
    /// </summary>
    public static string NormalizeLineEnds(string text) => CarriageReturns().Replace(text, "\n");

    /// <summary>
    /// Removes kernel messages with a time stamp, also where they begin in the middle of a line that a program was writing.
    /// </summary>
    public static string WithoutKernelMessages(string text) => KernelMessage().Replace(text, "");

    [GeneratedRegex(@"\e(?:\[[0-?]*[ -/]*[@-~]|\][^\a\e]*(?:\a|\e\\)|[ -/]*[0-~])", RegexOptions.CultureInvariant)]
    private static partial Regex EscapeSequence();

    [GeneratedRegex(@"\r+\n", RegexOptions.CultureInvariant)]
    private static partial Regex CarriageReturns();

    [GeneratedRegex(@"(?:<[0-9]{1,3}>)?\[ {0,4}[0-9]{1,8}\.[0-9]{6}\](?:\[[^\]\n]{1,16}\])? [^\n]*\n", RegexOptions.CultureInvariant)]
    private static partial Regex KernelMessage();
}
