using System.Buffers.Binary;

namespace Strata.Machines.Network;

/// <summary>The question whether somebody listens on a port, and what an answer says.</summary>
internal static class PortProbe
{
    /// <summary>The port that questions come from.</summary>
    public const ushort OurPort = 40000;

    private const byte Syn = 0x02;
    private const byte Reset = 0x04;
    private const byte Acknowledge = 0x10;

    /// <summary>A frame that asks: a SYN of TCP, an empty datagram of UDP.</summary>
    public static byte[] Question(WireProtocol protocol, WireEnd ours, WireEnd guest) => protocol is WireProtocol.Tcp or WireProtocol.Tcp6
        ? Frame.TcpSegment(ours, guest, (uint)guest.Port << 8, 0, Syn)
        : Frame.UdpDatagram(ours, guest, []);

    /// <summary>What the guest says to a question of a scan; a port that opened is closed again by the answer.</summary>
    /// <param name="ours">Our end.</param>
    /// <param name="guest">Whose answer it is.</param>
    /// <param name="protocol">What the packet holds.</param>
    /// <param name="segment">Its content.</param>
    /// <param name="tcp">Gets what is learnt of TCP.</param>
    /// <param name="udp">Gets what is learnt of UDP.</param>
    /// <returns>What is to be sent; null for nothing.</returns>
    public static byte[]? Learn(
        WireEnd ours, WireEnd guest, byte protocol, ReadOnlySpan<byte> segment, PortStates tcp, PortStates udp)
    {
        bool isV6 = guest.Address.Length == 16;
        if (protocol == (isV6 ? Icmp.V6 : Icmp.V4))
        {
            if (Icmp.UnreachablePort(segment, isV6, OurPort) is > 0 and int closed)
            {
                udp.Answered(closed, isOpen: false);
            }
            return null;
        }
        if (protocol is not (Frame.Tcp or Frame.Udp) || segment.Length < (protocol == Frame.Tcp ? Frame.TcpSize : Frame.UdpSize)
            || BinaryPrimitives.ReadUInt16BigEndian(segment[2..]) != OurPort)
        {
            return null;
        }
        ushort port = BinaryPrimitives.ReadUInt16BigEndian(segment);
        if (protocol == Frame.Udp)
        {
            udp.Answered(port, isOpen: true);
            return null;
        }
        bool isOpen = (segment[13] & (Syn | Acknowledge | Reset)) == (Syn | Acknowledge);
        if (isOpen || (segment[13] & Reset) != 0)
        {
            tcp.Answered(port, isOpen);
        }
        return isOpen
            ? Frame.TcpSegment(ours, guest with { Port = port }, BinaryPrimitives.ReadUInt32BigEndian(segment[8..]), 0, Reset)
            : null;
    }
}
