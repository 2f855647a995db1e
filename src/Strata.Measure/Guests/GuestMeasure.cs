using Strata.Core;
using Strata.Core.Progress;
using Strata.Machines;
using Strata.Machines.Network;
using Strata.Machines.Serial;

namespace Strata.Measure.Guests;

/// <summary>Boots an edition and asks it: times, memory, sockets; then boots it with less and less memory.</summary>
/// <param name="setup">What is booted.</param>
/// <param name="progress">Told how far it is.</param>
public sealed class GuestMeasure(GuestSetup setup, IProgressReporter progress)
{
    private const string KernelWords = "printk.time=1"; // not every kernel stamps its log by itself, and the log tells when the first program started

    private static readonly TimeSpan s_rest = TimeSpan.FromSeconds(2); // between two looks at whether it has come to rest
    private const int MostLooks = 8;
    private const long Rest = 256 << 10; // memory in use changes by less than that, in bytes
    private static readonly TimeSpan s_scan = TimeSpan.FromSeconds(45);
    private static readonly TimeSpan s_leastDeadline = TimeSpan.FromSeconds(15);

    /// <summary>Most time that the search for the least memory begins tries in.</summary>
    public TimeSpan SearchTime { get; init; } = TimeSpan.FromSeconds(150);

    /// <summary>Machines that the search runs at once: 1 or 2.</summary>
    public int AtOnce { get; init; } = 2;

    /// <summary>Measures. A guest that does not get ready is a result, not an exception.</summary>
    /// <param name="searchLeast">False to leave out the search for the least memory.</param>
    /// <param name="guessMiB">What an earlier search found, or null.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StrataException">QEMU does not start.</exception>
    public async Task<GuestNumbers> MeasureAsync(bool searchLeast, int? guessMiB, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(setup.LogFolder);
        TimeSpan? before = await ReferenceAsync(cancellationToken);
        GuestNumbers numbers = await BootAsync(cancellationToken);
        if (numbers.Boot is not BootTimes boot)
        {
            return numbers;
        }
        TimeSpan? after = await ReferenceAsync(cancellationToken);
        TimeSpan[] references = [.. new[] { before, after }.OfType<TimeSpan>()];
        long reference = references.Length == 0 ? 0 : (long)references.Average(r => r.TotalMilliseconds);
        numbers = numbers with { Boot = boot with { Reference = reference } };
        return searchLeast ? numbers with { Least = await SearchAsync(TimeSpan.FromMilliseconds(boot.Ready), guessMiB, cancellationToken) } : numbers;
    }

    private async Task<TimeSpan?> ReferenceAsync(CancellationToken cancellationToken)
    {
        using IProgressTask task = progress.Begin("booting the reference guest");
        return await ReferenceGuest.BootAsync(setup, cancellationToken);
    }

    private async Task<GuestNumbers> BootAsync(CancellationToken cancellationToken)
    {
        using IProgressTask task = progress.Begin($"booting with {setup.MemoryMiB} MiB");
        await using GuestWire wire = GuestWire.Lay();
        BootTimeline timeline = new();
        Machine? started = null;
        MachineOptions options = new()
        {
            LogPath = Path.Combine(setup.LogFolder, "boot.log"),
            Time = setup.Time,
            LineSeen = line => timeline.Saw(line, started is null ? TimeSpan.Zero : setup.Time.GetElapsedTime(started.StartedAt)),
        };
        await using Machine machine = await Machine.StartAsync(
            setup.Tools, setup.Config(setup.MemoryMiB, new NetworkConfig { FrameSocket = wire.SocketPath }, KernelWords), setup.Accelerator, options, cancellationToken);
        started = machine;
        GuestNumbers numbers = new() { IsReady = false, Machine = setup.Description, MemoryMiB = setup.MemoryMiB };
        TimeSpan ready;
        try
        {
            await machine.WaitForLineAsync(setup.Ready, setup.Within, cancellationToken: cancellationToken);
            ready = setup.Time.GetElapsedTime(machine.StartedAt);
        }
        catch (MachineException e)
        {
            return numbers with { Why = e.Message, LogTail = e.LogTail };
        }
        numbers = numbers with { IsReady = true };
        GuestFacts? facts = null;
        TimeSpan askedAt = ready;
        try
        {
            SerialConsole console = new(machine.Log, machine.SerialInput, setup.Time);
            if (setup.Login is { } login)
            {
                await console.LoginAsync(login.User, login.Password, TimeSpan.FromSeconds(30), cancellationToken);
            }
            await console.AttachAsync(TimeSpan.FromSeconds(30), cancellationToken);
            facts = await AskAtRestAsync(console, cancellationToken);
            askedAt = await AskUptimeAsync(console, machine, cancellationToken) is (TimeSpan asked, GuestFacts uptime) && uptime.Uptime is TimeSpan now && facts.Uptime is TimeSpan earlier
                ? asked - (now - earlier)
                : ready;
        }
        catch (MachineException e)
        {
            numbers = numbers with { Why = $"it got ready, but could not be asked: {e.Message}", LogTail = e.LogTail };
        }
        WireScan scan = await ScanAsync(wire, cancellationToken);
        return numbers with
        {
            Boot = new BootTimes(timeline.Phases(ready, askedAt, facts), (long)ready.TotalMilliseconds, 0, ReferenceGuest.Means),
            Memory = facts?.Idle(ByteSize.FromMiB(setup.MemoryMiB).Bytes),
            Listening = facts?.Listening() ?? [],
            Modules = facts?.Modules ?? [],
            Scan = new OutsideScan(scan.Open, scan.Closed, scan.Silent, scan.Problem),
        };
    }

    /// <summary>Asks again and again until what was started last has come to rest: memory in use stays what it is.</summary>
    private async Task<GuestFacts> AskAtRestAsync(SerialConsole console, CancellationToken cancellationToken)
    {
        GuestFacts? last = null;
        for (int look = 0; ; look++)
        {
            await Task.Delay(s_rest, setup.Time, cancellationToken);
            GuestFacts facts = GuestFacts.Parse((await console.RunAsync(GuestFacts.Script, TimeSpan.FromSeconds(60), cancellationToken: cancellationToken)).OutputWithoutKernelMessages);
            if (look == MostLooks || (last is not null && Math.Abs(facts.Memory("MemAvailable") - last.Memory("MemAvailable")) < Rest))
            {
                return facts;
            }
            last = facts;
        }
    }

    /// <summary>The guest's uptime once more, alone: the shorter the command, the better one knows when it ran.</summary>
    private async Task<(TimeSpan At, GuestFacts Facts)?> AskUptimeAsync(SerialConsole console, Machine machine, CancellationToken cancellationToken)
    {
        TimeSpan before = setup.Time.GetElapsedTime(machine.StartedAt);
        string answer = (await console.RunAsync("echo @@uptime; cat /proc/uptime", TimeSpan.FromSeconds(10), cancellationToken: cancellationToken)).OutputWithoutKernelMessages;
        TimeSpan after = setup.Time.GetElapsedTime(machine.StartedAt);
        return (before + ((after - before) / 2), GuestFacts.Parse(answer));
    }

    private async Task<WireScan> ScanAsync(GuestWire wire, CancellationToken cancellationToken)
    {
        using IProgressTask task = progress.Begin("asking every TCP port from outside");
        return await wire.ScanAsync(s_scan, cancellationToken);
    }

    private async Task<LeastMemory> SearchAsync(TimeSpan boot, int? guessMiB, CancellationToken cancellationToken)
    {
        using IProgressTask task = progress.Begin("looking for the least memory that boots");
        // with another machine beside it and little memory a boot takes longer; too short a deadline would call slow what is enough
        TimeSpan deadline = TimeSpan.FromTicks(Math.Max(s_leastDeadline.Ticks, boot.Ticks * (AtOnce + 1)));
        long start = setup.Time.GetTimestamp();
        return await LeastMemorySearch.FindAsync(
            setup.MemoryMiB, guessMiB, stepMiB: 1, AtOnce, (memory, token) => LeastMemorySearch.BootAsync(setup, memory, deadline, task, token),
            () => setup.Time.GetElapsedTime(start) < SearchTime, cancellationToken);
    }
}
