using System.Diagnostics;

namespace Strata.Composition;

/// <summary>What a step of a build took.</summary>
/// <param name="Name">The step.</param>
/// <param name="Wall">From its begin to its end. Steps that run beside each other count the same time twice.</param>
/// <param name="Processor">Of this process meanwhile, all threads; programs that it started are not in it.</param>
public sealed record StepTime(string Name, TimeSpan Wall, TimeSpan Processor);

/// <summary>Times the steps of a build, for people; nothing of it reaches what is built. Safe for concurrent use.</summary>
public sealed class StepClock
{
    private readonly Lock _gate = new();
    private readonly List<StepTime> _steps = [];

    /// <summary>The steps that have ended, in the order of their ends.</summary>
    public IReadOnlyList<StepTime> Steps
    {
        get
        {
            lock (_gate)
            {
                return [.. _steps];
            }
        }
    }

    /// <summary>Does a step; one that fails is not noted.</summary>
    public async Task<T> TimeAsync<T>(string name, Func<Task<T>> step)
    {
        ArgumentNullException.ThrowIfNull(step);
        long started = Stopwatch.GetTimestamp();
        TimeSpan processor = Environment.CpuUsage.TotalTime;
        T result = await step();
        Add(name, started, processor);
        return result;
    }

    /// <summary>Does a step; one that fails is not noted.</summary>
    public T Time<T>(string name, Func<T> step)
    {
        ArgumentNullException.ThrowIfNull(step);
        long started = Stopwatch.GetTimestamp();
        TimeSpan processor = Environment.CpuUsage.TotalTime;
        T result = step();
        Add(name, started, processor);
        return result;
    }

    private void Add(string name, long started, TimeSpan processor)
    {
        StepTime time = new(name, Stopwatch.GetElapsedTime(started), Environment.CpuUsage.TotalTime - processor);
        lock (_gate)
        {
            _steps.Add(time);
        }
    }
}
