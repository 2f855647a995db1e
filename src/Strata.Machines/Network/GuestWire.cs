using System.Buffers.Binary;
using System.Net.Sockets;
using Strata.Core;

namespace Strata.Machines.Network;

/// <summary>
/// A cable from the guest's network card to us, with nobody else on it: we give the guest an address by DHCP and can ask each of its ports whether somebody listens.
/// </summary>
/// <remarks>
/// What QEMU's own network cannot do: it takes every connection before the guest is asked. Form of the stream: each frame behind its length, four bytes
/// big-endian (QEMU, <c>-netdev stream</c>). IPv4 only. Everything the guest sends is checked before it is looked at.
/// </remarks>
public sealed class GuestWire : IAsyncDisposable
{
    private const uint OurAddress = 0x0A000202; // 10.0.2.2, as QEMU's own network has it
    private const uint GuestAddress = 0x0A00020F; // 10.0.2.15
    private const ushort ScanPort = 40000;
    private const byte Syn = 0x02;
    private const byte Reset = 0x04;
    private const byte Acknowledge = 0x10;
    private const int LongestFrame = 65536;
    private const int Burst = 256;
    private const int Tries = 3;

    private static readonly byte[] s_ourHardware = [0x52, 0x54, 0x00, 0x53, 0x54, 0x52];
    private static readonly TimeSpan s_answerTime = TimeSpan.FromMilliseconds(400);

    private readonly PrivateFolder _folder;
    private readonly Socket _listener;
    private readonly CancellationTokenSource _end = new();
    private readonly SemaphoreSlim _writing = new(1);
    private readonly Lock _lock = new();
    private readonly Task _pump;
    private readonly byte[] _states = new byte[65536]; // by port: 0 unknown, 1 closed, 2 open
    private readonly TaskCompletionSource<byte[]> _guestHardware = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private NetworkStream? _stream;
    private int _answers;

    private GuestWire(PrivateFolder folder, Socket listener)
    {
        (_folder, _listener) = (folder, listener);
        _pump = PumpAsync();
    }

    /// <summary>The socket, for <see cref="NetworkConfig.FrameSocket"/>.</summary>
    public string SocketPath => _folder["wire"];

    /// <summary>Lays the cable; a machine takes its other end when it starts.</summary>
    /// <exception cref="StrataException">There is no place for the socket.</exception>
    public static GuestWire Lay()
    {
        PrivateFolder folder = PrivateFolder.Make();
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(new UnixDomainSocketEndPoint(folder["wire"]));
            socket.Listen(1);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            folder.Dispose();
            throw new StrataException($"cannot lay a network for the guest: {e.Message}", innerException: e);
        }
        return new GuestWire(folder, socket);
    }

    /// <summary>Asks every TCP port of the guest whether somebody listens (a SYN; what is opened is reset at once).</summary>
    /// <param name="deadline">For all of it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<WireScan> ScanAsync(TimeSpan deadline, CancellationToken cancellationToken = default)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _end.Token);
        limit.CancelAfter(deadline);
        try
        {
            byte[] hardware = await FindGuestAsync(limit.Token);
            List<int> asked = [.. Enumerable.Range(1, 65535)];
            for (int turn = 0; turn < Tries && asked.Count > 0; turn++)
            {
                foreach (int[] ports in asked.Chunk(Burst))
                {
                    await AskAsync(hardware, ports, limit.Token);
                }
                asked = [.. asked.Where(p => State(p) == 0)];
            }
            return Result(isComplete: true, null);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Result(isComplete: false, _guestHardware.Task.IsCompleted ? $"the scan did not end within {Machine.Seconds(deadline)}" : "the guest took no address by DHCP");
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            return Result(isComplete: false, "the guest's machine ended");
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        await _pump;
        _stream?.Dispose();
        _folder.Dispose();
        _writing.Dispose();
        _end.Dispose();
    }

    private async Task<byte[]> FindGuestAsync(CancellationToken cancellationToken)
    {
        while (!_guestHardware.Task.IsCompleted)
        {
            if (_stream is not null) // a machine may take its end of the cable a moment later
            {
                await SendAsync(Frame.ArpPacket(1, s_ourHardware, OurAddress, new byte[6], GuestAddress, isBroadcast: true), cancellationToken);
            }
            await Task.WhenAny(_guestHardware.Task, Task.Delay(s_answerTime, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
        }
        return await _guestHardware.Task;
    }

    private async Task AskAsync(byte[] hardware, int[] ports, CancellationToken cancellationToken)
    {
        foreach (int port in ports)
        {
            await SendAsync(Frame.TcpSegment(Ours, new WireEnd(hardware, GuestAddress, (ushort)port), (uint)port << 8, 0, Syn), cancellationToken);
        }
        int before = -1;
        while (ports.Any(p => State(p) == 0))
        {
            int answers = Volatile.Read(ref _answers);
            if (answers == before)
            {
                return; // silence: what has not answered is asked again later
            }
            before = answers;
            for (int i = 0; i < 20 && ports.Any(p => State(p) == 0); i++)
            {
                await Task.Delay(s_answerTime / 20, cancellationToken);
            }
        }
    }

    private static WireEnd Ours => new(s_ourHardware, OurAddress, ScanPort);

    private byte State(int port) => Volatile.Read(ref _states[port]);

    private WireScan Result(bool isComplete, string? problem)
    {
        int[] ports = [.. Enumerable.Range(1, 65535)];
        return new WireScan([.. ports.Where(p => State(p) == 2)], ports.Count(p => State(p) == 1), ports.Count(p => State(p) == 0), isComplete, problem);
    }

    private async Task SendAsync(byte[] frame, CancellationToken cancellationToken)
    {
        NetworkStream stream = _stream ?? throw new IOException("no machine has the other end of the cable");
        byte[] message = new byte[4 + frame.Length];
        BinaryPrimitives.WriteInt32BigEndian(message, frame.Length);
        frame.CopyTo(message, 4);
        await _writing.WaitAsync(cancellationToken);
        try
        {
            await stream.WriteAsync(message, cancellationToken);
        }
        finally
        {
            _writing.Release();
        }
    }

    private async Task PumpAsync()
    {
        try
        {
            NetworkStream stream = new(await _listener.AcceptAsync(_end.Token), ownsSocket: true);
            _stream = stream;
            byte[] length = new byte[4];
            byte[] frame = new byte[LongestFrame];
            while (true)
            {
                await stream.ReadExactlyAsync(length, _end.Token);
                int size = BinaryPrimitives.ReadInt32BigEndian(length);
                if (size is < 0 or > LongestFrame)
                {
                    return; // no frame is that long: nothing behind it can be understood
                }
                await stream.ReadExactlyAsync(frame.AsMemory(0, size), _end.Token);
                if (AnswerTo(frame.AsSpan(0, size)) is byte[] answer)
                {
                    await SendAsync(answer, _end.Token);
                }
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // the machine or we have ended
        }
    }

    private byte[]? AnswerTo(ReadOnlySpan<byte> frame)
    {
        if (frame.Length < Frame.EthernetSize)
        {
            return null;
        }
        byte[] sender = frame[6..12].ToArray();
        ReadOnlySpan<byte> content = frame[Frame.EthernetSize..];
        return BinaryPrimitives.ReadUInt16BigEndian(frame[12..]) switch
        {
            Frame.Arp when content.Length >= 28 => AnswerToArp(sender, content),
            Frame.Ipv4 when Frame.Ipv4HeaderOf(content) is > 0 and int header => AnswerToIp(sender, content, header),
            _ => null,
        };
    }

    private byte[]? AnswerToArp(byte[] sender, ReadOnlySpan<byte> arp)
    {
        uint from = BinaryPrimitives.ReadUInt32BigEndian(arp[14..]);
        uint about = BinaryPrimitives.ReadUInt32BigEndian(arp[24..]);
        if (from == GuestAddress)
        {
            _guestHardware.TrySetResult(sender);
        }
        return BinaryPrimitives.ReadUInt16BigEndian(arp[6..]) == 1 && about == OurAddress
            ? Frame.ArpPacket(2, s_ourHardware, OurAddress, sender, from, isBroadcast: false)
            : null;
    }

    private byte[]? AnswerToIp(byte[] sender, ReadOnlySpan<byte> packet, int header)
    {
        ReadOnlySpan<byte> segment = packet[header..BinaryPrimitives.ReadUInt16BigEndian(packet[2..])];
        uint from = BinaryPrimitives.ReadUInt32BigEndian(packet[12..]);
        if (packet[9] == Frame.Udp && segment.Length >= Frame.UdpSize && BinaryPrimitives.ReadUInt16BigEndian(segment[2..]) == 67)
        {
            return DhcpAnswer.To(segment[Frame.UdpSize..], OurAddress, GuestAddress) is byte[] answer
                ? Frame.UdpDatagram(new WireEnd(s_ourHardware, OurAddress, 67), new WireEnd(sender, 0xFFFFFFFF, 68), answer)
                : null;
        }
        if (packet[9] != Frame.Tcp || from != GuestAddress || segment.Length < Frame.TcpSize || BinaryPrimitives.ReadUInt16BigEndian(segment[2..]) != ScanPort)
        {
            return null;
        }
        ushort port = BinaryPrimitives.ReadUInt16BigEndian(segment);
        bool isOpen = (segment[13] & (Syn | Acknowledge | Reset)) == (Syn | Acknowledge);
        bool isClosed = (segment[13] & Reset) != 0;
        if (isOpen || isClosed)
        {
            lock (_lock)
            {
                _answers += _states[port] == 0 ? 1 : 0;
                _states[port] = (byte)(isOpen ? 2 : Math.Max(_states[port], (byte)1)); // a reset after an opening is the end of that
            }
        }
        return isOpen
            ? Frame.TcpSegment(Ours, new WireEnd(sender, GuestAddress, port), BinaryPrimitives.ReadUInt32BigEndian(segment[8..]), 0, Reset)
            : null;
    }
}

/// <summary>What a scan from outside found.</summary>
/// <param name="Open">TCP ports on which somebody listens, ascending.</param>
/// <param name="Closed">How many said that nobody does.</param>
/// <param name="Silent">How many said nothing: filtered, or not asked any more.</param>
/// <param name="IsComplete">True when every port was asked.</param>
/// <param name="Problem">Why not, or null.</param>
public sealed record WireScan(IReadOnlyList<int> Open, int Closed, int Silent, bool IsComplete, string? Problem);
