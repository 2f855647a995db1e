using System.Text.RegularExpressions;
using Strata.Machines.Serial;

namespace Strata.Machines.Testing;

/// <summary>What a command should say and how it should end.</summary>
public sealed record Expectation
{
    /// <summary>The exit code, 0 to 255.</summary>
    public int ExitCode { get; init; }

    /// <summary>Texts the output contains.</summary>
    public IReadOnlyList<string> Contains { get; init; } = [];

    /// <summary>The whole output without blanks and line ends around it, or null.</summary>
    public string? EqualTo { get; init; }

    /// <summary>Regular expressions that match somewhere; <c>^</c> and <c>$</c> stand for ends of lines.</summary>
    public IReadOnlyList<Regex> Matches { get; init; } = [];

    /// <summary>What is wrong with a result, or null.</summary>
    /// <remarks>Output that is right once the kernel's own lines are taken out is right: they come whenever they like.</remarks>
    public string? Problem(CommandResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        if (result.ExitCode != ExitCode)
        {
            return $"the exit code is {result.ExitCode}, expected {ExitCode}";
        }
        return ProblemOf(result.Output) is { } problem && ProblemOf(result.OutputWithoutKernelMessages) is not null ? problem : null;
    }

    private string? ProblemOf(string output)
    {
        if (EqualTo is not null && output.Trim() != EqualTo.Trim())
        {
            return $"the output is '{Shown(output)}', expected '{Shown(EqualTo)}'";
        }
        if (Contains.FirstOrDefault(c => !output.Contains(c, StringComparison.Ordinal)) is { } missing)
        {
            return $"the output lacks '{Shown(missing)}'";
        }
        return Matches.FirstOrDefault(m => !m.IsMatch(output)) is { } regex ? $"the output does not match /{regex}/" : null;
    }

    private static string Shown(string text)
    {
        string line = text.Trim().ReplaceLineEndings(" | ");
        return line.Length <= 120 ? line : $"{line[..117]}...";
    }
}
