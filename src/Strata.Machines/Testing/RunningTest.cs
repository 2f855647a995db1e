using System.Globalization;
using System.Net;
using Strata.Core;
using Strata.Machines.Network;
using Strata.Toolbox;

namespace Strata.Machines.Testing;

/// <summary>
/// The machines of a test while it runs, and the wires between them. After disposal nothing of it is left but logs and pictures.
/// </summary>
internal sealed class RunningTest : IAsyncDisposable
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(200);

    private readonly TimeProvider _time;
    private readonly PrivateFolder _served = PrivateFolder.Make();
    private readonly Dictionary<string, Wire> _wires;
    private readonly Dictionary<string, WireHost> _hosts;
    private readonly Dictionary<RunningGuest, WireForward> _forwards = [];

    /// <summary>Lays the wires and prepares the machines; none is started.</summary>
    /// <param name="test">The test.</param>
    /// <param name="logFolder">Gets serial logs and pictures.</param>
    /// <param name="tools">Tree with QEMU.</param>
    /// <param name="accelerator">How guest code runs.</param>
    /// <param name="time">The host's clock.</param>
    public RunningTest(EditionTest test, string logFolder, ToolTree tools, AcceleratorKind accelerator, TimeProvider time)
    {
        _time = time;
        _wires = test.Wires.ToDictionary(w => w.Name, _ => new Wire(), StringComparer.Ordinal);
        _hosts = test.Wires.Where(w => w.Host is not null)
            .ToDictionary(w => w.Name, w => new WireHost(_wires[w.Name], ConfigOf(w.Host!, w.Name), time), StringComparer.Ordinal);
        Guests = [.. test.Guests.Select((_, i) => new RunningGuest(test, i, _wires, logFolder, tools, accelerator, time, SshPortOfAsync))];
    }

    /// <summary>In the order of the test.</summary>
    public IReadOnlyList<RunningGuest> Guests { get; }

    /// <summary>Does a step.</summary>
    public Task<StepProblem?> DoAsync(TestStep step, CancellationToken cancellationToken) =>
        step is TestStep.Scan scan ? ScanAsync(scan, cancellationToken) : Guests[step.Guest].DoAsync(step, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (RunningGuest guest in Guests)
        {
            await guest.DisposeAsync();
        }
        foreach (WireForward forward in _forwards.Values)
        {
            await forward.DisposeAsync();
        }
        foreach (WireHost host in _hosts.Values)
        {
            await host.DisposeAsync();
        }
        foreach (Wire wire in _wires.Values)
        {
            await wire.DisposeAsync();
        }
        _served.Dispose();
    }

    private async Task<StepProblem?> ScanAsync(TestStep.Scan scan, CancellationToken cancellationToken)
    {
        RunningGuest guest = Guests[scan.Guest];
        WireHost host = _hosts[scan.Wire];
        if (host.AddressOf(guest.HardwareAddressOn(scan.Wire)) is not { } address)
        {
            return new StepProblem($"the guest has not said a word on wire '{scan.Wire}', so its address is not known", []);
        }
        WireScan found = await host.ScanAsync(address, scan.Within, guest.Deadlines, cancellationToken);
        return scan.ProblemOf(found) is string problem ? new StepProblem($"at {address} {problem}", []) : null;
    }

    private async Task<int> SshPortOfAsync(RunningGuest guest, CancellationToken cancellationToken)
    {
        if (!_forwards.TryGetValue(guest, out WireForward? forward))
        {
            string wire = guest.Declared.Machine.Wires.First(_hosts.ContainsKey);
            using CancellationTokenSource limit = new(TestStep.DefaultWithin, _time);
            while (_hosts[wire].AddressOf(guest.HardwareAddressOn(wire)) is null && !limit.IsCancellationRequested)
            {
                await Task.Delay(s_look, _time, cancellationToken); // it may still be asking for its address
            }
            IPAddress address = _hosts[wire].AddressOf(guest.HardwareAddressOn(wire))
                ?? throw new StrataException(
                    $"cannot connect to the guest over SSH: it has not said a word on wire '{wire}', so its address is not known");
            forward = new WireForward(_hosts[wire], address, guest.Declared.Ssh.Port);
            _forwards.Add(guest, forward);
        }
        return forward.Port;
    }

    /// <summary>What a host serves lies in files of ours.</summary>
    private WireHostConfig ConfigOf(TestWireHost host, string wire)
    {
        Dictionary<string, string> files = new(StringComparer.Ordinal);
        foreach ((string path, string text) in host.Files)
        {
            string file = _served[string.Create(CultureInfo.InvariantCulture, $"{wire}-{files.Count}")];
            File.WriteAllText(file, text);
            files.Add(path, file);
        }
        return new WireHostConfig { Address = host.Address, GivesAddresses = host.GivesAddresses, Names = host.Names, Files = files };
    }
}
