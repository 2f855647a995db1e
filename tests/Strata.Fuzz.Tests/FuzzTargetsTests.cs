using System.Buffers;
using Strata.Testing;

namespace Strata.Fuzz.Tests;

/// <summary>Every target, with fixed seeds: what leaves a reader, how much it takes, and whether the seeds still reach it.</summary>
public class FuzzTargetsTests
{
    public static TheoryData<string> Names => [.. FuzzTargets.All.Select(t => t.Name)];

    /// <summary>Those whose seeds are no work of a library of this machine, which others may have in another version.</summary>
    public static TheoryData<string> NamesOfOwnBytes =>
        [.. FuzzTargets.All.Select(t => t.Name).Where(n => !s_packed.Any(p => n.Contains(p, StringComparison.Ordinal)))];

    private static readonly SearchValues<char> s_ofWords = SearchValues.Create("ghijklmnopqrstuvwyz"); // and of no number

    private static readonly string[] s_packed = ["bzip", "deb", "gzip", "lz4", "oci-archive", "xz", "zstd"];

    [Theory]
    [MemberData(nameof(Names))]
    public void Read_BrokenInputs_OnlyDocumentedExceptionsLeave(string name) => NothingIsFound(name, 1, seed: 1);

    [Theory]
    [MemberData(nameof(Names))]
    [Trait("Category", "Slow")]
    public void Read_ManyBrokenInputs_OnlyDocumentedExceptionsLeave(string name) => NothingIsFound(name, 10, seed: 2);

    [Theory]
    [MemberData(nameof(Names))]
    public void Read_Seeds_AreTaken(string name)
    {
        FuzzTarget target = Target(name);
        byte[][] seeds = [.. target.Seeds()];
        Assert.NotEmpty(seeds);
        string refused = string.Join('\n', seeds.Select(s => Execution.Of(target, s)).Where(e => e.Failure is not null
            || e.Shape.Length > 0).Select(e => e.Failure + e.Shape + e.Details));
        Assert.True(refused.Length == 0, refused);
        Assert.Equal(seeds, target.Seeds()); // made anew, the same
    }

    [Fact]
    public void Names_AreDifferent() => Assert.Equal(FuzzTargets.All.Count,
        FuzzTargets.All.Select(t => t.Name).Distinct(StringComparer.Ordinal).Count());

    /// <summary>How many of the same inputs each rule of a reader answers: a rule that moved by one is seen.</summary>
    [Theory]
    [MemberData(nameof(NamesOfOwnBytes))]
    public void Read_BrokenInputs_AreAnsweredByTheSameRules(string name)
    {
        FuzzTarget target = Target(name);
        SortedDictionary<string, int> answers = new(StringComparer.Ordinal);
        Campaign.Run(target, new CampaignOptions(target.Runs, Seed: 3)
        {
            After = e => answers[RuleOf(e.Shape)] = answers.GetValueOrDefault(RuleOf(e.Shape)) + 1,
        });
        Golden.Same(name, string.Concat(answers.Select(a => $"{a.Value} {a.Key}\n")));
    }

    // the words of a message without what they are about: names and numbers out of the input
    private static string RuleOf(string shape)
    {
        IEnumerable<string> words = shape.Split(' ', '\n').Select(w => w.Trim(',', ':', ';', '.'))
            .Where(w => w.Length > 1 && w.All(char.IsAsciiLetter) && w.AsSpan().ContainsAny(s_ofWords));
        return shape.Length == 0 ? "taken" : string.Join(' ', words.Take(7));
    }

    private static FuzzTarget Target(string name) => FuzzTargets.All.Single(t => t.Name == name);

    private static void NothingIsFound(string name, int times, int seed)
    {
        FuzzTarget target = Target(name);
        CampaignResult result = Campaign.Run(target, new CampaignOptions(times * target.Runs, seed));
        string found = string.Join('\n', result.Findings.Select(f =>
            $"{f.Failure}: {f.Details}\ninput {Convert.ToHexString(f.Input.AsSpan(0, Math.Min(f.Input.Length, 4096)))}"));
        Assert.True(found.Length == 0, found);
        Assert.Equal(times * target.Runs, result.Executions);
    }
}
