using System.Globalization;
using Strata.Machines;
using Strata.Machines.Serial;

namespace Strata.Measure.Guests;

/// <summary>Stops at the line that says that a guest is ready: the host's clock, and the processor time that QEMU took until then.</summary>
/// <param name="ready">The line.</param>
/// <param name="time">The host's clock.</param>
internal sealed class ReadyClock(LinePattern ready, TimeProvider time)
{
    private const double TicksPerSecond = 100; // USER_HZ, the unit of proc_pid_stat(5)

    private static readonly TimeSpan s_endOfLine = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly TaskCompletionSource<(TimeSpan Wall, TimeSpan Processor)?> _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Machine? _machine;
    private bool _wasSeen;

    /// <summary>What it says; null when the machine ended with the line. Who waits for a line may see it before its end has come, so this waits for that.</summary>
    public async Task<(TimeSpan Wall, TimeSpan Processor)?> StoppedAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _stopped.Task.WaitAsync(s_endOfLine, cancellationToken);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    /// <summary>Says whose time is taken. Lines may have come before.</summary>
    public void Watch(Machine machine)
    {
        lock (_lock)
        {
            _machine = machine;
            Stop();
        }
    }

    /// <summary>Told of each line when it comes; the later one looks, the more of what comes after is counted.</summary>
    public void Saw(string line)
    {
        if (ready.IsIn(line))
        {
            lock (_lock)
            {
                _wasSeen = true;
                Stop();
            }
        }
    }

    private void Stop()
    {
        if (!_stopped.Task.IsCompleted && _wasSeen && _machine is not null)
        {
            _stopped.TrySetResult(ProcessorTimeOf(_machine.ProcessId) is TimeSpan processor ? (time.GetElapsedTime(_machine.StartedAt), processor) : null);
        }
    }

    // user and system time of all threads, those that ended too: fields 14 and 15 of proc_pid_stat(5); a guest under KVM counts as user time
    private static TimeSpan? ProcessorTimeOf(int process)
    {
        try
        {
            string stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/stat"));
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' '); // from the third on
            return TimeSpan.FromSeconds((long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // it has ended
        }
    }
}
