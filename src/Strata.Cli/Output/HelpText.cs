namespace Strata.Cli.Output;

/// <summary>How wide help is, and how a line of it is folded.</summary>
internal static class HelpText
{
    private const int UsualWidth = 80;
    private const int LeastWidth = 40; // below it nothing reads well: let the terminal break lines

    /// <summary>Columns that help has: those of the terminal, and 80 in a file or a pipe.</summary>
    public static int Width =>
        Terminal.IsInteractive && Console.WindowWidth > 0 ? Math.Max(LeastWidth, Console.WindowWidth) : UsualWidth;

    /// <summary>
    /// Breaks a line at blanks. What follows is indented as far as the second column, or by four more where there is
    /// none.
    /// </summary>
    /// <param name="line">A line; two blanks or more after its first word begin a second column.</param>
    /// <param name="width">Columns. A word that is longer stands alone on a line that is too long.</param>
    public static IEnumerable<string> Fold(string line, int width)
    {
        int start = line.Length - line.TrimStart(' ').Length;
        int gap = line.IndexOf("  ", start, StringComparison.Ordinal);
        int indent = gap < 0 ? start + 4 : line.Length - line[gap..].TrimStart(' ').Length;
        while (line.Length > width)
        {
            int first = Math.Max(indent, line.Length - line.TrimStart(' ').Length) + 1;
            int cut = line.LastIndexOf(' ', width, width - Math.Min(first, width));
            cut = cut > 0 ? cut : line.IndexOf(' ', Math.Min(first, line.Length));
            if (cut < 0)
            {
                break;
            }
            yield return line[..cut].TrimEnd(' ');
            line = new string(' ', indent) + line[(cut + 1)..].TrimStart(' ');
        }
        yield return line;
    }
}
