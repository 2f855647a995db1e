using System.Text;
using Strata.Core;

namespace Strata.Machines.Serial;

/// <summary>Commands as lines one can type at a POSIX shell on a serial line (POSIX.1-2017, Shell Command Language §2.2.2).</summary>
internal static class ShellText
{
    /// <summary>
    /// Bytes of a command typed before the shell has to answer. A terminal in canonical mode takes lines of 4095 bytes at most and
    /// loses what comes
    /// while its buffer is full (N_TTY_BUF_SIZE, drivers/tty/n_tty.c); with its frame a piece stays far below.
    /// </summary>
    public const int PieceBytes = 700;

    /// <summary>Longest command, in UTF-8 bytes.</summary>
    public const int MaximumCommand = 64 * 1024;

    /// <summary>Variable that holds a tab, which a line editor would take for a wish to complete a name.</summary>
    public const string TabVariable = "strata_tab";

    /// <summary>Refuses what cannot be typed.</summary>
    /// <exception cref="StrataException">It is empty, too long, or has a control character other than line feed and tab.</exception>
    public static void ThrowIfUntypable(string command)
    {
        ArgumentNullException.ThrowIfNull(command);
        if (string.IsNullOrWhiteSpace(command))
        {
            throw new StrataException("cannot run a command on the serial line: it is empty");
        }
        int bytes = Encoding.UTF8.GetByteCount(command);
        if (bytes > MaximumCommand)
        {
            throw new StrataException($"cannot run a command on the serial line: it has {bytes} bytes, allowed {MaximumCommand}");
        }
        int bad = command.AsSpan().IndexOfUntypable();
        if (bad >= 0)
        {
            throw new StrataException(
                $"cannot run '{Shorten(command)}' on the serial line: character {bad + 1} is the control character U+{(int)command[bad]:X4}");
        }
    }

    /// <summary>The command as shell words whose concatenation is it, each at most <see cref="PieceBytes"/> before quoting.</summary>
    public static IReadOnlyList<string> QuoteInPieces(string command)
    {
        List<string> pieces = [];
        StringBuilder piece = new();
        int bytes = 0;
        foreach (Rune rune in command.EnumerateRunes())
        {
            if (bytes + rune.Utf8SequenceLength > PieceBytes)
            {
                pieces.Add(Quote(piece.ToString()));
                piece.Clear();
                bytes = 0;
            }
            piece.Append(rune.ToString());
            bytes += rune.Utf8SequenceLength;
        }
        pieces.Add(Quote(piece.ToString()));
        return pieces;
    }

    /// <summary>One word, whatever is in it.</summary>
    public static string Quote(string text) =>
        $"'{text.Replace("'", """'\''""", StringComparison.Ordinal).Replace("\t", $"'\"${TabVariable}\"'", StringComparison.Ordinal)}'";

    /// <summary>For messages: the first line, cut.</summary>
    public static string Shorten(string command)
    {
        ReadOnlySpan<char> whole = command.AsSpan().Trim();
        int lineEnd = whole.IndexOf('\n');
        string line = TerminalText.PlainLine(whole[..Math.Min(lineEnd < 0 ? whole.Length : lineEnd, 200)]);
        return line.Length <= 60 && line.Length == whole.Length ? line : $"{line[..Math.Min(line.Length, 57)]}...";
    }

    private static int IndexOfUntypable(this ReadOnlySpan<char> text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (char.IsControl(text[i]) && text[i] is not ('\n' or '\t'))
            {
                return i;
            }
        }
        return -1;
    }
}
