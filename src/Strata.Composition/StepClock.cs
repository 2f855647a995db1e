using System.Diagnostics;
using System.Globalization;

namespace Strata.Composition;

/// <summary>What a step of a build took.</summary>
/// <param name="Name">The step; a part of one is <c>STEP: PART</c>.</param>
/// <param name="Wall">From its begin to its end. Steps that run beside each other count the same time twice.</param>
/// <param name="Processor">
/// Of this process meanwhile, all threads, and of programs that it started and that have ended; not of those in a room, whose time
/// Linux gives to nobody when bubblewrap ends without waiting for them.
/// </param>
public sealed record StepTime(string Name, TimeSpan Wall, TimeSpan Processor);

/// <summary>Times the steps of a build, for people; nothing of it reaches what is built. Safe for concurrent use.</summary>
public sealed class StepClock
{
    private const int TicksPerSecond = 100; // of /proc: USER_HZ of every Linux that .NET runs on

    private readonly Lock _gate = new();
    private readonly List<StepTime> _steps = [];

    /// <summary>A part of a step that takes less, of wall and of processor, is not told of.</summary>
    public TimeSpan LeastOfPart { get; init; } = TimeSpan.FromMilliseconds(50);

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

    /// <summary>Processor time of this process, and of programs that it started and waited for.</summary>
    public static TimeSpan ProcessorTime() => Environment.CpuUsage.TotalTime + OfPrograms();

    /// <summary>Does a step; one that fails is not noted.</summary>
    public async Task<T> TimeAsync<T>(string name, Func<Task<T>> step)
    {
        ArgumentNullException.ThrowIfNull(step);
        long started = Stopwatch.GetTimestamp();
        TimeSpan processor = ProcessorTime();
        T result = await step();
        Add(name, started, processor, TimeSpan.Zero);
        return result;
    }

    /// <summary>Does a step; one that fails is not noted.</summary>
    public T Time<T>(string name, Func<T> step)
    {
        ArgumentNullException.ThrowIfNull(step);
        long started = Stopwatch.GetTimestamp();
        TimeSpan processor = ProcessorTime();
        T result = step();
        Add(name, started, processor, TimeSpan.Zero);
        return result;
    }

    /// <summary>Does a part of a step, which is noted when it takes long enough (<see cref="LeastOfPart"/>).</summary>
    public void TimePart(string step, string part, Action action)
    {
        ArgumentNullException.ThrowIfNull(action);
        long started = Stopwatch.GetTimestamp();
        TimeSpan processor = ProcessorTime();
        action();
        Add($"{step}: {part}", started, processor, LeastOfPart);
    }

    private void Add(string name, long started, TimeSpan processor, TimeSpan least)
    {
        StepTime time = new(name, Stopwatch.GetElapsedTime(started), ProcessorTime() - processor);
        if (time.Wall < least && time.Processor < least)
        {
            return;
        }
        lock (_gate)
        {
            _steps.Add(time);
        }
    }

    // cutime and cstime, fields 16 and 17 of proc_pid_stat(5); the second field, a name in brackets, may hold anything
    private static TimeSpan OfPrograms()
    {
        string text = File.ReadAllText("/proc/self/stat");
        string[] fields = text[(text.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries); // from the third on
        long ticks = long.Parse(fields[13], CultureInfo.InvariantCulture) + long.Parse(fields[14], CultureInfo.InvariantCulture);
        return TimeSpan.FromSeconds((double)ticks / TicksPerSecond);
    }
}
