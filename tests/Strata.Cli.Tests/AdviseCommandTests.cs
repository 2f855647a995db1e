using Strata.Advice.Needs;
using Strata.Cli.Commands.Advising;
using Strata.Testing;

namespace Strata.Cli.Tests;

public class AdviseCommandTests
{
    private static readonly SupportSpan s_support = new("trixie", 2028, 2030, "a page", "2026-11-01");

    [Fact]
    public void Lines_Advice_SaysAllOfIt() => Golden.Same("advise", string.Concat(AdviseCommand.Lines(new NeedAdvice(
        [
            new ProposedOffer("one", false, "does one", "strata build one", "has a limit", 64 << 20, 1 << 30, "its page",
                [new ProposedNumber("image", "12.0 MiB"), new ProposedNumber("memory", "40.0 MiB")], "2026-11-02", "numbers.md"),
            new ProposedOffer("two", true, "does two", "strata init two", "has another", null, 2048, "its file", [], null, null),
            new ProposedOffer("three", false, "does three", "strata build three", "has none", null, null, "", [], null, null),
        ],
        [new RefusedOffer("four", ["too large", "too slow"])], ["it needs care"],
        [new ProposedProject("other", "https://x", "it fits better", [new CitedNumber("8 MB", "its page", "2026-10-01")])], s_support))
            .Select(l => l + "\n")));

    [Fact]
    public void Lines_NothingFits_SaysSo() => Assert.Equal(
        [
            "Nothing that is built here fits.",
            "Packages are of trixie, kept until 2028, fewer of them until 2030 (a page, read 2026-11-01).",
        ],
        AdviseCommand.Lines(new NeedAdvice([], [], [], [], s_support)));

    [Theory]
    [InlineData("advise", "cannot advise: it is not said what for")]
    [InlineData("advise --for rescue --memory some", "cannot use 'some' for --memory: expected a size such as 64M or 1 GiB")]
    [InlineData("advise --for rescue --disk -1", "cannot use '-1' for --disk: expected a size such as 64M or 1 GiB")]
    public async Task Main_Nonsense_IsRefusedWithTwo(string line, string problem)
    {
        using Desk desk = new();
        Desk.Outcome outcome = await desk.TypeAsync(line);
        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains(problem, outcome.Errors, StringComparison.Ordinal);
    }
}
