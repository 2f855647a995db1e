namespace Strata.Blueprints.Tests;

/// <summary>Words of boot loaders and numbers of accounts, at their edges.</summary>
public class WordEdgeTests
{
    [Theory]
    [InlineData("quiet", null)]
    [InlineData("", null)]
    [InlineData("a ~!", null)]
    [InlineData("a\tb", "not printable")]
    [InlineData("a\u001fb", "not printable")]
    [InlineData("a\u007fb", "not printable")]
    [InlineData("ä", "not printable")]
    [InlineData("initrd=x", "names a file")]
    [InlineData("quiet initrd= x", "names a file")]
    [InlineData("myinitrd=x", null)]
    [InlineData("initrd x", null)]
    [InlineData("Initrd=x", null)]
    [InlineData("-", "alone")]
    [InlineData("  -  ", "alone")]
    [InlineData("- a", null)]
    [InlineData("--", null)]
    public void ProblemOf_Words_AreThoseThatEveryLoaderPassesOn(string text, string? problem) => Check(KernelCommandLine.ProblemOf(text),
        problem);

    [Fact]
    public void ProblemOf_Length_LastAllowedAndFirstRefused()
    {
        Check(KernelCommandLine.ProblemOf(new string('a', 1990)), null);
        Check(KernelCommandLine.ProblemOf(new string('a', 1991)), "1991 characters");
    }

    [Theory]
    [InlineData("a;b", null)] // within a word it is an ordinary character
    [InlineData("a ; b", "at ';'")]
    [InlineData("a || b", "at '||'")]
    [InlineData("a && b", "at '&&'")]
    [InlineData("a & b", null)]
    [InlineData("a#b", null)]
    [InlineData("a #b", "'#b'")]
    [InlineData("a $b {c}", null)]
    [InlineData("a=${b}", "'${…}'")]
    [InlineData("a\\b", null)]
    [InlineData("a\\", "'\\'")]
    [InlineData("a  b", null)] // blanks between words are one to the kernel too
    [InlineData("a=\"b  c\"", "one blank of several")]
    [InlineData("a=\"b c\"  d=\"e\"", null)]
    [InlineData("a=\"b c", null)]
    [InlineData("a=\"b  c", "one blank of several")]
    public void ProblemInIpxe_Words_MeanNothingToItsShell(string text, string? problem) => Check(KernelCommandLine.ProblemInIpxe(text),
        problem);

    [Theory]
    [InlineData("0", 0)]
    [InlineData("65534", 65534)]
    [InlineData("65535", null)]
    [InlineData("-1", null)]
    [InlineData("+1", null)]
    [InlineData(" 1", null)]
    [InlineData("root", null)]
    [InlineData("", null)]
    public void TryNumber_OfAnAccount_HasItsRange(string text, int? expected) => Assert.Equal(expected, OwnerNames.TryNumber(text));

    private static void Check(string? found, string? problem)
    {
        Assert.Equal(problem is null, found is null);
        Assert.Contains(problem ?? "", found ?? "", StringComparison.Ordinal);
    }
}
