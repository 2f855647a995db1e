using Strata.Blueprints;
using Strata.Core;
using Strata.Measure.Guests;
using Strata.Measure.Surface;

namespace Strata.Measure.Tests;

/// <summary>Exactly the limit and one more; every number and every name by itself.</summary>
public class MeasureEdgeTests
{
    [Theory]
    [InlineData(100, 99, false)]
    [InlineData(100, 100, false)]
    [InlineData(100, 101, true)]
    [InlineData(0, 0, false)]
    [InlineData(0, 1, true)]
    [InlineData(100, null, false)] // not measured
    public void IsBroken_MoreThanTheLimit_AndNothingElse(int limit, int? actual, bool expected) =>
        Assert.Equal(expected, new BudgetRow("image", limit, actual, "bytes").IsBroken);

    [Theory]
    [InlineData(1000, 1020, 2, 0, false)] // exactly 2 %
    [InlineData(1000, 1021, 2, 0, true)]
    [InlineData(1000, 1021, 2, 3, false)]
    [InlineData(1000, 1031, 2, 3, true)]
    [InlineData(1000, 1000, 0, 0, false)]
    [InlineData(1000, 1001, 0, 0, true)]
    [InlineData(0, 1, 50, 0, true)] // from nothing to something is more than any percent
    [InlineData(0, 0, 0, 0, false)]
    [InlineData(1000, 900, 0, 0, false)]
    [InlineData(null, 900, 0, 0, false)]
    [InlineData(900, null, 0, 0, false)]
    public void GrewByMoreThan_Percent_AtItsEdge(int? before, int? after, int percent, int noise, bool expected) =>
        Assert.Equal(expected, new NumberChange("n", "count", before, after, true, noise).GrewByMoreThan(percent));

    [Fact]
    public void BudgetTable_EveryBudget_ComparesItsOwnNumber()
    {
        Measurement sample = Samples.Typical() with { Surface = Samples.Surface("/usr/bin/su",
            "/usr/bin/passwd") with { SetGid = ["/usr/bin/su", "/usr/bin/wall"] } };
        EditionBudgets all = new()
        {
            Image = new ByteSize(1), Installed = new ByteSize(2), Memory = new ByteSize(3), LeastMemory = new ByteSize(4), Packages = 5,
                SetUid = 6, Ports = 7, Boot = 8,
        };
        Assert.Equal(
            [
                $"image 1 {sample.Download.Bytes}", $"installed 2 {sample.Installed.Bytes}", $"memory 3 {30 << 20}",
                    $"least-memory 4 {136 << 20}", "packages 5 2", "setuid 6 3", "ports 7 1",
                $"boot 8 {sample.Guest!.Boot!.RatioThousandths}",
            ],
            BudgetTable.Of(all, sample).Select(r => $"{r.Name} {r.Limit} {r.Actual}"));
        Assert.Equal(
            ["memory ", "least-memory ", "ports ", "boot "],
            BudgetTable.Of(all, sample with { Guest = null }).Where(r => r.Actual is null).Select(r => $"{r.Name} {r.Actual}"));
        Assert.Empty(BudgetTable.Of(new EditionBudgets(), sample));
        Assert.Equal("packages", Assert.Single(BudgetTable.Of(new EditionBudgets { Packages = 0 }, sample)).Name);
    }

    [Fact]
    public void Between_EveryKindOfSurface_NamesWhatCameAndWent()
    {
        Measurement before = Samples.Typical();
        SurfaceNumbers was = before.Surface;
        Measurement after = before with
        {
            Surface = was with
            {
                Programs = ["/usr/bin/busybox", "/usr/bin/new"],
                SetUid = ["/su"],
                SetGid = ["/sg"],
                Services = [],
                WorldWritable = [],
            },
            Guest = Samples.Guest() with { Listening = [new ListeningSocket("udp", "0.0.0.0", 53, ""), new ListeningSocket("tcp",
                "127.0.0.1", 1, "x")] },
        };
        Assert.Equal(
            [
                "+ program /usr/bin/new", "- program /usr/bin/curl", "+ setuid /su", "+ setgid /sg", "- service ssh",
                    "- world-writable /tmp (sticky)",
                "+ listening udp 53", "- listening tcp 22 dropbear",
            ],
            MeasurementDifference.Between(before, after, "x").Surface);
    }

    [Theory]
    [InlineData("b", "a", "disk", 1)] // all the same: it takes the place of the one before
    [InlineData("c", "a", "disk", 2)]
    [InlineData("b", "c", "disk", 2)]
    [InlineData("b", "a", "iso", 2)]
    public void Append_SameCommitDigestAndImage_TakesThePlaceOfTheLast(string commit, string digest, string image, int lines)
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            Measurement first = Samples.Typical();
            MeasurementHistory.Append(path, first);
            MeasurementHistory.Append(path, first with { Commit = new string(commit[0], 40), Digest = new string(digest[0], 64),
                Image = image, Version = "2" });
            IReadOnlyList<Measurement> read = MeasurementHistory.Read(path).Measurements;
            Assert.Equal(lines, read.Count);
            Assert.Equal("2", read[^1].Version);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("@@meminfo\nMemTotal: 1000 kB\nMemAvailable: 400 kB\nShmem: 5 kB\nUnevictable: 7 kB\nSlab: 11 kB\nAnonPages: 13 kB", 600,
        12, 11, 13)]
    [InlineData("@@meminfo\nMemTotal: 1000 kB\nMemAvailable: 1000 kB", 0, 0, 0, 0)]
    [InlineData("@@meminfo\nMemTotal: 1000 kB\nSlabs: 3 kB\nSlab: 1 kB", 1000, 0, 1, 0)] // the whole name counts
    public void Idle_EveryLineOfMeminfo_GoesWhereItBelongs(string answer, long used, long files, long slab, long programs)
    {
        IdleMemory idle = GuestFacts.Parse(answer).Idle(2000 * 1024)!;
        Assert.Equal((used * 1024, 1000 * 1024L, files * 1024, slab * 1024, programs * 1024), (idle.Used, idle.Kernel, idle.Files,
            idle.Slab, idle.Programs));
    }

    [Theory]
    [InlineData("00000000000000000000000000000001 01 80 10 80       lo", false)]
    [InlineData("fe80000000000000505400fffe123456 02 40 20 80     eth0", true)]
    [InlineData("fe80000000000000505400fffe123456 02 40 20 80     xlo", true)]
    [InlineData("", false)]
    public void HasIpv6_AnyCardButTheLoopback(string line, bool expected)
    {
        Assert.Equal(expected, GuestFacts.Parse($"@@if_inet6\n{line}\n@@end").HasIpv6);
        Assert.Null(GuestFacts.Parse($"@@if_inet6\n{line}\n").HasIpv6); // cut off: nobody knows
    }

    [Theory]
    [InlineData("tcp", "0A", true)]
    [InlineData("tcp", "07", false)]
    [InlineData("tcp6", "0A", true)]
    [InlineData("tcp6", "01", false)]
    [InlineData("udp", "07", true)]
    [InlineData("udp", "01", false)] // connected
    [InlineData("udp6", "07", true)]
    [InlineData("raw", "07", true)]
    [InlineData("raw6", "0A", false)]
    public void Listening_States_AreThoseOfTheKindOfSocket(string table, string state, bool expected)
    {
        string address = table.EndsWith('6') ? new string('0', 32) : "00000000";
        string line = $"   0: {address}:0016 {address}:0000 {state} 00000000:00000000 00:00000000 00000000     0        0 1171 1 0";
        Assert.Equal(expected, GuestFacts.Parse($"@@{table}\n{line}\n@@end").Listening().Count == 1);
    }

    [Theory]
    [InlineData("0 3 3 0003 2 1 0 0 1191", true)]
    [InlineData("0 3 3 FFFF 0 1 0 0 1191", true)]
    [InlineData("0 3 3 10000 2 1 0 0 1191", false)] // an EtherType has 16 bits
    [InlineData("0 3 3 0003 -1 1 0 0 1191", false)]
    [InlineData("0 3 3 0003 2 1 0 0", false)]
    public void Listening_PacketSockets_HaveAKindAndACard(string line, bool expected) =>
        Assert.Equal(expected, GuestFacts.Parse($"@@packet\n{line}\n@@end").Listening().Count == 1);

    [Theory]
    [InlineData("0 1", 0.0)]
    [InlineData("9999999 1", 9999999.0)]
    [InlineData("10000000 1", null)]
    [InlineData("-1 1", null)]
    [InlineData("NaN 1", null)]
    public void Uptime_IsThatOfAGuestThatIsMeasured(string line, double? seconds) =>
        Assert.Equal(seconds is double s ? TimeSpan.FromSeconds(s) : null, GuestFacts.Parse($"@@uptime\n{line}\n@@end").Uptime);

    [Fact]
    public void Phases_MarksOutOfOrder_NeverGoBackOrBeyondTheEnd()
    {
        BootTimeline timeline = new();
        timeline.Saw("BdsDxe: starting Boot0001", TimeSpan.FromSeconds(5));
        timeline.Saw("BdsDxe: starting Boot0002", TimeSpan.FromSeconds(7)); // the first hands over
        // the kernel began at 3 s, before the loader
        GuestFacts facts = GuestFacts.Parse("@@uptime\n7 1\n@@dmesg\nfirst program at 50.0\n@@end");
        Assert.Equal(
            ["firmware 5000", "loader 0", "kernel 3000", "services 0"],
            timeline.Phases(TimeSpan.FromSeconds(8), TimeSpan.FromSeconds(10), facts).Select(p => $"{p.Name} {p.Milliseconds}"));
        Assert.Equal(["firmware and loader 3000", "kernel 5000", "services 0"],
            new BootTimeline().Phases(TimeSpan.FromSeconds(8), TimeSpan.FromSeconds(10), facts).Select(p => $"{p.Name} {p.Milliseconds}"));
    }

    // words of schedstat: nanoseconds on a processor, nanoseconds of waiting for one, slices; the thread that waited longest counts
    [Fact]
    public void Elapsed_OfAProcess_IsLessTheLongestWaitOfItsThreads()
    {
        TimeSpan before = LongestWait();
        TimeSpan elapsed = new StarvedClock(Environment.ProcessId, new HourLater()).Elapsed;
        TimeSpan after = LongestWait();
        Assert.InRange(elapsed, TimeSpan.FromHours(1) - after, TimeSpan.FromHours(1) - before);
        Assert.Equal(TimeSpan.FromHours(1), new StarvedClock(int.MaxValue, new HourLater()).Elapsed); // nobody waits
    }

    private static TimeSpan LongestWait() => TimeSpan.FromTicks(Directory.GetDirectories("/proc/self/task")
        .Select(t => File.Exists(t + "/schedstat") ? long.Parse(File.ReadAllText(t + "/schedstat").Split(' ')[1],
            System.Globalization.CultureInfo.InvariantCulture) / 100 : 0).Max());

    /// <summary>A clock that is an hour later each time it is read.</summary>
    private sealed class HourLater : TimeProvider
    {
        private long _hours;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _hours++ * TimeSpan.TicksPerHour;
    }
}
