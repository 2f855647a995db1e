using System.Globalization;
using System.Net;
using Strata.Core;
using Strata.Machines.Network;

namespace Strata.Machines.Testing;

/// <summary>
/// The machines of a test while it runs, and the wires between them. After disposal nothing of it is left but logs and pictures.
/// </summary>
internal sealed class RunningTest : IAsyncDisposable
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(200);

    private readonly TestSurroundings _around;
    private readonly PrivateFolder _served = PrivateFolder.Make();
    private readonly Dictionary<string, Wire> _wires;
    private readonly Dictionary<string, WireHost> _hosts;
    private readonly Dictionary<RunningGuest, WireForward> _forwards = [];

    /// <summary>Lays the wires and prepares the machines; none is started.</summary>
    /// <param name="test">The test.</param>
    /// <param name="around">What it shares with others.</param>
    /// <exception cref="StrataException">An image that a host serves is not there.</exception>
    public RunningTest(EditionTest test, TestSurroundings around)
    {
        _around = around;
        _wires = test.Wires.ToDictionary(w => w.Name, _ => new Wire(), StringComparer.Ordinal);
        _hosts = test.Wires.Where(w => w.Host is not null)
            .ToDictionary(w => w.Name, w => new WireHost(_wires[w.Name], ConfigOf(w.Host!, w.Name), around.Time), StringComparer.Ordinal);
        Guests = [.. test.Guests.Select((_, i) => new RunningGuest(test, i, _wires, around, SshPortOfAsync))];
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

    private async Task<int> SshPortOfAsync(RunningGuest guest, TimeSpan within, CancellationToken cancellationToken)
    {
        if (!_forwards.TryGetValue(guest, out WireForward? forward))
        {
            string wire = guest.Declared.Machine.Wires.First(_hosts.ContainsKey);
            using CancellationTokenSource limit = new(within, _around.Time);
            while (_hosts[wire].AddressOf(guest.HardwareAddressOn(wire)) is null && !limit.IsCancellationRequested)
            {
                await Task.Delay(s_look, _around.Time, cancellationToken); // it may still be asking for its address
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
        int kept = 0;
        Dictionary<string, ServedFile> files = new(StringComparer.Ordinal);
        foreach ((string path, ServedFile file) in RegistryFiles.Of(host.Images.Select(i => (i.Key, ImageOf(i.Value))), Keep))
        {
            files.Add(path, file);
        }
        foreach ((string path, string text) in host.Files)
        {
            files.Add(path, new ServedFile(Keep(text)));
        }
        return new WireHostConfig { Address = host.Address, GivesAddresses = host.GivesAddresses, Names = host.Names, Files = files };

        string Keep(string text)
        {
            string file = _served[string.Create(CultureInfo.InvariantCulture, $"{wire}-{kept++}")];
            File.WriteAllText(file, text);
            return file;
        }
    }

    private ServedImage ImageOf(string source) => _around.Images.GetValueOrDefault(source)
        ?? throw new StrataException($"cannot start the test: the host of a wire serves the image {source}, which was not built");
}
