using System.Xml.Linq;
using Strata.Core;
using Strata.Kernel.Building;
using Strata.Kernel.Ladder;
using Strata.Kernel.Profiles;
using Strata.Testing;

namespace Strata.Kernel.Tests.Ladder;

public class LadderTests
{
    private static readonly RungResult[] s_results =
    [
        new(new LadderRung("tiny", "nothing", 400_000, [], []), new RungSize("6.12.1", 231, 480_256, 1_300_000, "gcc 14", "xz")),
        new(new LadderRung("more <&> | less", "a | bar", null, [], []), new RungSize("6.12.1", 300, 2_500_000, 9_000_000, "gcc 14", "xz")),
        new(new LadderRung("full", "all", 12_000_000, [], []), Measured: null),
    ];

    [Fact]
    public void Load_LadderOfTheCheckout_HasTheElevenRungsAndKnownFragments()
    {
        KernelLadder ladder = KernelLadder.Load(Path.Combine(Repository.Root, "kernel/ladder/rungs.yaml"), "kernel/ladder/rungs.yaml");
        Assert.Equal(
            [400_000, 600_000, 700_000, 750_000, 1_500_000, 2_000_000, 3_000_000, 4_000_000, 5_000_000, 8_000_000, 12_000_000], ladder.Rungs.Select(r => r.StudyBytes ?? 0));
        KernelCatalog catalog = new([Repository.Root]);
        int before = -1;
        for (int i = 0; i < ladder.Rungs.Count; i++)
        {
            int wishes = KernelBuilder.RequestOf(ladder.ProfileOf(i, catalog)).Wishes.Count;
            Assert.True(wishes > before, $"rung {i} asks for no more than the one below");
            before = wishes;
        }
    }

    [Fact]
    public void ProfileOf_Rung_HasEverythingUpToItAndLaterLinesDecide()
    {
        KernelLadder ladder = Load("rungs:\n  - name: a\n    adds: x\n    config: |\n      CONFIG_ONE=y\n  - name: b\n    adds: y\n    config: |\n      CONFIG_ONE=n\n      CONFIG_TWO=y\n  - name: c\n    adds: z\n    config: |\n      CONFIG_THREE=y\n");
        ConfigRequest request = KernelBuilder.RequestOf(ladder.ProfileOf(1, new KernelCatalog([])));
        Assert.Contains(request.Wishes, w => w.Line is { Symbol: "ONE", Value: "n" });
        Assert.Contains(request.Wishes, w => w.Line is { Symbol: "TWO", Value: "y" });
        Assert.DoesNotContain(request.Wishes, w => w.Line.Symbol == "THREE");
        Assert.Throws<ArgumentOutOfRangeException>(() => ladder.ProfileOf(3, new KernelCatalog([])));
    }

    [Theory]
    [InlineData("rungs: []", "expected 1 to 64")]
    [InlineData("rungs:\n  - name: a\n    adds: x\n  - name: b\n    adds: x\n", "rung 'b' adds nothing")]
    [InlineData("rungs:\n  - name: a\n    adds: x\n  - name: a\n    adds: x\n    fragments: [usb]\n", "two rungs are named 'a'")]
    [InlineData("base: tinyconfg\nrungs:\n  - name: a\n    adds: x\n", "did you mean 'tinyconfig'?")]
    [InlineData("rungs:\n  - name: a\n    adds: x\n    config: |\n      nonsense\n", "'nonsense' is no line of a kernel configuration")]
    public void Load_Faults_AreTold(string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<StrataException>(() => Load(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Page_Results_HasARowForEachRungAndInventsNothing()
    {
        string page = LadderPage.Write(s_results, "plot.svg");
        Assert.Contains("| tiny | nothing | 231 | 480,256 | 1,300,000 | 400 kB | 1.20 |", page, StringComparison.Ordinal);
        Assert.Contains(@"| more <&> \| less | a \| bar | 300 | 2,500,000 | 9,000,000 | – | – |", page, StringComparison.Ordinal);
        Assert.Contains("| full | all | – | – | – | 12.0 MB | – |", page, StringComparison.Ordinal);
        Assert.Contains("not measured yet (1 of 3 rungs)", page, StringComparison.Ordinal);
        Assert.Contains("Linux 6.12.1, gcc 14, optimised for size, packed with xz.", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Plot_Results_IsXmlWithABarForEachSize()
    {
        XDocument svg = XDocument.Parse(LadderPlot.Write(s_results));
        XElement[] bars = [.. svg.Descendants().Where(e => e.Name.LocalName == "rect" && (string?)e.Attribute("height") is "14" or "8")];
        Assert.Equal(["measured", "study", "measured", "study"], bars.Select(b => (string)b.Attribute("class")!));
        Assert.Equal("20.0", (string)bars[0].Attribute("width")!); // 480,256 of 12,000,000 on 500 units
        Assert.Equal("500.0", (string)bars[3].Attribute("width")!);
        Assert.Contains(svg.Descendants(), e => e.Value == "more <&> | less");
        Assert.Contains(svg.Descendants(), e => e.Value == "not measured");
    }

    private static KernelLadder Load(string text)
    {
        using TemporaryFolder folder = new();
        string file = Path.Combine(folder.Path, "ladder.yaml");
        File.WriteAllText(file, text);
        return KernelLadder.Load(file, "ladder.yaml");
    }
}
