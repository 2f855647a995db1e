using System.Net;
using System.Text.RegularExpressions;
using Strata.Formats.Elf;
using Strata.Measure.Guests;
using Strata.Measure.Reports;
using Strata.Measure.Sizes;
using Strata.Measure.Surface;

namespace Strata.Measure.Tests;

/// <summary>
/// Everything that a person reads in the report and in the README's numbers, compared with what it was when somebody last looked at it.
/// </summary>
/// <remarks>A change that is wanted: take what the failed test wrote beside the temporary files into <c>Golden</c>, and look at the
/// difference.</remarks>
public partial class ReportTextTests
{
    [Theory]
    [InlineData("report")]
    [InlineData("report-of-layers")]
    [InlineData("numbers.md")]
    [InlineData("numbers-of-layers.md")]
    public void Of_SamplesWithEverything_SaysWhatItSaid(string name)
    {
        Measurement sample = name.Contains("layers", StringComparison.Ordinal) ? Layers() : After();
        Measurement[] history = [Before() with { Commit = null }, Before() with { Version = "0.9" }, Before(), sample];
        string text = name.EndsWith(".md", StringComparison.Ordinal) ? MarkdownNumbers.Of(sample) : TextOf(HtmlReport.Of(sample, history,
            ["line 3 is of form 9"]));
        using Stream resource = typeof(ReportTextTests)
            .Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"there is no Golden/{name}");
        using StreamReader reader = new(resource);
        string expected = reader.ReadToEnd();
        if (expected.Trim() != text.Trim())
        {
            string place = Path.Combine(Path.GetTempPath(), name);
            File.WriteAllText(place, text.Trim() + "\n");
            Assert.Fail($"{place} is what it says now; first difference:\n{First(expected, text)}");
        }
    }

    private static string First(string expected, string text) =>
        expected.Trim().Split('\n').Zip(text.Trim().Split('\n')).Where(l => l.First != l.Second).Select(l => $"- {l.First}\n+ {l.Second}")
            .FirstOrDefault("one is longer");

    /// <summary>Words, a line for each element, with what draws: places and lengths of the charts.</summary>
    private static string TextOf(string page)
    {
        string shown = Script().Replace(page, "");
        shown = Drawn().Replace(shown, m => $"\n[{m.Value.Trim('<', '>', '/')}]\n");
        string[] lines = WebUtility.HtmlDecode(Tag().Replace(shown, "\n")).Split('\n',
            StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return string.Join('\n', lines);
    }

    private static Measurement Before() => Samples.Typical() with { Commit = new string('c', 40), Version = "0", Kernel = "6.11" };

    private static Measurement After()
    {
        Measurement before = Before();
        Measurement after = Samples.Typical() with
        {
            Commit = new string('d', 40) + "+",
            Download = new DownloadNumbers(8_000_000, 9_000_000,
            [
                Samples.Kernel(4_100_000),
                Samples.Part("shell", Samples.Package("libc6", "2.41-13", new SizeFile("/usr/lib/libc.so.6", 710_000, 2_000_100)),
                    Samples.Package("fresh", "1", new SizeFile("/usr/bin/fresh", 2_000, 4_000))),
            ]),
            Surface = Samples.Surface("/usr/bin/su") with
            {
                SetGid = ["/usr/bin/wall"], FileCapabilities = ["/usr/bin/ping"], Interpreters = ["/usr/bin/perl"],
                    Unreadable = ["/usr/bin/bad: why"],
                Binaries =
                [
                    new BinaryHardening("/usr/bin/a", "p", true, true, RelroKind.Full, Presence.Yes, true, Presence.Yes),
                        new BinaryHardening("/usr/bin/b", "q", true, false, RelroKind.None, Presence.No, false, Presence.No),
                ],
            },
            Problems = ["something was not measured"],
        };
        return after with { Difference = MeasurementDifference.Between(before, after, "the last release") };
    }

    private static Measurement Layers() => After() with
    {
        Download = new DownloadNumbers(500, 600, [new SizePart("kernel", "kernel", 300, true, []), new SizePart("base", "layer", 200, true,
            [new SizePackage("a", "1", 150, 400, 2, [new SizeFile("/a", 150, 400)]), new SizePackage("(metadata and hash tree)", "", 50, 0,
            0, [])])]),
        Guest = Samples.Guest() with
        {
            Boot = new BootTimes([new("kernel", 3000)], 6500, 0, "none"), Least = new LeastMemory(200, 2, 0, null, ""),
                EndedServices = "ssh ended", Modules = [],
            ScanUdp = new OutsideScan([53], 10, 1, "not every port was asked", 12, [68]), ScanTcp6 = new OutsideScan([], 65535, 0, null),
        },
        Difference = null,
        Problems = [],
        Budgets = [],
        Commit = null,
    };

    [GeneratedRegex("<(script|style)[^>]*>.*?</\\1>", RegexOptions.Singleline)]
    private static partial Regex Script();

    [GeneratedRegex("<(rect|line|path|polyline|circle|text|meter)[^>]*>")]
    private static partial Regex Drawn();

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tag();
}
