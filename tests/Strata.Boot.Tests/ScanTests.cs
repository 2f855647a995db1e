using System.Text.Json;
using Strata.Testing;

namespace Strata.Boot.Tests;

/// <summary>Vulnerabilities of a container image by a feed that is made for it, and the notes between two of its releases.</summary>
public sealed class ScanTests : IDisposable
{
    // of busybox one that is open, one that is fixed by a version that no lock has yet; of ca-certificates, which is data, one more
    private const string Feed = """
        {
          "busybox": {
            "CVE-2026-1001": {"description": "The wget applet follows too much.", "releases": {"trixie": {"status": "open",
              "urgency": "low"}}},
            "CVE-2026-1002": {"description": "A long line is too long.", "releases": {
              "trixie": {"status": "resolved", "fixed_version": "1:99-1", "urgency": "high"}}}},
          "ca-certificates": {
            "CVE-2026-1003": {"description": "Trusts whom it should not.", "releases": {"trixie": {"status": "open", "urgency": "high"}}}}
        }
        """;

    private readonly TemporaryFolder _folder = new();

    public ScanTests()
    {
        File.WriteAllText(_folder["feed.json"], Feed);
        Directory.CreateDirectory(_folder["mine"]);
        foreach (string file in new[] { "edition.yaml", "strata.lock" })
        {
            File.Copy(Path.Combine(Repository.Root, "editions/container-shell", file), _folder["mine/" + file]);
        }
    }

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public void Scan_Image_SaysWhatCountsAndFailsOnIt()
    {
        StrataProgram.Outcome table = Run("scan", "./mine", "--feed", "feed.json");
        Assert.True(table.ExitCode == 0, table.All);
        string[] lines = table.Output.Split('\n');
        Assert.StartsWith("CVE-2026-1002\thigh\tbusybox\t1:", lines[1], StringComparison.Ordinal);
        Assert.Contains("\tfixed in 1:99-1\t", lines[1], StringComparison.Ordinal);
        Assert.Contains("/usr/bin/busybox", lines[1], StringComparison.Ordinal);
        Assert.Contains("no program or library of it is in the image", lines.Single(l => l.StartsWith("CVE-2026-1003",
            StringComparison.Ordinal)),
            StringComparison.Ordinal);
        Assert.Contains("2 to look at, 0 ignored, 1 of packages without code in the image", table.Output, StringComparison.Ordinal);
        Assert.Equal(1, Run("scan", "./mine", "--feed", "feed.json", "--fail-on", "high").ExitCode);

        // the blueprint says why it does not matter: what is left is low, or no code
        File.AppendAllText(_folder["mine/edition.yaml"], "\nvex:\n  CVE-2026-1002: Nobody gives it long lines.\n");
        StrataProgram.Outcome ignored = Run("scan", "./mine", "--feed", "feed.json", "--fail-on", "high");
        Assert.True(ignored.ExitCode == 0, ignored.All);
        Assert.Contains("ignored: Nobody gives it long lines.", ignored.Output, StringComparison.Ordinal);
        Assert.Equal(1, Run("scan", "./mine", "--feed", "feed.json", "--fail-on", "any").ExitCode);
        StrataProgram.Outcome vex = Run("scan", "./mine", "--feed", "feed.json", "--format", "openvex");
        Assert.Contains("\"impact_statement\": \"Nobody gives it long lines.\"", vex.Output, StringComparison.Ordinal);
    }

    /// <summary>A bill that was kept with a release is enough for a scan, and says the same.</summary>
    [SkippableFact]
    public void Scan_KeptBill_SaysTheSameAsTheEdition()
    {
        Assert.Equal(0, Run("build", "./mine", "--sbom").ExitCode);
        string bill = "out/container-shell/container-shell.cdx.json";
        StrataProgram.Outcome edition = Run("scan", "./mine", "--feed", "feed.json", "--json");
        StrataProgram.Outcome kept = Run("scan", bill, "--feed", "feed.json", "--json");
        Assert.Equal(edition.Output, kept.Output);
        Assert.Equal(3, JsonDocument.Parse(kept.Output).RootElement.GetProperty("findings").GetArrayLength());

        // what an older release had: its bill, with another version of busybox
        string old = File.ReadAllText(_folder[bill]);
        File.WriteAllText(_folder["old.cdx.json"], old.Replace("\"1:1.3", "\"1:0.3", StringComparison.Ordinal));
        File.WriteAllText(_folder["fixed.json"], Feed.Replace("1:99-1", "1:1.0-1", StringComparison.Ordinal));
        StrataProgram.Outcome against = Run("scan", "./mine", "--feed", "fixed.json", "--against", "old.cdx.json");
        Assert.Contains("new: nothing", against.Output, StringComparison.Ordinal);
        Assert.Contains("gone: CVE-2026-1002 busybox", against.Output, StringComparison.Ordinal);
        StrataProgram.Outcome notes = Run("changelog", "old.cdx.json", bill, "--feed", "fixed.json");
        Assert.Contains("| CVE-2026-1002 | busybox | 1:1.0-1 | high |", notes.Output, StringComparison.Ordinal);
        Assert.Contains("Nothing differs.", Run("changelog", bill, "./mine").Output, StringComparison.Ordinal);
    }

    /// <summary>An image file has its bill beside it, and the bill counts when the image has exactly the files that it lists.</summary>
    [SkippableFact]
    public void Scan_ImageFile_TakesTheBillBesideItWhenItIsOfThatImage()
    {
        const string Image = "out/container-shell/container-shell.oci.tar";
        const string Bill = "out/container-shell/container-shell.cdx.json";
        Assert.Equal(0, Run("build", "./mine", "--sbom").ExitCode);
        StrataProgram.Outcome edition = Run("scan", "./mine", "--feed", "feed.json", "--json");
        Assert.Equal(edition.Output, Run("scan", Image, "--feed", "feed.json", "--json").Output);
        Assert.Equal(Run("sbom", "./mine", "--json").Output, Run("sbom", Image, "--json").Output);

        File.Copy(_folder[Image], _folder["alone.oci.tar"]);
        Failure.Says(
            Run("scan", "alone.oci.tar", "--feed", "feed.json"), 1,
            "cannot tell what alone.oci.tar consists of: there is no alone.cdx.json beside it", "build NAME --sbom");
        Failure.Says(Run("sbom", "none.oci.tar"), 1, "cannot read the image none.oci.tar: there is no such file", "");
        File.WriteAllText(_folder["foreign.img"], "no image");
        File.Copy(_folder[Bill], _folder["foreign.cdx.json"]);
        Failure.Says(Run("sbom", "foreign.img"), 1, "cannot read the image foreign.img", "a container image (.oci.tar)");

        // another build's bill says other things: of a file that was added, and of one that changed
        string before = File.ReadAllText(_folder[Bill]);
        File.AppendAllText(_folder["mine/edition.yaml"], "\n# with a file more\n");
        Directory.CreateDirectory(_folder["mine/capabilities"]);
        File.WriteAllText(
            _folder["mine/capabilities/more.yaml"],
            "capability: more\ndescription: For a test\nfiles:\n  /etc/more: {content: x}\n");
        string blueprint = File.ReadAllText(_folder["mine/edition.yaml"]);
        File.WriteAllText(
            _folder["mine/edition.yaml"], blueprint.Replace("capabilities: [", "capabilities: [more, ", StringComparison.Ordinal));
        StrataProgram.Outcome built = Run("build", "./mine");
        Assert.True(built.ExitCode == 0, built.All);
        Failure.Says(Run("sbom", Image), 1, $"cannot take {Bill} for the bill of {Image}: /etc/more", "--sbom");
        File.Copy(_folder["alone.oci.tar"], _folder[Image], overwrite: true);
        Assert.Equal(0, Run("sbom", Image).ExitCode);
        File.WriteAllText(_folder[Bill], before.Replace("/usr/bin/busybox", "/usr/bin/busybux", StringComparison.Ordinal));
        Failure.Says(Run("sbom", Image), 1, "/usr/bin/busybox, /usr/bin/busybux are not the same in both", "");
    }

    [SkippableFact]
    public void Scan_FeedThatIsNone_SaysWhatIsWrong()
    {
        File.WriteAllText(_folder["cut.json"], Feed[..300]);
        Failure.Says(Run("scan", "./mine", "--feed", "cut.json"), 1, "cannot read the feed cut.json: behind byte", "fetch it again");
        File.WriteAllText(_folder["other.json"], "[]");
        Failure.Says(Run("scan", "./mine", "--feed", "other.json"), 1, "it is not made of packages", "security-tracker.debian.org");
        Failure.Says(Run("scan", "./mine", "--feed", "none.json"), 1, "cannot read the feed none.json", "'--feed' takes a copy");
        Failure.Says(Run("scan", "other.json", "--feed", "feed.json"), 1, "cannot read the bill of materials other.json",
            "strata build --sbom");
    }

    private StrataProgram.Outcome Run(params string[] arguments) => StrataProgram.Run(_folder.Path, arguments);
}
