using Microsoft.Win32.SafeHandles;

namespace Strata.Machines.Network;

/// <summary>A network between guests: a switch in this process, which no one else can reach. Guests may come and go.</summary>
/// <remarks>
/// It learns which hardware address is behind which cable, as switches do (IEEE 802.1D §7.8), and sends what is for everybody, or for
/// somebody
/// it has not heard, to all the others.
/// </remarks>
internal sealed class Wire : IAsyncDisposable
{
    private const int MostAddresses = 4096; // a guest that makes up addresses makes the switch forget, not grow

    private readonly Lock _lock = new();
    private readonly List<Port> _ports = [];
    private readonly Dictionary<ulong, Port> _behind = [];

    /// <summary>Lays one more cable; what was plugged in with a machine that has ended since is taken off.</summary>
    /// <returns>The end for a machine's card (<see cref="WiredCard"/>); the machine that starts with it takes it.</returns>
    /// <exception cref="Core.StrataException">The kernel refuses.</exception>
    public SafeFileHandle Plug()
    {
        FrameCable cable = FrameCable.Lay();
        Port port = new(cable.Send, cable);
        lock (_lock)
        {
            _ports.Add(port);
        }
        cable.Connect(frame => Forward(port, frame));
        _ = UnplugAtEndAsync(port, cable);
        return cable.TheirEnd;
    }

    /// <summary>Plugs in somebody in this process.</summary>
    /// <param name="deliver">Gets frames; it does not wait and keeps them unchanged.</param>
    /// <returns>Sends a frame.</returns>
    internal Action<byte[]> Plug(Action<byte[]> deliver)
    {
        Port port = new(deliver, null);
        lock (_lock)
        {
            _ports.Add(port);
        }
        return frame => Forward(port, frame);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Port[] ports;
        lock (_lock)
        {
            ports = [.. _ports];
        }
        foreach (Port port in ports)
        {
            if (port.Cable is not null)
            {
                await port.Cable.DisposeAsync();
            }
        }
    }

    private void Forward(Port from, byte[] frame)
    {
        if (frame.Length < Frame.EthernetSize)
        {
            return;
        }
        Port[] to;
        lock (_lock)
        {
            Learn(from, AddressAt(frame, 6));
            bool isForMany = (frame[0] & 1) != 0; // group bit, IEEE 802 §8.2
            to = !isForMany && _behind.TryGetValue(AddressAt(frame, 0), out Port? one)
                ? one == from ? [] : [one]
                : [.. _ports.Where(p => p != from)];
        }
        foreach (Port port in to)
        {
            port.Deliver(frame);
        }
    }

    private void Learn(Port from, ulong source)
    {
        if (_behind.Count >= MostAddresses && !_behind.ContainsKey(source))
        {
            _behind.Clear();
        }
        _behind[source] = from;
    }

    private async Task UnplugAtEndAsync(Port port, FrameCable cable)
    {
        await cable.Ended;
        lock (_lock)
        {
            _ports.Remove(port);
            foreach (ulong address in _behind.Where(b => b.Value == port).Select(b => b.Key).ToArray())
            {
                _behind.Remove(address);
            }
        }
        await cable.DisposeAsync();
    }

    private static ulong AddressAt(byte[] frame, int at)
    {
        ulong address = 0;
        for (int i = at; i < at + 6; i++)
        {
            address = (address << 8) | frame[i];
        }
        return address;
    }

    private sealed record Port(Action<byte[]> Deliver, FrameCable? Cable);
}
