using System.Text;
using Strata.Cli.Commands.Inventory;
using Strata.Core;
using Strata.Editions.Bills;
using Strata.Editions.Verifying;
using Strata.Formats.Digests;
using Strata.Inventory.Bills;
using Strata.Inventory.Tests.Bills;
using Strata.Inventory.Tests.Vulnerabilities;
using Strata.Measure.Bytes;
using Strata.Testing;

namespace Strata.Cli.Tests;

/// <summary><c>sbom</c>, <c>licenses</c>, <c>scan</c>, <c>changelog</c>, <c>verify</c>: from documents to what a person reads.</summary>
public class InventoryCommandTests
{
    private static readonly Bill s_bill = MadeBill.Whole with
    {
        Kernel = null,
        Packages =
        [
            Package("curl", "8.14.1-2"), Package("libcurl4t64", "8.14.1-2"), MadeBill.Whole.Packages.Single(p => p.Name == "mine"),
        ],
        Files = [File("/usr/bin/curl", "curl"), File("/usr/share/curl/x", "curl")],
        Vex = new Dictionary<string, string> { ["CVE-2026-1006"] = "It is not reached." },
    };

    private static BillPackage Package(string name, string version) => MadeBill.Whole.Packages[0] with
    {
        Name = name, Version = version, Source = "curl", SourceVersion = version, Licence = "curl", LeftOut = name == "curl"
            ? ["/usr/bin/wcurl"] : [],
        Sha256 = MadeBill.Digest(name + version),
    };

    private static BillFile File(string path, string package) =>
        new(path, 1, MadeBill.Digest(path), Sha1Digest.Of(Encoding.UTF8.GetBytes(path)), ["shell"], package);

    private static Desk DeskWithBills()
    {
        Desk desk = new();
        Bill moved = s_bill with { Version = "2", Packages = [.. s_bill.Packages.Select(p => p.Name == "mine" ? p : Package(p.Name,
            "8.14.1-2+deb13u3"))] };
        System.IO.File.WriteAllBytes(desk["old.cdx.json"], BillForm.All.Single(f => f.Name == "cyclonedx").Write(s_bill));
        System.IO.File.WriteAllBytes(desk["new.cdx.json"], BillForm.All.Single(f => f.Name == "cyclonedx").Write(moved));
        desk.Write("tracker.json", MadeFeed.Small);
        return desk;
    }

    [Theory]
    [InlineData("scan old.cdx.json --feed tracker.json", "scan", 0)]
    [InlineData("scan old.cdx.json --feed tracker.json --json", "scan.json", 0)]
    [InlineData("scan new.cdx.json --feed tracker.json --against old.cdx.json", "scan-against", 0)]
    [InlineData("scan old.cdx.json --feed tracker.json --against new.cdx.json --json", "scan-against.json", 0)]
    [InlineData("changelog old.cdx.json new.cdx.json", "changelog", 0)]
    [InlineData("changelog old.cdx.json new.cdx.json --feed tracker.json --json", "changelog.json", 0)]
    [InlineData("changelog new.cdx.json old.cdx.json --feed tracker.json", "changelog-back", 0)]
    public async Task Bills_Compared_SayWhatTheySaid(string line, string golden, int code)
    {
        using Desk desk = DeskWithBills();
        Desk.Outcome outcome = await desk.TypeAsync(line);
        Assert.Equal((code, "reading tracker.json"), (outcome.ExitCode, line.Contains("--feed", StringComparison.Ordinal)
            ? outcome.Errors.Trim() : "reading tracker.json"));
        Golden.Same(golden, outcome.Output);
    }

    /// <summary>What counts: what nobody judged is medium; what is ignored, or has no code in the image, is nothing.</summary>
    [Theory]
    [InlineData("CVE-2026-1003", "\"medium\"", "high", 0)]
    [InlineData("CVE-2026-1003", "\"medium\"", "medium", 1)]
    [InlineData("CVE-2026-1003", "\"medium**\"", "low", 1)]
    [InlineData("CVE-2026-1003", "\"high\"", "high", 1)]
    [InlineData("CVE-2026-1003", "\"low\"", "medium", 0)]
    [InlineData("CVE-2026-1003", "\"low\"", "low", 1)]
    [InlineData("CVE-2026-1003", "\"not yet assigned\"", "high", 0)]
    [InlineData("CVE-2026-1003", "\"not yet assigned\"", "medium", 1)]
    [InlineData("CVE-2026-1003", "\"unimportant\"", "low", 0)]
    [InlineData("CVE-2026-1003", "\"unimportant\"", "any", 1)]
    [InlineData("CVE-2026-1006", "\"high\"", "any", 0)]
    public async Task Scan_FailOn_EndsWithOneFromThatSeverity(string id, string urgency, string limit, int code)
    {
        using Desk desk = DeskWithBills();
        desk.Write("one.json", """{"curl": {"ID": {"releases": {"trixie": {"status": "open", "urgency": URGENCY}}}}}"""
            .Replace("ID", id, StringComparison.Ordinal).Replace("URGENCY", urgency, StringComparison.Ordinal));
        Assert.Equal(code, (await desk.TypeAsync($"scan old.cdx.json --feed one.json --fail-on {limit}")).ExitCode);
    }

    [Theory]
    [InlineData("sarif", "\"2.1.0\"")]
    [InlineData("openvex", "openvex.dev/ns/v0.2.0")]
    public async Task Scan_Document_IsWritten(string format, string version)
    {
        using Desk desk = DeskWithBills();
        Desk.Outcome outcome = await desk.TypeAsync($"scan old.cdx.json --feed tracker.json --format {format} -o out/scan");
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Output));
        Assert.Contains(version, System.IO.File.ReadAllText(desk["out/scan"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Changelog_Output_IsWhatIsPrinted()
    {
        using Desk desk = DeskWithBills();
        Assert.Equal((0, ""), ((await desk.TypeAsync("changelog old.cdx.json new.cdx.json -o CHANGES.md")) is var o ? (o.ExitCode, o.Output)
            : default));
        Assert.Equal((await desk.TypeAsync("changelog old.cdx.json new.cdx.json")).Output, System.IO.File.ReadAllText(desk["CHANGES.md"]));
    }

    [Theory]
    [InlineData("scan none.json --feed tracker.json", "error: cannot read the bill of materials none.json: ")]
    [InlineData("scan old.cdx.json --feed none.json", "error: cannot read the feed none.json: ")]
    [InlineData("scan tracker.json --feed tracker.json", "error: cannot read the bill of materials tracker.json: ")]
    public async Task Scan_NoSuchDocument_SaysWhich(string line, string error)
    {
        using Desk desk = DeskWithBills();
        Desk.Outcome outcome = await desk.TypeAsync(line);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains(outcome.Said, s => s.StartsWith(error, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Sbom_FileWithoutForm_IsRefused()
    {
        using Desk desk = new();
        Desk.Outcome outcome = await desk.TypeAsync("sbom nano -o x.json");
        Assert.Equal(["error: cannot write a bill of materials: its form is not said",
            "hint:  Say '--format spdx' or '--format cyclonedx'."], outcome.Said);
        Assert.Equal(2, outcome.ExitCode);
    }

    [Fact]
    public void Sbom_Bill_IsATable()
    {
        Golden.Same("sbom", Desk.Caught(() => SbomCommand.Print(MadeBill.Whole, json: false)).Output);
        Golden.Same("sbom.json", Desk.Caught(() => SbomCommand.Print(MadeBill.Whole, json: true)).Output);
        Desk.Outcome one = Desk.Caught(() => SbomCommand.Print(s_bill with { Layers = [s_bill.Layers[0]] }, json: false));
        Assert.Equal("Package\tVersion\tSource\tFiles\tLicence\tLayer", one.Lines[0]);
        Assert.Equal("3 packages, 2 files, 0 of them of no package", one.Lines[^1]);
    }

    private static readonly PackageLicence[] s_licences =
    [
        new("a", "1", "MIT", "text of a"u8.ToArray()), new("b", "2", null, "text of b"u8.ToArray()), new("c", "3", null, null),
    ];

    [Fact]
    public async Task Licences_OfAnEdition_AreListedAndWritten()
    {
        Assert.Equal(
            ["Package\tVersion\tLicence", "a\t1\tMIT", "b\t2\t(for a person to read: --text b)", "c\t3\t(no copyright file)"],
            Desk.Caught(() => LicensesCommand.Print(s_licences, json: false)).Lines);
        Golden.Same("licenses.json", Desk.Caught(() => LicensesCommand.Print(s_licences, json: true)).Output);
        using Desk desk = new();
        Desk.Outcome written = Desk.Caught(() => LicensesCommand.WriteAsync(s_licences, desk["texts"],
            CancellationToken.None).GetAwaiter().GetResult());
        Assert.Equal(($"2 copyright files in {desk["texts"]}\n", "without a copyright file: c\n"), (written.Output, written.Errors));
        Assert.Equal(["a.txt", "b.txt"], Directory.EnumerateFiles(desk["texts"]).Select(Path.GetFileName).Order());
        Assert.Equal("text of b", await System.IO.File.ReadAllTextAsync(desk["texts/b.txt"]));
        Desk.Outcome all = Desk.Caught(() => LicensesCommand.WriteAsync(s_licences[..2], desk["more"],
            CancellationToken.None).GetAwaiter().GetResult());
        Assert.Equal(($"2 copyright files in {desk["more"]}\n", ""), (all.Output, all.Errors));
    }

    private static ByteComparison Compared(long given, long rebuilt, long different, int structures) => new()
    {
        GivenBytes = given, RebuiltBytes = rebuilt, DifferentBytes = different,
        Structures =
        [
            .. Enumerable.Range(0, structures).Select(i => new DifferentStructure(["GPT", $"entry {i}"], 1024 + i, 16, 3, i == 0 ? "0a0b"
                : "", "0c")
            {
                File = i == 1 ? "/etc/motd" : null, Detail = i == 0 ? "a digest" : null,
            }),
        ],
    };

    [Theory]
    [InlineData("verify-same", 0, 100)]
    [InlineData("verify-one", 1, 100)]
    [InlineData("verify-longer", 20, 101)]
    [InlineData("verify-many", 21, 99)]
    public void Verify_Image_SaysWhatDiffers(string golden, int structures, long given)
    {
        Verification verified = new("made", "1", ImageKind.Iso, MadeBill.Digest("lock"),
            [new("made.iso", MadeBill.Digest("iso"), Compared(given, 100, structures * 3, structures))]);
        Assert.Equal(structures == 0, verified.IsSame);
        Golden.Same(golden, Desk.Caught(() => VerifyCommand.Print(verified)).Output);
    }

    [Fact]
    public void Verify_FolderWithOtherFiles_Differs()
    {
        Verification verified = new("made", "1", ImageKind.Pxe, MadeBill.Digest("lock"),
            [new("pxe/a", MadeBill.Digest("iso"), Compared(5, 5, 0, 0)), new("pxe/b", MadeBill.Digest("iso"), null), new("pxe/c", null,
                null)]);
        Assert.Equal(["pxe/b: missing", "pxe/c: the build makes no such file"], Desk.Caught(() =>
            VerifyCommand.Print(verified)).Lines[1..3]);
        Assert.EndsWith(": differs", Desk.Caught(() => VerifyCommand.Print(verified)).Lines[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("verify nobodys a.img", false)]
    [InlineData("verify nobodys a.img --json", true)]
    public async Task Verify_NobodyCanTell_EndsWithTwo(string line, bool json)
    {
        using Desk desk = new();
        Desk.Outcome outcome = await desk.TypeAsync(line);
        Assert.Equal(2, outcome.ExitCode);
        Assert.StartsWith("error: cannot find edition 'nobodys'", outcome.Said[^2], StringComparison.Ordinal);
        Assert.Equal(json, outcome.Output.Contains("\"outcome\": \"unknown\"", StringComparison.Ordinal));
        Assert.Equal(json, outcome.Output.Contains("\"problem\": \"cannot find edition", StringComparison.Ordinal));
    }
}
