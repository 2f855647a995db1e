using System.Buffers.Binary;
using System.Net.Sockets;
using Strata.Machines.Network;

namespace Strata.Machines.Tests;

/// <summary>The cable with a guest played by the test; 'strata measure' tries it with real ones.</summary>
[Collection("guests")] // it makes folders as machines do, and tests of machines count them
public class GuestWireTests
{
    private static readonly byte[] s_guest = [2, 0, 0, 0, 0, 1];

    [Fact]
    public void TcpSegment_Headers_AddUpToAllOnes()
    {
        byte[] frame = Frame.TcpSegment(new WireEnd(s_guest, 0x0A000202, 40000), new WireEnd(s_guest, 0x0A00020F, 22), 0x1600, 0, 2);
        Assert.Equal(60, frame.Length);
        Assert.Equal(0xFFFF, OnesSum(frame.AsSpan(14, 20)));
        // pseudo header of RFC 9293 §3.1: both addresses, the protocol, the length
        byte[] pseudo = [10, 0, 2, 2, 10, 0, 2, 15, 0, 6, 0, 20, .. frame.AsSpan(34, 20)];
        Assert.Equal(0xFFFF, OnesSum(pseudo));
        Assert.Equal((40000, 22), (BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(34)), BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(36))));
        Assert.Equal(2, frame[47]);
    }

    [Fact]
    public async Task Scan_GuestThatListensOnTwoPorts_FindsThem()
    {
        await using GuestWire wire = GuestWire.Lay();
        using CancellationTokenSource end = new();
        Task guest = PlayAsync(wire.SocketPath, port => port is 22 or 8080 ? (byte)0x12 : port == 9 ? null : (byte)0x14, end.Token);
        WireScan scan = await wire.ScanAsync(TimeSpan.FromSeconds(60));
        Assert.True(scan.IsComplete, scan.Problem);
        Assert.Equal([22, 8080], scan.Open);
        Assert.Equal((65532, 1), (scan.Closed, scan.Silent));
        await end.CancelAsync();
        await guest;
    }

    [Fact]
    public async Task Scan_NobodyThere_SaysSo()
    {
        await using GuestWire wire = GuestWire.Lay();
        using CancellationTokenSource end = new();
        Task guest = PlayAsync(wire.SocketPath, _ => null, end.Token, answersArp: false);
        await Task.Delay(100);
        WireScan scan = await wire.ScanAsync(TimeSpan.FromSeconds(1));
        Assert.False(scan.IsComplete);
        Assert.Equal("the guest took no address by DHCP", scan.Problem);
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

    private static async Task PlayAsync(string socket, Func<int, byte?> flagsOf, CancellationToken cancellationToken, bool answersArp = true)
    {
        try
        {
            using Socket line = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await line.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancellationToken);
            using NetworkStream stream = new(line);
            byte[] length = new byte[4];
            while (true)
            {
                await stream.ReadExactlyAsync(length, cancellationToken);
                byte[] frame = new byte[BinaryPrimitives.ReadInt32BigEndian(length)];
                await stream.ReadExactlyAsync(frame, cancellationToken);
                byte[] us = frame[6..12];
                byte[]? answer = null;
                if (frame[12] == 8 && frame[13] == 6 && answersArp)
                {
                    answer = Frame.ArpPacket(2, s_guest, 0x0A00020F, us, 0x0A000202, isBroadcast: false);
                }
                else if (frame[12] == 8 && frame[13] == 0 && frame[23] == 6 && frame[47] == 2)
                {
                    ushort port = BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(36));
                    answer = flagsOf(port) is byte flags ? Frame.TcpSegment(new WireEnd(s_guest, 0x0A00020F, port), new WireEnd(us, 0x0A000202, 40000), 1, 2, flags) : null;
                }
                if (answer is not null)
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
