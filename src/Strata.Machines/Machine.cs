using System.Text.Json;
using System.Text.RegularExpressions;
using Strata.Core;
using Strata.Machines.Qmp;
using Strata.Machines.Serial;
using Strata.Toolbox;

namespace Strata.Machines;

/// <summary>A running virtual machine. After disposal neither a process nor a file of it is left but its log.</summary>
public sealed partial class Machine : IAsyncDisposable
{
    private const string ToldByPvpanic = "the guest reported a panic through pvpanic"; // what the serial line says is more

    /// <summary>How long a panicking kernel may go on writing before it is ended.</summary>
    private static readonly TimeSpan s_panicGrace = TimeSpan.FromSeconds(2);

    private readonly PrivateFolder _folder;
    private readonly GuardedProcess _process;
    private readonly TpmProcess? _tpm;
    private readonly MachineLink _link;
    private readonly FileServer? _server;
    private readonly TimeProvider _time;
    private readonly MemoryShortage _memory;
    private readonly (string Own, string Kept)? _variables;
    private readonly CancellationTokenSource _disposing = new();
    private readonly Lock _lock = new();
    private QmpConnection? _qmp;
    private Task _serialReading = Task.CompletedTask;
    private readonly bool _goesOnAfterPanic;
    private Task _panicWait = Task.CompletedTask;
    private readonly Task _tpmWatch;
    private string? _lostTpm;
    private string? _panic;
    private string? _shutdownReason;
    private bool _stopped;
    private bool _disposed;
    private int _resets;

    private Machine(
        PrivateFolder folder, GuardedProcess process, TpmProcess? tpm, MachineLink link, FileServer? server, MachineConfig config,
        QemuFiles files, MachineOptions options)
    {
        _variables = config is { Firmware: Firmware.Uefi, FirmwareVariables: string kept } ? (files.FirmwareVariables, kept) : null;
        _goesOnAfterPanic = config.GoesOnAfterPanic;
        _memory = new MemoryShortage(config.MemoryMiB, options.Time, config.EnoughMemoryMiB);
        _server = server;
        _folder = folder;
        _process = process;
        _tpm = tpm;
        _link = link;
        _time = options.Time;
        Deadlines = GuestTime.Of(process.Id, options.Time);
        Log = new SerialLog(options.LogPath, appends: options.AppendsLog)
        {
            LineCompleted = line =>
            {
                OnLine(line);
                options.LineSeen?.Invoke(line);
            },
        };
        Ended = EndAsync();
        _tpmWatch = WatchTpmAsync();
    }

    /// <summary>What the serial line says.</summary>
    public SerialLog Log { get; }

    /// <summary>The serial line's other direction.</summary>
    public Stream SerialInput => _link.Serial;

    /// <summary>Completes when the machine has ended by whatever cause, with the whole serial log in <see cref="Log"/>.</summary>
    public Task<MachineEnd> Ended { get; }

    /// <summary>The clock for deadlines of this guest: it stands still while the host does not let the guest run.</summary>
    public TimeProvider Deadlines { get; }

    /// <summary>QEMU's process id on the host.</summary>
    public int ProcessId => _process.Id;

    /// <summary>
    /// The UNIX socket on which the guest's screen is served by VNC, in a folder that only this user can enter; null without
    /// <see cref="Graphics.Vnc"/>.
    /// </summary>
    public string? VncSocket { get; private init; }

    /// <summary>When the guest began to run, as <see cref="TimeProvider.GetTimestamp"/> of the machine's clock tells it.</summary>
    public long StartedAt { get; private set; }

    /// <summary>How often the guest was reset so far.</summary>
    public int Resets => Volatile.Read(ref _resets);

    /// <summary>True once the guest's kernel has said that it panics, or its firmware that it crashed; the machine ends soon after.</summary>
    public bool IsPanicking
    {
        get
        {
            lock (_lock)
            {
                return _panic is not null;
            }
        }
    }

    /// <summary>Starts QEMU; the guest runs when this returns.</summary>
    /// <param name="qemu">Tree with QEMU and its firmware.</param>
    /// <param name="config">The machine.</param>
    /// <param name="accelerator">How guest code runs.</param>
    /// <param name="options">Log, deadlines; null for the defaults.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    /// <exception cref="StrataException">The configuration is wrong, or QEMU refuses it; what QEMU said is quoted.</exception>
    public static async Task<Machine> StartAsync(
        ToolTree qemu,
        MachineConfig config,
        AcceleratorKind accelerator,
        MachineOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(qemu);
        ArgumentNullException.ThrowIfNull(config);
        options ??= new MachineOptions();
        config.ThrowIfInvalid();
        PrivateFolder folder = PrivateFolder.Make();
        MachineLink? link = null;
        TpmProcess? tpm = null;
        GuardedProcess? process = null;
        Machine? machine = null;
        FileServer? server = null;
        try
        {
            server = FileServer.For(config.Boot);
            QemuFiles files = QemuFiles.In(qemu, config.Board, folder.Path, config.HasSecureBoot) with { ServedPort = server?.Port ?? 0 };
            await MachineFolder.PrepareAsync(config, files, cancellationToken);
            tpm = await TpmProcess.ForAsync(config, files, options.TpmTools, cancellationToken);
            link = MachineLink.Lay();
            process = QemuProcess.StartDriven(qemu, config, files, accelerator, link, tpm);
            machine = new Machine(folder, process, tpm, link, server, config, files, options)
            {
                 VncSocket = config.Graphics == Graphics.Vnc ? files.VncSocket : null,
            };
            await machine.ConnectAsync(options, cancellationToken);
            return machine;
        }
        catch
        {
            if (machine is not null)
            {
                await machine.DisposeAsync();
            }
            else
            {
                await DisposeAllAsync(process, tpm, link, server, folder);
            }
            throw;
        }
    }

    /// <summary>Waits until the guest writes a line.</summary>
    /// <param name="pattern">What the line has.</param>
    /// <param name="deadline">How long it may take.</param>
    /// <param name="from">Position in <see cref="Log"/> of the first line that counts.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="MachineTimeoutException">No such line came in time; the machine goes on.</exception>
    /// <exception cref="MachineEndedException">The machine ended before.</exception>
    public async Task<SerialMatch> WaitForLineAsync(
        LinePattern pattern, TimeSpan deadline, long from = 0, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        using CancellationTokenSource limit = new(deadline, Deadlines);
        using CancellationTokenSource both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            if (await Log.WaitForLineAsync(pattern.IsIn, from, both.Token) is { } match)
            {
                return match;
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new MachineTimeoutException(
                $"cannot see {pattern} on the serial line: it did not come within {Deadline.InSeconds(deadline)}", Log);
        }
        MachineEnd end = await Ended;
        throw new MachineEndedException($"cannot see {pattern} on the serial line: the guest's machine {end.Description}", Log, end);
    }

    /// <summary>Waits until the machine ends by itself, and ends it when it does not.</summary>
    /// <exception cref="MachineTimeoutException">It did not end in time; now it has.</exception>
    public async Task<MachineEnd> WaitForEndAsync(TimeSpan deadline, CancellationToken cancellationToken = default)
    {
        try
        {
            return await Ended.WaitAsync(deadline, Deadlines, cancellationToken);
        }
        catch (TimeoutException)
        {
            await StopAsync();
            throw new MachineTimeoutException(
                $"cannot wait any longer for the guest's end: it still ran after {Deadline.InSeconds(deadline)}", Log);
        }
    }

    /// <summary>Presses the power button (ACPI); what the guest does then is its own affair.</summary>
    /// <exception cref="StrataException">QEMU has gone.</exception>
    public async Task PressPowerButtonAsync(CancellationToken cancellationToken = default) =>
        await Qmp.ExecuteAsync("system_powerdown", cancellationToken: cancellationToken);

    /// <summary>
    /// State of the guest in QEMU's words: <c>running</c>, <c>paused</c>, <c>guest-panicked</c> ... (QMP <c>query-status</c>).
    /// </summary>
    /// <exception cref="StrataException">QEMU has gone.</exception>
    public async Task<string> StatusAsync(CancellationToken cancellationToken = default)
    {
        JsonElement status = await Qmp.ExecuteAsync("query-status", cancellationToken: cancellationToken);
        return TextOf(status, "status") ?? throw new StrataException("cannot read the machine's status: QEMU's answer has none");
    }

    /// <summary>
    /// Writes what a screen of the guest shows to a file: a portable pixmap (<c>P6</c>, three bytes a pixel). An existing file is
    /// overwritten.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="number">Which screen, from 1.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StrataException">The machine has no such screen, or QEMU cannot write there.</exception>
    public Task SaveScreenAsync(string path, int number = 1, CancellationToken cancellationToken = default) =>
        SaveScreenAsync(path, number, "ppm", cancellationToken);

    /// <summary>The same as PNG, which browsers show.</summary>
    /// <param name="path">The file.</param>
    /// <param name="number">Which screen, from 1.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StrataException">The machine has no such screen, or QEMU cannot write there.</exception>
    public Task SavePictureAsync(string path, int number = 1, CancellationToken cancellationToken = default) =>
        SaveScreenAsync(path, number, "png", cancellationToken);

    private async Task SaveScreenAsync(string path, int number, string format, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string shot = _folder["screen"]; // QEMU writes nowhere else
        Dictionary<string, string> words = new(StringComparer.Ordinal) { ["filename"] = shot, ["format"] = format };
        if (QemuCommandLine.AdapterOf(number) is string adapter)
        {
            words["device"] = adapter; // and its head 0, the only one
        }
        await Qmp.ExecuteAsync("screendump", words, cancellationToken);
        File.Move(shot, path, overwrite: true);
    }

    /// <summary>Presses keys of the guest's keyboard together and lets them go.</summary>
    /// <param name="keys">In QEMU's names with dashes between, such as <c>a</c>, <c>ret</c> or <c>ctrl-alt-f1</c>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StrataException">There is no such key.</exception>
    public async Task PressKeysAsync(string keys, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(keys);
        JsonElement answer = await Qmp.ExecuteAsync(
            "human-monitor-command", new Dictionary<string, string>(StringComparer.Ordinal) { ["command-line"] = $"sendkey {keys}" }, cancellationToken);
        if (answer.ValueKind == JsonValueKind.String && answer.GetString() is { Length: > 0 } refusal)
        {
            throw new StrataException($"cannot press '{keys}': {refusal.Trim()}");
        }
    }

    /// <summary>The port of 127.0.0.1 that leads to a port of the guest.</summary>
    /// <exception cref="StrataException">No such port is forwarded.</exception>
    public async Task<int> HostPortOfAsync(int guestPort, CancellationToken cancellationToken = default)
    {
        JsonElement answer = await Qmp.ExecuteAsync(
            "human-monitor-command",
            new Dictionary<string, string>(StringComparer.Ordinal) { ["command-line"] = "info usernet" },
            cancellationToken);
        string table = answer.ValueKind == JsonValueKind.String ? answer.GetString()! : "";
        return ForwardTable.HostPort(table, guestPort)
            ?? throw new StrataException($"cannot reach port {guestPort} of the guest: it is not forwarded");
    }

    /// <summary>
    /// Ends the machine: QEMU is asked to leave, so that kept disks are complete, and killed when it does not within two seconds.
    /// </summary>
    public async Task StopAsync()
    {
        lock (_lock)
        {
            _stopped = true;
        }
        if (!_process.Exited.IsCompleted && _qmp is not null)
        {
            using CancellationTokenSource limit = new(TimeSpan.FromSeconds(2));
            try
            {
                await _qmp.ExecuteAsync("quit", cancellationToken: limit.Token);
                await _process.Exited.WaitAsync(limit.Token);
            }
            catch (Exception e) when (e is StrataException or OperationCanceledException or IOException)
            {
                // it is killed below
            }
        }
        await _process.KillAsync();
        await Ended;
    }

    /// <summary>Ends the machine from one moment to the next, as a power cut does: QEMU is asked nothing.</summary>
    public async Task CutPowerAsync()
    {
        lock (_lock)
        {
            _stopped = true;
        }
        await _process.KillAsync();
        await Ended;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, true))
        {
            return;
        }
        await StopAsync();
        await _disposing.CancelAsync();
        await _panicWait;
        await _tpmWatch;
        if (_qmp is not null)
        {
            await _qmp.DisposeAsync();
        }
        if (_variables is var (own, kept))
        {
            File.Copy(own, kept, overwrite: true);
        }
        await DisposeAllAsync(_process, _tpm, _link, _server, _folder);
        Log.Dispose();
        _disposing.Dispose();
    }

    private QmpConnection Qmp => _qmp ?? throw new InvalidOperationException("the machine is not connected");

    private static async Task DisposeAllAsync(
        GuardedProcess? process, TpmProcess? tpm, MachineLink? link, FileServer? server, PrivateFolder folder)
    {
        if (process is not null)
        {
            await process.DisposeAsync();
        }
        if (tpm is not null)
        {
            await tpm.DisposeAsync();
        }
        link?.Dispose();
        if (server is not null)
        {
            await server.DisposeAsync();
        }
        folder.Dispose();
    }

    internal static string? TextOf(JsonElement answer, string member) =>
        answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty(member, out JsonElement value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    private async Task ConnectAsync(MachineOptions options, CancellationToken cancellationToken)
    {
        _serialReading = _link.PumpAsync(Log);
        using CancellationTokenSource limit = new(options.StartDeadline, Deadlines);
        using CancellationTokenSource both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            _qmp = await QmpConnection.OpenAsync(_link.Qmp, OnEvent, both.Token);
            StartedAt = _time.GetTimestamp();
            await _qmp.ExecuteAsync("cont", cancellationToken: both.Token);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && e is IOException or StrataException or OperationCanceledException)
        {
            string said = await _process.MessagesAsync();
            bool isLate = e is OperationCanceledException && !_process.Exited.IsCompleted;
            throw new StrataException(
                isLate ? $"cannot start the machine: QEMU did not answer within {Deadline.InSeconds(options.StartDeadline)}"
                    : _tpm is not null && await _tpm.FailureAsync() is string tpm ? $"cannot start the machine: {tpm}"
                    : MachineLink.RefusedMessage(said),
                MachineLink.RefusedHint,
                e);
        }
    }

    private void OnEvent(QmpEvent happened)
    {
        lock (_lock)
        {
            switch (happened.Name)
            {
                case "SHUTDOWN":
                    _shutdownReason ??= happened.Text("reason") ?? "unknown";
                    break;
                case "RESET":
                    Interlocked.Increment(ref _resets);
                    break;
                case "GUEST_PANICKED":
                    _panic ??= ToldByPvpanic;
                    break;
            }
        }
    }

    private void OnLine(string line)
    {
        Match kernel = KernelPanic().Match(line);
        lock (_lock)
        {
            _memory.Saw(line);
            if ((!kernel.Success || _goesOnAfterPanic) && _memory.FirmwareCrash is null)
            {
                return;
            }
            if (_panic is null or ToldByPvpanic)
            {
                _panic = kernel.Success ? $"kernel panic: {kernel.Groups["why"].Value}" : $"the firmware crashed: {_memory.FirmwareCrash}";
                _panicWait = EndAfterPanicAsync();
            }
        }
    }

    /// <summary>A kernel without panic= stands still for ever after its last words.</summary>
    private async Task EndAfterPanicAsync()
    {
        try
        {
            await Task.Delay(s_panicGrace, _time, _disposing.Token);
            await _process.KillAsync();
        }
        catch (OperationCanceledException)
        {
            // the machine is being disposed of anyway
        }
    }

    /// <summary>Nothing tells the guest that its TPM is gone: it would wait for each answer until its own deadline.</summary>
    private async Task WatchTpmAsync()
    {
        if (_tpm is not null && await _tpm.LostAsync(_process.Exited) is string lost)
        {
            lock (_lock)
            {
                _lostTpm = lost;
            }
            await _process.KillAsync();
        }
    }

    private async Task<MachineEnd> EndAsync()
    {
        int exitCode = await _process.Exited;
        await Task.WhenAny(_serialReading, Task.Delay(TimeSpan.FromSeconds(2)));
        if (_qmp is not null)
        {
            await Task.WhenAny(_qmp.Closed, Task.Delay(TimeSpan.FromSeconds(2))); // its last words are events
        }
        Log.Complete();
        string said = await _process.MessagesAsync();
        lock (_lock)
        {
            return (_panic, _shutdownReason, _stopped) switch
            {
                ({ } panic, _, _) => new MachineEnd(MachineEndKind.Panicked, $"ended: {panic}{_memory.Explanation}"),
                _ when _lostTpm is not null => new MachineEnd(MachineEndKind.Failed, $"ended: {_lostTpm}"),
                (_, "guest-shutdown", _) => new MachineEnd(MachineEndKind.PoweredOff, "ended: the guest switched itself off"),
                (_, "guest-reset", _) => new MachineEnd(MachineEndKind.Rebooted, $"ended: the guest wanted to reboot{_memory.Explanation}"),
                (_, "guest-panic", _) => new MachineEnd(MachineEndKind.Panicked, "ended: the guest panicked"),
                (_, _, true) => new MachineEnd(MachineEndKind.Stopped, "was stopped"),
                (_, { } reason, _) => new MachineEnd(MachineEndKind.Failed, $"ended: QEMU says '{reason}'"),
                _ => new MachineEnd(
                    MachineEndKind.Failed,
                    $"ended: QEMU left with exit code {exitCode}{(said.Length == 0 ? "" : $" and said '{said}'")}"),
            };
        }
    }

    [GeneratedRegex(
        @"^(?:<[0-9]+>)?(?:\[ *[0-9]+\.[0-9]+\](?:\[[^\]]*\])? )?Kernel panic - not syncing: (?<why>.*)$", RegexOptions.CultureInvariant)]
    private static partial Regex KernelPanic();
}
