using Strata.Core;
using Strata.Core.Progress;
using Strata.Machines;
using Strata.Machines.Network;
using Strata.Machines.Serial;
using Strata.Machines.Testing;

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
    private static readonly TimeSpan s_answer = TimeSpan.FromMinutes(3); // a second or two, but for a host where everything takes fifty times as long
    private static readonly TimeSpan s_scans = TimeSpan.FromSeconds(60); // for all four
    private static readonly TimeSpan s_leastScan = TimeSpan.FromSeconds(5); // what each has even so
    private static readonly TimeSpan s_leastSearch = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_leastDeadline = TimeSpan.FromSeconds(15);

    /// <summary>Time for everything: the search for the least memory begins no try after it, but has a minute whatever came before.</summary>
    public TimeSpan WholeTime { get; init; } = TimeSpan.FromSeconds(200);

    /// <summary>Boots whose processor time is taken, each beside one of the reference guest.</summary>
    public int BootRounds { get; init; } = 3;

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
        long start = setup.Time.GetTimestamp();
        (TimeSpan Wall, TimeSpan Processor)? reference = await ReferenceAsync(cancellationToken);
        (GuestNumbers numbers, TimeSpan? processor) = await BootAsync(cancellationToken);
        if (numbers.Boot is not BootTimes boot)
        {
            return numbers;
        }
        List<BootRound> rounds = [];
        AddRound(reference, processor);
        for (int round = 1; round < BootRounds; round++)
        {
            // in turns: what the machine does besides comes and goes, and meets both
            reference = await ReferenceAsync(cancellationToken);
            AddRound(reference, await ProcessorTimeAsync(round, cancellationToken));
        }
        numbers = numbers with { Boot = boot with { Reference = (long)(reference?.Wall ?? TimeSpan.Zero).TotalMilliseconds, Rounds = rounds } };
        if (!searchLeast)
        {
            return numbers;
        }
        TimeSpan left = WholeTime - setup.Time.GetElapsedTime(start);
        return numbers with { Least = await SearchAsync(rounds.Count > 0 ? TimeSpan.FromMilliseconds(rounds.Max(r => r.Guest)) : TimeSpan.FromMilliseconds(boot.Ready), left < s_leastSearch ? s_leastSearch : left, guessMiB, cancellationToken) };

        void AddRound((TimeSpan Wall, TimeSpan Processor)? beside, TimeSpan? taken)
        {
            if (beside is { } r && taken is TimeSpan t)
            {
                rounds.Add(new BootRound((long)t.TotalMilliseconds, (long)r.Processor.TotalMilliseconds));
            }
        }
    }

    private async Task<(TimeSpan Wall, TimeSpan Processor)?> ReferenceAsync(CancellationToken cancellationToken)
    {
        using IProgressTask task = progress.Begin("booting the reference guest");
        return await ReferenceGuest.BootAsync(setup, cancellationToken);
    }

    /// <summary>One more boot for its processor time alone; null when it did not get ready.</summary>
    private async Task<TimeSpan?> ProcessorTimeAsync(int round, CancellationToken cancellationToken)
    {
        using IProgressTask task = progress.Begin($"booting once more ({round + 1} of {BootRounds})");
        ReadyClock clock = new(setup.Ready, setup.Time);
        MachineOptions options = new() { LogPath = Path.Combine(setup.LogFolder, "boot-again.log"), Time = setup.Time, LineSeen = clock.Saw };
        try
        {
            await using GuestWire wire = GuestWire.Lay(); // the same machine as the first one's
            await using Machine machine = await Machine.StartAsync(
                setup.Tools, setup.Config(setup.MemoryMiB, new NetworkConfig { FrameSocket = wire.TheirEnd }, KernelWords),
                setup.Accelerator, options, cancellationToken);
            clock.Watch(machine);
            await machine.WaitForLineAsync(setup.Ready, setup.Within, cancellationToken: cancellationToken);
            return (await clock.StoppedAsync(cancellationToken))?.Processor;
        }
        catch (MachineException)
        {
            return null;
        }
    }

    private async Task<(GuestNumbers Numbers, TimeSpan? Processor)> BootAsync(CancellationToken cancellationToken)
    {
        using IProgressTask task = progress.Begin($"booting with {setup.MemoryMiB} MiB");
        await using GuestWire wire = GuestWire.Lay();
        BootTimeline timeline = new();
        ReadyClock clock = new(setup.Ready, setup.Time);
        Machine? started = null;
        MachineOptions options = new()
        {
            LogPath = Path.Combine(setup.LogFolder, "boot.log"),
            Time = setup.Time,
            LineSeen = line =>
            {
                timeline.Saw(line, started is null ? TimeSpan.Zero : setup.Time.GetElapsedTime(started.StartedAt));
                clock.Saw(line);
            },
        };
        await using Machine machine = await Machine.StartAsync(
            setup.Tools, setup.Config(setup.MemoryMiB, new NetworkConfig { FrameSocket = wire.TheirEnd }, KernelWords),
            setup.Accelerator, options, cancellationToken);
        started = machine;
        clock.Watch(machine);
        GuestNumbers numbers = new() { IsReady = false, Machine = setup.Description, MemoryMiB = setup.MemoryMiB };
        TimeSpan ready;
        TimeSpan? processor = null;
        try
        {
            await machine.WaitForLineAsync(setup.Ready, setup.Within, cancellationToken: cancellationToken);
            ready = setup.Time.GetElapsedTime(machine.StartedAt);
            if (await clock.StoppedAsync(cancellationToken) is (TimeSpan wall, TimeSpan taken))
            {
                (ready, processor) = (wall, taken);
            }
        }
        catch (MachineException e)
        {
            return (numbers with { Why = e.Message, LogTail = e.LogTail }, null);
        }
        numbers = numbers with { IsReady = true };
        GuestFacts? facts = null;
        TimeSpan askedAt = ready;
        try
        {
            SerialConsole console = new(machine.Log, machine.SerialInput, setup.Time);
            if (setup.Login is { } login)
            {
                await console.LoginAsync(login.User, login.Password, s_answer, cancellationToken);
            }
            await console.AttachAsync(s_answer, cancellationToken);
            facts = await AskAtRestAsync(console, cancellationToken);
            IReadOnlyList<EndedService> ended =
                setup.HasServices ? await ServiceWatch.EndedAsync(console, setup.Time, s_answer, cancellationToken) : [];
            numbers = numbers with { EndedServices = ended.Count > 0 ? string.Join("; ", ended) : null };
            await console.RunAsync(GuestFacts.AllowAnswers, s_answer, cancellationToken: cancellationToken);
            askedAt = await AskUptimeAsync(console, machine, cancellationToken) is (TimeSpan asked, GuestFacts uptime) && uptime.Uptime is TimeSpan now && facts.Uptime is TimeSpan earlier
                ? asked - (now - earlier)
                : ready;
        }
        catch (MachineException e)
        {
            numbers = numbers with { Why = $"it got ready, but could not be asked: {e.Message}", LogTail = e.LogTail };
        }
        numbers = await ScanAsync(numbers, wire, facts?.HasIpv6, cancellationToken);
        numbers = numbers with
        {
            Boot = new BootTimes(timeline.Phases(ready, askedAt, facts), (long)ready.TotalMilliseconds, 0, ReferenceGuest.Means),
            Memory = facts?.Idle(ByteSize.FromMiB(setup.MemoryMiB).Bytes),
            Listening = facts?.Listening() ?? [],
            Modules = facts?.Modules ?? [],
        };
        return (numbers, processor);
    }

    /// <summary>Asks again and again until what was started last has come to rest: memory in use stays what it is.</summary>
    private async Task<GuestFacts> AskAtRestAsync(SerialConsole console, CancellationToken cancellationToken)
    {
        GuestFacts? last = null;
        for (int look = 0; ; look++)
        {
            await Task.Delay(s_rest, setup.Time, cancellationToken);
            GuestFacts facts = GuestFacts.Parse((await console.RunAsync(GuestFacts.Script, s_answer, cancellationToken: cancellationToken)).OutputWithoutKernelMessages);
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
        string answer = (await console.RunAsync("echo @@uptime; cat /proc/uptime", s_answer, cancellationToken: cancellationToken)).OutputWithoutKernelMessages;
        TimeSpan after = setup.Time.GetElapsedTime(machine.StartedAt);
        return (before + ((after - before) / 2), GuestFacts.Parse(answer));
    }

    private async Task<GuestNumbers> ScanAsync(GuestNumbers numbers, GuestWire wire, bool? hasIpv6, CancellationToken cancellationToken)
    {
        long start = setup.Time.GetTimestamp();
        return numbers with
        {
            Scan = await AskAsync(WireProtocol.Tcp, "TCP"),
            ScanUdp = await AskAsync(WireProtocol.Udp, "UDP"),
            ScanTcp6 = await AskAsync(WireProtocol.Tcp6, "TCP over IPv6"),
            ScanUdp6 = await AskAsync(WireProtocol.Udp6, "UDP over IPv6"),
        };

        async Task<OutsideScan> AskAsync(WireProtocol protocol, string name)
        {
            using IProgressTask task = progress.Begin($"asking every {name} port from outside");
            TimeSpan left = s_scans - setup.Time.GetElapsedTime(start);
            if (hasIpv6 is false && protocol is WireProtocol.Tcp6 or WireProtocol.Udp6)
            {
                return new OutsideScan([], 0, 0, "the guest has no IPv6 address", Asked: 0);
            }
            WireScan scan = await wire.ScanAsync(protocol, left < s_leastScan ? s_leastScan : left, cancellationToken);
            return new OutsideScan(scan.Open, scan.Closed, scan.Silent.Count, scan.Problem, scan.Asked, [.. scan.Silent.Take(OutsideScan.MostSilent)]);
        }
    }

    private async Task<LeastMemory> SearchAsync(TimeSpan boot, TimeSpan time, int? guessMiB, CancellationToken cancellationToken)
    {
        using IProgressTask task = progress.Begin("looking for the least memory that boots");
        // with little memory a boot takes longer; too short a deadline would call slow what is enough
        TimeSpan deadline = TimeSpan.FromTicks(Math.Max(s_leastDeadline.Ticks, boot.Ticks * (AtOnce + 1)));
        long start = setup.Time.GetTimestamp();
        return await LeastMemorySearch.FindAsync(
            setup.MemoryMiB, guessMiB, stepMiB: 1, AtOnce, (memory, token) => LeastMemorySearch.BootAsync(setup, memory, deadline, task, token),
            () => setup.Time.GetElapsedTime(start) < time, cancellationToken);
    }
}
