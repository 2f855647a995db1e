using System.Globalization;
using Strata.Core;
using Strata.Core.Progress;
using Strata.Machines.Containers;
using Strata.Machines.Serial;
using Strata.Toolbox;

namespace Strata.Machines.Testing;

/// <summary>Runs tests that start a container, each in one of its own.</summary>
/// <param name="tools">Tree of the set for containers.</param>
/// <param name="image">The edition's image.</param>
/// <param name="logFolder">Gets one log per test, <c>NAME.log</c>; made when missing.</param>
/// <param name="time">The clock of the deadlines; null for the system's.</param>
public sealed class ContainerTestRunner(ToolTree tools, ContainerImage image, string logFolder, TimeProvider? time = null)
{
    private const int TailLines = 30;
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private bool _told;

    /// <summary>Runs tests one after the other. A test that fails is a result, not an exception.</summary>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public async Task<EditionTestReport> RunAsync(
        IReadOnlyList<EditionTest> tests, IProgressReporter? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tests);
        Directory.CreateDirectory(logFolder);
        progress ??= SilentProgress.Instance;
        using IProgressTask task = progress.Begin("Testing containers", tests.Count);
        List<EditionTestResult> results = [];
        foreach (EditionTest test in tests)
        {
            results.Add(await RunOneAsync(test, test.Container!, progress, cancellationToken));
            task.Advance(1);
        }
        return new EditionTestReport(results);
    }

    private async Task<EditionTestResult> RunOneAsync(
        EditionTest test, ContainerTest declared, IProgressReporter progress, CancellationToken cancellationToken)
    {
        StepRecorder recorder = new(_time);
        long start = _time.GetTimestamp();
        using SerialLog log = new(Path.Combine(logFolder, test.Name + ".log"));
        string? unwanted = null;
        long line = 0;
        log.LineCompleted = text =>
        {
            line++;
            unwanted ??= declared.Absent.FirstOrDefault(a => a.IsIn(text)) is { } found
                ? string.Create(CultureInfo.InvariantCulture, $"line {line} of the output has {found}") : null;
        };
        await using (RunningContainer container = new(tools, log, _time))
        {
            ContainerTestSession session = new(image, container, _time);
            await recorder.DoAsync("start", log, async () =>
            {
                await container.StartAsync(image, StartOf(declared), cancellationToken);
                return null;
            });
            if (!container.HasAccounts && !_told)
            {
                _told = true;
                progress.Warn(
                    "all files of a container belong to its own user here, so nobody saw what it may not read or write: "
                    + "this host lends you no account numbers (subuid(5), newuidmap(1))");
            }
            if (declared.Ready is { } ready)
            {
                await recorder.DoAsync($"ready: {ready}", log, () => session.WaitForLineAsync(ready, declared.Within, cancellationToken));
            }
            foreach (TestStep step in test.Steps)
            {
                await recorder.DoAsync(step.Title, log, () => session.DoAsync(step, cancellationToken));
            }
        }
        if (declared.Absent.Count > 0)
        {
            recorder.Always("absent", () => unwanted is null ? null : new StepProblem(unwanted, log.Tail(TailLines)));
        }
        long milliseconds = (long)_time.GetElapsedTime(start).TotalMilliseconds;
        return new EditionTestResult(test.Name, recorder.Ok, milliseconds, log.Path!, recorder.Results);
    }

    /// <summary>What is started: the image's words, and those of the test in their place.</summary>
    internal ContainerStart StartOf(ContainerTest declared)
    {
        string[] arguments =
        [
            .. declared.Entrypoint ?? image.Entrypoint,
            .. declared.Command ?? (declared.Entrypoint is null ? image.Command : []), // as engines do: another entrypoint, other arguments
        ];
        ContainerUser user = image.Accounts.Find(declared.User ?? image.User);
        return new ContainerStart
        {
            Arguments = arguments.Length > 0 ? arguments : throw new StrataException(
                "cannot start a container: its image names no program, and neither does the test",
                "'command' below 'container' of the test, or of the blueprint, names one."),
            Environment =
            [
                .. image.Environment.Where(e => !declared.Environment.ContainsKey(e.Split('=')[0])),
                .. declared.Environment.Select(e => $"{e.Key}={e.Value}"),
            ],
            User = user,
            WorkingDirectory = image.WorkingDirectory,
            Volumes = image.Volumes,
            IsReadOnly = declared.IsReadOnly,
        };
    }
}
