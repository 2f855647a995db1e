using Strata.Cli.Commands.Measuring;
using Strata.Cli.Wiring;
using Strata.Core;
using Strata.Formats.Elf;
using Strata.Measure;
using Strata.Measure.Differences;
using Strata.Measure.Guests;
using Strata.Measure.Sizes;
using Strata.Measure.Surface;
using Strata.Measure.Tests;
using Strata.Testing;

namespace Strata.Cli.Tests;

/// <summary>Measurements and their differences, as a person reads them.</summary>
public class MeasureCommandTests
{
    private static readonly Measurement s_whole = Samples.Typical() with
    {
        Surface = Samples.Surface([.. Enumerable.Range(1, 7).Select(i => $"/usr/bin/su{i}")]) with
        {
            SetGid = ["/usr/bin/g1", "/usr/bin/g2", "/usr/bin/g3", "/usr/bin/g4", "/usr/bin/g5", "/usr/bin/g6"],
            Exposures = [new ServiceExposure("nginx.service", 9.2, "UNSAFE"), new ServiceExposure("ssh.service", 0.44, "OK")],
            Kernel = new KernelSurface("KSPP", 40, 3, 2, 1, ["BUG"]),
            Binaries =
            [
                new("/usr/bin/a", "a", true, true, RelroKind.Full, Presence.Yes, true, Presence.Yes),
                new("/usr/bin/b", "b", true, false, RelroKind.Partial, Presence.No, true, Presence.No),
                new("/usr/lib/c.so", "c", false, false, RelroKind.None, Presence.Unknown, false, Presence.Unknown),
            ],
        },
        Budgets =
        [
            new("image", 8_000_000, 7_180_000, "bytes"), new("download", 1000, 1001, "bytes"), new("setuid", 0, 7, "count"),
            new("setgid", 0, 0, "count"), new("memory", 20 << 20, null, "bytes"), new("boot", 3000, 2500, "thousandths"),
        ],
        Problems = ["a file could not be read"],
    };

    [Fact]
    public void Print_EverythingMeasured_SaysEverything() => Golden.Same("measure", Desk.Caught(() =>
        MeasurePrinter.Print(s_whole)).Output);

    [Fact]
    public void Print_NothingOfTheGuest_SaysWhatIsNotKnown() => Golden.Same("measure-little", Desk.Caught(() => MeasurePrinter.Print(
        Samples.Measurement(Samples.Kernel(4096)) with
        {
            Kernel = "",
            Surface = Samples.Surface() with { Programs = ["/init"] },
            Guest = new GuestNumbers
            {
                IsReady = false, Why = "it ended", Machine = "QEMU", MemoryMiB = 64, LogTail = ["one", "two"],
                Least = new LeastMemory(64, 4, 3, null, ""), Scan = new OutsideScan([], 0, 0, "no network", 0),
            },
        })).Output);

    [Fact]
    public void Print_NobodyListens_SaysSo()
    {
        GuestNumbers asked = Samples.Guest() with { Listening = [], Modules = [], Scan = null };
        string[] said = Desk.Caught(() => MeasurePrinter.Print(s_whole with { Guest = asked })).Lines;
        Assert.Contains("listening: nobody", said);
        Assert.Contains("modules loaded: 0", said);
        Assert.Contains(said, l => l.EndsWith("0 reachable sockets", StringComparison.Ordinal));
    }

    private static Measurement After()
    {
        SizePackage[] many = [.. Enumerable.Range(1, 12).Select(i => Samples.Package($"p{i:00}", "1", new SizeFile($"/p{i}", 1000 * i,
            3000 * i)))];
        return s_whole with
        {
            Version = "2",
            Download = Samples.Measurement(
                Samples.Kernel(4_100_000),
                Samples.Part("shell", [
                    Samples.Package("libc6", "2.42", new SizeFile("/usr/lib/libc.so.6", 600_000, 1_900_000), new SizeFile("/usr/lib/ld.so",
                        100_001, 220_004)),
                    Samples.Package("busybox", "1.37", new SizeFile("/usr/bin/busybox", 360_111, 800_000)), .. many])).Download,
            Guest = Samples.Guest() with { Memory = null },
            Surface = s_whole.Surface with { SetUid = ["/usr/bin/su1", "/usr/bin/new"] },
        };
    }

    [Fact]
    public void PrintDifference_MuchChanged_SaysWhoIsToBlame() => Golden.Same(
        "measure-difference", Desk.Caught(() => MeasurePrinter.PrintDifference(MeasurementDifference.Between(s_whole, After(),
            "before"))).Output);

    [Fact]
    public void PrintDifference_Same_SaysSo() => Assert.Equal(
        ["", "Since last", "no difference"],
        Desk.Caught(() => MeasurePrinter.PrintDifference(MeasurementDifference.Between(s_whole, s_whole, "last"))).Lines);

    [Theory]
    [InlineData("", 0)]
    [InlineData(" --exit-code", 1)]
    [InlineData(" --json", 0)]
    public async Task Diff_TwoMeasurements_AreCompared(string option, int code)
    {
        using Desk desk = new();
        File.WriteAllBytes(desk["a.json"], s_whole.ToJson());
        File.WriteAllBytes(desk["b.json"], After().ToJson());
        Desk.Outcome outcome = await desk.TypeAsync("diff a.json b.json" + option);
        Assert.Equal((code, ""), (outcome.ExitCode, outcome.Errors));
        if (option == " --json")
        {
            Golden.Same("measure-difference.json", outcome.Output);
            return;
        }
        Assert.Equal("Since a.json", outcome.Lines[1]);
        Assert.Equal(0, (await desk.TypeAsync("diff a.json a.json" + option)).ExitCode);
    }

    [Theory]
    [InlineData("diff a.json nano")]
    [InlineData("diff nano a.json")]
    public async Task Diff_OneMeasurement_IsRefused(string line)
    {
        using Desk desk = new();
        File.WriteAllBytes(desk["a.json"], s_whole.ToJson());
        Desk.Outcome outcome = await desk.TypeAsync(line);
        string[] words = line.Split(' ');
        Assert.Equal(
            [
                $"error: cannot compare {words[1]} with {words[2]}: a measurement can be compared with another one only",
                "hint:  'strata measure NAME --against FILE' measures and compares.",
            ],
            outcome.Said);
        Assert.Equal(2, outcome.ExitCode);
    }

    [Fact]
    public void Print_ImageDifference_ListsTheLargest()
    {
        ImageDifference difference = new()
        {
            Before = "a", After = "b",
            Parts = [new("kernel", 10, 12), new("uki", null, 5), new("layer", 7, null)],
            Packages = [new("curl", "1", "2"), new("new", null, "1"), new("old", "1", null)],
            Paths =
            [
                .. Enumerable.Range(1, 60).Select(i => new PathChange($"/f{i:00}", i % 2 == 0 ? "changed" : "removed", -1000 - i, "",
                    ["content"])),
                new("/small", "added", 5, "curl", ["file 0644 0:0", "x"]), new("/zz", "added", 2048, "curl", ["file 0644 0:0"]),
            ],
            Budgets = [new("image", "1", "2")],
            KernelSymbols = [new("BUG", "y", "n")],
        };
        Golden.Same("image-difference", Desk.Caught(() => ImageDiffCommand.Print(difference, all: false)).Output);
        string[] all = Desk.Caught(() => ImageDiffCommand.Print(difference, all: true)).Lines;
        Assert.Contains("+ /small +5 B (curl): file 0644 0:0, x", all);
        Assert.Equal("+ /zz +2.00 KiB (curl): file 0644 0:0", all[^1]);
        ImageDifference same = difference with { Parts = [], Packages = [], Paths = [], Budgets = null, KernelSymbols = [] };
        Assert.Equal(["a -> b", "no difference"], Desk.Caught(() => ImageDiffCommand.Print(same, all: false)).Lines);
        string[] sixty = Desk.Caught(() => ImageDiffCommand.Print(difference with { Paths = [.. difference.Paths.Take(60)] },
            all: false)).Lines;
        Assert.StartsWith("~ /f60", sixty[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("2", 2.0)]
    [InlineData("0.5 %", 0.5)]
    [InlineData("2%", 2.0)]
    [InlineData("0", 0.0)]
    [InlineData("1000", 1000.0)]
    public void ParsePercent_Share_IsRead(string? text, double? percent) => Assert.Equal((decimal?)percent,
        MeasureCommand.ParsePercent(text));

    [Theory]
    [InlineData("1000.1")]
    [InlineData("-1")]
    [InlineData("1,5")]
    [InlineData("1e2")]
    [InlineData("much")]
    public void ParsePercent_NoShare_IsRefused(string text) => Assert.Equal(
        $"'{text}' is no share of growth: expected per cent, such as 2 or 0.5", Assert.Throws<UsageException>(() =>
            MeasureCommand.ParsePercent(text)).Message);

    [Fact]
    public void Judge_Faults_AreAllNamed()
    {
        Measurement good = s_whole with { Budgets = [new("image", 5, 5, "bytes")] };
        Assert.Equal(0, MeasureCommand.Judge(good, "made", null));
        Measurement grown = good with
        {
            Budgets = [new("image", 5, 6, "bytes")],
            Guest = good.Guest! with { Why = "it hung" },
            Difference = new MeasurementDifference
            {
                Against = "last", Blame = [], Surface = [],
                Numbers =
                [
                    new("installed", "bytes", 1000, 1020, true), new("download", "bytes", 1000, 1021, true), new("inodes", "count", 1, 9,
                        false),
                    new("boot", "thousandths", 1000, 1100, true, 10), new("memory", "bytes", 1000, 1101, true, 10),
                ],
            },
        };
        StrataException e = Assert.Throws<StrataException>(() => MeasureCommand.Judge(grown, "./made", 2));
        Golden.Same("measure-faults", $"{e.Message}\n{e.Hint}\n");
        Assert.DoesNotContain("grew", Assert.Throws<StrataException>(() => MeasureCommand.Judge(grown, "made", null)).Message,
            StringComparison.Ordinal);
        Measurement dead = good with { Guest = good.Guest! with { IsReady = false, Why = "it hung" } };
        Assert.Equal("sample is not as it should be: the guest did not get ready: it hung",
            Assert.Throws<StrataException>(() => MeasureCommand.Judge(dead, "made", null)).Message);
    }

    [Fact]
    public async Task Report_FromAFile_IsWritten()
    {
        using Desk desk = new();
        desk.Write("mine/edition.yaml", "edition: mine\n");
        File.WriteAllBytes(desk["a.json"], s_whole.ToJson());
        Desk.Outcome outcome = await desk.TypeAsync("report ./mine --from a.json");
        Assert.Equal((0, "", true), (outcome.ExitCode, outcome.Errors, File.Exists(desk["out/mine/report.html"])));
        Assert.Equal([$"out/mine/report.html ({new ByteSize(new FileInfo(desk["out/mine/report.html"]).Length)})"], outcome.Lines);
        Assert.Equal(0, (await desk.TypeAsync("report ./mine --from a.json -o other/it.html")).ExitCode);
        Assert.Equal(File.ReadAllText(desk["out/mine/report.html"]), File.ReadAllText(desk["other/it.html"]));
        Assert.Contains("Sample &amp; Co", File.ReadAllText(desk["other/it.html"]), StringComparison.Ordinal);
    }
}
