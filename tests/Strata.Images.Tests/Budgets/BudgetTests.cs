using Strata.Blueprints;
using Strata.Core;
using Strata.Images.Budgets;
using Strata.Packages.Locks;
using Strata.Testing;
using Strata.Yaml;

namespace Strata.Images.Tests.Budgets;

public class BudgetTests
{
    [Fact]
    public void Read_EveryBudget_IsRead()
    {
        FaultList faults = new();
        EditionBudgets budgets = Read("{image: 16 MiB, installed: 64M, packages: 40, setuid: 0, memory: 48 MiB, least-memory: 160 MiB, ports: 1, boot: 2.5}", faults);
        Assert.Empty(faults.Faults);
        Assert.Equal(new EditionBudgets
        {
            Image = ByteSize.FromMiB(16), Installed = ByteSize.FromMiB(64), Packages = 40, SetUid = 0, Memory = ByteSize.FromMiB(48), LeastMemory = ByteSize.FromMiB(160), Ports = 1, Boot = 2500,
        }, budgets);
    }

    [Theory]
    [InlineData("{boot: fast}", "'boot' is 'fast'; expected how many times longer")]
    [InlineData("{boot: 0}", "'boot' is '0'")]
    [InlineData("{packages: -1}", "'packages' is '-1'")]
    [InlineData("{least-memry: 3 MiB}", "least-memory")]
    public void Read_Nonsense_IsAFault(string yaml, string problem)
    {
        FaultList faults = new();
        Read(yaml, faults);
        Assert.Contains(problem, Assert.Single(faults.Faults).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ChangesTo_OtherBuild_NamesTheLargestFirst()
    {
        GoodBuild last = new(2, "0.9", 10 << 20, 4 << 20,
            [new("libc6", "1", "", 9, 800 << 10), new("gone", "1", "whole", 9, 100 << 10), new("same", "1", "", 9, 5), new("moved", "1", "", 9, 3 << 20), new("sliced", "1", "", 9, 100)]);
        IReadOnlyList<string> lines = last.ChangesTo(16 << 20, (4 << 20) + 1024,
            [new("libc6", "2", "", 9, 850 << 10), new("vim", "9", "", 9, 6 << 20), new("same", "1", "", 9, 5), new("moved", "1", "", 9, (3 << 20) - 1024), new("sliced", "1", "", 8, 90)]);
        Assert.Equal(
            [
                "since the last build within its budgets (version 0.9, 10.0 MiB): +6.00 MiB", "  vim: +6.00 MiB (new)", "  gone: -100 KiB (gone)", "  libc6: +50.0 KiB (1 -> 2)", "  kernel: +1.00 KiB",
                "  sliced: -10 B", "  estimates of what did not change, which share a dictionary with it: -1.00 KiB",
            ],
            lines);
    }

    [Fact]
    public void TryRead_WhatWasWritten_IsTheSameAndAnythingElseIsNothing()
    {
        using TemporaryFolder folder = new();
        GoodBuild written = new(2, "0.9", 10, 4, [new("libc6", "1", "whole", 9, 6)]);
        File.WriteAllBytes(folder["good"], written.Write());
        Assert.Equal(written.Write(), GoodBuild.TryRead(folder["good"])!.Write());
        Assert.Null(GoodBuild.TryRead(folder["missing"]));
        string whole = System.Text.Encoding.UTF8.GetString(written.Write());
        string part = whole[(whole.IndexOf('[', StringComparison.Ordinal) + 1)..whole.IndexOf(']', StringComparison.Ordinal)];
        string[] others =
        [
            "", "{}", "null", "{\"format\":1}", "{\"format\":2}", whole.Replace("\"libc6\"", "null", StringComparison.Ordinal),
            whole.Replace(part, "null", StringComparison.Ordinal), whole.Replace(part, $"{part},{part}", StringComparison.Ordinal),
            whole.Replace(":9,", ":-9223372036854775808,", StringComparison.Ordinal),
            .. new[] { ":10,", ":4,", ":9,", ":6}" }.SelectMany(size => new[] { "-1", "1099511627777" } // a byte more than 1 TiB
                .Select(wrong => whole.Replace(size, $":{wrong}{size[^1]}", StringComparison.Ordinal))),
        ];
        foreach (string text in others)
        {
            Assert.NotEqual(whole, text);
            File.WriteAllText(folder["good"], text);
            Assert.Null(GoodBuild.TryRead(folder["good"]));
        }
    }

    // what an ISO image has of its own is no package: it is compared where both are ISO images, and never called new or gone
    [Theory]
    [InlineData(9000L, 9500L, "boot loaders and tables: +500 B")]
    [InlineData(null, 9500L, null)]
    [InlineData(9000L, null, null)]
    public void ChangesTo_BootLoadersOfAnIsoImage_AreComparedWithThoseOfAnother(long? before, long? after, string? line)
    {
        GoodPart tool = new("tool", "1", "", 300, 100);
        GoodPart[] Parts(long? own) => own is long bytes ? [tool, new GoodPart("boot loaders and tables", "", "", bytes, bytes)] : [tool];
        GoodBuild last = new(2, "1", 10_000, 0, Parts(before));
        IReadOnlyList<string> changes = last.ChangesTo(20_000, 0, Parts(after));
        Assert.DoesNotContain(
            changes, c => c.Contains("(new)", StringComparison.Ordinal) || c.Contains("(gone)", StringComparison.Ordinal));
        Assert.Equal(line, changes.Skip(1).SingleOrDefault()?.Trim());
    }

    [Fact]
    public void Forecast_KnownAndNewPackages_LiesBetweenItsEnds()
    {
        Blueprint blueprint = Blueprint(ByteSize.FromMiB(2), "old", "new");
        PackageLock packages = Lock(("old", 3_000_000), ("new", 2_000_000), ("library", 1_000_000));
        GoodBuild last = new(2, "1", 1_500_000, 0, [new("old", "1", "whole", 3_000_000, 1_400_000), new("library", "1", "", 300_000, 100_000)]);
        SizeForecast known = SizeForecast.Of(blueprint, packages, last);
        Assert.Equal((1_372_000L, 3_100_000L), (known.Least, known.Likely)); // 98 % of the unchanged; 80 % of the new whole package
        Assert.True(known.Most > known.Likely);
        Assert.Contains("it is exact when it is packed", known.Check(blueprint.Edition), StringComparison.Ordinal);
        SizeForecast unknown = SizeForecast.Of(blueprint, packages, null);
        Assert.Equal(0, unknown.Least); // nothing is sure about packages never seen
        Assert.Null(known.Check(blueprint.Edition with { Budgets = new EditionBudgets { Image = ByteSize.FromMiB(4) } }));
        StrataException e = Assert.Throws<StrataException>(() => known.Check(blueprint.Edition with { Budgets = new EditionBudgets { Image = ByteSize.FromMiB(1) } }));
        Assert.StartsWith("cannot build e: what did not change since the last build within its budgets takes 1.31 MiB by itself, the budget is 1.00 MiB", e.Message, StringComparison.Ordinal);
    }

    private static EditionBudgets Read(string budget, FaultList faults)
    {
        YamlMapping mapping = YamlFile.Parse($"edition: e\nversion: \"1\"\nkernel: k\ncapabilities: []\nbudget: {budget}\n", "f", faults)!;
        return EditionFile.Read(mapping, "/nowhere", faults).Budgets;
    }

    private static Blueprint Blueprint(ByteSize budget, params string[] packages)
    {
        FaultList faults = new();
        Edition edition = EditionFile.Read(YamlFile.Parse($"edition: e\nversion: \"1\"\nkernel: none\ncapabilities: [c]\nbudget: {{image: {budget.Bytes}}}\n", "f", faults)!, "/nowhere", faults);
        Capability capability = CapabilityFile.Read(
            YamlFile.Parse($"capability: c\ndescription: d\npackages:\n{string.Concat(packages.Select(p => $"  {p}: {{}}\n"))}", "c", faults)!, "/nowhere", "c", faults);
        Assert.Empty(faults.Faults);
        return new Blueprint(edition, [capability], new Dictionary<string, string>(), null, null, Sha256Digest.Of("test"u8));
    }

    private static PackageLock Lock(params (string Name, long Size)[] packages) => new(
        "amd64",
        [new LockedRelease("trixie", new DateTimeOffset(2026, 9, 12, 7, 55, 41, TimeSpan.Zero), Sha256Digest.Of("release"u8))],
        new LockedRequest([new LockedRoot("new", false), new LockedRoot("old", false)], [], false),
        [
            .. packages.OrderBy(p => p.Name, StringComparer.Ordinal).Select(p => new LockedPackage
            {
                Name = p.Name, Version = "1", Architecture = "amd64", Suite = "trixie", Component = "main", Filename = $"pool/{p.Name}.deb", Size = p.Size,
                Sha256 = Sha256Digest.Of(System.Text.Encoding.UTF8.GetBytes(p.Name)), Reason = p.Name,
            }),
        ]);
}
