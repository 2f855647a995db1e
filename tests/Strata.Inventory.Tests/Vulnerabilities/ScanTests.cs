using System.Text;
using System.Text.Json;
using Strata.Formats.Digests;
using Strata.Inventory.Bills;
using Strata.Inventory.Tests.Bills;
using Strata.Inventory.Vulnerabilities;
using Strata.Testing;

namespace Strata.Inventory.Tests.Vulnerabilities;

public class ScanTests
{
    private static readonly Bill s_bill = MadeBill.Whole with
    {
        Packages =
        [
            Package("curl", "/usr/bin/wcurl"), Package("libcurl4t64"),
            MadeBill.Whole.Packages.Single(p => p.Name == "mine"), MadeBill.Whole.Packages.Single(p => p.Name == "linux-source-6.12"),
        ],
        Files = [File("/usr/bin/curl", "curl"), File("/usr/share/curl/x", "curl")],
        Vex = new Dictionary<string, string> { ["CVE-2026-1006"] = "It is not reached." },
    };

    [Fact]
    public void Of_Bill_SaysWhatStandsAgainstEachAndWhetherItIsThere()
    {
        Scan scan = Scan.Of(s_bill, Entries(s_bill));
        Assert.Equal(
            [
                "CVE-2026-1001 High Fixable 8.14.1-2+deb13u3 | there: /usr/bin/curl, which it names",
                "CVE-2026-1003 Medium Unfixed  | 1 of 2 programs and libraries are there: /usr/bin/curl",
                "CVE-2026-1002 Unknown PutOff  | 1 of 2 programs and libraries are there: /usr/bin/curl",
                "TEMP-0000000-ABCDEF Negligible Unfixed  | left out: /usr/bin/wcurl, which it names",
                "CVE-2026-1006 Unknown Ignored  | 1 of 2 programs and libraries are there: /usr/bin/curl",
            ],
            scan.Findings.Select(f => $"{f.Id} {f.Severity} {f.State} {f.FixedIn} | {PresenceText.Of(f)}"));
        Assert.Equal((1, 1), (scan.Fixed, scan.NotAffected));
        Assert.Equal(["mine"], scan.Unasked);
        Assert.Equal(["curl", "libcurl4t64"], scan.Findings[0].Packages);
    }

    [Fact]
    public void Of_PackageWithoutCode_DoesNotCount()
    {
        Bill data = s_bill with { Files = [File("/usr/share/curl/x", "curl")], Vex = new Dictionary<string, string>() };
        Scan scan = Scan.Of(data, Entries(data));
        Assert.All(scan.Findings, f => Assert.Equal((Presence.NoCode, false), (f.Presence, f.Counts)));
        Assert.NotEmpty(scan.Findings);
    }

    [Fact]
    public void Of_NewerPackages_NothingIsLeftThatIsFixed()
    {
        Bill moved = s_bill with { Packages = [.. s_bill.Packages.Select(p => p with { SourceVersion = "8.14.1-2+deb13u3" })] };
        Assert.DoesNotContain(Scan.Of(moved, Entries(moved)).Findings, f => f.Id == "CVE-2026-1001");
        Assert.Equal(["CVE-2026-1001"], Scan.FixedBetween(s_bill, moved, Entries(s_bill)).Select(e => e.Id));
        Assert.Empty(Scan.FixedBetween(s_bill, s_bill, Entries(s_bill)));
        Assert.Empty(Scan.FixedBetween(moved, s_bill, Entries(s_bill)));
    }

    /// <summary>
    /// A kernel that was compiled has the vulnerabilities of its source; one that Debian signed those of linux, by its own version.
    /// </summary>
    [Fact]
    public void SourcesOf_Kernels_AreLinux()
    {
        Assert.Equal(["curl", "linux"], Scan.SourcesOf(s_bill).Order(StringComparer.Ordinal));
        Bill stock = s_bill with
        {
            Kernel = null,
            Packages =
            [
                Package("linux-image-6.12.118-amd64") with
                {
                    Source = "linux-signed-amd64", SourceVersion = "6.12.118+1", Version = "6.12.118-1",
                        KernelImage = "/boot/vmlinuz-6.12.118-amd64",
                },
            ],
        };
        TrackerEntry entry = new() { Source = "linux", Id = "CVE-2026-1", Status = "resolved", FixedVersion = "6.12.118-1",
            Urgency = "high" };
        Assert.Equal(1, Scan.Of(stock, [entry]).Fixed);
        Finding finding = Assert.Single(Scan.Of(stock, [entry with { FixedVersion = "6.12.119-1" }]).Findings);
        Assert.Equal((Presence.Whole, true), (finding.Presence, finding.Counts));
        Assert.True(Assert.Single(Scan.Of(s_bill, [entry with { FixedVersion = "6.12.119-1" }]).Findings).Counts);
    }

    [Fact]
    public void Write_Sarif_HasARuleForEachNumberAndAResultForEachFinding()
    {
        using JsonDocument sarif = JsonDocument.Parse(SarifDocument.Write(Scan.Of(s_bill, Entries(s_bill)), "0.1.0"));
        JsonElement run = sarif.RootElement.GetProperty("runs")[0];
        string[] rules = [.. run.GetProperty("tool").GetProperty("driver").GetProperty("rules").EnumerateArray().Select(r =>
            r.GetProperty("id").GetString()!)];
        Assert.Equal(5, rules.Length);
        JsonElement[] results = [.. run.GetProperty("results").EnumerateArray()];
        Assert.Equal(rules, results.Select(r => r.GetProperty("ruleId").GetString()!).Order(StringComparer.Ordinal));
        Assert.Equal(["error", "warning", "warning", "note", "none"], results.Select(r => r.GetProperty("level").GetString()!));
        Assert.Equal(
            "usr/bin/curl",
            results[0].GetProperty("locations")[0].GetProperty("physicalLocation").GetProperty("artifactLocation")
                .GetProperty("uri").GetString());
    }

    [Fact]
    public void Write_OpenVex_SaysWhatIsNotAffectedAndWhy()
    {
        Scan scan = Scan.Of(s_bill, Entries(s_bill));
        using JsonDocument vex = JsonDocument.Parse(OpenVexDocument.Write(scan, s_bill, new DateTimeOffset(2026, 11, 29, 0, 0, 0,
            TimeSpan.Zero)));
        Assert.Equal("2026-11-29T00:00:00Z", vex.RootElement.GetProperty("timestamp").GetString());
        Dictionary<string, JsonElement> statements = vex.RootElement.GetProperty("statements").EnumerateArray()
            .ToDictionary(s => s.GetProperty("vulnerability").GetProperty("name").GetString()!);
        Assert.Equal("affected", Status("CVE-2026-1001"));
        Assert.Contains("Move curl to 8.14.1-2+deb13u3", statements["CVE-2026-1001"].GetProperty("action_statement").GetString(),
            StringComparison.Ordinal);
        Assert.Equal("under_investigation", Status("TEMP-0000000-ABCDEF"));
        Assert.Equal(("not_affected", "It is not reached."), (Status("CVE-2026-1006"),
            statements["CVE-2026-1006"].GetProperty("impact_statement").GetString()));
        Assert.Equal(
            "pkg:deb/debian/curl@8.14.1-2?arch=amd64&distro=trixie",
            statements["CVE-2026-1001"].GetProperty("products")[0].GetProperty("subcomponents")[0].GetProperty("@id").GetString());

        string Status(string id) => statements[id].GetProperty("status").GetString()!;
    }

    [Fact]
    public void Write_Documents_AreTheseLines()
    {
        Scan scan = Scan.Of(s_bill, Entries(s_bill));
        DateTimeOffset time = new(2026, 11, 29, 1, 2, 3, 4, TimeSpan.FromHours(1));
        Golden.Same("scan.sarif", Encoding.UTF8.GetString(SarifDocument.Write(scan, "0.1.0")));
        Golden.Same("scan.vex", Encoding.UTF8.GetString(OpenVexDocument.Write(scan, s_bill, time)));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(11)]
    public void Write_Sarif_NamesTenFiles(int files)
    {
        Bill many = s_bill with { Files = [.. Enumerable.Range(0, files).Select(i => File($"/usr/bin/tool-{i:D2}", "curl"))] };
        using JsonDocument sarif = JsonDocument.Parse(SarifDocument.Write(Scan.Of(many, Entries(many)), "0.1.0"));
        Assert.Equal(10, sarif.RootElement.GetProperty("runs")[0].GetProperty("results")[0].GetProperty("locations").GetArrayLength());
    }

    // worst first: what counts, how bad it is, what can be done, then names
    [Fact]
    public void Of_Findings_StandInTheirOrder()
    {
        string[] words = ["high**", "high", "medium", "not yet assigned", "low", "unimportant"];
        TrackerEntry[] entries =
        [
            .. words.SelectMany((u, i) => (TrackerEntry[])[Entry($"CVE-1-{i}b", u, "open"), Entry($"CVE-1-{i}a", u, "open"),
                Entry($"CVE-2-{i}", u, "undetermined"), Entry($"CVE-0-{i}", u, "open") with { FixedVersion = "9" },
                Entry($"CVE-3-{i}", u, "open") with { NoAdvisoryReason = "ignored" }]),
        ];
        Bill bill = s_bill with { Vex = new Dictionary<string, string> { ["CVE-0-1"] = "It is not reached." } };
        Golden.Same("scan-order", string.Concat(
            Scan.Of(bill, entries).Findings.Select(f => $"{f.Id} {f.Severity} {f.State} {f.Reason}\n")));

        static TrackerEntry Entry(string id, string urgency, string status) =>
            new() { Source = "curl", Id = id, Status = status, Urgency = urgency, Description = "curl" };
    }

    // a version is fixed from the one on that the feed names; what no longer has the package is no fix
    [Theory]
    [InlineData("8.14.1-2", "8.14.1-2", false)]
    [InlineData("8.14.1-1", "8.14.1-2", true)]
    [InlineData("8.14.1-1", "8.14.1-1", false)]
    [InlineData("8.14.1-2", "8.14.1-1", false)]
    public void FixedBetween_Versions_AreThoseBelowAndAbove(string before, string after, bool isFixed)
    {
        TrackerEntry entry = new() { Source = "curl", Id = "CVE-1", Status = "resolved", FixedVersion = "8.14.1-2", Urgency = "low" };
        Bill Of(string version) => s_bill with { Packages = [Package("curl") with { SourceVersion = version }] };
        Assert.Equal(isFixed, Scan.FixedBetween(Of(before), Of(after), [entry]).Any());
        Assert.False(Scan.FixedBetween(Of(before), s_bill with { Packages = [] }, [entry]).Any());
        Assert.False(Scan.FixedBetween(s_bill with { Packages = [] }, Of(after), [entry]).Any());
        Assert.False(Scan.FixedBetween(Of(before), Of(after), [entry with { FixedVersion = "" }, entry with { FixedVersion = "0" }]).Any());
    }

    [Theory]
    [InlineData("The program iconv, of glibc.", "iconv")]
    [InlineData("In libcurl: a \"flaw\"", "libcurl")]
    [InlineData("see (iconv)/libcurl", "iconv libcurl")]
    [InlineData("iconvs, Iconv and libcurl4", "")]
    [InlineData("You may write a test with ab", "")]
    public void NamedIn_Sentence_HasWords(string sentence, string named) => Assert.Equal(named, string.Join(' ', CodeFiles.NamedIn(
        sentence, ["/usr/bin/iconv", "/usr/lib/x86_64-linux-gnu/libcurl.so.4", "/usr/bin/write", "/usr/bin/test", "/usr/bin/ab"])
        .Select(p => Path.GetFileName(p).Split('.')[0])));

    [Theory]
    [InlineData("/usr/sbin/x", true)]
    [InlineData("/bin/x", true)]
    [InlineData("/sbin/x", true)]
    [InlineData("/usr/libexec/x", true)]
    [InlineData("/usr/games/x", true)]
    [InlineData("/boot/x", true)]
    [InlineData("/opt/a.so", true)]
    [InlineData("/opt/a.so.1", true)]
    [InlineData("/opt/a.sox", false)]
    [InlineData("/opt/a.pl", true)]
    [InlineData("/opt/a.pm", true)]
    [InlineData("/opt/a.rb", true)]
    [InlineData("/opt/a.js", true)]
    [InlineData("/opt/a.php", true)]
    [InlineData("/opt/a.jar", true)]
    [InlineData("/opt/a.ko", true)]
    [InlineData("/opt/a.ko.zst", true)]
    [InlineData("/opt/a.sh", true)]
    [InlineData("/opt/a", false)]
    [InlineData("/usr/lib/a", true)]
    [InlineData("/usr/lib/a.txt", false)]
    [InlineData("/usr/bin/curl", true)]
    [InlineData("/usr/lib/x86_64-linux-gnu/libcurl.so.4.8.0", true)]
    [InlineData("/usr/lib/git-core/git-remote-http", true)]
    [InlineData("/usr/lib/modules/6.12/kernel/x.ko.xz", true)]
    [InlineData("/usr/lib/python3/x.py", true)]
    [InlineData("/usr/lib/x86_64-linux-gnu/pkgconfig/libcurl.pc", false)]
    [InlineData("/usr/share/zoneinfo/UTC", false)]
    [InlineData("/etc/nginx/nginx.conf", false)]
    public void IsCode_Path_IsWhatCanRun(string path, bool isCode) => Assert.Equal(isCode, CodeFiles.IsCode(path));

    [Theory]
    [InlineData(Presence.NoCode, 0, 0, "no program or library of it is in the image")]
    [InlineData(Presence.NamedLeftOut, 1, 2, "left out: /o1, /o2, which it names")]
    [InlineData(Presence.NamedThere, 1, 2, "there: /t1, which it names")]
    [InlineData(Presence.Part, 2, 5, "2 of 7 programs and libraries are there: /t1, /t2")]
    [InlineData(Presence.Whole, 3, 0, "all of it is there: /t1, /t2, /t3")]
    [InlineData(Presence.Whole, 4, 0, "all of it is there: /t1, /t2, /t3 and 1 more")]
    public void PresenceText_Names_AreThreeAndHowManyMore(Presence presence, int there, int leftOut, string text)
    {
        Finding finding = Scan.Of(s_bill, Entries(s_bill)).Findings[0] with
        {
            Presence = presence,
            There = [.. Enumerable.Range(1, there).Select(i => $"/t{i}")],
            LeftOut = [.. Enumerable.Range(1, leftOut).Select(i => $"/o{i}")],
        };
        Assert.Equal(text, PresenceText.Of(finding));
    }

    private static IReadOnlyList<TrackerEntry> Entries(Bill bill) =>
        TrackerFeed.Read(new MemoryStream(Encoding.UTF8.GetBytes(MadeFeed.Small)), "made", Scan.SourcesOf(bill), "trixie");

    private static BillPackage Package(string name, params string[] leftOut) =>
        MadeBill.Whole.Packages.Single(p => p.Name == "libstdc++6") with
        {
            Name = name, Version = "8.14.1-2", Source = "curl", SourceVersion = "8.14.1-2", LeftOut = leftOut,
        };

    private static BillFile File(string path, string package) =>
        new(path, 1, MadeBill.Digest(path), Sha1Digest.Of(Encoding.UTF8.GetBytes(path)), ["shell"], package);
}
