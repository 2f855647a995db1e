using System.Text.Json;
using Strata.Testing;

namespace Strata.Boot.Tests;

/// <summary>Where results of a build go, what says so, and that they are of the build that was looked at last.</summary>
public class ResultsTests
{
    [SkippableFact]
    public void Build_SaysWhereItBuildsBeforeItDoes_AndGivesFullPathsToPrograms()
    {
        using TemporaryFolder folder = new();
        Write(folder, "one");
        StrataProgram.Outcome outcome = StrataProgram.Run(folder.Path, "build", "./mine", "--json");
        Assert.True(outcome.ExitCode == 0, outcome.All);
        Assert.StartsWith($"building mine 1 into {folder["out/mine"]}\n", outcome.Errors, StringComparison.Ordinal);
        using JsonDocument summary = JsonDocument.Parse(outcome.Output);
        Assert.Equal(folder["out/mine/mine.oci.tar"], summary.RootElement.GetProperty("image").GetString());
        Assert.Equal(folder["out/mine/strata.lock"], summary.RootElement.GetProperty("lock").GetString());
        Assert.Empty(summary.RootElement.GetProperty("warnings").EnumerateArray()); // a container starts no consoles
    }

    [SkippableFact]
    public void Measure_ImageOfAnEarlierBuildLiesThere_IsTheOneThatWasMeasuredThen()
    {
        using TemporaryFolder folder = new();
        Write(folder, "one");
        Assert.Equal(0, StrataProgram.Run(folder.Path, "build", "./mine").ExitCode);
        string first = DigestOf(folder);
        Write(folder, "another");
        StrataProgram.Outcome measured = StrataProgram.Run(folder.Path, "measure", "./mine", "--json");
        Assert.True(measured.ExitCode == 0, measured.All);
        using JsonDocument numbers = JsonDocument.Parse(measured.Output);
        Assert.NotEqual(first, DigestOf(folder));
        Assert.Equal(numbers.RootElement.GetProperty("digest").GetString(), DigestOf(folder));
        Assert.Contains("out/mine/mine.oci.tar was of another build and is of this one now", measured.Errors, StringComparison.Ordinal);
        // what nobody placed stays away
        File.Delete(folder["out/mine/mine.oci.tar"]);
        Write(folder, "a third");
        Assert.Equal(0, StrataProgram.Run(folder.Path, "measure", "./mine").ExitCode);
        Assert.False(File.Exists(folder["out/mine/mine.oci.tar"]));
    }

    [SkippableFact]
    public void Build_ShellWithoutPasswordOnATerminal_IsWarnedOf()
    {
        using MadeArchive archive = new();
        File.AppendAllText(
            archive["made/capabilities/tool.yaml"],
            "provides: {init-system: busybox}\nservices:\n  s: {kind: console, terminal: ttyS0, command: [/bin/sh]}\n");
        StrataProgram.Outcome outcome = archive.Run("build", "./made"); // which ends where its packages are none
        Assert.Contains(
            "warning: made gives a root shell without a password to whoever has its ttyS0 (capability tool)", outcome.Errors,
            StringComparison.Ordinal);
    }

    private static string DigestOf(TemporaryFolder folder)
    {
        byte[] image = File.ReadAllBytes(folder["out/mine/mine.oci.tar"]);
        string digest = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(image));
        Assert.Equal($"{digest}  mine.oci.tar\n", File.ReadAllText(folder["out/mine/mine.oci.tar.sha256"]));
        return digest;
    }

    private static void Write(TemporaryFolder folder, string content)
    {
        Directory.CreateDirectory(folder["mine/capabilities"]);
        File.WriteAllText(
            folder["mine/edition.yaml"], "edition: mine\nversion: \"1\"\ndescription: For a test\nkernel: none\ncapabilities: [own]\n");
        File.WriteAllText(
            folder["mine/capabilities/own.yaml"], $"capability: own\ndescription: A file\nfiles:\n  /etc/own: {{content: {content}}}\n");
    }
}
