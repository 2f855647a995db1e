using System.Buffers.Binary;
using System.Net;
using Strata.Machines.Serial;

namespace Strata.Machines.Network;

/// <summary>What a host on a wire is and gives.</summary>
internal sealed record WireHostConfig
{
    /// <summary>Its IPv4 address; the network is the 256 addresses around it.</summary>
    public required IPAddress Address { get; init; }

    /// <summary>
    /// True gives the guests addresses by DHCP, from .100 on in the order they ask, with itself as router and name server.
    /// </summary>
    public bool GivesAddresses { get; init; }

    /// <summary>Names that its name server knows, in lower case; there is no name server without any.</summary>
    public IReadOnlyDictionary<string, IPAddress> Names { get; init; } = new Dictionary<string, IPAddress>(StringComparer.Ordinal);

    /// <summary>
    /// Files of this machine that are served by HTTP on port 80, by path without the first slash; there is no server without any.
    /// </summary>
    public IReadOnlyDictionary<string, ServedFile> Files { get; init; } = new Dictionary<string, ServedFile>(StringComparer.Ordinal);
}

/// <summary>
/// A host on a wire, played by this process: it answers ping, gives addresses, names and files to guests, and asks for their open ports.
/// No packet
/// of it leaves this process for anything but the guests.
/// </summary>
/// <remarks>
/// IPv4 in one network, without fragments. What is for another network it drops: a guest behind a router is seen by the router's address.
/// </remarks>
internal sealed class WireHost : IAsyncDisposable
{
    private const int MostConnections = 256;
    private const int ScanWindow = 768; // the cable has room for more, and a firewall that answers nothing is asked sooner
    private const int ScanTries = 2;
    private const int FirstGiven = 100;
    private const int MostGiven = 100;
    private const int FirstOwnPort = 50000;
    private const int OwnPorts = 10000;
    private const byte Syn = 0x02;
    private const byte Reset = 0x04;
    private const byte Acknowledge = 0x10;

    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_askAgain = TimeSpan.FromMilliseconds(400);

    private readonly WireHostConfig _config;
    private readonly TimeProvider _time;
    private readonly WireEnd _ours;
    private readonly Action<byte[]> _send;
    private readonly Dictionary<string, byte[]> _names;
    private readonly CancellationTokenSource _end = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<uint, byte[]> _neighbours = []; // hardware by address
    private readonly Dictionary<ulong, uint> _given = []; // addresses by hardware
    private readonly Dictionary<(uint Address, ushort Theirs, ushort Ours), WireConnection> _connections = [];
    private readonly List<Task> _answers = [];
    private readonly Task _clock;
    private Scan? _scan;
    private int _ownPort;

    /// <summary>Plugs the host into a wire.</summary>
    public WireHost(Wire wire, WireHostConfig config, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(wire);
        ArgumentNullException.ThrowIfNull(config);
        _config = config;
        _time = time ?? TimeProvider.System;
        byte[] address = config.Address.GetAddressBytes();
        _ours = new WireEnd([0x52, 0x54, 0x00, 0x53, address[2], address[3]], address, 0);
        _names = config.Names.ToDictionary(n => n.Key, n => n.Value.GetAddressBytes(), StringComparer.Ordinal);
        _send = wire.Plug(Received);
        _clock = TickAsync();
    }

    /// <summary>The address by which a card is known here, by what it said or was given; null when it was not heard.</summary>
    /// <param name="hardwareAddress">Such as <c>52:54:00:57:01:00</c>.</param>
    public IPAddress? AddressOf(string hardwareAddress)
    {
        byte[] hardware = Convert.FromHexString(hardwareAddress.Replace(":", "", StringComparison.Ordinal));
        lock (_lock)
        {
            uint address = _neighbours.FirstOrDefault(n => n.Value.AsSpan().SequenceEqual(hardware)).Key;
            if (address == 0)
            {
                _ = _given.TryGetValue(HardwareNumber(hardware), out address); // it may have nothing to say
            }
            return address == 0 ? null : new IPAddress(Bytes(address));
        }
    }

    /// <summary>Asks every TCP port of a guest whether somebody listens; one scan at a time.</summary>
    /// <param name="guest">An address of this network.</param>
    /// <param name="deadline">For all of it.</param>
    /// <param name="time">The clock of the deadline: that of the guest, which may not run all the time.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<WireScan> ScanAsync(IPAddress guest, TimeSpan deadline, TimeProvider time, CancellationToken cancellationToken)
    {
        PortStates tcp = new(ScanWindow, ScanTries); // a late answer may still come when nobody asks any more
        PortStates udp = new();
        using CancellationTokenSource limit = new(deadline, time);
        using CancellationTokenSource both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _end.Token, cancellationToken);
        WireEnd? found = null;
        try
        {
            WireEnd theirs = await FindAsync(guest, both.Token);
            found = theirs;
            WireEnd ours = _ours with { Port = PortProbe.OurPort };
            Volatile.Write(ref _scan, new Scan(theirs, tcp, udp));
            await tcp.AskAllAsync(
                port =>
                {
                    _send(PortProbe.Question(WireProtocol.Tcp, ours, theirs with { Port = (ushort)port }));
                    return Task.CompletedTask;
                },
                both.Token);
            return tcp.Result(null);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return tcp.Result(found is null
                ? $"nobody has the address {guest} on this wire" : $"not every port was asked within {Deadline.InSeconds(deadline)}");
        }
        finally
        {
            Volatile.Write(ref _scan, null);
        }
    }

    /// <summary>Connects to a port of a guest.</summary>
    /// <exception cref="IOException">Nobody listens there.</exception>
    internal async Task<WireConnection> ConnectAsync(IPAddress guest, ushort port, CancellationToken cancellationToken)
    {
        WireEnd theirs = await FindAsync(guest, cancellationToken) with { Port = port };
        WireConnection connection;
        lock (_lock)
        {
            ushort own = (ushort)(FirstOwnPort + (_ownPort++ % OwnPorts));
            connection = new WireConnection(_ours with { Port = own }, theirs, _send, _time);
            _connections[(Number(theirs.Address), port, own)] = connection;
        }
        await connection.OpenAsync(cancellationToken);
        return connection;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _clock;
        Task[] answers;
        lock (_lock)
        {
            answers = [.. _answers];
        }
        await Task.WhenAll(answers);
        _end.Dispose();
    }

    private static uint Number(ReadOnlySpan<byte> address) => BinaryPrimitives.ReadUInt32BigEndian(address);

    private static ulong HardwareNumber(ReadOnlySpan<byte> hardware) => BinaryPrimitives.ReadUInt64BigEndian([0, 0, .. hardware]);

    private static byte[] Bytes(uint address)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, address);
        return bytes;
    }

    /// <summary>Takes a frame of the wire; whatever it is, nothing comes of it but answers.</summary>
    private void Received(byte[] frame)
    {
        bool isForUs = frame.AsSpan(0, 6).SequenceEqual(_ours.Hardware);
        if (!isForUs && (frame[0] & 1) == 0)
        {
            return;
        }
        byte[] sender = frame[6..12];
        ReadOnlySpan<byte> content = frame.AsSpan(Frame.EthernetSize);
        byte[]? answer = BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(12)) switch
        {
            Frame.Arp when content.Length >= 28 => AnswerToArp(sender, content),
            Frame.Ipv4 when Frame.Ipv4HeaderOf(content) is > 0 and int header => AnswerToIp(sender, content, header),
            _ => null,
        };
        if (answer is not null)
        {
            _send(answer);
        }
    }

    private byte[]? AnswerToArp(byte[] sender, ReadOnlySpan<byte> arp)
    {
        Hear(sender, arp[14..18]);
        return BinaryPrimitives.ReadUInt16BigEndian(arp[6..]) == 1 && arp[24..28].SequenceEqual(_ours.Address)
            ? Frame.ArpPacket(2, _ours.Hardware, _ours.Address, sender, arp[14..18], isBroadcast: false)
            : null;
    }

    private byte[]? AnswerToIp(byte[] sender, ReadOnlySpan<byte> packet, int header)
    {
        ReadOnlySpan<byte> segment = packet[header..BinaryPrimitives.ReadUInt16BigEndian(packet[2..])];
        byte protocol = packet[9];
        if (protocol == Frame.Udp && segment.Length >= Frame.UdpSize && BinaryPrimitives.ReadUInt16BigEndian(segment[2..]) == 67)
        {
            return AnswerToDhcp(sender, segment[Frame.UdpSize..]);
        }
        if (!packet[16..20].SequenceEqual(_ours.Address) || !Hear(sender, packet[12..16]))
        {
            return null;
        }
        WireEnd guest = new(sender, packet[12..16].ToArray(), 0);
        if (Volatile.Read(ref _scan) is { } scan && guest.Address.AsSpan().SequenceEqual(scan.Guest.Address)
            && protocol == Frame.Tcp && segment.Length >= Frame.TcpSize
            && BinaryPrimitives.ReadUInt16BigEndian(segment[2..]) == PortProbe.OurPort)
        {
            return PortProbe.Learn(_ours with { Port = PortProbe.OurPort }, guest, protocol, segment, scan.Tcp, scan.Udp);
        }
        return protocol switch
        {
            Icmp.V4 => Icmp.EchoReply(_ours, guest, segment),
            Frame.Udp when segment.Length >= Frame.UdpSize => AnswerToDatagram(guest, segment),
            Frame.Tcp when segment.Length >= Frame.TcpSize => AnswerToSegment(guest, segment),
            _ => null,
        };
    }

    private byte[]? AnswerToDhcp(byte[] sender, ReadOnlySpan<byte> message)
    {
        if (!_config.GivesAddresses)
        {
            return null;
        }
        uint given;
        lock (_lock)
        {
            ulong hardware = HardwareNumber(sender);
            if (!_given.TryGetValue(hardware, out given))
            {
                if (_given.Count == MostGiven)
                {
                    return null;
                }
                given = (Number(_ours.Address) & 0xFFFFFF00) + FirstGiven + (uint)_given.Count;
                _given.Add(hardware, given);
            }
        }
        return DhcpAnswer.To(message, Number(_ours.Address), given, givesNames: _names.Count > 0) is byte[] answer
            ? Frame.UdpDatagram(_ours with { Port = 67 }, new WireEnd(sender, [255, 255, 255, 255], 68), answer)
            : null;
    }

    private byte[]? AnswerToDatagram(WireEnd guest, ReadOnlySpan<byte> segment)
    {
        ushort from = BinaryPrimitives.ReadUInt16BigEndian(segment);
        return _names.Count > 0 && BinaryPrimitives.ReadUInt16BigEndian(segment[2..]) == 53
            && DnsAnswer.To(segment[Frame.UdpSize..], _names) is byte[] answer
            ? Frame.UdpDatagram(_ours with { Port = 53 }, guest with { Port = from }, answer)
            : null;
    }

    private byte[]? AnswerToSegment(WireEnd guest, ReadOnlySpan<byte> segment)
    {
        ushort theirs = BinaryPrimitives.ReadUInt16BigEndian(segment);
        ushort ours = BinaryPrimitives.ReadUInt16BigEndian(segment[2..]);
        int flags = segment[13];
        WireConnection? connection;
        lock (_lock)
        {
            (uint, ushort, ushort) name = (Number(guest.Address), theirs, ours);
            bool isNew = !_connections.TryGetValue(name, out connection) || connection.IsGone;
            if (isNew)
            {
                connection = null;
                if (ours == 80 && _config.Files.Count > 0 && (flags & (Syn | Acknowledge | Reset)) == Syn
                    && _connections.Count < MostConnections)
                {
                    connection = new WireConnection(_ours with { Port = ours }, guest with { Port = theirs }, _send, _time);
                    _connections[name] = connection;
                    _answers.Add(ServeAsync(connection));
                }
            }
        }
        if (connection is not null)
        {
            connection.Received(segment);
            return null;
        }
        return (flags & Reset) != 0 ? null
            : Frame.TcpSegment(
                _ours with { Port = ours }, guest with { Port = theirs }, BinaryPrimitives.ReadUInt32BigEndian(segment[8..]),
                unchecked(BinaryPrimitives.ReadUInt32BigEndian(segment[4..]) + ((flags & Syn) != 0 ? 1u : 0)), Reset | Acknowledge);
    }

    private async Task ServeAsync(WireConnection connection)
    {
        await Task.Yield(); // the caller holds the lock
        await using (connection)
        {
            try
            {
                await FileAnswers.AnswerAsync(connection, _config.Files, _end.Token);
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or UnauthorizedAccessException)
            {
                // the guest hung up, or it ends: the guest says itself what it is missing
            }
        }
    }

    /// <summary>Remembers who has an address; false for one of another network.</summary>
    private bool Hear(byte[] hardware, ReadOnlySpan<byte> address)
    {
        uint number = Number(address);
        if ((number ^ Number(_ours.Address)) is 0 or > 0xFF)
        {
            return false;
        }
        lock (_lock)
        {
            _neighbours[number] = hardware;
        }
        return true;
    }

    private async Task<WireEnd> FindAsync(IPAddress guest, CancellationToken cancellationToken)
    {
        byte[] address = guest.GetAddressBytes();
        while (true)
        {
            lock (_lock)
            {
                if (_neighbours.TryGetValue(Number(address), out byte[]? hardware))
                {
                    return new WireEnd(hardware, address, 0);
                }
            }
            _send(Frame.ArpPacket(1, _ours.Hardware, _ours.Address, new byte[6], address, isBroadcast: true));
            await Task.Delay(s_askAgain, _time, cancellationToken);
        }
    }

    private async Task TickAsync()
    {
        try
        {
            while (true)
            {
                await Task.Delay(s_tick, _time, _end.Token);
                WireConnection[] connections;
                lock (_lock)
                {
                    foreach ((uint, ushort, ushort) gone in _connections.Where(c => c.Value.IsGone).Select(c => c.Key).ToArray())
                    {
                        _connections.Remove(gone);
                    }
                    _answers.RemoveAll(a => a.IsCompleted);
                    connections = [.. _connections.Values];
                }
                foreach (WireConnection connection in connections)
                {
                    connection.LookAtClock();
                }
            }
        }
        catch (OperationCanceledException)
        {
            // it ends
        }
    }

    private sealed record Scan(WireEnd Guest, PortStates Tcp, PortStates Udp);
}
