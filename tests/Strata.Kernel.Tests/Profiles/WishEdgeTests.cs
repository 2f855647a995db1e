using Strata.Core;
using Strata.Kernel.Ladder;
using Strata.Kernel.Profiles;
using Strata.Testing;
using Strata.Yaml;

namespace Strata.Kernel.Tests.Profiles;

/// <summary>What two wishes for one symbol come to, in either order; last allowed and first refused lines and lists.</summary>
public class WishEdgeTests
{
    [Theory]
    [InlineData("y", "y", false, false, "CONFIG_X=y")]
    [InlineData("y", "m", false, false, "CONFIG_X=y")]
    [InlineData("m", "m", false, false, "CONFIG_X=m")]
    [InlineData("n", "n", false, false, "# CONFIG_X is not set")]
    [InlineData("5", "5", false, false, "CONFIG_X=5")]
    [InlineData("y", "y", true, true, "CONFIG_X=y or m")]
    [InlineData("y", "y", true, false, "CONFIG_X=y")] // who wants it built in gets it
    [InlineData("y", "m", true, false, "CONFIG_X=y or m")]
    [InlineData("m", "m", true, false, "CONFIG_X=m")]
    [InlineData("y", "n", false, false, null)]
    [InlineData("m", "n", false, false, null)]
    [InlineData("5", "6", false, false, null)]
    [InlineData("y", "5", false, false, null)]
    public void Of_TwoFragments_InEitherOrder(string a, string b, bool isModularA, bool isModularB, string? expected)
    {
        KernelFragment[] fragments = [Fragment("a", a), Fragment("b", b)];
        HashSet<string> modular = [.. isModularA ? ["a"] : (string[])[], .. isModularB ? ["b"] : (string[])[]];
        foreach (KernelFragment[] order in (KernelFragment[][])[fragments, [fragments[1], fragments[0]]])
        {
            FaultList faults = new();
            ConfigRequest request = ConfigRequest.Of(
                new KernelProfile { Name = "p", Description = "d", File = "p.yaml", Fragments = order, ModularFragments = modular },
                    faults);
            Assert.Equal(expected is null, faults.Any);
            if (expected is not null)
            {
                ConfigWish wish = Assert.Single(request.Wishes);
                Assert.Equal(expected, wish.Line + (wish.MayBeModule ? " or m" : ""));
                Assert.Equal($"tinyconfig\namd64\n{expected}\n", request.ToKeyText());
            }
        }
    }

    [Fact]
    public void ToKeyText_BaseAndArchitecture_AreInIt()
    {
        ConfigRequest request = new("allnoconfig", "amd64", []);
        string[] keys = [request.ToKeyText(), (request with { Base = "defconfig" }).ToKeyText(),
            (request with { Architecture = "arm64" }).ToKeyText()];
        Assert.Equal(3, keys.Distinct().Count());
    }

    [Theory]
    [InlineData("CONFIG_A=y", true)]
    [InlineData("CONFIG_a_9=m", true)]
    [InlineData("CONFIG_A=n", true)]
    [InlineData("CONFIG_A=12345678901234567890", true)]
    [InlineData("CONFIG_A=123456789012345678901", false)]
    [InlineData("CONFIG_A=0X0123456789abcdef", true)]
    [InlineData("CONFIG_A=0x01234567890123456", false)]
    [InlineData("CONFIG_A=0x", false)]
    [InlineData("CONFIG_A=-", false)]
    [InlineData("CONFIG_A=\"\"", true)]
    [InlineData("CONFIG_A=\"a\\\"", false)]
    [InlineData("CONFIG_A-B=y", false)]
    [InlineData("CONFIG_=y", false)]
    [InlineData(" CONFIG_A=y", false)]
    [InlineData("CONFIG_A=y ", false)]
    [InlineData("CONFIG_A=y\n", false)]
    [InlineData("# CONFIG_ is not set", false)]
    [InlineData("# CONFIG_A is not set ", false)]
    public void TryParse_Line_AtItsEdges(string line, bool expected) => Assert.Equal(expected, ConfigLine.TryParse(line) is not null);

    [Fact]
    public void TryParse_LongNames_LastAllowedAndFirstRefused()
    {
        string name = new('A', 100);
        Assert.NotNull(ConfigLine.TryParse($"CONFIG_{name}=y"));
        Assert.Null(ConfigLine.TryParse($"CONFIG_{name}A=y"));
        Assert.NotNull(ConfigLine.TryParse($"# CONFIG_{name} is not set"));
        Assert.Null(ConfigLine.TryParse($"# CONFIG_{name}A is not set"));
        Assert.True(new ConfigLine("A", $"\"{new string('x', 2047)}\"").IsPlain);
        Assert.False(new ConfigLine("A", $"\"{new string('x', 2048)}\"").IsPlain);
        Assert.True(new ConfigLine("A", "y").IsPlain);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public void Ladder_Rungs_LastAllowedAndFirstRefused(int rungs, bool allowed)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["rungs.yaml"], "rungs:\n" + string.Concat(Enumerable.Range(0, rungs).Select(i =>
            $"  - {{name: r{i}, adds: x, fragments: [f]}}\n")));
        if (allowed)
        {
            Assert.Equal(rungs, KernelLadder.Load(folder["rungs.yaml"], "rungs.yaml").Rungs.Count);
        }
        else
        {
            Assert.Throws<StrataException>(() => KernelLadder.Load(folder["rungs.yaml"], "rungs.yaml"));
        }
    }

    [Theory]
    [InlineData(999_999, "999 kB")]
    [InlineData(1_000_000, "1.0 MB")]
    [InlineData(0, "0 kB")]
    public void Page_SizeOfTheStudy_IsInKilobytesBelowAMegabyte(long study, string expected)
    {
        RungSize size = new("6.12", 1, 500_000, 1, "gcc", "xz");
        string page = LadderPage.Write([new RungResult(new LadderRung("a", "b", study, [], []), size)], "plot.svg");
        Assert.Contains($"| {expected} | {(study == 0 ? "–" : "0.50")} |", page, StringComparison.Ordinal);
        Assert.DoesNotContain("not measured yet", page, StringComparison.Ordinal);
    }

    private static KernelFragment Fragment(string name, string value) =>
        KernelFragment.Read($"# for a test\n{new ConfigLine("X", value)}\n", name, $"{name}.config", new FaultList());
}
