namespace Strata.Boot.Tests;

/// <summary>What every failure owes a person.</summary>
internal static class Failure
{
    /// <summary>One error line and a hint, every expected word in them, the right exit code, and nothing of the program's inside.</summary>
    public static void Says(StrataProgram.Outcome outcome, int exitCode, params string[] words)
    {
        Assert.True(outcome.ExitCode == exitCode, outcome.All);
        foreach (string word in words)
        {
            Assert.True(outcome.Errors.Contains(word, StringComparison.Ordinal), $"'{word}' is missing: {outcome.All}");
        }
        string[] lines = outcome.Errors.Split('\n');
        Assert.True(lines.Count(l => l.StartsWith("error: ", StringComparison.Ordinal)) == 1, outcome.All);
        Assert.True(lines.Count(l => l.StartsWith("hint: ", StringComparison.Ordinal)) == 1, outcome.All);
        Assert.DoesNotContain("   at ", outcome.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", outcome.All, StringComparison.Ordinal);
        Assert.DoesNotContain("a defect in strata", outcome.Errors, StringComparison.Ordinal);
    }

    /// <summary>Everything in the store is as it should be.</summary>
    public static void LeavesStoreSound(string folder, IReadOnlyDictionary<string, string?> environment)
    {
        StrataProgram.Outcome verified = StrataProgram.Run(folder, environment, "store", "verify");
        Assert.True(verified.ExitCode == 0 && verified.Output.Contains("sound", StringComparison.Ordinal), verified.All);
    }
}
