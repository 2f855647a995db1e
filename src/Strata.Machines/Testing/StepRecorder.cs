using Strata.Core;
using Strata.Machines.Serial;

namespace Strata.Machines.Testing;

/// <summary>Why a step failed.</summary>
/// <param name="Message">A sentence.</param>
/// <param name="Tail">Lines to show below it.</param>
internal sealed record StepProblem(string Message, IReadOnlyList<string> Tail);

/// <summary>Does steps in order and notes how they went; after a failed one the rest is not run.</summary>
internal sealed class StepRecorder(TimeProvider time)
{
    private readonly List<StepResult> _results = [];

    /// <summary>What was noted so far.</summary>
    public IReadOnlyList<StepResult> Results => _results;

    /// <summary>True when everything passed.</summary>
    public bool Ok => _results.All(r => r.Outcome == StepOutcome.Passed);

    /// <summary>Does a step unless one before failed.</summary>
    /// <param name="name">For the report.</param>
    /// <param name="log">Its end is shown when the step fails without saying more.</param>
    /// <param name="step">Returns what is wrong, or null.</param>
    public async Task DoAsync(string name, SerialLog? log, Func<Task<StepProblem?>> step)
    {
        if (!Ok)
        {
            _results.Add(new StepResult(name, StepOutcome.NotRun, 0, "", []));
            return;
        }
        long start = time.GetTimestamp();
        StepProblem? problem;
        try
        {
            problem = await step();
        }
        catch (MachineException e)
        {
            problem = new StepProblem(e.Message, e.LogTail);
        }
        catch (StrataException e)
        {
            problem = new StepProblem(e.Message, log?.Tail() ?? []);
        }
        Add(name, problem, start);
    }

    /// <summary>Does a check whatever happened before.</summary>
    public void Always(string name, Func<StepProblem?> check)
    {
        long start = time.GetTimestamp();
        Add(name, check(), start);
    }

    private void Add(string name, StepProblem? problem, long start) => _results.Add(new StepResult(
        name,
        problem is null ? StepOutcome.Passed : StepOutcome.Failed,
        (long)time.GetElapsedTime(start).TotalMilliseconds,
        problem?.Message ?? "",
        problem?.Tail ?? []));
}
