using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using Strata.Core;
using Strata.Machines.Serial;

namespace Strata.Machines.Network;

/// <summary>
/// A cable from the guest's network card to us, with nobody else on it: we give the guest an address by DHCP and can ask each of its ports whether somebody listens.
/// </summary>
/// <remarks>
/// What QEMU's own network cannot do: it takes every connection before the guest is asked, and forwards no IPv6. Of IPv6 there are
/// link-local
/// addresses only: we announce no network, as no router does on such a wire. Everything the guest sends is checked before it is looked at.
/// </remarks>
public sealed class GuestWire : IAsyncDisposable
{
    private static readonly byte[] s_ourHardware = [0x52, 0x54, 0x00, 0x53, 0x54, 0x52];
    private static readonly byte[] s_guestAddress = [10, 0, 2, 15];
    private static readonly WireEnd s_ours = new(s_ourHardware, [10, 0, 2, 2], PortProbe.OurPort); // as QEMU's own network has it
    private static readonly WireEnd s_ours6 = new(
        s_ourHardware, [0xFE, 0x80, 0, 0, 0, 0, 0, 0, 0x50, 0x54, 0x00, 0xFF, 0xFE, 0x53, 0x54, 0x52],
        PortProbe.OurPort); // RFC 4291, appendix A
    private static readonly TimeSpan s_askAgain = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan s_neighbour = TimeSpan.FromSeconds(5); // an IPv6 address is tried for a second before it is used

    private readonly FrameCable _cable = FrameCable.Lay();
    private readonly CancellationTokenSource _end = new();
    private readonly Dictionary<WireProtocol, PortStates> _states = Enum.GetValues<WireProtocol>().ToDictionary(p => p, _ => new PortStates());
    private readonly TaskCompletionSource<WireEnd> _guest = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<WireEnd> _guest6 = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private GuestWire() => _cable.Connect(frame =>
    {
        if (AnswerTo(frame) is byte[] answer)
        {
            _cable.Send(answer);
        }
    });

    /// <summary>The other end, for <see cref="NetworkConfig.FrameSocket"/>.</summary>
    public SafeFileHandle TheirEnd => _cable.TheirEnd;

    /// <summary>Lays the cable; a machine takes its other end when it starts.</summary>
    /// <exception cref="StrataException">The kernel refuses.</exception>
    public static GuestWire Lay() => new();

    /// <summary>
    /// Asks every port of the guest whether somebody listens. TCP: a SYN; what is opened is reset at once. UDP: an empty datagram, which nobody has to answer; but
    /// for a port where nobody listens Linux says so, one a second unless <c>net.ipv4.icmp_ratemask</c> and its like allow more.
    /// </summary>
    /// <param name="protocol">What is asked for. Each once for a wire.</param>
    /// <param name="deadline">For all of it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<WireScan> ScanAsync(WireProtocol protocol, TimeSpan deadline, CancellationToken cancellationToken = default)
    {
        PortStates states = _states[protocol];
        bool isV6 = protocol is WireProtocol.Tcp6 or WireProtocol.Udp6;
        TaskCompletionSource<WireEnd> guest = isV6 ? _guest6 : _guest;
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _end.Token);
        limit.CancelAfter(deadline);
        try
        {
            using CancellationTokenSource finding = CancellationTokenSource.CreateLinkedTokenSource(limit.Token);
            if (isV6)
            {
                finding.CancelAfter(s_neighbour);
            }
            WireEnd found = await FindAsync(guest, isV6, finding.Token);
            WireEnd ours = isV6 ? s_ours6 : s_ours;
            await states.AskAllAsync(
                port => _cable.SendAsync(PortProbe.Question(protocol, ours, found with { Port = (ushort)port }), limit.Token).AsTask(),
                limit.Token);
            return states.Result(null);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return states.Result(
                guest.Task.IsCompleted ? $"not every port was asked within {Deadline.InSeconds(deadline)}"
                : isV6 ? "the guest has no IPv6 address on this wire"
                : "the guest took no address by DHCP");
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            return states.Result("the guest's machine ended");
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _cable.DisposeAsync();
        _end.Dispose();
        foreach (PortStates states in _states.Values)
        {
            states.Dispose();
        }
    }

    private async Task<WireEnd> FindAsync(TaskCompletionSource<WireEnd> guest, bool isV6, CancellationToken cancellationToken)
    {
        while (!guest.Task.IsCompleted)
        {
            await _cable.SendAsync(
                isV6 ? Icmp.Echo6(s_ours6, Icmp.AllNodes)
                : Frame.ArpPacket(1, s_ourHardware, s_ours.Address, new byte[6], s_guestAddress, isBroadcast: true), cancellationToken);
            await Task.WhenAny(guest.Task, Task.Delay(s_askAgain, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
        }
        return await guest.Task;
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
            Frame.Ipv6 when Frame.IsIpv6(content) => AnswerToIpv6(sender, content),
            _ => null,
        };
    }

    private byte[]? AnswerToArp(byte[] sender, ReadOnlySpan<byte> arp)
    {
        ReadOnlySpan<byte> from = arp[14..18];
        if (from.SequenceEqual(s_guestAddress))
        {
            _guest.TrySetResult(new WireEnd(sender, s_guestAddress, 0));
        }
        return BinaryPrimitives.ReadUInt16BigEndian(arp[6..]) == 1 && arp[24..28].SequenceEqual(s_ours.Address)
            ? Frame.ArpPacket(2, s_ourHardware, s_ours.Address, sender, from, isBroadcast: false)
            : null;
    }

    private byte[]? AnswerToIp(byte[] sender, ReadOnlySpan<byte> packet, int header)
    {
        ReadOnlySpan<byte> segment = packet[header..BinaryPrimitives.ReadUInt16BigEndian(packet[2..])];
        if (packet[9] == Frame.Udp && segment.Length >= Frame.UdpSize && BinaryPrimitives.ReadUInt16BigEndian(segment[2..]) == 67)
        {
            return DhcpAnswer.To(segment[Frame.UdpSize..], BinaryPrimitives.ReadUInt32BigEndian(s_ours.Address), BinaryPrimitives.ReadUInt32BigEndian(s_guestAddress)) is byte[] answer
                ? Frame.UdpDatagram(s_ours with { Port = 67 }, new WireEnd(sender, [255, 255, 255, 255], 68), answer)
                : null;
        }
        return packet[12..16].SequenceEqual(s_guestAddress) ? Learn(s_ours, new WireEnd(sender, s_guestAddress, 0), packet[9], segment) : null;
    }

    private byte[]? AnswerToIpv6(byte[] sender, ReadOnlySpan<byte> packet)
    {
        ReadOnlySpan<byte> message = packet.Slice(Frame.Ipv6Size, BinaryPrimitives.ReadUInt16BigEndian(packet[4..]));
        WireEnd guest = new(sender, packet[8..24].ToArray(), 0);
        if (packet[6] == Icmp.V6 && guest.Address[0] == 0xFE && (guest.Address[1] & 0xC0) == 0x80) // link-local, RFC 4291 §2.5.6
        {
            if (Icmp.IsEchoReply6(message))
            {
                _guest6.TrySetResult(guest);
                return null;
            }
            if (Icmp.SolicitedBy(message).SequenceEqual(s_ours6.Address))
            {
                return Icmp.Advertise(s_ours6, guest);
            }
        }
        return _guest6.Task.IsCompletedSuccessfully && _guest6.Task.Result.Address.AsSpan().SequenceEqual(guest.Address) ? Learn(s_ours6, guest, packet[6], message) : null;
    }

    private byte[]? Learn(WireEnd ours, WireEnd guest, byte protocol, ReadOnlySpan<byte> segment)
    {
        bool isV6 = guest.Address.Length == 16;
        return PortProbe.Learn(
            ours, guest, protocol, segment, _states[isV6 ? WireProtocol.Tcp6 : WireProtocol.Tcp],
            _states[isV6 ? WireProtocol.Udp6 : WireProtocol.Udp]);
    }
}
