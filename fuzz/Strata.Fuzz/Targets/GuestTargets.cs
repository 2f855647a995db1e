using System.Text;
using Strata.Core;
using Strata.Machines;
using Strata.Machines.Network;
using Strata.Machines.Qmp;
using Strata.Machines.Serial;
using Strata.Measure;
using Strata.Measure.Guests;
using Strata.Measure.Sizes;
using Strata.Measure.Surface;

namespace Strata.Fuzz.Targets;

/// <summary>What a guest says: on its serial line, through its network card, and QEMU about it.</summary>
internal static class GuestTargets
{
    public static IEnumerable<FuzzTarget> All =>
    [
        FuzzTarget.OfText("guest-facts", ReadFacts, () => [Facts], typeof(GuestFacts)) with
        {
            Allowed = [], Words = ["@@tcp\n", "@@end\n", "@@processes\n", "@@meminfo\n", "(", ")", ": ", " 0A ", "0100007F:0016",
                "00000000000000000000000000000000:0050", "socket:[1]", "first program at 1.5\n"],
        },
        FuzzTarget.OfText("serial-answer", ReadAnswer, () => [Answer], typeof(SerialConsole), typeof(TerminalText)) with
        {
            Allowed = [], Words = ["<<strata-1-begin>>\n", "\n<<strata-1-end-0>>\n", "end-999>>", "\n[    1.234567] usb: ", "\r\n",
                "\u001B[31m", "\u001B]0;", "\b"],
        },
        new FuzzTarget("serial-log", ReadLog, () => [Encoding.UTF8.GetBytes(Answer)])
        {
            Readers = [typeof(SerialLog)], Allowed = [], Words = ["\r\n", "\u001B[2J", "\u00C3", "\n"],
        },
        new FuzzTarget("frames", ReadFrame, Frames)
        {
            Readers = [typeof(Frame), typeof(DhcpAnswer), typeof(DnsAnswer), typeof(Icmp), typeof(WireConnection)], Allowed = [],
        },
        new FuzzTarget("write-log", ReadWriteLog, () => [WriteLog()])
        {
            Readers = [typeof(WriteLogReplay)], Allowed = [typeof(StrataException)],
        },
        FuzzTarget.OfText("qmp", ReadQmp, () =>
            ["{\"return\":{}}\n"
            + "{\"event\":\"SHUTDOWN\",\"data\":{\"reason\":\"guest-shutdown\"},\"timestamp\":{\"seconds\":1,\"microseconds\":2}}\n"],
            typeof(QmpConnection)) with
        {
            Allowed = [typeof(StrataException), typeof(IOException)],
                Words = [.. PackageTargets.s_jsonWords, "\"return\"", "\"error\"", "\"event\"", "\"data\"", "\"id\"", "\"QMP\"", "\n"],
        },
        FuzzTarget.OfText("history", ReadHistory, () => [Measured()], typeof(MeasurementHistory), typeof(Measurement)) with
        {
            Allowed = [], Words = PackageTargets.s_jsonWords,
        },
    ];

    private const string Facts =
        "@@uptime\n12.34 11.00\n@@meminfo\nMemTotal:         123456 kB\nMemAvailable:      99999 kB\nShmem: 10 kB\nSlab: 20 kB\n"
            + "AnonPages: 5 kB\nUnevictable: 0 kB\n@@modules\ne1000 155648 0 - Live 0x0\n"
        + "@@tcp\n  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   0: 0100007F:0016 "
            + "00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1234 1\n"
        + "@@tcp6\n   0: 00000000000000000000000001000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 "
            + "00000000     0        0 55 1\n@@udp\n@@packet\nffff 3 3 0003 2 1 0 0 77\n"
        + "@@if_inet6\n00000000000000000000000000000001 01 80 10 80       lo\n@@dmesg\nfirst program at 1.234\n@@processes\n"
            + "1 (init) S 0 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 120 1 2 3\n"
        + "44 (a (b) c) S 1 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 300 1 2 3\n@@sockets\n/proc/44/fd/3 socket:[1234]\n@@boot\n"
            + "{\"milliseconds\":123}\n@@end\n";

    private const string Answer = "# x; printf\r\n<<strata-1-begin>>\r\nhello\r\n[    1.234567] usb 1-1: new device\r\n"
        + "world\u001B[0m\r\n\r\n<<strata-1-end-0>>\r\n\n<<strata-1-end-0>>\r\n";

    private static ReadOnlySpan<byte> Greeting =>
        "{\"QMP\":{\"version\":{\"qemu\":{\"micro\":0,\"minor\":0,\"major\":10}},\"capabilities\":[]}}\n"u8;

    private static void ReadFacts(string answer)
    {
        GuestFacts facts = GuestFacts.Parse(answer);
        _ = (facts.IsWhole, facts.Uptime, facts.FirstProgram, facts.FirstService, facts.HasIpv6, facts.Modules.Count,
            facts.EarlyInitMilliseconds);
        _ = (facts.Idle(128 << 20), facts.Listening().Count);
    }

    private static void ReadAnswer(string text)
    {
        SerialConsole.FindResult(text, 1);
        foreach (string line in text.Split('\n'))
        {
            TerminalText.PlainLine(line);
        }
    }

    private static void ReadLog(ReadOnlySpan<byte> bytes)
    {
        using SerialLog log = new(capacity: SerialLog.MaximumLine);
        for (int at = 0; at < bytes.Length; at += 7)
        {
            log.Append(bytes.Slice(at, Math.Min(7, bytes.Length - at)));
        }
        log.Complete();
        log.Tail();
        log.TextFrom(0);
    }

    private static IEnumerable<byte[]> Frames()
    {
        WireEnd ours = new([2, 0, 0, 0, 0, 1], [10, 0, 2, 2], 53);
        WireEnd guest = new([2, 0, 0, 0, 0, 2], [10, 0, 2, 15], 68);
        WireEnd ours6 = new([2, 0, 0, 0, 0, 1], [0xFE, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], 53);
        byte[] discover = new byte[300];
        (discover[0], discover[1], discover[2]) = (1, 1, 6); // BOOTREQUEST, Ethernet, six bytes (RFC 2131 §2)
        ((byte[])[0x63, 0x82, 0x53, 0x63, 53, 1, 1, 55, 2, 1, 3, 255]).CopyTo(discover, 236);
        return [discover, Frame.UdpDatagram(guest, ours, discover)[Frame.EthernetSize..],
            Frame.TcpSegment(guest, ours, 1, 2, 0x12)[Frame.EthernetSize..],
            [.. Segment(0x02, 0, 0), .. Segment(0x10, 1, 1001), .. Segment(0x18, 1, 1001), .. Segment(0x11, 1, 1001)],
            [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, .. "www"u8, 7, .. "example"u8, 0, 0, 1, 0, 1],
            Icmp.Echo6(ours6, ours6)[Frame.EthernetSize..]];
    }

    private static byte[] Segment(byte flags, byte sequence, ushort acknowledged) =>
        [0x0F, 0xA0, 0, 80, 0, 0, 0, sequence, 0, 0, (byte)(acknowledged >> 8), (byte)(acknowledged & 0xFF), 0x50, flags, 4, 0, 0, 0, 0, 0];

    private static void ReadFrame(ReadOnlySpan<byte> packet)
    {
        DhcpAnswer.To(packet, 0x0A000202, 0x0A00020F);
        Frame.Ipv4HeaderOf(packet);
        Frame.IsIpv6(packet);
        Icmp.IsEchoReply6(packet);
        Icmp.SolicitedBy(packet);
        Icmp.UnreachablePort(packet, isV6: false, 53);
        Icmp.UnreachablePort(packet, isV6: true, 53);
        DnsAnswer.To(packet, s_names);
        WireEnd ours = new([2, 0, 0, 0, 0, 1], [10, 0, 2, 2], 80);
        WireEnd guest = new([2, 0, 0, 0, 0, 2], [10, 0, 2, 15], 4000);
        Icmp.EchoReply(ours, guest, packet);
        WireConnection connection = new(ours, guest, _ => { }, TimeProvider.System);
        for (int at = 0; at + Frame.TcpSize <= packet.Length; at += Frame.TcpSize) // a conversation of many segments
        {
            connection.Received(packet[at..]);
        }
    }

    private static readonly Dictionary<string, byte[]> s_names = new(StringComparer.Ordinal) { ["www.example"] = [10, 0, 2, 2] };

    private static void ReadWriteLog(ReadOnlySpan<byte> bytes)
    {
        using MemoryStream log = new(bytes.ToArray());
        using MemoryStream disk = new(new byte[16 * 512]);
        WriteLogReplay.Flushed(log, disk);
    }

    /// <summary>Header, a write of a sector, a flush: drivers/md/dm-log-writes.c of Linux.</summary>
    private static byte[] WriteLog()
    {
        byte[] log = new byte[4 * 512];
        ((byte[])[0x72, 0x68, 0x73, 0x77, 0x66, 0x73, 0x6A]).CopyTo(log, 0);
        (log[8], log[25]) = (1, 2); // version, sectors of 512 bytes
        (log[512], log[520]) = (3, 1); // sector 3, one of them
        log[1536 + 16] = 1;
        return log;
    }

    /// <summary>QEMU's side of a conversation: greeting, whatever the input is, the end.</summary>
    private static void ReadQmp(string said) => ReadQmpAsync(said).GetAwaiter().GetResult();

    private static async Task ReadQmpAsync(string said)
    {
        await using QmpConnection connection = await QmpConnection.OpenAsync(new Conversation(Encoding.UTF8.GetBytes(said)), e =>
            e.Text("reason"), CancellationToken.None);
        await connection.Closed;
    }

    private static string Measured() => Encoding.UTF8.GetString(new Measurement
    {
        Format = Measurement.CurrentFormat, Edition = "sample", Title = "Sample", Version = "1", Architecture = "amd64", Image = "disk",
            Digest = new string('a', 64), Commit = "b", Kernel = "6.12",
        Download = new DownloadNumbers(10, 20, [new SizePart("kernel", "kernel", 10, true, [])]),
        Installed = new InstalledNumbers(10, 10, 3, 2, 40960, "pages"),
        Surface = new SurfaceNumbers
        {
            Packages = 2, Programs = ["/usr/bin/curl"], Commands = 3, SetUid = [], SetGid = [], FileCapabilities = [],
                Services = [new SurfaceService("ssh", "daemon", "ssh", "/usr/sbin/dropbear")],
            Shells = [], Interpreters = [], WorldWritable = [], Binaries = [],
        },
    }.ToJson());

    private static void ReadHistory(string text) => MeasurementHistory.Parse("history.jsonl", text);

    /// <summary>Says the greeting, and after the first thing that is written to it the rest. Writes go nowhere.</summary>
    private sealed class Conversation(byte[] rest) : MemoryStream([.. Greeting, .. rest], writable: false)
    {
        private readonly TaskCompletionSource _written = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override bool CanWrite => true;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Position == 0)
            {
                return await base.ReadAsync(buffer[..Math.Min(buffer.Length, Greeting.Length)], cancellationToken);
            }
            await _written.Task.WaitAsync(cancellationToken);
            return await base.ReadAsync(buffer, cancellationToken);
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            _written.TrySetResult();
            return ValueTask.CompletedTask;
        }
    }
}
