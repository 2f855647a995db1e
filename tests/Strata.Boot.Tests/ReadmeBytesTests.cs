using System.Text.Json.Nodes;
using Strata.Testing;

namespace Strata.Boot.Tests;

/// <summary>A README carries an edition: what is built of it is the same, byte for byte, or what somebody changed it to.</summary>
public sealed class ReadmeBytesTests
{
    [SkippableTheory]
    [InlineData("container-static")]
    [InlineData("container-shell")]
    [InlineData("container-base")]
    public void Docs_OfAContainerThatShips_GivesTheSameImage(string edition) => ComesBack(edition);

    [SkippableTheory]
    [Trait("Category", "Slow")] // may pack whole systems
    [InlineData("nano")]
    [InlineData("nano-small")]
    [InlineData("capability")]
    public void Docs_OfASystemThatShips_GivesTheSameImage(string edition) => ComesBack(edition);

    [SkippableFact]
    public void Docs_ChangedByHand_GivesTheChangedImage()
    {
        using TemporaryFolder folder = new();
        Done(folder, "docs", "container-static", "--write", "readme.md");
        string text = File.ReadAllText(folder["readme.md"]);
        Assert.Contains("working-directory: /home/nonroot", text, StringComparison.Ordinal);
        File.WriteAllText(
            folder["readme.md"], text.Replace("working-directory: /home/nonroot", "working-directory: /", StringComparison.Ordinal));
        Done(folder, "init", "copy", "--from", "readme.md");
        Assert.NotEqual(DigestOf(folder, "container-static", "before"), DigestOf(folder, "./copy", "after"));
        (int exitCode, string said) = Oracle.Run(
            "skopeo", "inspect", "--config", "oci-archive:" + folder["after/container-static/container-static.oci.tar"]);
        Assert.True(exitCode == 0, said);
        Assert.Equal("/", (string)JsonNode.Parse(said)!["config"]!["WorkingDir"]!);
    }

    private static void ComesBack(string edition)
    {
        using TemporaryFolder folder = new();
        Done(folder, "docs", edition, "--write", "readme.md");
        Done(folder, "init", "copy", "--from", "readme.md");
        Assert.Equal(DigestOf(folder, edition, "before"), DigestOf(folder, "./copy", "after"));
    }

    private static string DigestOf(TemporaryFolder folder, string edition, string output) =>
        (string)JsonNode.Parse(Done(folder, "build", edition, "--output", output, "--json"))!["sha256"]!;

    private static string Done(TemporaryFolder folder, params string[] arguments)
    {
        StrataProgram.Outcome outcome = StrataProgram.Run(folder.Path, arguments);
        Assert.True(outcome.ExitCode == 0, outcome.All);
        return outcome.Output;
    }
}
