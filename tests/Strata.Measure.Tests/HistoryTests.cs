using Strata.Blueprints;
using Strata.Core;
using Strata.Measure.Guests;
using Strata.Measure.Reports;
using Strata.Measure.Sizes;
using Strata.Testing;

namespace Strata.Measure.Tests;

public class HistoryTests
{
    [Fact]
    public void ToJson_AndBack_IsTheSame()
    {
        Measurement written = Samples.Typical() with { Problems = ["a problem"] };
        Measurement read = Measurement.FromJson(written.ToJson(), "test");
        Assert.Equal(written.ToJson(), read.ToJson());
        Assert.DoesNotContain((byte)'\n', written.ToJson());
        Assert.Equal(19500 * 1000 / 7860, read.Guest!.Boot!.RatioThousandths);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"format\":\"strata-measure-2\"}")]
    [InlineData("{\"format\":\"strata-measure-1\"}")]
    [InlineData("{\"format\":1}")]
    [InlineData("{\"format\":\"\\ud800\"}")] // half a character in an escape
    [InlineData("{\"\\ud800\":1,\"format\":\"strata-measure-1\"}")]
    public void FromJson_SomethingElse_IsAnErrorWithItsPlace(string json) =>
        Assert.StartsWith("cannot read the measurement f:3", Assert.Throws<StrataException>(() => Measurement.FromJson(System.Text.Encoding.UTF8.GetBytes(json), "f:3")).Message, StringComparison.Ordinal);

    [Fact]
    public void Append_ThenRead_KeepsOrderAndSaysWhatItCannotRead()
    {
        using TemporaryFolder folder = new();
        string file = folder["measurements.jsonl"];
        Assert.Empty(MeasurementHistory.Read(file).Measurements);
        MeasurementHistory.Append(file, Samples.Typical() with { Commit = "one" });
        File.AppendAllText(file, "{\"format\":\"strata-measure-9\"}\n");
        MeasurementHistory.Append(file, Samples.Typical() with { Commit = "two" });
        MeasurementHistory.Append(file, Samples.Typical() with { Commit = "two", Problems = ["again"] });
        MeasurementHistory history = MeasurementHistory.Read(file);
        Assert.Equal(["one", "two"], history.Measurements.Select(m => m.Commit));
        Assert.Equal(["again"], history.Measurements[1].Problems);
        Assert.Equal("cannot read the measurement in line 2 of measurements.jsonl: its form is 'strata-measure-9', this program knows 'strata-measure-1'", Assert.Single(history.Problems));
        Assert.Equal(3, File.ReadAllLines(file).Length);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("\n\n", "")]
    [InlineData("{\"format\":\"strata-measure-1\",\"edi", "cannot read the measurement in line 1 of h.jsonl: it is none")]
    [InlineData("<<<<<<< HEAD", "cannot read the measurement in line 1 of h.jsonl: it is none")] // git's mark of a conflict
    public void Parse_BrokenLines_AreSaidByNumber(string text, string problem) =>
        Assert.Equal(problem, string.Join(';', MeasurementHistory.Parse("/some/where/h.jsonl", text).Problems));

    [Fact]
    public void Between_ShortenedHistory_BlamesNoFileThatItOnlyDoesNotName()
    {
        SizeFile[] files = [.. Enumerable.Range(1, 1000).Select(i => new SizeFile($"/usr/share/f{i}", i, 3L * i))];
        Measurement before = MeasurementHistory.Shortened(Samples.Measurement(Samples.Part("a", Samples.Package("p", "1", files))));
        SizeFile[] grown = [.. files.Append(new SizeFile("/usr/share/new", 5000, 9000)).Append(new SizeFile("/usr/share/small", 10, 20))];
        MeasurementDifference difference = MeasurementDifference.Between(before, Samples.Measurement(Samples.Part("a", Samples.Package("p", "1", grown))), "then");
        Assert.Equal(["/usr/share/new"], Assert.Single(difference.Blame).Files.Select(f => f.Path)); // f1 … f800 are not named there, but were
        Assert.Equal(9020, difference.Blame[0].Plain);
    }

    [Fact]
    public void SplitBlame_EstimatesThatMoved_AreNobodysFault()
    {
        SizePackage kept = Samples.Package("kept", "1", new SizeFile("/usr/bin/kept", 1000, 3000));
        SizePackage moved = Samples.Package("kept", "1", new SizeFile("/usr/bin/kept", 1100, 3000));
        MeasurementDifference difference = MeasurementDifference.Between(
            Samples.Measurement(Samples.Part("a", kept)), Samples.Measurement(Samples.Part("a", moved, Samples.Package("more", "1", new SizeFile("/usr/bin/more", 500, 900)))), "then");
        (IReadOnlyList<PackageChange> changed, long by) = difference.SplitBlame();
        Assert.Equal(["more"], changed.Select(c => c.Package));
        Assert.Equal(100, by);
    }

    [Theory]
    [InlineData(8000, 8700, 2, false)] // within its noise
    [InlineData(8000, 8900, 2, true)]
    [InlineData(8000, 8900, 20, false)]
    public void Regressions_BootRatio_CountsAboveItsNoise(long before, long after, int percent, bool isRegression)
    {
        Measurement With(long ratio) => Samples.Typical() with { Guest = Samples.Guest() with { Boot = new BootTimes([], 9000, 1000, "", [new(ratio, 1000)]) } };
        Assert.Equal(isRegression, MeasurementDifference.Between(With(before), With(after), "then").Regressions(percent).Any(n => n.Name == "boot, in reference guests"));
    }

    [Theory]
    [InlineData(10_400, false)] // 18 % above 8800, whose rounds are 18.2 % apart
    [InlineData(10_600, true)]
    public void Regressions_BootOfUnevenRounds_HasTheirNoise(long after, bool isRegression)
    {
        Measurement With(params BootRound[] rounds) => Samples.Typical() with { Guest = Samples.Guest() with { Boot = new BootTimes([], 9000, 1000, "", rounds) } };
        MeasurementDifference difference = MeasurementDifference.Between(With(new(8000, 1000), new(9600, 1000)), With(new BootRound(after, 1000)), "then");
        Assert.Equal(isRegression, difference.Regressions(2).Any(n => n.Name == "boot, in reference guests"));
        Assert.Equal(19, difference.Numbers.Single(n => n.Name == "boot, in reference guests").NoisePercent);
    }

    [Fact]
    public void Numbers_GuestThatCouldNotBeAsked_HasNoSocketsRatherThanNone()
    {
        Measurement measurement = Samples.Typical() with { Guest = Samples.Guest() with { Memory = null, Listening = [], Modules = [], Why = "it got ready, but could not be asked" } };
        Assert.All(NumberNames.All.Where(n => n.Name is "reachable sockets" or "kernel modules loaded" or "memory, idle"), n => Assert.Null(n.Of(measurement)));
        Assert.Null(Assert.Single(BudgetTable.Of(new EditionBudgets { Ports = 0 }, measurement)).Actual);
        Assert.Contains("the guest could not be asked", HtmlReport.Of(measurement, [], []), StringComparison.Ordinal);
    }

    [Fact]
    public void RatioThousandths_Rounds_IsOfTheSums()
    {
        BootTimes boot = new([], 9000, 1000, "", [new(8000, 1000), new(9000, 1500), new(8200, 1020)]);
        Assert.Equal(25200 * 1000 / 3520, boot.RatioThousandths);
        Assert.Equal((6000L, 8039L), boot.Spread);
        Assert.Null((boot with { Rounds = null }).RatioThousandths); // of older versions: wall time is no ratio that can be compared
        Assert.Empty((boot with { Rounds = [] }).ShowRatio());
    }

    [Fact]
    public void Shortened_ManyFiles_KeepsTheLargestAndEverySum()
    {
        SizeFile[] files = [.. Enumerable.Range(1, 1000).Select(i => new SizeFile($"/usr/share/f{i}", i, 3L * i))];
        Measurement shortened = MeasurementHistory.Shortened(Samples.Measurement(Samples.Part("a", Samples.Package("p", "1", files))));
        SizePackage package = shortened.Download.Parts[0].Packages[0];
        Assert.Equal(MeasurementHistory.MostFiles, package.Files.Count);
        Assert.Equal((500_500L, 1_501_500L), (package.Packed, package.Plain));
        Assert.Equal("/usr/share/f1000", package.Files[0].Path);
    }

    [Fact]
    public void Between_PackageAddedAndFileGrown_BlamesThem()
    {
        Measurement before = Samples.Typical();
        Measurement after = Samples.Measurement(
            Samples.Kernel(4_100_000),
            Samples.Part("shell", Samples.Package("libc6", "2.41-13", new SizeFile("/usr/lib/libc.so.6", 750_000, 2_100_000), new SizeFile("/usr/lib/ld.so", 100_010, 220_000)),
                Samples.Package("busybox", "1.37", new SizeFile("/usr/bin/busybox", 360_000, 800_000)), Samples.Package("vim", "9", new SizeFile("/usr/bin/vim", 1_500_000, 4_000_000))),
            before.Download.Parts[2]) with
        {
            Surface = Samples.Surface("/usr/bin/su"),
            Guest = Samples.Guest() with { Listening = [] },
        };
        MeasurementDifference difference = MeasurementDifference.Between(before, after, "yesterday");
        Assert.Equal(["vim +1500000 (new)", " +100000", "libc6 +50010 2.41-12 -> 2.41-13"], difference.Blame.Select(b =>
            $"{b.Package} +{b.Packed}{(b.Package.Length == 0 ? "" : b.VersionBefore is null ? " (new)" : $" {b.VersionBefore} -> {b.VersionAfter}")}"));
        Assert.Equal(new FileChange("/usr/lib/libc.so.6", 50_000, 100_000), Assert.Single(difference.Blame[2].Files)); // ld.so only moved with its neighbours
        Assert.Equal(["+ setuid /usr/bin/su", "- listening tcp 22 dropbear"], difference.Surface);
        Assert.Equal(["download", "installed", "setuid and setgid files"], difference.Regressions(2).Select(n => n.Name));
        Assert.Equal(["setuid and setgid files"], difference.Regressions(90).Select(n => n.Name));
        Assert.Empty(MeasurementDifference.Between(before, before, "itself").Regressions(0));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Between_OneWithoutAGuest_SaysNothingOfSockets(bool first, bool second)
    {
        Measurement typical = Samples.Typical();
        Measurement unasked = typical with { Guest = null };
        MeasurementDifference difference = MeasurementDifference.Between(
            first ? typical : unasked, second ? typical : unasked, "yesterday");
        Assert.Empty(difference.Surface);
        Assert.Contains("reachable sockets", difference.NotCompared);
    }

    [Fact]
    public void BudgetTable_BrokenBudgets_NameWhatCountsAndWhatChanged()
    {
        Measurement measurement = Samples.Typical() with { Surface = Samples.Surface("/usr/bin/su") };
        EditionBudgets budgets = new()
        {
            Image = new ByteSize(7_000_000), SetUid = 0, Ports = 0, Boot = 2000, LeastMemory = ByteSize.FromMiB(128), Memory = ByteSize.FromMiB(64), Packages = 9,
        };
        measurement = measurement with { Budgets = BudgetTable.Of(budgets, measurement) };
        measurement = measurement with { Difference = MeasurementDifference.Between(Samples.Measurement(Samples.Kernel(4_000_000)), measurement, "main") };
        IReadOnlyList<string> broken = BudgetTable.Broken(measurement);
        Assert.Equal(["image", "least-memory", "setuid", "ports", "boot"], broken.Select(b => b.Split('\'')[1]));
        Assert.Contains("\n  kernel: 3.81 MiB\n  libssl3t64: 1.81 MiB\n", broken[0], StringComparison.Ordinal);
        Assert.Contains("since main:", broken[0], StringComparison.Ordinal);
        Assert.Contains("with 135 MiB: ended: kernel panic: out of memory", broken[1], StringComparison.Ordinal);
        Assert.Contains("/usr/bin/su", broken[2], StringComparison.Ordinal);
        Assert.Contains("tcp 0.0.0.0 port 22 dropbear", broken[3], StringComparison.Ordinal);
        Assert.DoesNotContain("8080", broken[3], StringComparison.Ordinal);
        Assert.Contains("2.48, allowed 2.00", broken[4], StringComparison.Ordinal);
    }

    [Fact]
    public void WriteInto_PageTwice_ReplacesTheBlockAlone()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["page.md"], "# Sample\n\nText.\n");
        MarkdownNumbers.WriteInto(folder["page.md"], Samples.Typical());
        string once = File.ReadAllText(folder["page.md"]);
        File.WriteAllText(folder["page.md"], once + "\nMore.\n");
        MarkdownNumbers.WriteInto(folder["page.md"], Samples.Measurement(Samples.Kernel(1 << 20)));
        string twice = File.ReadAllText(folder["page.md"]);
        Assert.Contains("| memory, least that boots | 136 MiB |", once, StringComparison.Ordinal);
        Assert.Contains("| libssl3t64 | about 1.81 MiB | 26.5 % |", once, StringComparison.Ordinal);
        Assert.StartsWith("# Sample\n\nText.\n", twice, StringComparison.Ordinal);
        Assert.EndsWith("\nMore.\n", twice, StringComparison.Ordinal);
        Assert.DoesNotContain("136 MiB", twice, StringComparison.Ordinal);
        File.WriteAllText(folder["heading.md"], "# Sample\n\n## Numbers\n");
        MarkdownNumbers.WriteInto(folder["heading.md"], Samples.Typical());
        Assert.Equal(2, File.ReadAllText(folder["heading.md"]).Split("## Numbers").Length);
        Assert.False(MarkdownNumbers.WriteInto(folder["page.md"], Samples.Typical() with { Guest = Samples.Typical().Guest! with { Why = "it did not get ready" } }));
        Assert.Equal(twice, File.ReadAllText(folder["page.md"]));
        File.WriteAllText(folder["page.md"], "<!-- end of numbers -->");
        Assert.Throws<StrataException>(() => MarkdownNumbers.WriteInto(folder["page.md"], Samples.Typical()));
    }
}
