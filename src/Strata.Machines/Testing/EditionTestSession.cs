using Strata.Core;
using Strata.Machines.Serial;

namespace Strata.Machines.Testing;

/// <summary>
/// A test's running machine and how far it is: where in the log the next line counts, whether a shell and an SSH login are at hand.
/// </summary>
/// <param name="guest">What it was declared to be.</param>
/// <param name="machine">The machine, which somebody else ends.</param>
/// <param name="pictures">Where pictures of the screen go, without <c>-NAME.png</c>.</param>
/// <param name="ssh">The test's key; null for a test without steps that use it.</param>
/// <param name="sshPort">Finds within a time the port of 127.0.0.1 that leads to the guest's.</param>
internal sealed class EditionTestSession(
    TestGuest guest, Machine machine, string pictures, SshLogin? ssh, Func<TimeSpan, CancellationToken, Task<int>> sshPort)
{
    private const int TailLines = 30;
    private readonly TimeProvider _time = machine.Deadlines;

    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(50);

    private SerialConsole? _console;
    private bool _sshConnected;
    private int _resets;
    private long _position;

    /// <summary>Waits for the ready line.</summary>
    /// <param name="from">Position in the log from which it counts.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<StepProblem?> BecomeReadyAsync(long from, CancellationToken cancellationToken)
    {
        SerialMatch ready = await machine.WaitForLineAsync(guest.Ready, guest.Within, from, cancellationToken);
        _position = ready.End;
        _resets = machine.Resets; // firmware may restart the machine before it boots; from here on a reset is the guest's
        _console = null;
        _sshConnected = false;
        return null;
    }

    /// <summary>Does a step.</summary>
    public async Task<StepProblem?> DoAsync(TestStep step, CancellationToken cancellationToken)
    {
        StepProblem? problem;
        try
        {
            problem = await PerformAsync(step, cancellationToken);
        }
        catch (MachineException e) when (e is not MachineEndedException)
        {
            problem = new StepProblem(e.Message, e.LogTail);
        }
        if (step is TestStep.PowerOff)
        {
            return problem;
        }
        if (await EndSoonAsync(problem is null) is { } end)
        {
            return new StepProblem($"cannot finish the step: the guest's machine {end.Description}", machine.Log.Tail(TailLines));
        }
        if (machine.Resets > _resets)
        {
            string also = problem is null ? "" : $"; {problem.Message}";
            return new StepProblem($"the guest restarted by itself during this step{also}", problem?.Tail ?? machine.Log.Tail(TailLines));
        }
        return problem;
    }

    /// <summary>Looks whether services stay.</summary>
    /// <param name="within">How long finding a shell, and each answer of it, may take.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<StepProblem?> ServicesStayAsync(TimeSpan within, CancellationToken cancellationToken)
    {
        SerialConsole console = await ConsoleAsync(within, cancellationToken);
        IReadOnlyList<string> tail = machine.Log.Tail(TailLines); // what was said on the console, and not what is asked now
        IReadOnlyList<EndedService> ended = await ServiceWatch.EndedAsync(console, _time, within, cancellationToken);
        IReadOnlyList<string> lines = [.. ended.SelectMany(e => e.LastLines)];
        return ended.Count > 0 ? new StepProblem(string.Join("; ", ended), lines.Count > 0 ? lines : tail) : null;
    }

    private static StepProblem? Judge(Expectation expect, CommandResult result) => expect.Problem(result) is { } problem
        ? new StepProblem(problem, [.. result.Output.Split('\n').Select(l => TerminalText.PlainLine(l)).Where(l => l.Length > 0).TakeLast(TailLines)])
        : null;

    private async Task<StepProblem?> PerformAsync(TestStep step, CancellationToken cancellationToken) => step switch
    {
        TestStep.Run run => await RunAsync(run, cancellationToken),
        TestStep.Ssh over => await SshAsync(over, cancellationToken),
        TestStep.Type type => await TypeAsync(type, cancellationToken),
        TestStep.Press press => await PressAsync(press, cancellationToken),
        TestStep.Screen screen => await ScreenAsync(screen, cancellationToken),
        TestStep.WaitFor wait => await WaitForAsync(wait, cancellationToken),
        TestStep.PowerOff off => await PowerOffAsync(off, cancellationToken),
        TestStep.Reboot reboot => await RebootAsync(reboot, cancellationToken),
        _ => throw new ArgumentException($"no such step: {step.GetType().Name}", nameof(step)),
    };

    /// <summary>How the machine ended, when it has or is about to: then that is the news, not what a step made of the silence.</summary>
    private async Task<MachineEnd?> EndSoonAsync(bool stepPassed)
    {
        // QEMU closes the serial line a moment before its process is gone; a panicking kernel is given two seconds for its last words.
        TimeSpan wait = machine.IsPanicking ? TimeSpan.FromSeconds(5) : stepPassed ? TimeSpan.Zero : TimeSpan.FromMilliseconds(500);
        await Task.WhenAny(machine.Ended, Task.Delay(wait, _time));
        return machine.Ended.IsCompleted ? await machine.Ended : null;
    }

    private async Task<SerialConsole> ConsoleAsync(TimeSpan within, CancellationToken cancellationToken)
    {
        if (_console is null)
        {
            SerialConsole console = new(machine.Log, machine.SerialInput, _time);
            if (guest.Login is { } login)
            {
                await console.LoginAsync(login.User, login.Password, within, cancellationToken);
            }
            await console.AttachAsync(within, cancellationToken);
            _console = console;
        }
        return _console;
    }

    private async Task<StepProblem?> RunAsync(TestStep.Run run, CancellationToken cancellationToken)
    {
        SerialConsole console = await ConsoleAsync(run.Within, cancellationToken);
        CommandResult result = await console.RunAsync(run.Command, run.Within, cancellationToken: cancellationToken);
        return Judge(run.Expect, result);
    }

    private async Task<StepProblem?> SshAsync(TestStep.Ssh step, CancellationToken cancellationToken)
    {
        if (!_sshConnected && !guest.Machine.IsGivenSshKey)
        {
            SerialConsole console = await ConsoleAsync(step.Within, cancellationToken);
            CommandResult installed = await console.RunAsync(ssh!.InstallCommand, step.Within, cancellationToken: cancellationToken);
            if (installed.ExitCode != 0)
            {
                return new StepProblem(
                    $"cannot let the test's key into {guest.Ssh.KeysFile}: {installed.Output.Trim().ReplaceLineEndings("; ")}", []);
            }
        }
        int port = await sshPort(step.Within, cancellationToken);
        if (!_sshConnected)
        {
            if (await ssh!.ConnectAsync(port, step.Within, cancellationToken) is { } said)
            {
                return new StepProblem(
                    $"cannot log in over SSH within {Deadline.InSeconds(step.Within)}: ssh said '{said}'", machine.Log.Tail(TailLines));
            }
            _sshConnected = true;
        }
        return await ssh!.RunAsync(port, step.Command, step.Within, cancellationToken) is { } result
            ? Judge(step.Expect, result)
            : new StepProblem(
                $"cannot run '{ShellText.Shorten(step.Command)}' over SSH: it did not end within {Deadline.InSeconds(step.Within)}",
                machine.Log.Tail(TailLines));
    }

    private async Task<StepProblem?> TypeAsync(TestStep.Type type, CancellationToken cancellationToken)
    {
        await Task.WhenAny(machine.Ended, Task.Delay(type.After, _time, cancellationToken));
        await new SerialConsole(machine.Log, machine.SerialInput, _time).TypeLineAsync(type.Line, cancellationToken);
        _console = null; // what reads the line may have left the shell: the next command looks for it anew
        return null;
    }

    private async Task<StepProblem?> PressAsync(TestStep.Press press, CancellationToken cancellationToken)
    {
        try
        {
            await machine.PressKeysAsync(press.Keys, cancellationToken);
            return null;
        }
        catch (StrataException e)
        {
            return new StepProblem(e.Message, []);
        }
    }

    /// <summary>Looks at the screen until it shows what it should, and keeps a picture of what it showed last.</summary>
    private async Task<StepProblem?> ScreenAsync(TestStep.Screen screen, CancellationToken cancellationToken)
    {
        string picture = $"{pictures}-{screen.Name}.png";
        string pixels = picture + ".ppm";
        long start = _time.GetTimestamp();
        try
        {
            while (true)
            {
                await machine.SaveScreenAsync(pixels, screen.Number, cancellationToken);
                double share = ScreenColours.ShareOf(await File.ReadAllBytesAsync(pixels, cancellationToken), screen.Colour);
                bool isShown = share >= screen.LeastShare;
                if (isShown || machine.Ended.IsCompleted || _time.GetElapsedTime(start) > screen.Within)
                {
                    await machine.SavePictureAsync(picture, screen.Number, cancellationToken);
                    return isShown ? null : new StepProblem(screen.ProblemOf(share, picture), machine.Log.Tail(TailLines));
                }
                await Task.Delay(s_look, _time, cancellationToken);
            }
        }
        finally
        {
            File.Delete(pixels);
        }
    }

    private async Task<StepProblem?> WaitForAsync(TestStep.WaitFor wait, CancellationToken cancellationToken)
    {
        SerialMatch match = await machine.WaitForLineAsync(wait.Pattern, wait.Within, _position, cancellationToken);
        _position = match.End;
        return null;
    }

    private async Task<StepProblem?> PowerOffAsync(TestStep.PowerOff off, CancellationToken cancellationToken)
    {
        if (off.Command is null)
        {
            await machine.PressPowerButtonAsync(cancellationToken);
        }
        else
        {
            await (await ConsoleAsync(off.Within, cancellationToken)).TypeLineAsync(off.Command, cancellationToken);
        }
        MachineEnd end = await machine.WaitForEndAsync(off.Within, cancellationToken);
        return end.Kind == MachineEndKind.PoweredOff
            ? null
            : new StepProblem($"the guest did not switch itself off: its machine {end.Description}", machine.Log.Tail(TailLines));
    }

    private async Task<StepProblem?> RebootAsync(TestStep.Reboot reboot, CancellationToken cancellationToken)
    {
        SerialConsole console = await ConsoleAsync(reboot.Within, cancellationToken);
        long before = machine.Log.Length;
        long start = _time.GetTimestamp();
        await console.TypeLineAsync(reboot.Command, cancellationToken);
        while (machine.Resets == _resets)
        {
            if (machine.Ended.IsCompleted)
            {
                return new StepProblem($"the guest did not restart: its machine {(await machine.Ended).Description}", machine.Log.Tail(TailLines));
            }
            if (_time.GetElapsedTime(start) > reboot.Within)
            {
                return new StepProblem($"the guest did not restart within {Deadline.InSeconds(reboot.Within)}",
                    machine.Log.Tail(TailLines));
            }
            await Task.Delay(s_poll, _time, cancellationToken);
        }
        return await BecomeReadyAsync(before, cancellationToken);
    }
}
