using Strata.Core;
using Strata.Machines.Containers;
using Strata.Machines.Serial;

namespace Strata.Machines.Testing;

/// <summary>A test's running container and how far its output was read.</summary>
/// <param name="image">Its image.</param>
/// <param name="container">The container, which somebody else ends.</param>
/// <param name="time">The clock of deadlines.</param>
internal sealed class ContainerTestSession(ContainerImage image, RunningContainer container, TimeProvider time)
{
    private const int TailLines = 30;
    private static readonly TimeSpan s_again = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_parting = TimeSpan.FromSeconds(1);

    private long _position;

    /// <summary>Does a step.</summary>
    public async Task<StepProblem?> DoAsync(TestStep step, CancellationToken cancellationToken)
    {
        StepProblem? problem = await PerformAsync(step, cancellationToken);
        if (step is TestStep.Stop or TestStep.Ends)
        {
            return problem;
        }
        // a failed step may be how the end was seen first
        int? ended = problem is null ? container.ExitCode : await container.WaitForEndAsync(s_parting, cancellationToken);
        return ended is int code
            ? new StepProblem($"the container ended by itself with exit code {code}{(problem is null ? "" : $"; {problem.Message}")}", Tail)
            : problem;
    }

    /// <summary>Waits for a line of its output.</summary>
    public async Task<StepProblem?> WaitForLineAsync(LinePattern pattern, TimeSpan within, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = new(within, time);
        using CancellationTokenSource both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            SerialMatch? match = await container.Log.WaitForLineAsync(pattern.IsIn, _position, both.Token);
            _position = match?.End ?? _position;
            return match is not null ? null
                : new StepProblem($"the container ended with exit code {container.ExitCode} and did not say {pattern}", Tail);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new StepProblem($"the container did not say {pattern} within {Deadline.InSeconds(within)}", Tail);
        }
    }

    private IReadOnlyList<string> Tail => container.Log.Tail(TailLines);

    private Task<StepProblem?> PerformAsync(TestStep step, CancellationToken cancellationToken) => step switch
    {
        TestStep.Exec exec => ExecAsync(exec, cancellationToken),
        TestStep.WaitFor wait => WaitForLineAsync(wait.Pattern, wait.Within, cancellationToken),
        TestStep.Fetch fetch => FetchAsync(fetch, cancellationToken),
        TestStep.Listens listens => ListensAsync(listens, cancellationToken),
        TestStep.Health health => HealthAsync(health, cancellationToken),
        TestStep.Stop stop => StopAsync(stop, cancellationToken),
        TestStep.Ends ends => EndsAsync(ends, cancellationToken),
        _ => throw new ArgumentException($"no such step in a container: {step.GetType().Name}", nameof(step)),
    };

    private static StepProblem? Judge(Expectation expect, ContainerAnswer answer) =>
        expect.Problem(new CommandResult(answer.ExitCode, answer.Output)) is { } problem
            ? new StepProblem(problem, [.. Lines(answer.Output).TakeLast(TailLines)])
            : null;

    private static IEnumerable<string> Lines(string text) =>
        text.Split('\n').Select(l => TerminalText.PlainLine(l)).Where(l => l.Length > 0);

    private async Task<StepProblem?> ExecAsync(TestStep.Exec exec, CancellationToken cancellationToken) =>
        await container.RunAsync(exec.Words, exec.Within, cancellationToken) is { } answer
            ? Judge(exec.Expect, answer)
            : new StepProblem($"the command did not end within {Deadline.InSeconds(exec.Within)}", Tail);

    private async Task<StepProblem?> FetchAsync(TestStep.Fetch fetch, CancellationToken cancellationToken)
    {
        ContainerAnswer? last = null;
        bool isAnswered = await UntilAsync(
            fetch.Within,
            async left => (last = await container.FetchAsync(fetch.Address, left, cancellationToken) ?? last) is { ExitCode: 0 },
            cancellationToken);
        return isAnswered ? Judge(fetch.Expect, last!) : new StepProblem(
            $"nobody answered within {Deadline.InSeconds(fetch.Within)}: "
            + (last?.Output.Trim().ReplaceLineEndings("; ") ?? "nothing was said"), Tail);
    }

    private async Task<StepProblem?> ListensAsync(TestStep.Listens listens, CancellationToken cancellationToken)
    {
        ListeningPorts found = new([], []);
        bool isSo = await UntilAsync(
            listens.Within,
            async _ =>
            {
                found = await container.PortsAsync(cancellationToken);
                return found.Tcp.SequenceEqual(listens.Tcp) && !listens.Udp.Except(found.Udp).Any();
            },
            cancellationToken);
        return isSo ? null : new StepProblem(
            $"it listens on {Words(found)}, expected {Words(new ListeningPorts(listens.Tcp, listens.Udp))}", Tail);
    }

    private async Task<StepProblem?> HealthAsync(TestStep.Health health, CancellationToken cancellationToken)
    {
        if (image.HealthCheck.Count == 0)
        {
            throw new StrataException(
                "cannot ask whether the container is well: its image has no health check",
                "The blueprint says one: 'health-check' below 'container'.");
        }
        ContainerAnswer? last = null;
        bool isSo = await UntilAsync(
            health.Within,
            async left =>
            {
                ContainerAnswer? answer = await container.RunAsync(image.HealthCheck, left, cancellationToken);
                last = answer ?? last; // of one that took too long nothing is known
                return answer is not null && answer.ExitCode == 0 == health.IsWell;
            },
            cancellationToken);
        string said = last is null ? "the check did not end" : $"the check left with exit code {last.ExitCode}";
        return isSo ? null : new StepProblem(
            $"the container was not {health.Word} within {Deadline.InSeconds(health.Within)}: {said}",
            [.. Lines(last?.Output ?? "").TakeLast(TailLines)]);
    }

    private async Task<StepProblem?> StopAsync(TestStep.Stop stop, CancellationToken cancellationToken)
    {
        if (container.ExitCode is int before)
        {
            return new StepProblem($"the container had ended by itself with exit code {before}", Tail);
        }
        await container.SignalAsync(image.StopSignal, cancellationToken);
        int? code = await container.WaitForEndAsync(stop.Within, cancellationToken);
        return code == stop.ExitCode ? null
            : code is null ? new StepProblem(
                $"the container did not end within {Deadline.InSeconds(stop.Within)} of {image.StopSignal}: "
                + "the first process of a container gets only signals that it has a handler for", Tail)
            : new StepProblem($"the exit code is {code}, expected {stop.ExitCode}", Tail);
    }

    private async Task<StepProblem?> EndsAsync(TestStep.Ends ends, CancellationToken cancellationToken) =>
        await container.WaitForEndAsync(ends.Within, cancellationToken) is int code
            ? Judge(ends.Expect, new ContainerAnswer(code, container.Log.TextFrom(0)))
            : new StepProblem($"the container did not end within {Deadline.InSeconds(ends.Within)}", Tail);

    /// <summary>Tries until something is so, the time is over or the container has ended.</summary>
    private async Task<bool> UntilAsync(TimeSpan within, Func<TimeSpan, Task<bool>> isSo, CancellationToken cancellationToken)
    {
        long start = time.GetTimestamp();
        while (true)
        {
            TimeSpan left = within - time.GetElapsedTime(start);
            if (await isSo(left))
            {
                return true;
            }
            if (within - time.GetElapsedTime(start) <= s_again || container.ExitCode is not null)
            {
                return false;
            }
            await Task.Delay(s_again, time, cancellationToken);
        }
    }

    private static string Words(ListeningPorts ports) => ports.Tcp.Count + ports.Udp.Count == 0
        ? "no port"
        : string.Join(", ", [.. ports.Tcp.Select(p => $"{p}"), .. ports.Udp.Select(p => $"{p}/udp")]);
}
