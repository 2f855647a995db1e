using Strata.Cli.Output;
using Strata.Core.Progress;

namespace Strata.Cli.Tests;

/// <summary>Lines of help, progress and errors.</summary>
public class OutputTests
{
    [Theory]
    [InlineData("short", 20, "short")]
    [InlineData("one two three four", 18, "one two three four")]
    [InlineData("one two three four", 17, "one two three|    four")]
    [InlineData("one two three four", 12, "one two|    three|    four")]
    [InlineData("one two three four", 13, "one two three|    four")]
    [InlineData("  name   what it is and more", 20, "  name   what it is|         and more")]
    [InlineData("  name   what it is and more", 19, "  name   what it is|         and more")]
    [InlineData("  name   what it is and more", 18, "  name   what it|         is and|         more")]
    [InlineData("verylongwordthatdoesnotfit and", 10, "verylongwordthatdoesnotfit|    and")]
    [InlineData("verylongwordthatdoesnotfit", 10, "verylongwordthatdoesnotfit")]
    [InlineData("", 10, "")]
    public void Fold_Line_BreaksAtBlanks(string line, int width, string folded) => Assert.Equal(folded, string.Join('|', HelpText.Fold(line,
        width)));

    [Fact]
    public void PlainProgress_Says_EachOnce()
    {
        using StringWriter said = new();
        PlainProgress progress = new(said);
        using (IProgressTask task = progress.Begin("reading"))
        {
            task.Advance(5);
        }
        progress.Begin("none", 0).Dispose();
        progress.Begin("files", 3).Dispose();
        progress.Begin("bytes", 2048, ProgressUnit.Bytes).Dispose();
        progress.Note("a note");
        progress.Warn("a warning");
        Assert.Equal("reading\nnone\nfiles (3)\nbytes (2.00 KiB)\na note\nwarning: a warning\n", said.ToString());
    }

    [Fact]
    public void RecordedWarnings_Same_IsSaidOnceAndRepeatedWithAnError()
    {
        using StringWriter said = new();
        RecordedWarnings progress = new(new PlainProgress(said));
        string[] warnings = [.. Enumerable.Range(0, 6).Select(i => $"{Guid.NewGuid()} {i}")];
        foreach (string warning in warnings.Append(warnings[0]))
        {
            progress.Warn(warning);
        }
        progress.Note("noted");
        progress.Begin("begun").Dispose();
        Assert.Equal([.. warnings.Select(w => "warning: " + w), "noted", "begun"], said.ToString().TrimEnd('\n').Split('\n'));
        Assert.Equal(warnings, RecordedWarnings.All.TakeLast(6));
        string[] error = Desk.Caught(() => Terminal.Error($"it failed: {warnings[3]}", "do this")).Said;
        Assert.Equal([$"error: it failed: {warnings[3]}", "hint:  do this"], error[..2]);
        Assert.Equal(5, error[2..].Length);
        Assert.Equal([.. warnings.Where(w => w != warnings[3]).Select(w => "       warned before: " + w)], error[2..]);
        Assert.DoesNotContain(Desk.Caught(() => Terminal.Error("it failed", null)).Said, l => l.StartsWith("hint",
            StringComparison.Ordinal));
    }

    [Fact]
    public void LiveProgress_Notes_StandAlone()
    {
        using StringWriter said = new();
        using (LiveProgress progress = new(said))
        {
            progress.Begin("short", 5).Dispose();
            progress.Note("a note");
            progress.Warn("a warning");
        }
        Assert.Equal("a note\n\u001b[33mwarning:\u001b[0m a warning\n", said.ToString());
    }
}
