using System.Buffers.Binary;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;
using Strata.Machines.Network;

namespace Strata.Machines.Tests;

/// <summary>The cable with a guest played by the test; 'strata measure' tries it with real ones.</summary>
[Collection("guests")] // it makes folders as machines do, and tests of machines count them
public class GuestWireTests
{
    private static readonly byte[] s_guest = [2, 0, 0, 0, 0, 1];
    private static readonly byte[] s_us4 = [10, 0, 2, 2];
    private static readonly byte[] s_guest4 = [10, 0, 2, 15];
    private static readonly byte[] s_guest6 = [0xFE, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFE, 0, 0, 1];

    [Fact]
    public void TcpSegment_Headers_AddUpToAllOnes()
    {
        byte[] frame = Frame.TcpSegment(new WireEnd(s_guest, s_us4, 40000), new WireEnd(s_guest, s_guest4, 22), 0x1600, 0, 2);
        Assert.Equal(60, frame.Length);
        Assert.Equal(0xFFFF, OnesSum(frame.AsSpan(14, 20)));
        // pseudo header of RFC 9293 §3.1: both addresses, the protocol, the length
        byte[] pseudo = [10, 0, 2, 2, 10, 0, 2, 15, 0, 6, 0, 20, .. frame.AsSpan(34, 20)];
        Assert.Equal(0xFFFF, OnesSum(pseudo));
        Assert.Equal((40000, 22), (BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(34)), BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(36))));
        Assert.Equal(2, frame[47]);
    }

    [Fact]
    public void Ipv6_HeadersAndMessages_AddUpToAllOnes()
    {
        byte[] us = [0xFE, 0x80, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8];
        byte[] frame = Frame.TcpSegment(new WireEnd(s_guest, us, 40000), new WireEnd(s_guest, s_guest6, 22), 0x1600, 0, 2);
        Assert.Equal(74, frame.Length);
        Assert.True(Frame.IsIpv6(frame.AsSpan(14)));
        Assert.False(Frame.IsIpv6(frame.AsSpan(14, 59))); // cut off
        // pseudo header of RFC 8200 §8.1: both addresses, the length as 32 bits, three zeros, the next header
        Assert.Equal(0xFFFF, OnesSum([.. us, .. s_guest6, 0, 0, 0, 20, 0, 0, 0, 6, .. frame.AsSpan(54, 20)]));
        byte[] echo = Icmp.Echo6(new WireEnd(s_guest, us, 0), Icmp.AllNodes);
        Assert.Equal((0x33, 58, 255), (echo[0], echo[20], echo[21]));
        Assert.Equal(0xFFFF, OnesSum([.. us, .. Icmp.AllNodes.Address, 0, 0, 0, 8, 0, 0, 0, 58, .. echo.AsSpan(54, 8)]));
        Assert.Empty(Icmp.SolicitedBy(echo.AsSpan(54, 8)).ToArray());
    }

    [Theory]
    [InlineData(true, 3, 3, 53)]
    [InlineData(true, 3, 1, 0)] // the host is not reachable: says nothing of a port
    [InlineData(true, 11, 3, 0)]
    [InlineData(false, 3, 3, 0)] // not our question
    public void UnreachablePort_Messages_OnlyOurPortsCount(bool isOurs, byte type, byte code, int port)
    {
        byte[] question = Frame.UdpDatagram(new WireEnd(s_guest, s_us4, (ushort)(isOurs ? 40000 : 40001)), new WireEnd(s_guest, s_guest4, 53), []);
        byte[] message = [type, code, 0, 0, 0, 0, 0, 0, .. question.AsSpan(14, 28)];
        Assert.Equal(port, Icmp.UnreachablePort(message, isV6: false, 40000));
        for (int length = 0; length < 32; length++)
        {
            Assert.Equal(0, Icmp.UnreachablePort(message.AsSpan(0, length), isV6: false, 40000)); // cut off before the port
        }
    }

    [Theory]
    [InlineData(WireProtocol.Tcp)]
    [InlineData(WireProtocol.Udp)]
    [InlineData(WireProtocol.Tcp6)]
    [InlineData(WireProtocol.Udp6)]
    public async Task Scan_GuestThatListensOnTwoPorts_FindsThem(WireProtocol protocol)
    {
        await using GuestWire wire = GuestWire.Lay();
        using CancellationTokenSource end = new();
        Task guest = PlayAsync(wire.TheirEnd, port => port is 22 or 8080 ? true : port == 9 ? null : false, end.Token);
        WireScan scan = await wire.ScanAsync(protocol, TimeSpan.FromSeconds(60));
        Assert.Null(scan.Problem);
        Assert.Equal([22, 8080], scan.Open);
        Assert.Equal([9], scan.Silent);
        Assert.Equal((65532, 65535), (scan.Closed, scan.Asked));
        await end.CancelAsync();
        await guest;
    }

    [Fact]
    public async Task Scan_GuestThatIsSilentAfterAThousand_ClaimsNoMoreThanItAsked()
    {
        await using GuestWire wire = GuestWire.Lay();
        using CancellationTokenSource end = new();
        int answers = 0;
        Task guest = PlayAsync(wire.TheirEnd, _ => answers++ < 1000 ? false : null, end.Token);
        WireScan scan = await wire.ScanAsync(WireProtocol.Udp, TimeSpan.FromSeconds(3));
        Assert.Equal("not every port was asked within 3 s", scan.Problem);
        Assert.InRange(scan.Asked, 1001, 65534);
        Assert.Equal(scan.Asked, scan.Open.Count + scan.Closed + scan.Silent.Count);
        Assert.Equal(1000, scan.Closed);
        await end.CancelAsync();
        await guest;
    }

    [Theory]
    [InlineData(WireProtocol.Tcp, "the guest took no address by DHCP")]
    [InlineData(WireProtocol.Udp6, "the guest has no IPv6 address on this wire")]
    public async Task Scan_NobodyThere_SaysSo(WireProtocol protocol, string problem)
    {
        await using GuestWire wire = GuestWire.Lay();
        using CancellationTokenSource end = new();
        Task guest = PlayAsync(wire.TheirEnd, _ => null, end.Token, isThere: false);
        await Task.Delay(100);
        WireScan scan = await wire.ScanAsync(protocol, TimeSpan.FromSeconds(1));
        Assert.Equal((0, problem), (scan.Asked, scan.Problem));
        await end.CancelAsync();
        await guest;
    }

    [Fact]
    public void Dhcp_DiscoverAndRequest_GetTheAddress()
    {
        byte[] discover = Message(1);
        byte[] offer = DhcpAnswer.To(discover, 0x0A000202, 0x0A00020F)!;
        Assert.Equal((2, 0x0A00020Fu, 0x63825363u), (offer[0], BinaryPrimitives.ReadUInt32BigEndian(offer.AsSpan(16)), BinaryPrimitives.ReadUInt32BigEndian(offer.AsSpan(236))));
        Assert.Equal(discover.AsSpan(4, 4).ToArray(), offer.AsSpan(4, 4).ToArray()); // the transaction
        Assert.Equal([53, 1, 2, 54, 4, 10, 0, 2, 2, 51, 4, 0, 1, 81, 128, 1, 4, 255, 255, 255, 0, 3, 4, 10, 0, 2, 2, 255], offer.AsSpan(240, 28).ToArray());
        Assert.Equal(5, DhcpAnswer.To(Message(3), 0x0A000202, 0x0A00020F)![242]);
        Assert.Null(DhcpAnswer.To(Message(8), 1, 2));
        Assert.Null(DhcpAnswer.To(discover.AsSpan(0, 200), 1, 2));
        Assert.Null(DhcpAnswer.To([.. discover.AsSpan(0, 240), 53], 1, 2));
    }

    private static byte[] Message(byte type)
    {
        byte[] message = new byte[300];
        (message[0], message[1], message[2], message[4], message[7]) = (1, 1, 6, 0xAB, 0xCD);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(236), 0x63825363);
        new byte[] { 0, 12, 2, 65, 66, 53, 1, type, 255 }.CopyTo(message, 240);
        return message;
    }

    /// <summary>A guest; <paramref name="isOpen"/> says null for a port that keeps silent.</summary>
    private static async Task PlayAsync(
        SafeFileHandle end, Func<int, bool?> isOpen, CancellationToken cancellationToken, bool isThere = true)
    {
        try
        {
            using Socket line = new(new SafeSocketHandle(end.DangerousGetHandle(), ownsHandle: false));
            using NetworkStream stream = new(line);
            byte[] length = new byte[4];
            while (true)
            {
                await stream.ReadExactlyAsync(length, cancellationToken);
                byte[] frame = new byte[BinaryPrimitives.ReadInt32BigEndian(length)];
                await stream.ReadExactlyAsync(frame, cancellationToken);
                if (isThere && Answer(frame, isOpen) is byte[] answer)
                {
                    byte[] message = [0, 0, (byte)(answer.Length >> 8), (byte)(answer.Length & 255), .. answer];
                    await stream.WriteAsync(message, cancellationToken);
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or SocketException)
        {
            // the test is over
        }
    }

    private static byte[]? Answer(byte[] frame, Func<int, bool?> isOpen)
    {
        byte[] us = frame[6..12];
        bool isV6 = frame[12] == 0x86;
        if (frame[12] == 8 && frame[13] == 6)
        {
            return Frame.ArpPacket(2, s_guest, s_guest4, us, s_us4, isBroadcast: false);
        }
        byte[] packet = frame[14..];
        WireEnd to = new(us, isV6 ? packet[8..24] : packet[12..16], 40000);
        WireEnd mine = new(s_guest, isV6 ? s_guest6 : s_guest4, 0);
        byte protocol = isV6 ? packet[6] : packet[9];
        int header = isV6 ? 40 : 20;
        if (protocol == 58)
        {
            return IcmpOf(mine, to, 58, [129, 0, 0, 0, 0, 0, 0, 0]);
        }
        ushort port = BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan(header + 2));
        mine = mine with { Port = port };
        if (protocol == 6)
        {
            return packet[header + 13] == 2 && isOpen(port) is bool listens ? Frame.TcpSegment(mine, to, 1, 2, listens ? (byte)0x12 : (byte)0x14) : null;
        }
        return isOpen(port) switch
        {
            true => Frame.UdpDatagram(mine, to, "hello"u8),
            false => IcmpOf(mine, to, isV6 ? (byte)58 : (byte)1, [isV6 ? (byte)1 : (byte)3, isV6 ? (byte)4 : (byte)3, 0, 0, 0, 0, 0, 0, .. packet.AsSpan(0, header + 8)]),
            null => null,
        };
    }

    private static byte[] IcmpOf(WireEnd from, WireEnd to, byte protocol, byte[] message)
    {
        byte[] frame = Frame.Ip(from, to, protocol, message.Length, out int start);
        message.CopyTo(frame, start);
        return frame;
    }

    private static int OnesSum(ReadOnlySpan<byte> bytes)
    {
        int sum = 0;
        for (int i = 0; i < bytes.Length; i += 2)
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(bytes[i..]);
            sum = (sum & 0xFFFF) + (sum >> 16);
        }
        return sum;
    }
}
