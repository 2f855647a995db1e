using System.Buffers.Binary;

namespace Strata.Machines.Network;

/// <summary>What ICMP (RFC 792), ICMPv6 (RFC 4443) and neighbours of IPv6 (RFC 4861) say to each other, as far as a scan needs it.</summary>
internal static class Icmp
{
    public const byte V4 = 1; // protocol of IPv4
    public const byte V6 = 58; // next header of IPv6

    private const byte EchoRequest6 = 128;
    private const byte EchoReply6 = 129;
    private const byte NeighborSolicitation = 135;
    private const byte NeighborAdvertisement = 136;
    private const int NeighborSize = 24; // type, code, checksum, flags, target

    /// <summary>All nodes of the wire (RFC 4291 §2.7.1) and the Ethernet address of that group (RFC 2464 §7).</summary>
    public static WireEnd AllNodes => new([0x33, 0x33, 0, 0, 0, 1], [0xFF, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], 0);

    /// <summary>The answer to an echo request of IPv4 (ping); null for another message.</summary>
    public static byte[]? EchoReply(WireEnd ours, WireEnd guest, ReadOnlySpan<byte> message)
    {
        if (message.Length < 8 || message[0] != 8)
        {
            return null;
        }
        byte[] frame = Frame.Ip(ours, guest, V4, message.Length, out int start);
        Span<byte> reply = frame.AsSpan(start, message.Length);
        message.CopyTo(reply);
        reply[..4].Clear(); // type 0, code 0, and the checksum to be made
        BinaryPrimitives.WriteUInt16BigEndian(reply[2..], Frame.Checksum(reply));
        return frame;
    }

    /// <summary>Asks whether somebody is there: an ICMPv6 echo request.</summary>
    public static byte[] Echo6(WireEnd from, WireEnd to)
    {
        byte[] message = new byte[8];
        message[0] = EchoRequest6;
        return Message6(from, to, message);
    }

    /// <summary>True for the answer to <see cref="Echo6"/>.</summary>
    public static bool IsEchoReply6(ReadOnlySpan<byte> message) => message.Length >= 8 && message[0] == EchoReply6;

    /// <summary>The address whose hardware a neighbour wants to know, or nothing.</summary>
    public static ReadOnlySpan<byte> SolicitedBy(ReadOnlySpan<byte> message) =>
        message.Length >= NeighborSize && message[0] == NeighborSolicitation ? message[8..NeighborSize] : [];

    /// <summary>Tells a neighbour our hardware.</summary>
    public static byte[] Advertise(WireEnd ours, WireEnd neighbour)
    {
        byte[] message = new byte[NeighborSize + 8];
        message[0] = NeighborAdvertisement;
        message[4] = 0x60; // solicited, overrides
        ours.Address.CopyTo(message, 8);
        message[NeighborSize] = 2; // option: target link-layer address, of one unit of 8 bytes
        message[NeighborSize + 1] = 1;
        ours.Hardware.CopyTo(message, NeighborSize + 2);
        return Message6(ours, neighbour, message);
    }

    /// <summary>
    /// The UDP port that a guest says nobody listens on: "port unreachable" quotes the datagram that was not wanted. 0 for any other message, and when the quoted
    /// one is not from <paramref name="ourPort"/>.
    /// </summary>
    public static int UnreachablePort(ReadOnlySpan<byte> message, bool isV6, ushort ourPort)
    {
        if (message.Length < 8 || message[0] != (isV6 ? 1 : 3) || message[1] != (isV6 ? 4 : 3))
        {
            return 0;
        }
        ReadOnlySpan<byte> quoted = message[8..];
        int header = isV6 ? Frame.Ipv6Size : quoted.Length > 0 ? (quoted[0] & 15) * 4 : 0;
        int protocol = isV6 ? 6 : 9;
        return header >= Frame.Ipv4Size && quoted.Length >= header + 4 && quoted[protocol] == Frame.Udp
            && BinaryPrimitives.ReadUInt16BigEndian(quoted[header..]) == ourPort
            ? BinaryPrimitives.ReadUInt16BigEndian(quoted[(header + 2)..])
            : 0;
    }

    private static byte[] Message6(WireEnd from, WireEnd to, ReadOnlySpan<byte> message)
    {
        byte[] frame = Frame.Ip(from, to, V6, message.Length, out int start);
        Span<byte> content = frame.AsSpan(start, message.Length);
        message.CopyTo(content);
        BinaryPrimitives.WriteUInt16BigEndian(content[2..], Frame.Checksum(from.Address, to.Address, V6, content));
        return frame;
    }
}
