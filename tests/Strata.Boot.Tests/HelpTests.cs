using Strata.Testing;

namespace Strata.Boot.Tests;

/// <summary>What <c>--help</c> shows, of every command.</summary>
public class HelpTests
{
    private const int Columns = 80; // of a terminal that nobody made larger

    [SkippableFact]
    public void Help_OfEveryCommand_FitsIntoATerminal()
    {
        using TemporaryFolder folder = new();
        List<string> tooLong = [];
        Queue<string[]> commands = new([[]]);
        int seen = 0;
        while (commands.TryDequeue(out string[]? command))
        {
            StrataProgram.Outcome outcome = StrataProgram.Run(folder.Path, [.. command, "--help"]);
            Assert.True(outcome.ExitCode == 0, outcome.All);
            seen++;
            string[] lines = outcome.Output.Split('\n');
            tooLong.AddRange(lines.Where(l => l.Length > Columns).Select(l => $"strata {string.Join(' ', command)}: {l}"));
            foreach (string name in CommandsIn(lines))
            {
                commands.Enqueue([.. command, name]);
            }
        }
        Assert.Empty(tooLong);
        Assert.True(seen > 35, $"only {seen} commands have help");
    }

    [SkippableTheory]
    [InlineData("scam --help", "'scam' is no command of 'strata'", "strata --help")]
    [InlineData("biuld nano -h", "'biuld' is no command of 'strata'", "did you mean 'build'?")]
    [InlineData("kernel bild --help", "'bild' is no command of 'strata kernel'", "did you mean 'build'?")]
    [InlineData("build nano more --help", "'more' is more than 'strata build' takes", "strata build --help")]
    [InlineData("build nano --ofline --help", "'--ofline' is no option of 'strata build'", "did you mean '--offline'?")]
    [InlineData("scam --version", "'scam' is no command of 'strata'", "strata --help")]
    public void Help_OfWhatThereIsNot_IsTheErrorOfThat(string line, string what, string hint)
    {
        using TemporaryFolder folder = new();
        StrataProgram.Outcome outcome = StrataProgram.Run(folder.Path, line.Split(' '));
        Failure.Says(outcome, 2, what, hint);
        Assert.Empty(outcome.Output);
    }

    [SkippableFact]
    public void Help_OfTheProgram_TellsWhatExitCodesMean()
    {
        using TemporaryFolder folder = new();
        string[] lines = StrataProgram.Run(folder.Path, "--help").Output.Split('\n');
        string[] codes = [.. lines.SkipWhile(l => l != "Exit codes:").Skip(1).TakeWhile(l => l.Length > 0)];
        Assert.Equal(["  0", "  1", "  2"], codes.Where(l => l.Length > 2 && char.IsAsciiDigit(l[2])).Select(l => l[..3]));
        // of the program alone: a command's own help ends with its examples
        Assert.DoesNotContain("Exit codes:", StrataProgram.Run(folder.Path, "kernel", "--help").Output, StringComparison.Ordinal);
    }

    private static IEnumerable<string> CommandsIn(string[] lines) => lines
        .SkipWhile(l => l != "Commands:").Skip(1).TakeWhile(l => l.Length > 0)
        .Where(l => l.StartsWith("  ", StringComparison.Ordinal) && l[2] is >= 'a' and <= 'z')
        .Select(l => l.Trim().Split(' ')[0]);
}
