using System.Globalization;
using Strata.Machines.Network;
using Strata.Machines.Serial;

namespace Strata.Machines.Testing;

/// <summary>One machine of a running test, with the disks that stay when it is started anew.</summary>
internal sealed class RunningGuest : IAsyncDisposable
{
    private readonly EditionTest _test;
    private readonly int _index;
    private readonly IReadOnlyDictionary<string, Wire> _wires;
    private readonly TestSurroundings _around;
    private readonly Func<RunningGuest, TimeSpan, CancellationToken, Task<int>> _sshPort;
    private readonly PrivateFolder _folder = PrivateFolder.Make();
    private RunningDisks? _disks;
    private int? _enoughMiB;
    private SshLogin? _ssh;
    private Machine? _machine;
    private EditionTestSession? _session;

    /// <summary>Prepares it.</summary>
    /// <param name="test">The test.</param>
    /// <param name="index">Which of its machines.</param>
    /// <param name="wires">The test's wires by name.</param>
    /// <param name="around">What it shares with others.</param>
    /// <param name="sshPort">
    /// Finds within a time the port of 127.0.0.1 that leads to its SSH server, of a guest whose only network is wires.
    /// </param>
    public RunningGuest(
        EditionTest test, int index, IReadOnlyDictionary<string, Wire> wires, TestSurroundings around,
        Func<RunningGuest, TimeSpan, CancellationToken, Task<int>> sshPort)
    {
        (_test, _index, _wires, _around, _sshPort) = (test, index, wires, around, sshPort);
        LogPath = LogOf(around.LogFolder, test, Declared);
        File.Delete(LogPath); // the log of an earlier run would be taken for this one's
    }

    /// <summary>What it was declared to be.</summary>
    public TestGuest Declared => _test.Guests[_index];

    /// <summary>Where its serial log is.</summary>
    public string LogPath { get; }

    /// <summary>Its serial log; null before it runs.</summary>
    public SerialLog? Log => _machine?.Log;

    /// <summary>The clock of its deadlines; the host's before it runs.</summary>
    public TimeProvider Deadlines => _machine?.Deadlines ?? _around.Time;

    /// <summary>What one does with it; only once it was started.</summary>
    public EditionTestSession Session => _session ?? throw new InvalidOperationException("the guest was not started");

    /// <summary>Where the serial log of a guest of a test is.</summary>
    public static string LogOf(string folder, EditionTest test, TestGuest guest) => Path.Combine(folder, $"{NameOf(test, guest)}.log");

    /// <summary>A step's name for the report: with the guest's where a test has several.</summary>
    public string Title(string step) => Declared.Name.Length > 0 ? $"{Declared.Name}: {step}" : step;

    /// <summary>Starts the machine. Waits for nothing that the guest does.</summary>
    /// <param name="boot">The image it boots.</param>
    /// <param name="enoughMiB">Memory with which that is known to boot; null when nobody knows.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<StepProblem?> StartAsync(BootMedium boot, int? enoughMiB, CancellationToken cancellationToken)
    {
        _enoughMiB = enoughMiB;
        _disks = await RunningDisks.MakeAsync(Declared, [.. _test.StepsOf(Declared)], boot, _folder, cancellationToken);
        if (_test.StepsOf(Declared).Any(s => s is TestStep.Ssh) || Declared.Machine.IsGivenSshKey)
        {
            _ssh = await SshLogin.CreateAsync(_around.Tools, Declared.Ssh, _around.Time, cancellationToken);
        }
        await StartAsync(cancellationToken);
        return null;
    }

    /// <summary>Does a step.</summary>
    public Task<StepProblem?> DoAsync(TestStep step, CancellationToken cancellationToken) => step switch
    {
        TestStep.Restart restart => RestartAsync(restart, cancellationToken),
        TestStep.PowerCut cut => CutPowerAsync(cut, cancellationToken),
        _ => Session.DoAsync(step, cancellationToken),
    };

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_machine is not null)
        {
            await _machine.DisposeAsync();
        }
        _ssh?.Dispose();
        _folder.Dispose();
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        MachineConfig config = await _disks!.AttachAsync(_test, cancellationToken) with
        {
            WiredCards = PlugIn(), EnoughMemoryMiB = _enoughMiB, Credentials = Credentials(), TpmState = _folder["tpm"],
        };
        MachineOptions options = new()
        {
            LogPath = LogPath, Time = _around.Time, AppendsLog = _machine is not null, TpmTools = _around.TpmTools,
        };
        _machine = await Machine.StartAsync(_around.Tools, config, _around.Accelerator, options, cancellationToken);
        _session = new EditionTestSession(
            Declared, _machine, Path.Combine(_around.LogFolder, NameOf(_test, Declared)), _ssh,
            Declared.Machine.Network == TestNetwork.None
                ? (within, token) => _sshPort(this, within, token)
                : (_, token) => _machine.HostPortOfAsync(Declared.Ssh.Port, token));
    }

    private Dictionary<string, string> Credentials() => Declared.Machine.Credentials.ToDictionary(
        c => c.Key, c => c.Value.Replace(TestMachine.SshKeyWord, _ssh?.PublicKey ?? "", StringComparison.Ordinal), StringComparer.Ordinal);

    private async Task<StepProblem?> RestartAsync(TestStep.Restart restart, CancellationToken cancellationToken) =>
        await Session.DoAsync(new TestStep.PowerOff(restart.Command) { Within = restart.Within }, cancellationToken)
        ?? await StartAnewAsync(cancellationToken);

    private async Task<StepProblem?> CutPowerAsync(TestStep.PowerCut cut, CancellationToken cancellationToken)
    {
        await _machine!.CutPowerAsync();
        if (!cut.KeepsWritten)
        {
            _disks!.ForgetUnflushed();
        }
        return await StartAnewAsync(cancellationToken);
    }

    private async Task<StepProblem?> StartAnewAsync(CancellationToken cancellationToken)
    {
        await _machine!.DisposeAsync();
        await StartAsync(cancellationToken);
        return await Session.BecomeReadyAsync(0, cancellationToken);
    }

    private static string NameOf(EditionTest test, TestGuest guest) => guest.Name.Length > 0 ? $"{test.Name}-{guest.Name}" : test.Name;

    /// <summary>Address of its first card on a wire: it tells the guest and the place, and is the same after a restart.</summary>
    public string HardwareAddressOn(string wire) => HardwareAddress(Declared.Machine.Wires.ToList().IndexOf(wire));

    private string HardwareAddress(int card) => string.Create(CultureInfo.InvariantCulture, $"52:54:00:57:{_index + 1:x2}:{card:x2}");

    private List<WiredCard> PlugIn() =>
        [.. Declared.Machine.Wires.Select((wire, place) => new WiredCard(HardwareAddress(place), _wires[wire].Plug()))];
}
