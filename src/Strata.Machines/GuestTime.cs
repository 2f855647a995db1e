using System.Globalization;

namespace Strata.Machines;

/// <summary>
/// A clock for deadlines of one guest: it stands still while the guest wants to run and the host does not let it, so that a busy host
/// makes a test slower and not wrong.
/// </summary>
/// <remarks>
/// The kernel counts for every thread how long it waited for a processor (<c>/proc/PID/task/TID/schedstat</c>, second number, nanoseconds;
/// Documentation/scheduler/sched-stats.rst of Linux). The longest wait of QEMU's threads is left out, for they wait at the same time. A
/// guest that hangs, idle or busy, gets what it asks for, and its deadline comes as by the host's clock. Where the kernel does not count,
/// this is the host's clock.
/// </remarks>
internal sealed class GuestTime : TimeProvider
{
    private static readonly TimeSpan s_shortest = TimeSpan.FromMilliseconds(50);

    private readonly string _threads;
    private readonly TimeProvider _host;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _waited = new(StringComparer.Ordinal);
    private long _starved; // nanoseconds
    private long _looked;

    /// <summary>Starts to count.</summary>
    /// <param name="threads">The folder of the process's threads: <c>/proc/PID/task</c>.</param>
    /// <param name="host">The host's clock.</param>
    public GuestTime(string threads, TimeProvider host)
    {
        (_threads, _host) = (threads, host);
        _looked = host.GetTimestamp();
        Look();
        _starved = 0; // what was before the start is nobody's deadline
    }

    /// <summary>The clock of a process of QEMU.</summary>
    public static GuestTime Of(int processId, TimeProvider host) =>
        new(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/task"), host);

    /// <inheritdoc/>
    public override long TimestampFrequency => _host.TimestampFrequency;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => _host.GetUtcNow();

    /// <inheritdoc/>
    public override long GetTimestamp()
    {
        lock (_lock)
        {
            Look();
            return _looked - (long)(_starved / 1e9 * TimestampFrequency);
        }
    }

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new GuestTimer(this, callback, state, dueTime, period);

    private void Look()
    {
        long now = _host.GetTimestamp();
        long longest = 0;
        foreach ((string thread, long waited) in Read())
        {
            longest = Math.Max(longest, waited - _waited.GetValueOrDefault(thread, waited)); // a new thread begins here
            _waited[thread] = waited;
        }
        // never more than has passed: the two clocks are not read at one moment
        _starved += Math.Min(longest, (long)_host.GetElapsedTime(_looked, now).TotalNanoseconds);
        _looked = now;
    }

    private List<(string Thread, long Waited)> Read()
    {
        List<(string, long)> threads = [];
        try
        {
            foreach (string folder in Directory.EnumerateDirectories(_threads))
            {
                string[] numbers = File.ReadAllText(Path.Combine(folder, "schedstat")).Split(' ');
                if (numbers.Length > 1 && long.TryParse(numbers[1], NumberStyles.None, CultureInfo.InvariantCulture, out long waited))
                {
                    threads.Add((Path.GetFileName(folder), waited));
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // a thread or the whole process has ended, or the kernel does not count
        }
        return threads;
    }

    /// <summary>A timer of the host that looks, when it fires, how much of the guest's time is left.</summary>
    private sealed class GuestTimer : ITimer
    {
        private readonly GuestTime _time;
        private readonly TimerCallback _callback;
        private readonly object? _state;
        private readonly Lock _lock = new();
        private readonly ITimer _host;
        private TimeSpan _period;
        private TimeSpan _due;
        private long _from;

        public GuestTimer(GuestTime time, TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            (_time, _callback, _state, _due, _period) = (time, callback, state, dueTime, period);
            _from = time.GetTimestamp();
            _host = time._host.CreateTimer(_ => Fire(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _host.Change(dueTime, Timeout.InfiniteTimeSpan);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (_lock)
            {
                (_due, _period, _from) = (dueTime, period, _time.GetTimestamp());
                return _host.Change(dueTime, Timeout.InfiniteTimeSpan);
            }
        }

        public void Dispose() => _host.Dispose();

        public ValueTask DisposeAsync() => _host.DisposeAsync();

        private void Fire()
        {
            lock (_lock)
            {
                if (_due == Timeout.InfiniteTimeSpan)
                {
                    return; // changed while it fired
                }
                TimeSpan left = _due - _time.GetElapsedTime(_from);
                if (left > TimeSpan.Zero)
                {
                    _host.Change(left > s_shortest ? left : s_shortest, Timeout.InfiniteTimeSpan);
                    return;
                }
                (_due, _from) = (_period == TimeSpan.Zero ? Timeout.InfiniteTimeSpan : _period, _time.GetTimestamp());
                if (_due != Timeout.InfiniteTimeSpan)
                {
                    _host.Change(_due, Timeout.InfiniteTimeSpan);
                }
            }
            _callback(_state);
        }
    }
}
