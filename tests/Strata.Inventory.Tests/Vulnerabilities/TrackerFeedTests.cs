using System.Text;
using Strata.Core;
using Strata.Inventory.Vulnerabilities;

namespace Strata.Inventory.Tests.Vulnerabilities;

public class TrackerFeedTests
{
    [Fact]
    public void Read_Feed_GivesWhatItSaysOfThePackagesAskedFor()
    {
        IReadOnlyList<TrackerEntry> entries = Read(MadeFeed.Small);
        Assert.Equal(
            ["CVE-2026-1001", "CVE-2026-1002", "CVE-2026-1003", "CVE-2026-1004", "CVE-2026-1005", "CVE-2026-1006", "TEMP-0000000-ABCDEF"],
            entries.Select(e => e.Id));
        Assert.Equal(
            new TrackerEntry
            {
                Source = "curl", Id = "CVE-2026-1001", Description = "The curl program reads too much.", Status = "resolved",
                FixedVersion = "8.14.1-2+deb13u3", Urgency = "high",
            },
            entries[0]);
        Assert.Equal(("Minor issue", "postponed"), (entries[1].NoAdvisory, entries[1].NoAdvisoryReason));
        Assert.Equal(("", ""), (entries[2].Description, entries[2].NoAdvisory));
    }

    [Theory]
    [InlineData("[]", "it is not made of packages")]
    [InlineData("7", "it is not made of packages")]
    [InlineData("{\"curl\": [{\"id\": \"CVE-2026-1\"}]}", "it is not made of packages")]
    [InlineData("{\"curl\": \"CVE-2026-1\"}", "it is not made of packages")]
    [InlineData("{\"curl\": {\"CVE-2026-1\": \"open\"}}", "it is not made of packages")]
    [InlineData("{}", "it names no release of Debian")]
    [InlineData("{\"curl\": {\"CVE-2026-1\": {\"suites\": {\"trixie\": {\"status\": \"open\"}}}}}", "it names no release of Debian")]
    [InlineData("{\"curl\": {\"CVE-2026-1\": {\"releases\": {\"sid\": {\"status\": \"open\"}}}}}", "it says nothing of trixie")]
    [InlineData("", "behind byte 0")]
    [InlineData("<html>", "behind byte 0")]
    [InlineData("{\"curl\": {\"CVE-2026-1\": {\"releases\": {\"trixie\": {\"status\": \"\\ud800\"}}}}}", "behind byte")]
    public void Read_AnotherForm_IsRefusedWithWhatItIs(string text, string problem)
    {
        StrataException e = Assert.Throws<StrataException>(() => Read(text));
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
        Assert.StartsWith("cannot read the feed made: ", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_CutOffAnywhere_IsRefused()
    {
        byte[] whole = Encoding.UTF8.GetBytes(MadeFeed.Small.TrimEnd());
        for (int at = 0; at < whole.Length; at++)
        {
            Assert.Throws<StrataException>(() => Read(new MemoryStream(whole, 0, at)));
        }
    }

    [Fact]
    public void Read_NestedDeep_IsRefused()
    {
        string deep = "{\"curl\": {\"CVE-2026-1\": {\"x\": " + new string('[', 100_000) + new string(']', 100_000) + "}}}";
        Assert.Contains("depth", Assert.Throws<StrataException>(() => Read(deep)).Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Read_OneValueWithoutEnd_IsRefusedBeforeItFillsTheMemory()
    {
        StrataException e = Assert.Throws<StrataException>(() => Read(new Endless("{\"curl\": {\"CVE-2026-1\": {\"description\": \"")));
        Assert.Contains("one value has more than 4.00 MiB", e.Message, StringComparison.Ordinal);
    }

    /// <summary>60 MB, as the real one has: the whole is never in memory, and a buffer of 128 KiB is all that it needs.</summary>
    [Fact]
    public void Read_LargeFeed_TakesLittleMemory()
    {
        string path = Path.GetTempFileName();
        try
        {
            using (FileStream file = File.Create(path))
            {
                MadeFeed.WriteLarge(file, packages: 3500, each: 20);
            }
            Assert.InRange(new FileInfo(path).Length, 60_000_000, 90_000_000);
            long before = GC.GetAllocatedBytesForCurrentThread();
            using FileStream feed = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            IReadOnlyList<TrackerEntry> entries = TrackerFeed.Read(feed, "made", new HashSet<string> { "package-7", "package-3400" },
                "trixie");
            Assert.Equal(40, entries.Count);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2 << 20); // names, entries, and what the pool had not
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>A byte at a time: no name is lost where a buffer ends.</summary>
    [Fact]
    public void Read_InSmallPieces_GivesTheSame()
    {
        StringBuilder text = new("{");
        for (int i = 0; i < 3000; i++)
        {
            text.Append(i == 0 ? "" : ",");
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"\"p{i}\":{{\"CVE-2026-{1000 + i}\":");
            text.Append("{\"description\":\"").Append('x', i).Append("\",\"releases\":{\"trixie\":{\"status\":\"open\"}}}}");
        }
        byte[] feed = Encoding.UTF8.GetBytes(text.Append('}').ToString());
        HashSet<string> all = [.. Enumerable.Range(0, 3000).Select(i => $"p{i}")];
        IReadOnlyList<TrackerEntry> entries = TrackerFeed.Read(new MemoryStream(feed), "made", all, "trixie");
        Assert.Equal(3000, entries.Count);
        Assert.All(entries.Select((e, i) => (e, i)), p => Assert.Equal((p.i, $"CVE-2026-{1000 + p.i}"), (p.e.Description.Length == 2048
            ? p.i : p.e.Description.Length, p.e.Id)));
    }

    private static IReadOnlyList<TrackerEntry> Read(string text) => Read(new MemoryStream(Encoding.UTF8.GetBytes(text)));

    private static IReadOnlyList<TrackerEntry> Read(Stream feed) => TrackerFeed.Read(feed, "made", new HashSet<string> { "curl" },
        "trixie");

    /// <summary>A start, and then the same letter for ever.</summary>
    private sealed class Endless(string start) : MemoryStream(Encoding.UTF8.GetBytes(start))
    {
        public override int Read(Span<byte> buffer)
        {
            if (base.Read(buffer) is > 0 and int read)
            {
                return read;
            }
            buffer.Fill((byte)'x');
            return buffer.Length;
        }
    }
}
