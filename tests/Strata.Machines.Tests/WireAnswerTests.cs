using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Strata.Machines.Network;

namespace Strata.Machines.Tests;

/// <summary>
/// What we answer to single frames of a guest, and what we leave unanswered: the rules of ARP, DHCP, neighbours and of a scan, with their
/// edges.
/// </summary>
[Collection("guests")] // as GuestWireTests
public sealed class WireAnswerTests
{
    private static readonly byte[] s_us = [0x52, 0x54, 0x00, 0x53, 0x54, 0x52];
    private static readonly byte[] s_us4 = [10, 0, 2, 2];
    private static readonly byte[] s_us6 = [0xFE, 0x80, 0, 0, 0, 0, 0, 0, 0x50, 0x54, 0x00, 0xFF, 0xFE, 0x53, 0x54, 0x52];
    private static readonly byte[] s_guest = [2, 0, 0, 0, 0, 1];
    private static readonly byte[] s_guest4 = [10, 0, 2, 15];
    private static readonly byte[] s_guest6 = [0xFE, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFE, 0, 0, 1];

    [Fact]
    public async Task Arp_Questions_OnlyThoseForUsAreAnswered()
    {
        byte[] asked = Frame.ArpPacket(1, s_guest, s_guest4, new byte[6], s_us4, isBroadcast: true);
        byte[] answer = [.. s_guest, .. s_us, 8, 6, 0, 1, 8, 0, 6, 4, 0, 2, .. s_us, .. s_us4, .. s_guest, .. s_guest4];
        await TellAsync(
            ("asked", asked[..42], [.. answer, .. new byte[18]]), // RFC 826: 28 bytes and no more
            ("a byte too short", asked[..41], null),
            ("for somebody else", Frame.ArpPacket(1, s_guest, s_guest4, new byte[6], [10, 0, 2, 3], isBroadcast: true), null),
            ("an answer", Frame.ArpPacket(2, s_guest, s_guest4, s_us, s_us4, isBroadcast: false), null),
            ("no whole header", asked[..13], null),
            ("nothing", [], null));
    }

    [Fact]
    public async Task AddressOf_GuestThatSaidNothingButAskedForOne_IsWhatItWasGiven()
    {
        await using Wire wire = new();
        await using WireHost host = new(wire, new WireHostConfig { Address = new IPAddress(s_us4), GivesAddresses = true });
        TaskCompletionSource answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Action<byte[]> send = wire.Plug(_ => answered.TrySetResult());
        Assert.Null(host.AddressOf("02:00:00:00:00:01"));
        send(Udp(68, 67, Dhcp()));
        await answered.Task.WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal("10.0.2.100", host.AddressOf("02:00:00:00:00:01")?.ToString());
        Assert.Null(host.AddressOf("02:00:00:00:00:02"));
    }

    [Fact]
    public async Task Ipv4_Packets_OnlyWholeOnesAreRead()
    {
        byte[] discover = Udp(68, 67, Dhcp());
        byte[] answer = Frame.UdpDatagram(new WireEnd(s_us, s_us4, 67), new WireEnd(s_guest, [255, 255, 255, 255], 68),
            DhcpAnswer.To(Dhcp(), 0x0A000202, 0x0A00020F));
        byte[] withOptions = [.. discover[..34], 1, 1, 1, 1, .. discover[34..]];
        (withOptions[14], withOptions[17]) = (0x46, (byte)(discover[17] + 4));
        await TellAsync(
            ("a question", discover, answer),
            ("with bytes behind it, as short frames have", [.. discover, 0, 0, 0], answer),
            ("with options in its header", withOptions, answer),
            ("must not be cut", With(discover, 20, 0x40), answer),
            ("the first of its pieces", With(discover, 20, 0x20), null),
            ("a later piece", With(discover, 21, 1), null),
            ("a byte longer than the frame", discover[..^1], null),
            ("of version 5", With(discover, 14, 0x55), null),
            ("a header of 16 bytes", With(discover, 14, 0x44), null),
            ("shorter than its header", With(discover, 16, 0, 19), null),
            ("nothing but half a header", discover[..33], null),
            ("to the client's port", Udp(67, 68, Dhcp()), null),
            ("TCP to the port of DHCP", With(discover, 23, 6), null),
            ("half a UDP header", With(discover[..41], 16, 0, 27), null));
    }

    [Fact]
    public void Dhcp_Fields_AreTakenOverOrCleared()
    {
        byte[] asked = new byte[240 + 3];
        asked.AsSpan().Fill(0xEE);
        asked[0] = 1;
        new byte[] { 0x63, 0x82, 0x53, 0x63, 53, 1, 3 }.CopyTo(asked, 236); // nothing behind the type, not even an end
        byte[] answer = DhcpAnswer.To(asked, 0x0A000202, 0x0A00020F)!;
        byte[] same = [.. Enumerable.Repeat((byte)0xEE, 16)];
        Assert.Equal(300, answer.Length); // what a BOOTP client wants at least (RFC 1542 §2.1)
        Assert.Equal([2, .. same[..11]], answer[..12]); // RFC 2131 §4.3.1: transaction and flags stay
        Assert.Equal([0, 0, 0, 0, .. s_guest4, .. s_us4, .. same[..4], .. same], answer[12..44]); // ciaddr, yiaddr, siaddr, giaddr, chaddr
        Assert.Equal(new byte[192], answer[44..236]); // sname, file
        Assert.Equal([0x63, 0x82, 0x53, 0x63, 53, 1, 5], answer[236..243]);
    }

    [Theory]
    [InlineData(true, 53, 1, 1, 255)]
    [InlineData(true, 0, 0, 53, 1, 1)]
    [InlineData(true, 12, 3, 53, 1, 9, 53, 1, 1)] // a name that looks like a type
    [InlineData(true, 12, 0, 53, 1, 1)]
    [InlineData(false)]
    [InlineData(false, 53)]
    [InlineData(false, 53, 1)]
    [InlineData(false, 255, 53, 1, 1)] // behind the end
    [InlineData(false, 12, 200, 53, 1, 1)]
    [InlineData(false, 53, 1, 2)] // an offer is no question
    public void Dhcp_Options_TypeIsFound(bool isAnswered, params int[] options)
    {
        Assert.Equal(isAnswered, DhcpAnswer.To([.. Dhcp()[..240], .. options.Select(o => (byte)o)], 1, 2) is not null);
    }

    [Theory]
    [InlineData(0, 2)] // a server's
    [InlineData(236, 0x64)]
    [InlineData(239, 0x64)]
    public void Dhcp_OtherMessage_IsNotAnswered(int at, byte value)
    {
        Assert.NotNull(DhcpAnswer.To(Dhcp(), 1, 2));
        Assert.Null(DhcpAnswer.To(With(Dhcp(), at, value), 1, 2));
        Assert.Null(DhcpAnswer.To(Dhcp().AsSpan(0, 239), 1, 2));
    }

    [Fact]
    public async Task Neighbour_WhoAsks_IsToldOurHardware()
    {
        byte[] asks = Solicit(s_guest6, s_us6);
        byte[] told = Frame.Ip(new WireEnd(s_us, s_us6, 0), new WireEnd(s_guest, s_guest6, 0), 58, 32, out int start);
        // RFC 4861 §4.4, §4.6.1: solicited and override, our address, option 2 of one unit
        ((byte[])[136, 0, 0, 0, 0x60, 0, 0, 0, .. s_us6, 2, 1, .. s_us]).CopyTo(told, start);
        BinaryPrimitives.WriteUInt16BigEndian(told.AsSpan(start + 2), Frame.Checksum(s_us6, s_guest6, 58, told.AsSpan(start, 32)));
        byte[] last = [.. s_guest6];
        last[1] = 0xBF; // fe80::/10 ends there
        byte[] toldLast = Frame.Ip(new WireEnd(s_us, s_us6, 0), new WireEnd(s_guest, last, 0), 58, 32, out _);
        told.AsSpan(start, 32).CopyTo(toldLast.AsSpan(start));
        toldLast.AsSpan(start + 2, 2).Clear();
        BinaryPrimitives.WriteUInt16BigEndian(toldLast.AsSpan(start + 2), Frame.Checksum(s_us6, last, 58, toldLast.AsSpan(start, 32)));
        byte[] site = [.. s_guest6];
        site[1] = 0xC0;
        byte[] global = [.. s_guest6];
        global[0] = 0x20;
        await TellAsync(
            ("asked", asks, told),
            ("the last link-local address", Solicit(last, s_us6), toldLast),
            ("from behind them", Solicit(site, s_us6), null),
            ("from a global address", Solicit(global, s_us6), null),
            ("for somebody else", Solicit(s_guest6, s_guest6), null),
            ("an advertisement", With(asks, 54, 136), null),
            ("no ICMP", With(asks, 20, 17), null),
            ("of version 5", With(asks, 14, 0x50), null),
            ("a byte longer than the frame", asks[..^1], null),
            ("a target of 15 bytes", With(asks, 19, 23), null));
    }

    [Fact]
    public async Task Segments_OfPortsThatOpen_AreReset()
    {
        static byte[] Segment(byte[] from, int port, byte flags) =>
            Frame.TcpSegment(new WireEnd(s_guest, from, 22), new WireEnd(s_us, from.Length == 4 ? s_us4 : s_us6, (ushort)port), 7,
                0x12345678, flags);
        static byte[] Reset(byte[] to) => // RFC 9293 §3.5.2: its number is what was acknowledged
            Frame.TcpSegment(new WireEnd(s_us, to.Length == 4 ? s_us4 : s_us6, 40000), new WireEnd(s_guest, to, 22), 0x12345678, 0, 4);
        byte[] other6 = [.. s_guest6[..15], 2];
        byte[] reply = Frame.Ip(new WireEnd(s_guest, s_guest6, 0), new WireEnd(s_us, s_us6, 0), 58, 8, out int start);
        reply[start] = 129;
        await TellAsync(
            ("opened", Segment(s_guest4, 40000, 0x12), Reset(s_guest4)),
            ("opened with more flags", Segment(s_guest4, 40000, 0x52), Reset(s_guest4)),
            ("a question", Segment(s_guest4, 40000, 0x02), null),
            ("an acknowledgement alone", Segment(s_guest4, 40000, 0x10), null),
            ("refused", Segment(s_guest4, 40000, 0x14), null),
            ("refused with every flag", Segment(s_guest4, 40000, 0x16), null),
            ("of another conversation", Segment(s_guest4, 40001, 0x12), null),
            ("from another address", Segment([10, 0, 2, 16], 40000, 0x12), null),
            ("half a header", With(Segment(s_guest4, 40000, 0x12), 16, 0, 39), null),
            ("UDP", With(Segment(s_guest4, 40000, 0x12), 23, 17), null),
            ("of a protocol that nobody knows", With(Segment(s_guest4, 40000, 0x12), 23, 132), null),
            ("IPv6 before we know it", Segment(s_guest6, 40000, 0x12), null),
            ("half an echo", With(reply, 19, 7), null),
            ("IPv6 after half an echo", Segment(s_guest6, 40000, 0x12), null),
            ("our echo comes back", reply, null),
            ("IPv6", Segment(s_guest6, 40000, 0x12), Reset(s_guest6)),
            ("IPv6 from another address", Segment(other6, 40000, 0x12), null));
    }

    [Fact]
    public async Task FrameLongerThanAny_EndsTheConversation()
    {
        await using GuestWire wire = GuestWire.Lay();
        using Socket line = new(new SafeSocketHandle(wire.TheirEnd.DangerousGetHandle(), ownsHandle: false));
        using NetworkStream stream = new(line);
        byte[] asked = Frame.ArpPacket(1, s_guest, s_guest4, new byte[6], s_us4, isBroadcast: true);
        byte[] longest = new byte[65536];
        asked.CopyTo(longest, 0);
        await SendAsync(stream, longest);
        Assert.Equal(60, (await ReadAsync(stream, TimeSpan.FromSeconds(30)))!.Length);
        await SendAsync(stream, new byte[65537]);
        await SendAsync(stream, asked);
        Assert.Null(await ReadAsync(stream, TimeSpan.FromMilliseconds(300)));
    }

    [Theory]
    [InlineData(true, 1, 4, 0x60, 53)]
    [InlineData(true, 3, 3, 0x60, 0)] // the numbers of IPv4
    [InlineData(true, 1, 3, 0x60, 0)] // the address is not reachable
    [InlineData(false, 3, 3, 0x45, 53)]
    [InlineData(false, 1, 4, 0x45, 0)]
    [InlineData(false, 3, 3, 0x46, 53)] // a header of 24 bytes
    [InlineData(false, 3, 3, 0x44, 0)] // none is that short
    public void UnreachablePort_QuotedHeaders_AreReadAsTheirVersionSays(bool isV6, byte type, byte code, byte first, int port)
    {
        int header = isV6 ? 40 : (first & 15) * 4;
        byte[] quoted = new byte[header + 4];
        quoted[0] = first;
        quoted[isV6 ? 6 : 9] = 17;
        BinaryPrimitives.WriteUInt16BigEndian(quoted.AsSpan(header), 40000);
        BinaryPrimitives.WriteUInt16BigEndian(quoted.AsSpan(header + 2), 53);
        byte[] message = [type, code, 0, 0, 0, 0, 0, 0, .. quoted];
        Assert.Equal(port, Icmp.UnreachablePort(message, isV6, 40000));
        Assert.Equal(0, Icmp.UnreachablePort(message.AsSpan(0, message.Length - 1), isV6, 40000));
        quoted[isV6 ? 6 : 9] = 6; // TCP
        Assert.Equal(0, Icmp.UnreachablePort([type, code, 0, 0, 0, 0, 0, 0, .. quoted], isV6, 40000));
    }

    [Fact]
    public void Checksum_Segments_AreSummedInPairs()
    {
        byte[] none = new byte[4];
        Assert.Equal(0xFFFF, Frame.Checksum(none, none, 17, [0xFF, 0xFF - 17 - 2])); // 0 would say "none" (RFC 768)
        Assert.Equal(1, Frame.Checksum(none, none, 17, [0xFF, 0xFE - 17 - 2]));
        Assert.Equal(0xFFFF - 0x0300 - 17 - 1, Frame.Checksum(none, none, 17, [3])); // as if a zero followed
        Assert.Equal(0xFFFF - 17 - 4 - 1, Frame.Checksum(none, none, 17, [0xFF, 0xFF, 0, 1])); // the carry is added below
        Assert.Equal(0xFFFF - 0x0102 - 0x0304 - 0x0506 - 17, Frame.Checksum([1, 2, 3, 4], [5, 6, 0, 0], 17, []));
    }

    /// <summary>Sends each frame and sees that it is answered as said; null: not at all.</summary>
    private static async Task TellAsync(params (string Name, byte[] Frame, byte[]? Answer)[] frames)
    {
        await using GuestWire wire = GuestWire.Lay();
        using Socket line = new(new SafeSocketHandle(wire.TheirEnd.DangerousGetHandle(), ownsHandle: false));
        using NetworkStream stream = new(line);
        // its answer ends those of the frame before it
        byte[] marker = Frame.ArpPacket(1, [2, 9, 9, 9, 9, 9], [10, 0, 2, 99], new byte[6], s_us4, isBroadcast: true);
        byte[] seen = Frame.ArpPacket(2, s_us, s_us4, [2, 9, 9, 9, 9, 9], [10, 0, 2, 99], isBroadcast: false);
        foreach ((string name, byte[] frame, byte[]? expected) in frames)
        {
            await SendAsync(stream, frame);
            await SendAsync(stream, marker);
            byte[]? first = await ReadAsync(stream, TimeSpan.FromSeconds(30));
            bool isAnswered = first is not null && !first.SequenceEqual(seen);
            Assert.Equal((name, Text(expected)), (name, isAnswered ? Text(first) : "nothing"));
            if (isAnswered)
            {
                Assert.Equal((name, Text(seen)), (name, Text(await ReadAsync(stream, TimeSpan.FromSeconds(30)))));
            }
        }
    }

    private static string Text(byte[]? frame) => frame is null ? "nothing" : Convert.ToHexStringLower(frame);

    private static async Task SendAsync(NetworkStream stream, byte[] frame)
    {
        byte[] length = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, frame.Length);
        await stream.WriteAsync((byte[])[.. length, .. frame]);
    }

    private static async Task<byte[]?> ReadAsync(NetworkStream stream, TimeSpan patience)
    {
        using CancellationTokenSource limit = new(patience);
        try
        {
            byte[] length = new byte[4];
            await stream.ReadExactlyAsync(length, limit.Token);
            byte[] frame = new byte[BinaryPrimitives.ReadInt32BigEndian(length)];
            await stream.ReadExactlyAsync(frame, limit.Token);
            return frame;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private static byte[] Udp(ushort from, ushort to, byte[] content) =>
        Frame.UdpDatagram(new WireEnd(s_guest, [0, 0, 0, 0], from), new WireEnd([255, 255, 255, 255, 255, 255], [255, 255, 255, 255], to),
            content);

    private static byte[] Dhcp()
    {
        byte[] message = new byte[300];
        (message[0], message[1], message[2], message[4]) = (1, 1, 6, 0xAB);
        new byte[] { 0x63, 0x82, 0x53, 0x63, 53, 1, 1, 255 }.CopyTo(message, 236);
        return message;
    }

    /// <summary>Neighbour solicitation (RFC 4861 §4.3).</summary>
    private static byte[] Solicit(byte[] from, byte[] target)
    {
        byte[] frame = Frame.Ip(new WireEnd(s_guest, from, 0), new WireEnd(s_us, s_us6, 0), 58, 24, out int start);
        frame[start] = 135;
        target.CopyTo(frame, start + 8);
        return frame;
    }

    private static byte[] With(byte[] frame, int at, params byte[] values)
    {
        byte[] changed = [.. frame];
        values.CopyTo(changed, at);
        return changed;
    }
}
