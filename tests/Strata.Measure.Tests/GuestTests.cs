using Strata.Measure.Guests;

namespace Strata.Measure.Tests;

public class GuestTests
{
    // lines as Linux 6.12 prints them: proc(5); the addresses are numbers of a little-endian machine
    private const string Answer = """
        @@uptime
        7.25 6.10
        @@meminfo
        MemTotal:         230000 kB
        MemFree:          150000 kB
        MemAvailable:     180000 kB
        AnonPages:          2048 kB
        Shmem:              1024 kB
        Slab:               6000 kB
        @@modules
        virtio_net 98304 0 - Live 0x0000000000000000
        af_packet 65536 2 - Live 0x0000000000000000
        @@tcp
          sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
           0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1171 1 0000000000000000 100 0 0 10 0
           1: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1172 1 0000000000000000 100 0 0 10 0
           2: 0F02000A:0016 0202000A:9C40 01 00000000:00000000 00:00000000 00000000     0        0 1173 1 0000000000000000 100 0 0 10 0
        @@tcp6
          sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
           0: 00000000000000000000000000000000:0016 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1174 1 0 100 0 0 10 0
           1: 00000000000000000000000001000000:0019 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1175 1 0 100 0 0 10 0
        @@udp
          sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
          12: 00000000:0044 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1180 2 0000000000000000 0
        @@udp6
          sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
           9: 00000000000000000000000000000000:0222 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1181 2 0000000000000000 0
        @@raw6
          sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
          58: 00000000000000000000000000000000:003A 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1192 2 0000000000000000 0
        @@raw
          sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
           1: 00000000:0001 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1190 2 0000000000000000 0
        @@packet
        sk               RefCnt Type Proto  Iface R Rmem   User   Inode
        0000000000000000 3      3    0003   2     1 0      0      1191
        @@if_inet6
        00000000000000000000000000000001 01 80 10 80       lo
        fe80000000000000505400fffe123456 02 40 20 80     eth0
        @@dmesg
        first program at 3.500000
        @@processes
        1 (init) S 0 1 1 0 -1 4194560 100 200 0 0 10 20 0 0 20 0 1 0 350 100 200 18446744073709551615
        2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 0 0 0 0
        30 (kworker/0:1) I 2 0 0 0 -1 69238880 0 0 0 0 0 0 0 0 20 0 1 0 10 0 0 0
        90 (drop ) bear) S 1 90 90 0 -1 4194304 50 0 0 0 0 0 0 0 20 0 1 0 420 100 200 0
        95 (sh) S 1 95 95 1088 95 4194304 50 0 0 0 0 0 0 0 20 0 1 0 430 100 200 0
        @@sockets
        /proc/90/fd/3 socket:[1171]
        /proc/90/fd/4 socket:[1174]
        /proc/95/fd/7 socket:[1191]
        @@boot
        {"format":"strata-boot-1","milliseconds":640}
        @@end
        """;

    [Fact]
    public void Parse_WholeAnswer_TellsEverything()
    {
        GuestFacts facts = GuestFacts.Parse(Answer);
        Assert.True(facts.IsWhole);
        Assert.Equal(TimeSpan.FromSeconds(7.25), facts.Uptime);
        Assert.Equal(TimeSpan.FromSeconds(3.5), facts.FirstProgram);
        Assert.Equal(TimeSpan.FromSeconds(4.2), facts.FirstService);
        Assert.Equal(["af_packet", "virtio_net"], facts.Modules);
        Assert.Equal(640, facts.EarlyInitMilliseconds);
        Assert.True(facts.HasIpv6);
        IdleMemory memory = facts.Idle(256L << 20)!;
        Assert.Equal((50_000L * 1024, (256L << 20) - (230_000L * 1024), 2048L * 1024, 3), (memory.Used, memory.Kernel, memory.Programs, memory.Processes));
    }

    [Fact]
    public void Listening_TablesOfTheKernel_AreSocketsWithTheirPrograms() => Assert.Equal(
        [
            "packet 2 3 sh True", "raw 0.0.0.0 1  True", "raw6 :: 58  True",
            "tcp 0.0.0.0 22 drop ) bear True", "tcp 127.0.0.1 8080  False", "tcp6 :: 22 drop ) bear True", "tcp6 ::1 25  False", "udp 0.0.0.0 68  True",
            "udp6 :: 546  True",
        ],
        GuestFacts.Parse(Answer).Listening().Select(s => $"{s.Protocol} {s.Address} {s.Port} {s.Program} {s.IsReachable}"));

    [Theory]
    [InlineData("tcp", "0.0.0.0", 22, "dropbear", "tcp 0.0.0.0 port 22 dropbear", true)]
    [InlineData("udp6", "::ffff:127.0.0.1", 53, "", "udp6 ::ffff:127.0.0.1 port 53, no process", false)]
    [InlineData("udp6", "::ffff:10.0.2.15", 53, "", "udp6 ::ffff:10.0.2.15 port 53, no process", true)]
    [InlineData("raw", "0.0.0.0", 1, "ping", "raw 0.0.0.0 protocol 1 ping", true)]
    [InlineData("packet", "0", 0x88CC, "lldpd", "packet interface 0 EtherType 0x88cc lldpd", true)]
    public void ListeningSocket_EachKind_TellsWhatItIsAndWhoReachesIt(string protocol, string address, int port, string program, string text, bool isReachable)
    {
        ListeningSocket socket = new(protocol, address, port, program);
        Assert.Equal((text, isReachable), (socket.ToString(), socket.IsReachable));
    }

    [Theory]
    [InlineData(65535, 65534, 0, null, "open: 22; 65,534 closed, 0 silent of 65,535 asked")]
    [InlineData(1000, 900, 99, "out of time", "open: 22; 900 closed, 99 silent (7, 9 …) of 1,000 asked: out of time")]
    [InlineData(0, 0, 0, "the guest has no IPv6 address", "not asked: the guest has no IPv6 address")]
    public void OutsideScan_Text_ClaimsNoMoreThanWasAsked(int asked, int closed, int silent, string? problem, string text) =>
        Assert.Equal(text, new OutsideScan(asked == 0 ? [] : [22], closed, silent, problem, asked, silent > 0 ? [7, 9] : []).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("sh: syntax error")]
    [InlineData("@@uptime\n1e300 1\n@@dmesg\nfirst program at 99999999999999999999.9\n")] // longer than a TimeSpan
    [InlineData("@@uptime\nsoon\n@@meminfo\nMemTotal: many kB\n@@tcp\n 0: ZZ:1 x 0A a b c d e f g\n@@processes\n1 init S\n(((\n")]
    public void Parse_Nonsense_TellsNothing(string answer)
    {
        GuestFacts facts = GuestFacts.Parse(answer);
        Assert.False(facts.IsWhole);
        Assert.Null(facts.Uptime);
        Assert.Null(facts.FirstProgram);
        Assert.Null(facts.FirstService);
        Assert.Null(facts.Idle(1 << 28));
        Assert.Empty(facts.Listening());
    }

    [Fact]
    public void Phases_EverythingKnown_AddUpToReady()
    {
        BootTimeline timeline = new();
        timeline.Saw("BdsDxe: loading Boot0001", TimeSpan.FromSeconds(1.9));
        timeline.Saw("BdsDxe: starting Boot0001", TimeSpan.FromSeconds(2));
        // asked at 10 s the guest said 7.25 s: its kernel began at 2.75 s
        IReadOnlyList<BootPhase> phases = timeline.Phases(TimeSpan.FromSeconds(8), TimeSpan.FromSeconds(10), GuestFacts.Parse(Answer));
        Assert.Equal(["firmware 2000", "loader 750", "kernel 3500", "early init 700", "services 1050"], phases.Select(p => $"{p.Name} {p.Milliseconds}"));
        Assert.Equal(8000, phases.Sum(p => p.Milliseconds));
    }

    [Fact]
    public void Phases_GuestNotAsked_SaysWhatIsTogether()
    {
        BootTimeline timeline = new();
        timeline.Saw("BdsDxe: starting Boot0001", TimeSpan.FromSeconds(2));
        Assert.Equal(
            ["firmware 2000", "loader, kernel and system 6000"],
            timeline.Phases(TimeSpan.FromSeconds(8), TimeSpan.FromSeconds(8), null).Select(p => $"{p.Name} {p.Milliseconds}"));
    }

    [Theory]
    [InlineData(256, 137, null, 1)]
    [InlineData(256, 137, null, 2)]
    [InlineData(256, 137, 137, 2)]
    [InlineData(256, 137, 137, 1)]
    [InlineData(256, 137, 60, 2)]
    [InlineData(256, 137, 200, 1)]
    [InlineData(256, 256, null, 2)]
    [InlineData(64, 8, null, 2)]
    public async Task Find_AnyThreshold_IsFoundExactly(int known, int least, int? guess, int atOnce)
    {
        int tries = 0;
        LeastMemory found = await LeastMemorySearch.FindAsync(
            known, guess, 1, atOnce, (m, _) => { Interlocked.Increment(ref tries); return Task.FromResult(new MemoryTry(m >= least, $"died of {m}")); }, () => true, CancellationToken.None);
        Assert.Equal((least, 1, tries), (found.MiB, found.StepMiB, found.Tries));
        Assert.Equal(least > 8 ? least - 1 : null, found.FailedMiB);
        Assert.Equal(least > 8 ? $"died of {least - 1}" : "", found.Why);
        Assert.InRange(tries, 1, guess == least ? 2 : 16);
    }

    [Fact]
    public async Task Find_OutOfTime_SaysHowNearItGot()
    {
        int turns = 0;
        LeastMemory found = await LeastMemorySearch.FindAsync(
            256, null, 1, 2, (m, _) => Task.FromResult(new MemoryTry(m >= 100, "no")), () => turns++ < 2, CancellationToken.None);
        Assert.InRange(found.StepMiB, 2, 64);
        Assert.InRange(100, found.FailedMiB!.Value + 1, found.MiB);
    }

    [Fact]
    public async Task Find_LuckyTryBelowAFailure_DoesNotCount()
    {
        // 120 boots by chance, 150 does not: the answer lies above 150
        LeastMemory found = await LeastMemorySearch.FindAsync(
            256, null, 1, 2, (m, _) => Task.FromResult(new MemoryTry(m >= 180 || m is > 85 and < 125, "no")), () => true, CancellationToken.None);
        Assert.Equal(180, found.MiB);
    }
}
