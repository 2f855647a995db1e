using System.Buffers.Binary;

namespace Strata.Machines.Network;

/// <summary>The few frames that a wire of two needs: Ethernet II with ARP (RFC 826), IPv4 (RFC 791), UDP (RFC 768) and TCP (RFC 9293). No options, no fragments.</summary>
internal static class Frame
{
    public const ushort Arp = 0x0806;
    public const ushort Ipv4 = 0x0800;
    public const byte Tcp = 6;
    public const byte Udp = 17;

    public const int EthernetSize = 14; // destination, source, type
    public const int Ipv4Size = 20;
    public const int UdpSize = 8;
    public const int TcpSize = 20;

    public static ReadOnlySpan<byte> Broadcast => [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF];

    /// <summary>An ARP packet: 1 asks, 2 answers.</summary>
    public static byte[] ArpPacket(ushort operation, ReadOnlySpan<byte> from, uint fromAddress, ReadOnlySpan<byte> to, uint toAddress, bool isBroadcast)
    {
        byte[] frame = Ethernet(isBroadcast ? Broadcast : to, from, Arp, 28);
        Span<byte> arp = frame.AsSpan(EthernetSize);
        BinaryPrimitives.WriteUInt16BigEndian(arp, 1); // hardware: Ethernet
        BinaryPrimitives.WriteUInt16BigEndian(arp[2..], Ipv4);
        arp[4] = 6;
        arp[5] = 4;
        BinaryPrimitives.WriteUInt16BigEndian(arp[6..], operation);
        from.CopyTo(arp[8..]);
        BinaryPrimitives.WriteUInt32BigEndian(arp[14..], fromAddress);
        to.CopyTo(arp[18..]);
        BinaryPrimitives.WriteUInt32BigEndian(arp[24..], toAddress);
        return frame;
    }

    /// <summary>A UDP datagram.</summary>
    public static byte[] UdpDatagram(WireEnd from, WireEnd to, ReadOnlySpan<byte> content)
    {
        byte[] frame = Ip(from, to, Udp, UdpSize + content.Length);
        Span<byte> udp = frame.AsSpan(EthernetSize + Ipv4Size);
        BinaryPrimitives.WriteUInt16BigEndian(udp, from.Port);
        BinaryPrimitives.WriteUInt16BigEndian(udp[2..], to.Port);
        BinaryPrimitives.WriteUInt16BigEndian(udp[4..], (ushort)(UdpSize + content.Length));
        content.CopyTo(udp[UdpSize..]);
        BinaryPrimitives.WriteUInt16BigEndian(udp[6..], Checksum(from.Address, to.Address, Udp, udp[..(UdpSize + content.Length)]));
        return frame;
    }

    /// <summary>A TCP segment without data.</summary>
    public static byte[] TcpSegment(WireEnd from, WireEnd to, uint sequence, uint acknowledgement, byte flags)
    {
        byte[] frame = Ip(from, to, Tcp, TcpSize);
        Span<byte> tcp = frame.AsSpan(EthernetSize + Ipv4Size, TcpSize);
        BinaryPrimitives.WriteUInt16BigEndian(tcp, from.Port);
        BinaryPrimitives.WriteUInt16BigEndian(tcp[2..], to.Port);
        BinaryPrimitives.WriteUInt32BigEndian(tcp[4..], sequence);
        BinaryPrimitives.WriteUInt32BigEndian(tcp[8..], acknowledgement);
        tcp[12] = TcpSize / 4 << 4;
        tcp[13] = flags;
        BinaryPrimitives.WriteUInt16BigEndian(tcp[14..], 1024); // window
        BinaryPrimitives.WriteUInt16BigEndian(tcp[16..], Checksum(from.Address, to.Address, Tcp, tcp));
        return frame;
    }

    /// <summary>Header length of an IPv4 packet that is whole and no fragment; 0 for anything else.</summary>
    public static int Ipv4HeaderOf(ReadOnlySpan<byte> packet)
    {
        if (packet.Length < Ipv4Size || packet[0] >> 4 != 4)
        {
            return 0;
        }
        int header = (packet[0] & 15) * 4;
        int length = BinaryPrimitives.ReadUInt16BigEndian(packet[2..]);
        bool isFragment = (BinaryPrimitives.ReadUInt16BigEndian(packet[6..]) & 0x3FFF) != 0;
        return header >= Ipv4Size && length >= header && length <= packet.Length && !isFragment ? header : 0;
    }

    private static byte[] Ethernet(ReadOnlySpan<byte> to, ReadOnlySpan<byte> from, ushort type, int content)
    {
        byte[] frame = new byte[Math.Max(60, EthernetSize + content)]; // shorter ones are runts
        to.CopyTo(frame);
        from.CopyTo(frame.AsSpan(6));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), type);
        return frame;
    }

    private static byte[] Ip(WireEnd from, WireEnd to, byte protocol, int content)
    {
        byte[] frame = Ethernet(to.Hardware, from.Hardware, Ipv4, Ipv4Size + content);
        Span<byte> ip = frame.AsSpan(EthernetSize, Ipv4Size);
        ip[0] = 0x45; // version 4, five words
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)(Ipv4Size + content));
        ip[8] = 64; // time to live
        ip[9] = protocol;
        BinaryPrimitives.WriteUInt32BigEndian(ip[12..], from.Address);
        BinaryPrimitives.WriteUInt32BigEndian(ip[16..], to.Address);
        BinaryPrimitives.WriteUInt16BigEndian(ip[10..], Fold(Sum(ip)));
        return frame;
    }

    private static ushort Checksum(uint from, uint to, byte protocol, ReadOnlySpan<byte> segment)
    {
        uint pseudo = (from >> 16) + (from & 0xFFFF) + (to >> 16) + (to & 0xFFFF) + protocol + (uint)segment.Length;
        ushort sum = Fold(pseudo + Sum(segment));
        return sum == 0 ? (ushort)0xFFFF : sum; // zero says "none" in UDP
    }

    private static uint Sum(ReadOnlySpan<byte> bytes)
    {
        uint sum = 0;
        for (int i = 0; i < bytes.Length; i += 2)
        {
            sum += (uint)(bytes[i] << 8 | (i + 1 < bytes.Length ? bytes[i + 1] : 0));
        }
        return sum;
    }

    private static ushort Fold(uint sum)
    {
        while (sum >> 16 != 0)
        {
            sum = (sum & 0xFFFF) + (sum >> 16);
        }
        return (ushort)(sum ^ 0xFFFF);
    }
}

/// <summary>One end of a conversation.</summary>
/// <param name="Hardware">Six bytes.</param>
/// <param name="Address">IPv4 address, the first octet highest.</param>
/// <param name="Port">UDP or TCP port.</param>
internal readonly record struct WireEnd(byte[] Hardware, uint Address, ushort Port);
