using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Strata.Advice.Needs;
using Strata.Advice.Servers;
using Strata.Blueprints;
using Strata.Core;
using Strata.Testing;
using Strata.Yaml;

namespace Strata.Advice.Tests;

public class AdviserTests
{
    private static readonly AdviceRules s_rules = AdviceFile.Load(Path.Combine(Repository.Root, AdviceFile.FileName));

    private static readonly ConcurrentDictionary<string, string[]> s_tables = new(StringComparer.Ordinal);

    public static TheoryData<string, string?, string> FortyNeeds()
    {
        TheoryData<string, string?, string> needs = [];
        foreach (string purpose in NeedWords.For)
        {
            foreach (string? memory in (string?[])[null, "64M", "128M", "1G"])
            {
                foreach (string updates in (string[])["person", "fleet"])
                {
                    needs.Add(purpose, memory, updates);
                }
            }
        }
        Assert.Equal(40, needs.Count);
        return needs;
    }

    [Fact]
    public void Support_IsFullBeforeItEnds() => Assert.InRange(s_rules.Support.FullUntil, 2025, s_rules.Support.Until - 1);

    /// <summary>The row of a page's table of numbers, read apart from the rules.</summary>
    private static string? NumberOf(string edition, string name)
    {
        string? row = s_tables.GetOrAdd(edition, e => Repository.Read($"docs/editions/{e}.md").Split("<!-- numbers")[1].Split('\n'))
            .FirstOrDefault(l => l.StartsWith($"| {name} | ", StringComparison.Ordinal));
        return row?.Split('|')[2].Trim();
    }

    private static ByteSize? SizeOf(string edition, string name) =>
        ByteSize.TryParse(NumberOf(edition, name), out ByteSize size) ? size : null;

    [Theory]
    [MemberData(nameof(FortyNeeds))]
    public void Advise_EveryCombination_ContradictsNoMeasuredNumber(string purpose, string? memory, string updates)
    {
        ByteSize? there = ByteSize.TryParse(memory, out ByteSize size) ? size : null;
        foreach (ByteSize? disk in (ByteSize?[])[null, ByteSize.FromMiB(1), ByteSize.FromMiB(30), ByteSize.FromMiB(1000)])
        {
            foreach (string libc in NeedWords.Libc)
            {
                NeedAdvice advice = Adviser.Advise(new Need(purpose, there, disk, libc, Updates: updates), s_rules);
                foreach (ProposedOffer fit in advice.Fits.Where(f => !f.IsExample))
                {
                    Assert.False(there < SizeOf(fit.Name, "memory, least that boots"), $"{fit.Name} needs more memory than {there}");
                    Assert.False(disk < SizeOf(fit.Name, "download"), $"{fit.Name} is larger than {disk}");
                    Assert.Contains(s_rules.Offers, o =>
                        o.Take == fit.Name && (libc is "any" || o.Libc == libc) && o.Updates.Contains(updates));
                    Assert.All(fit.Numbers, n => Assert.NotEqual("", n.Value));
                    Assert.NotNull(fit.Measured);
                }
                Assert.All(advice.Fits, f => Assert.NotEqual("", f.Caution));
                Assert.All(advice.DoesNotFit, r => Assert.NotEmpty(r.Why));
                Assert.Empty(advice.Fits.Select(f => f.Name).Intersect(advice.DoesNotFit.Select(r => r.Name)));
                Assert.True(
                    advice.Fits.Count > 0 || advice.Elsewhere.Count > 0 || (purpose == "rescue" && advice.DoesNotFit.Count > 0),
                        "no answer at all");
            }
        }
    }

    [Theory]
    [InlineData("rescue", null, "any", "person", "uefi", "nano")]
    [InlineData("rescue", "128M", "any", "person", "uefi", "nano-small")]
    [InlineData("rescue", "64M", "any", "person", "uefi", null)]
    [InlineData("rescue", "64M", "any", "person", "bios", "nano-small")]
    [InlineData("rescue", "60M", "any", "person", "bios", null)]
    [InlineData("rescue", null, "any", "itself", "uefi", null)]
    [InlineData("old-hardware", "128M", "any", "person", "uefi", "nano-small")]
    [InlineData("desktop", "1G", "any", "person", "uefi", "capability")]
    [InlineData("desktop", "256M", "any", "person", "uefi", null)]
    [InlineData("device", null, "any", "person", "uefi", "capability")]
    [InlineData("device", "100M", "any", "person", "uefi", null)]
    [InlineData("device", null, "any", "fleet", "uefi", null)]
    [InlineData("container", null, "any", "fleet", "uefi", "container-base")]
    [InlineData("container", null, "none", "person", "uefi", "container-static")]
    [InlineData("container", null, "musl", "person", "uefi", null)]
    public void Advise_Need_ProposesWhatFits(string purpose, string? memory, string libc, string updates, string firmware, string? expected)
    {
        ByteSize? there = ByteSize.TryParse(memory, out ByteSize size) ? size : null;
        Need need = new(purpose, there, Libc: libc, Updates: updates, Firmware: firmware);
        Assert.Equal(expected, Adviser.Advise(need, s_rules).Fits is [ProposedOffer first, ..] ? first.Name : null);
    }

    [Theory]
    [InlineData("container", 0, "musl", "person", null, "Alpine Linux")]
    [InlineData("container", 0, "glibc", "person", null, "Wolfi")]
    [InlineData("device", 32, "any", "person", null, "Buildroot")]
    [InlineData("device", 4096, "any", "fleet", null, "Talos Linux")]
    [InlineData("device", 0, "any", "itself", null, "IncusOS")]
    [InlineData("device", 0, "any", "person", 2035, "Yocto Project")]
    [InlineData("desktop", 256, "any", "person", null, "Puppy Linux")]
    [InlineData("old-hardware", 0, "any", "person", null, "Tiny Core Linux")]
    public void Advise_NeedThatOthersMeet_NamesThem(string purpose, int memory, string libc, string updates, int? until, string project)
    {
        Need need = new(purpose, memory == 0 ? null : ByteSize.FromMiB(memory), Libc: libc, Updates: updates, Until: until);
        NeedAdvice advice = Adviser.Advise(need, s_rules);
        Assert.Contains(project, advice.Elsewhere.Select(e => e.Project));
        Assert.Equal(until is not null, advice.Cautions.Any(c => c.Contains("2028", StringComparison.Ordinal)));
    }

    [Fact]
    public void Numbers_OfOffers_AreThoseOfTheirPages()
    {
        foreach (Offer offer in s_rules.Offers.Where(o => o.Measured is not null))
        {
            MeasuredNumbers measured = offer.Measured!;
            Assert.Equal($"docs/editions/{offer.Take}.md", measured.Source);
            Assert.Equal(SizeOf(offer.Take, "download"), measured.Download);
            Assert.Equal(SizeOf(offer.Take, "memory, least that boots"), measured.Memory);
            Assert.Equal(SizeOf(offer.Take, "memory, idle"), measured.Idle);
            Assert.Equal(SizeOf(offer.Take, "installed"), measured.Installed);
            Assert.Equal(NumberOf(offer.Take, "packages"), measured.Packages.ToString(CultureInfo.InvariantCulture));
            Assert.Equal(NumberOf(offer.Take, "programs"), measured.Programs.ToString(CultureInfo.InvariantCulture));
            Assert.Equal(NumberOf(offer.Take, "setuid and setgid files"), measured.Setuid.ToString(CultureInfo.InvariantCulture));
            Assert.Equal(NumberOf(offer.Take, "reachable sockets"), measured.Sockets?.ToString(CultureInfo.InvariantCulture));
        }
    }

    [Fact]
    public void Offers_AreOfWhatIsThere()
    {
        IReadOnlyList<string> editions = new Catalog([Repository.Root]).EditionNames();
        Assert.Empty(s_rules.Offers.Where(o => !o.IsExample).Select(o => o.Take).Except(editions));
        // what has a page with numbers can be proposed
        Assert.Empty(editions.Where(e => NumberPage(e)).Except(s_rules.Offers.Select(o => o.Take)));
        foreach (Offer example in s_rules.Offers.Where(o => o.IsExample))
        {
            Edition edition = new Catalog([Repository.Root]).Load(Path.Combine(Repository.Root, "examples", example.Take)).Edition;
            Assert.Equal(edition.Memory, example.Needs!.Memory);
            Assert.Equal(edition.Budgets.Image, example.Needs.Disk);
            Assert.Null(example.Measured);
        }

        static bool NumberPage(string edition) => Repository.Files.Contains($"docs/editions/{edition}.md")
            && Repository.Read($"docs/editions/{edition}.md").Contains("<!-- numbers", StringComparison.Ordinal);
    }

    // what a page says in words and not in its table
    [Theory]
    [InlineData("nano-small", "It starts with 64 MiB\nunder BIOS")]
    [InlineData("capability", "With it 512 MiB of memory are enough")]
    public void Needs_ThatAreNoNumberOfTheTable_StandInThePage(string edition, string words)
    {
        Assert.Contains(words, Repository.Read($"docs/editions/{edition}.md"), StringComparison.Ordinal);
        Assert.Contains(s_rules.Offers, o => o.Take == edition && o.Needs?.Source == $"docs/editions/{edition}.md");
    }

    [Theory]
    [InlineData("offers: [{take: a, for: [rescu], does: d, libc: glibc, updates: [person], caution: c, needs: {memory: 1M, source: s}}]",
        "'rescu' is no word of 'for'")]
    [InlineData("offers: [{take: a, for: [rescue], does: d, libc: glibc, updates: [person], caution: c}]",
        "has neither 'measured' nor 'needs'")]
    [InlineData("elsewhere: [{project: p, url: u, because: b, when: [{}], says: [{what: w, source: s, seen: yesterday}]}]",
        "expected a day")]
    [InlineData("elsewhere: [{project: p, url: u, because: b, when: [{}], says: [{what: w, seen: 2026-11-29}]}]", "'source' is missing")]
    public void Read_FaultyRules_AreToldWithTheirPlace(string part, string problem)
    {
        FaultList faults = new();
        string rest = string.Concat(((string[])["offers", "cautions", "elsewhere"])
            .Where(k => !part.StartsWith(k, StringComparison.Ordinal))
            .Select(k => $"{k}: []\n"));
        AdviceFile.Read(YamlFile.Parse(
            "support: {release: r, full-until: 2028, until: 2030, source: s, seen: 2026-11-29}\n" + rest + part, "f", faults)!, faults);
        Assert.Contains(faults.Faults, f => f.Message.Contains(problem, StringComparison.Ordinal) && f.Line > 0);
    }

    // a key far from every other makes the reader tell all it knows
    [Theory]
    [InlineData("advice", "PROBE: x", "properties")]
    [InlineData("advice", "support: {PROBE: x}", "properties/support/properties")]
    [InlineData("advice", "offers: [{PROBE: x}]", "properties/offers/items/properties")]
    [InlineData("advice", "offers: [{needs: {PROBE: x}}]", "properties/offers/items/properties/needs/properties")]
    [InlineData("advice", "offers: [{measured: {PROBE: x}}]", "properties/offers/items/properties/measured/properties")]
    [InlineData("advice", "cautions: [{PROBE: x}]", "properties/cautions/items/properties")]
    [InlineData("advice", "elsewhere: [{PROBE: x}]", "properties/elsewhere/items/properties")]
    [InlineData("advice", "elsewhere: [{when: [{PROBE: x}]}]", "$defs/condition/properties")]
    [InlineData("advice", "elsewhere: [{says: [{PROBE: x}]}]", "properties/elsewhere/items/properties/says/items/properties")]
    [InlineData("server-rules", "PROBE: x", "properties")]
    [InlineData("server-rules", "instead: [{PROBE: x}]", "properties/instead/items/properties")]
    [InlineData("server-rules", "leave-out: [{PROBE: x}]", "properties/leave-out/items/properties")]
    public void Keys_OfReaderAndSchema_AreTheSame(string schema, string yaml, string place)
    {
        const string Stranger = "qqqqqqqqqqqqqqqqqqqqqqqq";
        FaultList faults = new();
        YamlMapping mapping = YamlFile.Parse(yaml.Replace("PROBE", Stranger, StringComparison.Ordinal), "f", faults)!;
        _ = schema == "advice" ? (object)AdviceFile.Read(mapping, faults) : ServerRules.Read(mapping, faults);
        string message = Assert.Single(faults.Faults, f => f.Message.Contains(Stranger, StringComparison.Ordinal)).Message;
        string[] known = message[(message.IndexOf("known here: ", StringComparison.Ordinal) + 12)..].Split(", ");
        JsonNode node = JsonNode.Parse(Repository.Read($"schemas/{schema}.schema.json"))!;
        foreach (string step in place.Split('/'))
        {
            node = node[step]!;
        }
        Assert.Equal(node.AsObject().Select(p => p.Key).Order(StringComparer.Ordinal), known.Order(StringComparer.Ordinal));
    }
}
