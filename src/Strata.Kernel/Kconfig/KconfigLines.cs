using Strata.Core;

namespace Strata.Kernel.Kconfig;

/// <summary>A line of a Kconfig file after lines that end in a backslash have been joined.</summary>
/// <param name="Number">Of its first part, from 1.</param>
/// <param name="Indent">Columns of white space before it; a tab reaches the next multiple of 8.</param>
/// <param name="Text">Without white space at either end.</param>
internal readonly record struct KconfigLine(int Number, int Indent, string Text);

/// <summary>Cuts a Kconfig file into logical lines.</summary>
internal static class KconfigLines
{
    private const int LargestFile = 4 << 20;

    /// <summary>Reads a file; empty lines stay, because they matter inside <c>help</c>.</summary>
    /// <exception cref="StrataException">It is missing, or larger than any Kconfig file is.</exception>
    public static List<KconfigLine> Of(string path, string shownAs)
    {
        FileInfo file = new(path);
        if (!file.Exists || file.Length > LargestFile)
        {
            throw new StrataException($"cannot read {shownAs} of the kernel's source: {(file.Exists ? "it is too large" : "it is not there")}");
        }
        string[] raw = File.ReadAllLines(path);
        List<KconfigLine> lines = [];
        for (int i = 0; i < raw.Length; i++)
        {
            int first = i;
            string text = raw[i];
            while (text.EndsWith('\\') && i + 1 < raw.Length)
            {
                text = text[..^1] + " " + raw[++i].Trim();
            }
            lines.Add(new KconfigLine(first + 1, IndentOf(text), text.Trim()));
        }
        return lines;
    }

    private static int IndentOf(string text)
    {
        int column = 0;
        foreach (char c in text)
        {
            if (c == '\t')
            {
                column = (column / 8 * 8) + 8;
            }
            else if (c == ' ')
            {
                column++;
            }
            else
            {
                break;
            }
        }
        return column;
    }
}
