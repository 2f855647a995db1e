using System.Text;
using Strata.Core;
using Strata.Formats.Digests;
using Strata.Inventory.Bills;
using Strata.Inventory.Provenance;
using Strata.Inventory.Vulnerabilities;

namespace Strata.Fuzz.Targets;

/// <summary>Documents that come back to us, and feeds of others.</summary>
internal static class InventoryTargets
{
    private const string Feed = """
        {"curl": {"CVE-2026-1": {"description": "x", "debianbug": 1, "releases": {"sid": {"status": "open"},
        "trixie": {"status": "resolved", "repositories": {"trixie": "1"}, "fixed_version": "2", "urgency": "low", "nodsa": null}}}}}
        """;

    private static readonly string[] s_words =
        ["{", "}", "[", "]", ",", ":", "\"releases\":", "\"trixie\":", "\"description\":", "\"strata:kind\"", "null", "\\ud800"];

    public static IEnumerable<FuzzTarget> All =>
    [
        new FuzzTarget("bill", ReadBill, () => [BillForm.CycloneDx.Write(s_bill)])
        {
            Readers = [typeof(BillReader)], Allowed = [typeof(StrataException)], Words = s_words,
        },
        new FuzzTarget("tracker-feed", ReadFeed, () => [Encoding.UTF8.GetBytes(Feed)])
        {
            Readers = [typeof(TrackerFeed)], Allowed = [typeof(StrataException)], Words = s_words,
        },
        new FuzzTarget(
            "statement-envelope", ReadEnvelope, () => [new StatementEnvelope("{}"u8.ToArray(), [new("a", "b"u8.ToArray())]).Write()])
        {
            Readers = [typeof(StatementEnvelope)], Allowed = [typeof(StrataException)], Words = [.. s_words, "\"payload\":", "\"sig\":"],
        },
        new FuzzTarget("stated-build", ReadStatement, () => [ProvenanceStatement.Write(s_build)])
        {
            Readers = [typeof(StatedBuild)], Allowed = [typeof(StrataException)], Words = [.. s_words, "\"sha256\":", "\"name\":"],
        },
    ];

    private static readonly BuildProvenance s_build = new()
    {
        Edition = "made", Version = "1", Architecture = "amd64", Kind = "disk", Blueprint = Sha256Digest.Of("blueprint"u8),
        Lock = Sha256Digest.Of("lock"u8), Tool = "0.1.0", Subjects = [new("made.img", Sha256Digest.Of("image"u8))],
        Inputs = [new("curl", "pkg:deb/debian/curl@1", Sha256Digest.Of("curl"u8), "package")], Certificate = Sha256Digest.Of("db"u8),
    };

    private static readonly Bill s_bill = new()
    {
        Edition = "made", Version = "1", Title = "Made", Architecture = "amd64", Suite = "trixie", IsContainer = true,
        Lock = Sha256Digest.Of("lock"u8), Time = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), Tool = "0.1.0",
        Layers = [new BillLayer("shell", "A shell", null)],
        Packages =
        [
            new BillPackage
            {
                Role = BillRole.Contained, Name = "curl", Version = "1", Architecture = "amd64", Archive = BillPackage.Debian,
                    Suite = "trixie",
                Filename = "pool/curl.deb", Sha256 = Sha256Digest.Of("curl"u8), Source = "curl", SourceVersion = "1", Licence = "MIT",
                Layers = ["shell"],
            },
        ],
        Files = [new BillFile("/usr/bin/curl", 4, Sha256Digest.Of("file"u8), Sha1Digest.Of("file"u8), ["shell"], "curl")],
        Kernel = new BillKernel("6.12", "nano", Sha256Digest.Of("image"u8), "CONFIG_A=y\n"u8.ToArray(), "linux-source"),
        Programs = [new BillProgram("init", "starts", null, Sha256Digest.Of("init"u8), "MIT", IsOurs: true)],
        LicenceTexts = new Dictionary<string, string>(),
    };

    private static void ReadBill(ReadOnlySpan<byte> content)
    {
        Bill bill = BillReader.Read(content.ToArray(), "bill");
        byte[] written = BillForm.CycloneDx.Write(bill);
        Property.Holds(
            BillForm.CycloneDx.Write(BillReader.Read(written, "bill")).AsSpan().SequenceEqual(written),
                "what was read is written as something else");
    }

    private static void ReadEnvelope(ReadOnlySpan<byte> content)
    {
        StatementEnvelope envelope = StatementEnvelope.Read(content.ToArray(), "envelope");
        byte[] written = envelope.Write();
        Property.Holds(
            StatementEnvelope.Read(written, "envelope").Write().AsSpan().SequenceEqual(written),
            "what was read is written as something else");
    }

    private static void ReadStatement(ReadOnlySpan<byte> content)
    {
        StatedBuild build = StatedBuild.Read(content.ToArray(), "statement");
        Property.Holds(build.Subjects.Count is > 0 and <= StatedBuild.MostSubjects, "a statement of nothing, or of too much");
    }

    private static void ReadFeed(ReadOnlySpan<byte> content)
    {
        using MemoryStream feed = new(content.ToArray());
        foreach (TrackerEntry entry in TrackerFeed.Read(feed, "feed", new HashSet<string> { "curl" }, "trixie"))
        {
            Property.Holds(entry.Source == "curl" && entry.Description.Length <= 2048, "an entry is of a package that nobody asked for");
        }
    }
}
