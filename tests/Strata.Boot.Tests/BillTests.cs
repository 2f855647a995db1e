using System.Text.Json;
using Strata.Testing;

namespace Strata.Boot.Tests;

/// <summary>Bills of materials of a container image, compared with what others unpack of it.</summary>
public class BillTests
{
    [SkippableFact]
    public void Build_WithBills_EveryFileOfTheImageIsInThemWithItsDigest()
    {
        using TemporaryFolder folder = new();
        StrataProgram.Outcome outcome = StrataProgram.Run(folder.Path, "build", "container-shell", "--sbom");
        Assert.True(outcome.ExitCode == 0, outcome.All);
        string results = folder["out/container-shell/container-shell"];
        using JsonDocument spdx = JsonDocument.Parse(File.ReadAllBytes(results + ".spdx.json"));
        SortedDictionary<string, string> told = new(StringComparer.Ordinal);
        foreach (JsonElement file in spdx.RootElement.GetProperty("files").EnumerateArray())
        {
            string[] sums = [.. file.GetProperty("checksums").EnumerateArray().Select(c => c.GetProperty("checksumValue").GetString()!)];
            told.Add(file.GetProperty("fileName").GetString()!, string.Join(' ', sums));
        }
        Assert.Equal(FilesOf(results + ".oci.tar", folder), told);

        string[] read = BillJudges.ReadCycloneDx(File.ReadAllBytes(results + ".cdx.json"));
        Assert.Contains(read, l => l.StartsWith("library|busybox|", StringComparison.Ordinal));
        Assert.Equal(
            told.Keys.Select(p => p[1..]),
            read.Where(l => l.StartsWith("file|", StringComparison.Ordinal)).Select(l => l.Split('|')[1]).Order(StringComparer.Ordinal));
        BillJudges.CheckExpressions(spdx.RootElement.GetProperty("packages").EnumerateArray()
            .Select(p => p.GetProperty("licenseDeclared").GetString()!).Where(l => l != "NOASSERTION").Distinct());

        (_, string inspected) = Oracle.Run("skopeo", "inspect", $"oci-archive:{results}.oci.tar");
        (int exitCode, string referrer) = Oracle.Run("skopeo", "inspect", "--raw",
            $"oci-archive:{results}.referrers.oci.tar:container-shell:0.1.spdx");
        Assert.True(exitCode == 0, referrer);
        Assert.Equal(
            JsonDocument.Parse(inspected).RootElement.GetProperty("Digest").GetString(),
            JsonDocument.Parse(referrer).RootElement.GetProperty("subject").GetProperty("digest").GetString());
    }

    [SkippableFact]
    public void Sbom_UnderChangedConditions_GivesTheSameBytes()
    {
        using TemporaryFolder folder = new();
        foreach (string format in new[] { "spdx", "cyclonedx" })
        {
            StrataProgram.Outcome once = StrataProgram.Run(folder.Path, "sbom", "container-shell", "--format", format);
            Assert.True(once.ExitCode == 0, once.All);
            Directory.CreateDirectory(folder["elsewhere"]);
            StrataProgram.Outcome again = StrataProgram.Run(
                folder["elsewhere"],
                new Dictionary<string, string?>
                {
                    ["TZ"] = "Asia/Tokyo", ["LANG"] = "tr_TR.UTF-8", ["HOME"] = folder.Path, ["XDG_CACHE_HOME"] = StoreParent,
                },
                "sbom", "container-shell", "--format", format);
            Assert.Equal(once.Output, again.Output);
        }
    }

    [SkippableFact]
    public void Licenses_Folder_HasTheFileOfEachPackage()
    {
        using TemporaryFolder folder = new();
        StrataProgram.Outcome outcome = StrataProgram.Run(folder.Path, "licenses", "container-shell", "--output", "texts");
        Assert.True(outcome.ExitCode == 0, outcome.All);
        StrataProgram.Outcome text = StrataProgram.Run(folder.Path, "licenses", "container-shell", "--text", "busybox");
        Assert.Equal(File.ReadAllText(folder["texts/busybox.txt"]), text.Output);
        Assert.Contains("GNU General Public License", text.Output, StringComparison.OrdinalIgnoreCase);
        Failure.Says(StrataProgram.Run(folder.Path, "licenses", "container-shell", "--text", "busybx"), 1,
            "no file of such a package", "'busybox'");
    }

    [SkippableFact]
    public void Sbom_LayerThatThereIsNot_IsTold()
    {
        using TemporaryFolder folder = new();
        Failure.Says(StrataProgram.Run(folder.Path, "sbom", "container-shell", "--layer", "shel"), 1,
            "cannot list layer 'shel'", "Its layers: ");
        Failure.Says(StrataProgram.Run(folder.Path, "sbom", "container-shell", "--output", "x"), 2,
            "its form is not said", "--format spdx");
    }

    private static string StoreParent => Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache ? cache
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");

    // sha1sum and sha256sum of what tar unpacks, layer by layer; a later layer may replace a file
    private static SortedDictionary<string, string> FilesOf(string archive, TemporaryFolder folder)
    {
        SortedDictionary<string, string> files = new(StringComparer.Ordinal);
        (int exitCode, string said) = Oracle.Run("skopeo", "--insecure-policy", "copy", "oci-archive:" + archive, "dir:" + folder["copy"]);
        Assert.True(exitCode == 0, said);
        using JsonDocument manifest = JsonDocument.Parse(File.ReadAllBytes(folder["copy/manifest.json"]));
        Directory.CreateDirectory(folder["root"]);
        foreach (JsonElement layer in manifest.RootElement.GetProperty("layers").EnumerateArray())
        {
            string blob = folder["copy/" + layer.GetProperty("digest").GetString()!["sha256:".Length..]];
            (exitCode, said) = Oracle.Run("tar", "-xzf", blob, "-C", folder["root"]);
            Assert.True(exitCode == 0, said);
        }
        foreach (string program in new[] { "sha1sum", "sha256sum" })
        {
            (exitCode, said) = Oracle.Run("sh", "-c", $"cd '{folder["root"]}' && find . -type f -exec {program} {{}} +");
            Assert.True(exitCode == 0, said);
            foreach (string line in said.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                string[] parts = line.Split("  ", 2);
                files[parts[1]] = files.TryGetValue(parts[1], out string? first) ? $"{first} {parts[0]}" : parts[0];
            }
        }
        return files;
    }
}
