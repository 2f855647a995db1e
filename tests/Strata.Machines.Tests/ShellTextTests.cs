using System.Text;
using Strata.Core;
using Strata.Machines.Serial;
using Strata.Testing;

namespace Strata.Machines.Tests;

/// <summary>What is typed at a shell; the shell of this machine is the judge.</summary>
public class ShellTextTests
{
    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("it's 'so'")]
    [InlineData("'")]
    [InlineData("$a `b` \"c\" \\d !e *")]
    [InlineData("a\tb\t")]
    [InlineData("a\nb\n.")]
    [InlineData("ä€😀")]
    public void Quote_AnyText_IsOneWord(string text) => Assert.Equal($"1<{text}>", Said([ShellText.Quote(text)]));

    // characters of one to four bytes, around the end of a piece
    [Theory]
    [InlineData("a", 700, 1)]
    [InlineData("a", 701, 2)]
    [InlineData("a", 1400, 2)]
    [InlineData("a", 1401, 3)]
    [InlineData("ä", 350, 1)]
    [InlineData("ä", 351, 2)]
    [InlineData("€", 233, 1)]
    [InlineData("€", 234, 2)]
    [InlineData("😀", 175, 1)]
    [InlineData("😀", 176, 2)]
    [InlineData("'", 700, 1)] // as it is typed it is longer
    [InlineData("", 1, 1)]
    public void QuoteInPieces_LongCommand_IsTheSameTogether(string one, int times, int pieces)
    {
        string command = string.Concat(Enumerable.Repeat(one, times));
        IReadOnlyList<string> made = ShellText.QuoteInPieces(command);
        Assert.Equal(pieces, made.Count);
        Assert.Equal($"{pieces}<{command}>", Said(made));
    }

    [Theory]
    [InlineData("a b", "a b")]
    [InlineData("  a b  ", "a b")] // nothing is cut off
    [InlineData("a\nb", "a...")]
    [InlineData("\n a", "a")]
    [InlineData(
        "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff",
        "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff")]
    [InlineData(
        "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffg",
        "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeefffffff...")]
    public void Shorten_Command_IsItsFirstLine(string command, string shown) => Assert.Equal(shown, ShellText.Shorten(command));

    [Theory]
    [InlineData(65536, true)]
    [InlineData(65537, false)]
    public void ThrowIfUntypable_LongCommand_HasALimit(int bytes, bool isAllowed) => Assert.Equal(
        isAllowed, Record.Exception(() => ShellText.ThrowIfUntypable("ä" + new string('a', bytes - 2))) is not StrataException);

    [Theory]
    [InlineData("a\tb\nc", null)]
    [InlineData("a\rb", "character 2 is the control character U+000D")]
    [InlineData("\u001b", "character 1 is the control character U+001B")]
    [InlineData("ab\u007f", "character 3 is the control character U+007F")]
    [InlineData("ab\u0085", "character 3 is the control character U+0085")]
    [InlineData(" \n", "it is empty")]
    public void ThrowIfUntypable_Characters_AreNamed(string command, string? problem)
    {
        string? told = (Record.Exception(() => ShellText.ThrowIfUntypable(command)) as StrataException)?.Message;
        Assert.Equal(problem is null, told is null);
        Assert.EndsWith(problem ?? "", told ?? "", StringComparison.Ordinal);
    }

    // how many words, and what they are one behind the other
    private static string Said(IReadOnlyList<string> words)
    {
        using TemporaryFolder folder = new();
        string script = $"{ShellText.TabVariable}=$(printf '\\t')\nset -- {string.Join(' ', words)}\n"
            + "printf %s \"$#<\"\nfor w in \"$@\"; do printf %s \"$w\"; done\nprintf '>'\n";
        File.WriteAllBytes(folder["script"], new UTF8Encoding(false).GetBytes(script));
        (int exitCode, string output) = Oracle.Run("sh", folder["script"]);
        Assert.Equal(0, exitCode);
        return output;
    }
}
