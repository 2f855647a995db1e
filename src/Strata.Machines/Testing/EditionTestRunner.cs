using System.Globalization;
using Strata.Core;
using Strata.Core.Progress;
using Strata.Machines.Serial;
using Strata.Toolbox;

namespace Strata.Machines.Testing;

/// <summary>Runs declared tests, each in a machine of its own.</summary>
public sealed class EditionTestRunner
{
    private readonly ToolTree _tools;
    private readonly AcceleratorKind _accelerator;
    private readonly IReadOnlyDictionary<ImageKind, BootMedium> _images;
    private readonly string _logFolder;
    private const string DeadTimer = "IO-APIC + timer doesn't work"; // arch/x86/kernel/apic/io_apic.c, check_timer
    private const int MostStarts = 3;

    private readonly TimeProvider _time;

    /// <summary>Makes a runner for one edition.</summary>
    /// <param name="tools">Tree with QEMU, its firmware and, for SSH steps, the OpenSSH client.</param>
    /// <param name="accelerator">How guest code runs.</param>
    /// <param name="images">The edition's images that were built.</param>
    /// <param name="logFolder">Gets one serial log per test, <c>NAME.log</c>; made when missing.</param>
    /// <param name="time">The clock of the deadlines; null for the system's.</param>
    public EditionTestRunner(
        ToolTree tools,
        AcceleratorKind accelerator,
        IReadOnlyDictionary<ImageKind, BootMedium> images,
        string logFolder,
        TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(tools);
        ArgumentNullException.ThrowIfNull(images);
        ArgumentException.ThrowIfNullOrEmpty(logFolder);
        _tools = tools;
        _accelerator = accelerator;
        _images = images;
        _logFolder = logFolder;
        _time = time ?? TimeProvider.System;
    }

    /// <summary>
    /// True for an edition with services. The first test that begins with a command looks whether they stay, before it: in a step of
    /// its own, <c>services stay</c>.
    /// </summary>
    public bool HasServices { get; init; }

    /// <summary>
    /// Memory in MiB with which the tested edition is known to boot, told where a machine has less and dies of it; null when nobody knows.
    /// </summary>
    public int? EnoughMemoryMiB { get; init; }

    /// <summary>Tree with <c>swtpm</c>, for machines with a TPM; null when no test has one.</summary>
    public ToolTree? TpmTools { get; init; }

    /// <summary>Images that hosts of wires serve (<see cref="TestWireHost.Images"/>), by folder or archive as the tests name it.</summary>
    public IReadOnlyDictionary<string, ServedImage> ServedImages { get; init; } =
        new Dictionary<string, ServedImage>(StringComparer.Ordinal);

    /// <summary>Images of the other editions that guests boot (<see cref="TestGuest.Edition"/>).</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<ImageKind, BootMedium>> OtherEditions { get; init; } =
        new Dictionary<string, IReadOnlyDictionary<ImageKind, BootMedium>>(StringComparer.Ordinal);

    /// <summary>Runs tests one after the other. A test that fails is a result, not an exception.</summary>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public async Task<EditionTestReport> RunAsync(
        IReadOnlyList<EditionTest> tests, IProgressReporter? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tests);
        Directory.CreateDirectory(_logFolder);
        List<EditionTestResult> results = [];
        using IProgressTask task = (progress ?? SilentProgress.Instance).Begin("Testing", tests.Count);
        EditionTest? watched = tests.FirstOrDefault( // once is enough
            t => t.Steps is [TestStep.Run first, ..] && t.Guests[first.Guest].Edition is null);
        foreach (EditionTest test in tests)
        {
            results.Add(await RunOneAsync(test, test == watched, cancellationToken));
            task.Advance(1);
        }
        return new EditionTestReport(results);
    }

    /// <summary>A machine of a test, without its cards on wires.</summary>
    /// <param name="test">The declaration.</param>
    /// <param name="guest">Which of its machines.</param>
    /// <param name="boot">The image it boots.</param>
    /// <param name="emptyDisks">Paths of its empty disks.</param>
    public static MachineConfig ConfigOf(EditionTest test, TestGuest guest, BootMedium boot, IReadOnlyList<string> emptyDisks)
    {
        ArgumentNullException.ThrowIfNull(test);
        ArgumentNullException.ThrowIfNull(guest);
        TestMachine machine = guest.Machine;
        TestStep[] steps = [.. test.StepsOf(guest)];
        bool usesSsh = steps.Any(s => s is TestStep.Ssh);
        return new MachineConfig
        {
            Boot = MediumOf(machine, boot),
            Board = machine.Board,
            Firmware = machine.Firmware,
            MemoryMiB = machine.MemoryMiB,
            Cpus = machine.Cpus,
            KernelWords = machine.KernelWords,
            EasesEmulation = true,
            Credentials = machine.Credentials,
            Clock = machine.Clock,
            HasEntropy = machine.HasEntropy,
            Disks = [.. emptyDisks.Zip(machine.EmptyDisks, (path, disk) => new DiskConfig(path, disk.Bus, Keep: true) { BadSectors = disk.BadSectors })],
            Network = machine.Network == TestNetwork.None
                ? boot is BootMedium.Net ? new NetworkConfig() : null
                : new NetworkConfig(usesSsh ? [new PortForward(guest.Ssh.Port)] : [], Restrict: machine.Network == TestNetwork.Restricted),
            SwitchedCards = machine.Cards - 1,
            Graphics = machine.Screens > 1 || steps.Any(s => s is TestStep.Screen or TestStep.Press) ? Graphics.Vnc : Graphics.None,
            Screens = machine.Screens,
            HasTpm = machine.HasTpm,
            AllowReboot = steps.Any(s => s is TestStep.Reboot),
        };
    }

    /// <summary>What a machine cannot get its image from; null when it can.</summary>
    internal static string? MediumProblem(TestMachine machine) => machine switch
    {
        { Medium: null } => null,
        { Image.IsMedium: false } => $"the image '{machine.Image}' is given to the machine without a medium",
        { Medium: TestMedium.Cd } when machine.Image != ImageKind.Iso =>
            $"{machine.Image.Title} is no CD; 'medium: cd' is for 'image: {ImageKind.Iso}'",
        _ => null,
    };

    private static BootMedium MediumOf(TestMachine machine, BootMedium boot) => (boot, machine.Medium) switch
    {
        (BootMedium.Disk disk, TestMedium medium) => disk with { Bus = BusOf(medium) },
        (BootMedium.Iso iso, TestMedium medium and not TestMedium.Cd) => new BootMedium.Disk(iso.Path, BusOf(medium)),
        _ => boot,
    };

    private static DiskBus BusOf(TestMedium medium) => medium switch
    {
        TestMedium.Usb => DiskBus.Usb,
        TestMedium.Sata => DiskBus.Sata,
        TestMedium.Nvme => DiskBus.Nvme,
        _ => DiskBus.Virtio,
    };

    /// <summary>
    /// Runs a test; again, up to twice, when the guest's kernel found its timer dead, which it is not: on a busy host an emulated processor
    /// may miss the few ticks that the kernel waits for, and then it panics.
    /// </summary>
    private async Task<EditionTestResult> RunOneAsync(EditionTest test, bool mayWatch, CancellationToken cancellationToken)
    {
        for (int start = 1; ; start++)
        {
            EditionTestResult result = await RunOnceAsync(test, mayWatch, start, cancellationToken);
            bool missedTicks = !result.Ok && _accelerator == AcceleratorKind.Tcg
                && test.Guests.Any(g => SaysDeadTimer(RunningGuest.LogOf(_logFolder, test, g)));
            if (!missedTicks || start == MostStarts)
            {
                return result;
            }
        }
    }

    private static bool SaysDeadTimer(string log) =>
        File.Exists(log) && File.ReadAllText(log).Contains(DeadTimer, StringComparison.Ordinal);

    private async Task<EditionTestResult> RunOnceAsync(EditionTest test, bool mayWatch, int attempt, CancellationToken cancellationToken)
    {
        StepRecorder recorder = new(_time);
        long start = _time.GetTimestamp();
        if (attempt > 1)
        {
            recorder.Always($"start {attempt} of {MostStarts}, for the emulated timer missed its ticks at the one before", () => null);
        }
        string[] logs;
        await using (RunningTest run = new(test, new TestSurroundings(_logFolder, _tools, TpmTools, _accelerator, _time, ServedImages)))
        {
            logs = [.. run.Guests.Select(g => g.LogPath)];
            foreach (RunningGuest guest in run.Guests)
            {
                await recorder.DoAsync(guest.Title("start"), null, () => guest.StartAsync(
                    MediumFor(test, guest.Declared), guest.Declared.Edition is null ? EnoughMemoryMiB : null, cancellationToken));
            }
            foreach (RunningGuest guest in run.Guests)
            {
                await recorder.DoAsync(guest.Title($"ready: {guest.Declared.Ready}"), guest.Log,
                    () => guest.Session.BecomeReadyAsync(0, cancellationToken));
            }
            if (mayWatch && HasServices && test.Steps is [TestStep.Run first, ..])
            {
                RunningGuest guest = run.Guests[first.Guest];
                await recorder.DoAsync(
                    guest.Title("services stay"), guest.Log, () => guest.Session.ServicesStayAsync(first.Within, cancellationToken));
            }
            foreach (TestStep step in test.Steps)
            {
                RunningGuest guest = run.Guests[step.Guest];
                await recorder.DoAsync(guest.Title(step.Title), guest.Log, () => run.DoAsync(step, cancellationToken));
            }
        }
        foreach ((TestGuest guest, string log) in test.Guests.Zip(logs).Where(g => g.First.Absent.Count > 0))
        {
            recorder.Always(guest.Name.Length > 0 ? $"{guest.Name}: absent" : "absent", () => AbsentProblem(guest.Absent, log));
        }
        long milliseconds = (long)_time.GetElapsedTime(start).TotalMilliseconds;
        return new EditionTestResult(test.Name, recorder.Ok, milliseconds, logs[0], recorder.Results);
    }

    private BootMedium MediumFor(EditionTest test, TestGuest guest)
    {
        IReadOnlyDictionary<ImageKind, BootMedium>? images =
            guest.Edition is null ? _images : OtherEditions.GetValueOrDefault(guest.Edition);
        if (images is null || !images.TryGetValue(guest.Machine.Image, out BootMedium? boot))
        {
            string image = guest.Machine.Image.ToString().ToLowerInvariant();
            string whose = guest.Edition is null ? "" : $" of {guest.Edition}";
            throw new StrataException($"cannot start the test '{test.Name}': it boots the image '{image}'{whose}, which was not built");
        }
        return boot;
    }

    /// <summary>The first line of the whole log that should not be there, as a step's problem.</summary>
    private static StepProblem? AbsentProblem(IReadOnlyList<LinePattern> absent, string log)
    {
        if (!File.Exists(log))
        {
            return null; // the machine did not start, and that is reported already
        }
        long number = 0;
        foreach (string raw in File.ReadLines(log))
        {
            number++;
            string line = TerminalText.PlainLine(raw.AsSpan(0, Math.Min(raw.Length, SerialLog.MaximumLine)));
            if (absent.FirstOrDefault(a => a.IsIn(line)) is { } found)
            {
                return new StepProblem(string.Create(CultureInfo.InvariantCulture, $"line {number} of the serial log has {found}"), [line]);
            }
        }
        return null;
    }
}
