using System.Text.Json;
using Strata.Testing;

namespace Strata.Boot.Tests;

/// <summary>Shipped editions, built once and verified under other conditions; what is said of images that are something else.</summary>
public class VerifyTests
{
    private static readonly Dictionary<string, string?> s_elsewhere = new()
    {
        ["TZ"] = "Pacific/Chatham", ["LANG"] = "tr_TR.UTF-8", ["LC_ALL"] = "tr_TR.UTF-8", ["DOTNET_PROCESSOR_COUNT"] = "1",
    };

    [SkippableTheory]
    [InlineData("container-shell", "container-shell.oci.tar")]
    public void Verify_OtherConditions_IsTheSame(string edition, string image) => Reproduces(edition, image);

    [SkippableTheory]
    [Trait("Category", "Slow")] // packs the whole system anew on one processor
    [InlineData("nano", "nano.img")]
    [InlineData("capability", "capability.img")]
    public void Verify_WholeSystemsUnderOtherConditions_AreTheSame(string edition, string image) => Reproduces(edition, image);

    [SkippableFact]
    public void Verify_ImageThatIsSomethingElse_SaysWhatDiffersOrThatNobodyCanTell()
    {
        using TemporaryFolder folder = new();
        StrataProgram.Outcome built = StrataProgram.Run(folder.Path, "build", "container-shell");
        Assert.True(built.ExitCode == 0, built.All);
        string image = folder["out/container-shell/container-shell.oci.tar"];
        byte[] bytes = File.ReadAllBytes(image);
        bytes[bytes.Length / 2] ^= 1; // in the packed layer of the programs
        File.WriteAllBytes(folder["flipped.oci.tar"], bytes);
        StrataProgram.Outcome flipped = StrataProgram.Run(folder.Path, "verify", "container-shell", "flipped.oci.tar", "--json");
        Assert.True(flipped.ExitCode == 1, flipped.All);
        using JsonDocument said = JsonDocument.Parse(flipped.Output);
        Assert.Equal("differs", said.RootElement.GetProperty("outcome").GetString());
        JsonElement comparison = said.RootElement.GetProperty("files")[0].GetProperty("comparison");
        JsonElement structure = comparison.GetProperty("structures")[0];
        Assert.Equal(1, comparison.GetProperty("different-bytes").GetInt32());
        Assert.Equal(bytes.Length / 2, structure.GetProperty("offset").GetInt32());
        Assert.StartsWith("layer ", structure.GetProperty("structure")[0].GetString(), StringComparison.Ordinal);
        Assert.Contains("unpacked byte ", structure.GetProperty("detail").GetString(), StringComparison.Ordinal);

        File.WriteAllBytes(folder["short.oci.tar"], bytes[..1000]);
        StrataProgram.Outcome cut = StrataProgram.Run(folder.Path, "verify", "container-shell", "short.oci.tar");
        Assert.True(cut.ExitCode == 1 && cut.Output.Contains("it has 1000, the rebuilt one", StringComparison.Ordinal), cut.All);

        File.WriteAllText(folder["notes.txt"], "no image");
        Failure.Says(
            StrataProgram.Run(folder.Path, "verify", "container-shell", "notes.txt"), 2, "cannot verify notes.txt", "--image KIND");
        File.WriteAllText(folder["broken.lock"], "{}");
        Failure.Says(
            StrataProgram.Run(folder.Path, "verify", "container-shell", image, "--lock", "broken.lock"), 2, "broken.lock", "");
        string text = File.ReadAllText(folder["out/container-shell/strata.lock"]);
        int digest = text.IndexOf("\"sha256\": \"", text.IndexOf("\"packages\"", text.IndexOf("\"tools\"", StringComparison.Ordinal),
            StringComparison.Ordinal), StringComparison.Ordinal) + "\"sha256\": \"".Length;
        File.WriteAllText(folder["strange.lock"], text[..digest] + (text[digest] == '0' ? '1' : '0') + text[(digest + 1)..]);
        Failure.Says(
            StrataProgram.Run(folder.Path, "verify", "container-shell", image, "--lock", "strange.lock"), 2,
            "cannot use the tools of strange.lock", "--trust-lock");
        StrataProgram.Outcome other = StrataProgram.Run(
            folder.Path, "verify", "container-static", image, "--lock", folder["out/container-shell/strata.lock"]);
        Failure.Says(other, 2, "asks for other packages than", "");
    }

    [SkippableFact]
    public void Build_Provenance_NamesTheImageByItsDigest()
    {
        using TemporaryFolder folder = new();
        StrataProgram.Outcome built = StrataProgram.Run(folder.Path, "build", "container-shell", "--provenance", "--json");
        Assert.True(built.ExitCode == 0, built.All);
        using JsonDocument summary = JsonDocument.Parse(built.Output);
        using JsonDocument statement = JsonDocument.Parse(File.ReadAllBytes(summary.RootElement.GetProperty("provenance").GetString()!));
        JsonElement[] subjects = [.. statement.RootElement.GetProperty("subject").EnumerateArray()];
        Assert.Equal(
            summary.RootElement.GetProperty("sha256").GetString(), subjects[0].GetProperty("digest").GetProperty("sha256").GetString());
        (int exitCode, string manifest) = Oracle.Run(
            "skopeo", "inspect", "oci-archive:" + folder["out/container-shell/container-shell.oci.tar"], "--format", "{{.Digest}}");
        Assert.True(exitCode == 0, manifest);
        Assert.Equal(manifest.Trim(), "sha256:" + subjects[1].GetProperty("digest").GetProperty("sha256").GetString());
    }

    private static void Reproduces(string edition, string image)
    {
        string? program = Environment.GetEnvironmentVariable("STRATA_PROGRAM");
        Skip.If(program is null, "STRATA_PROGRAM is not set; './test' sets it");
        using TemporaryFolder folder = new();
        StrataProgram.Outcome built = StrataProgram.Run(folder.Path, "build", edition);
        Assert.True(built.ExitCode == 0, built.All);
        Directory.CreateDirectory(folder["another folder"]);
        StrataProgram.Outcome verified = StrataProgram.RunAs(
            "sh", folder["another folder"], s_elsewhere, "-c", "umask 077 && exec taskset -c 0 \"$@\"", "sh", program!, "verify", edition,
            folder[$"out/{edition}/{image}"]);
        Assert.True(verified.ExitCode == 0, verified.All);
        Assert.Contains(": the same, ", verified.Output, StringComparison.Ordinal);
    }
}
