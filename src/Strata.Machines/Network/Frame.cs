using System.Buffers.Binary;

namespace Strata.Machines.Network;

/// <summary>
/// The few frames that a wire of two needs: Ethernet II with ARP (RFC 826), IPv4 (RFC 791), IPv6 (RFC 8200), UDP (RFC 768) and TCP (RFC 9293).
/// No options, no fragments. What ICMP says is in <see cref="Icmp"/>.
/// </summary>
internal static class Frame
{
    public const ushort Arp = 0x0806;
    public const ushort Ipv4 = 0x0800;
    public const ushort Ipv6 = 0x86DD;
    public const byte Tcp = 6;
    public const byte Udp = 17;

    public const int EthernetSize = 14; // destination, source, type
    public const int Ipv4Size = 20;
    public const int Ipv6Size = 40;
    public const int UdpSize = 8;
    public const int TcpSize = 20;

    public static ReadOnlySpan<byte> Broadcast => [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF];

    /// <summary>An ARP packet: 1 asks, 2 answers.</summary>
    public static byte[] ArpPacket(
        ushort operation, ReadOnlySpan<byte> from, ReadOnlySpan<byte> fromAddress, ReadOnlySpan<byte> to, ReadOnlySpan<byte> toAddress, bool isBroadcast)
    {
        byte[] frame = Ethernet(isBroadcast ? Broadcast : to, from, Arp, 28);
        Span<byte> arp = frame.AsSpan(EthernetSize);
        BinaryPrimitives.WriteUInt16BigEndian(arp, 1); // hardware: Ethernet
        BinaryPrimitives.WriteUInt16BigEndian(arp[2..], Ipv4);
        arp[4] = 6;
        arp[5] = 4;
        BinaryPrimitives.WriteUInt16BigEndian(arp[6..], operation);
        from.CopyTo(arp[8..]);
        fromAddress.CopyTo(arp[14..18]);
        to.CopyTo(arp[18..]);
        toAddress.CopyTo(arp[24..28]);
        return frame;
    }

    /// <summary>A UDP datagram.</summary>
    public static byte[] UdpDatagram(WireEnd from, WireEnd to, ReadOnlySpan<byte> content)
    {
        byte[] frame = Ip(from, to, Udp, UdpSize + content.Length, out int start);
        Span<byte> udp = frame.AsSpan(start);
        BinaryPrimitives.WriteUInt16BigEndian(udp, from.Port);
        BinaryPrimitives.WriteUInt16BigEndian(udp[2..], to.Port);
        BinaryPrimitives.WriteUInt16BigEndian(udp[4..], (ushort)(UdpSize + content.Length));
        content.CopyTo(udp[UdpSize..]);
        BinaryPrimitives.WriteUInt16BigEndian(udp[6..], Checksum(from.Address, to.Address, Udp, udp[..(UdpSize + content.Length)]));
        return frame;
    }

    /// <summary>A TCP segment.</summary>
    /// <param name="from">Whose it is.</param>
    /// <param name="to">Who gets it.</param>
    /// <param name="sequence">Number of its first byte.</param>
    /// <param name="acknowledgement">Number of the byte that is expected next.</param>
    /// <param name="flags">The control bits.</param>
    /// <param name="window">Bytes that may come.</param>
    /// <param name="content">Its data.</param>
    /// <param name="options">Whole words of options.</param>
    public static byte[] TcpSegment(
        WireEnd from, WireEnd to, uint sequence, uint acknowledgement, byte flags, ushort window = 1024,
        ReadOnlySpan<byte> content = default, ReadOnlySpan<byte> options = default)
    {
        int header = TcpSize + options.Length;
        byte[] frame = Ip(from, to, Tcp, header + content.Length, out int start);
        Span<byte> tcp = frame.AsSpan(start, header + content.Length);
        BinaryPrimitives.WriteUInt16BigEndian(tcp, from.Port);
        BinaryPrimitives.WriteUInt16BigEndian(tcp[2..], to.Port);
        BinaryPrimitives.WriteUInt32BigEndian(tcp[4..], sequence);
        BinaryPrimitives.WriteUInt32BigEndian(tcp[8..], acknowledgement);
        tcp[12] = (byte)(header / 4 << 4);
        tcp[13] = flags;
        BinaryPrimitives.WriteUInt16BigEndian(tcp[14..], window);
        options.CopyTo(tcp[TcpSize..]);
        content.CopyTo(tcp[header..]);
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

    /// <summary>True for an IPv6 packet that is whole; its content begins behind <see cref="Ipv6Size"/> bytes. Extension headers are its content.</summary>
    public static bool IsIpv6(ReadOnlySpan<byte> packet) =>
        packet.Length >= Ipv6Size && packet[0] >> 4 == 6 && Ipv6Size + BinaryPrimitives.ReadUInt16BigEndian(packet[4..]) <= packet.Length;

    private static byte[] Ethernet(ReadOnlySpan<byte> to, ReadOnlySpan<byte> from, ushort type, int content)
    {
        byte[] frame = new byte[Math.Max(60, EthernetSize + content)]; // shorter ones are runts
        to.CopyTo(frame);
        from.CopyTo(frame.AsSpan(6));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), type);
        return frame;
    }

    /// <summary>A frame with an IP header; the version is that of the addresses.</summary>
    /// <param name="from">Where it is from.</param>
    /// <param name="to">Where it goes.</param>
    /// <param name="protocol">What its content is.</param>
    /// <param name="content">Bytes of the content.</param>
    /// <param name="start">Where that begins.</param>
    public static byte[] Ip(WireEnd from, WireEnd to, byte protocol, int content, out int start)
    {
        if (from.Address.Length == 16)
        {
            start = EthernetSize + Ipv6Size;
            byte[] six = Ethernet(to.Hardware, from.Hardware, Ipv6, Ipv6Size + content);
            Span<byte> header = six.AsSpan(EthernetSize, Ipv6Size);
            header[0] = 0x60; // version 6, no traffic class, no flow
            BinaryPrimitives.WriteUInt16BigEndian(header[4..], (ushort)content);
            header[6] = protocol;
            header[7] = 255; // hop limit: neighbours believe nothing that was forwarded (RFC 4861 §7.1)
            from.Address.CopyTo(header[8..]);
            to.Address.CopyTo(header[24..]);
            return six;
        }
        start = EthernetSize + Ipv4Size;
        byte[] frame = Ethernet(to.Hardware, from.Hardware, Ipv4, Ipv4Size + content);
        Span<byte> ip = frame.AsSpan(EthernetSize, Ipv4Size);
        ip[0] = 0x45; // version 4, five words
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)(Ipv4Size + content));
        ip[8] = 64; // time to live
        ip[9] = protocol;
        from.Address.CopyTo(ip[12..]);
        to.Address.CopyTo(ip[16..]);
        BinaryPrimitives.WriteUInt16BigEndian(ip[10..], Checksum(ip));
        return frame;
    }

    /// <summary>Checksum of UDP, TCP and ICMPv6 with their pseudo header (RFC 768, RFC 9293 §3.1, RFC 8200 §8.1).</summary>
    public static ushort Checksum(byte[] from, byte[] to, byte protocol, ReadOnlySpan<byte> segment)
    {
        ushort sum = Fold(Sum(from) + Sum(to) + protocol + (uint)segment.Length + Sum(segment));
        return sum == 0 ? (ushort)0xFFFF : sum; // zero says "none" in UDP
    }

    /// <summary>Checksum of what has no pseudo header (RFC 1071).</summary>
    public static ushort Checksum(ReadOnlySpan<byte> bytes) => Fold(Sum(bytes));

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
/// <param name="Address">Four bytes for IPv4, sixteen for IPv6, in network order.</param>
/// <param name="Port">UDP or TCP port.</param>
internal readonly record struct WireEnd(byte[] Hardware, byte[] Address, ushort Port);
