using System.Globalization;
using Strata.Testing;

namespace Strata.Machines.Tests;

public sealed class GuestTimeTests : IDisposable
{
    private readonly TemporaryFolder _threads = new();
    private readonly HostClock _host = new();

    [Fact]
    public void GetTimestamp_ThreadsWaitForAProcessor_StandsStillMeanwhile()
    {
        Write(1, waitedSeconds: 100);
        GuestTime time = new(_threads.Path, _host);
        long start = time.GetTimestamp();
        _host.Advance(10);
        Write(1, waitedSeconds: 106); // six of the ten seconds it wanted to run and could not
        Write(2, waitedSeconds: 50); // new: what it waited before counts for nothing
        Assert.Equal(4, time.GetElapsedTime(start).TotalSeconds, 3);
        _host.Advance(10);
        Write(1, waitedSeconds: 108);
        Write(2, waitedSeconds: 59); // at the same time: the longer one counts
        Assert.Equal(5, time.GetElapsedTime(start).TotalSeconds, 3);
        _host.Advance(2);
        Write(1, waitedSeconds: 200); // more than has passed is not believed
        Assert.Equal(5, time.GetElapsedTime(start).TotalSeconds, 3);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void GetTimestamp_NothingIsCounted_IsTheHostsClock(bool isThere)
    {
        if (isThere)
        {
            Write(1, waitedSeconds: 0);
        }
        GuestTime time = new(isThere ? _threads.Path : _threads["gone"], _host);
        long start = time.GetTimestamp();
        _host.Advance(7);
        Assert.Equal(7, time.GetElapsedTime(start).TotalSeconds, 3);
    }

    [Fact]
    public void CreateTimer_StarvedGuest_FiresWhenTheGuestHadItsTime()
    {
        Write(1, waitedSeconds: 0);
        GuestTime time = new(_threads.Path, _host);
        using CancellationTokenSource deadline = new(TimeSpan.FromSeconds(10), time);
        for (int second = 1; second <= 90; second++) // of ten seconds the guest gets one
        {
            Write(1, waitedSeconds: second - (second / 10));
            _host.Advance(1);
        }
        Assert.False(deadline.IsCancellationRequested); // 90 seconds have passed, nine of them the guest's
        _host.Advance(0.9);
        Assert.False(deadline.IsCancellationRequested);
        _host.Advance(0.2);
        Assert.True(deadline.IsCancellationRequested);
    }

    [Fact]
    public void CreateTimer_ChangedToNever_DoesNotFire()
    {
        GuestTime time = new(_threads.Path, _host);
        int fired = 0;
        using ITimer timer = time.CreateTimer(_ => fired++, null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        _host.Advance(1.1);
        _host.Advance(1.1);
        Assert.Equal(2, fired);
        timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _host.Advance(10);
        Assert.Equal(2, fired);
    }

    public void Dispose() => _threads.Dispose();

    private void Write(int thread, long waitedSeconds)
    {
        Directory.CreateDirectory(_threads[$"{thread}"]);
        File.WriteAllText(_threads[$"{thread}/schedstat"],
            string.Create(CultureInfo.InvariantCulture, $"1234 {waitedSeconds * 1_000_000_000} 5\n"));
    }

    /// <summary>A clock that is moved by hand; its timers fire while it moves.</summary>
    private sealed class HostClock : TimeProvider
    {
        private readonly List<HostTimer> _timers = [];
        private TimeSpan _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now.Ticks;

        public void Advance(double seconds)
        {
            TimeSpan end = _now + TimeSpan.FromSeconds(seconds);
            while (_timers.Where(t => t.At <= end).MinBy(t => t.At) is { } next)
            {
                _now = next.At > _now ? next.At : _now;
                next.At = TimeSpan.MaxValue;
                next.Callback(next.State);
            }
            _now = end;
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            HostTimer timer = new(this, callback, state);
            timer.Change(dueTime, period);
            _timers.Add(timer);
            return timer;
        }

        private sealed class HostTimer(HostClock clock, TimerCallback callback, object? state) : ITimer
        {
            public TimerCallback Callback { get; } = callback;

            public object? State { get; } = state;

            public TimeSpan At { get; set; } = TimeSpan.MaxValue;

            public bool Change(TimeSpan dueTime, TimeSpan period)
            {
                At = dueTime == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : clock._now + dueTime;
                return true;
            }

            public void Dispose() => clock._timers.Remove(this);

            public ValueTask DisposeAsync()
            {
                Dispose();
                return ValueTask.CompletedTask;
            }
        }
    }
}
