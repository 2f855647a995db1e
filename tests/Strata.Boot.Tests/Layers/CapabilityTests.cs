using System.Text.Json;
using Strata.Testing;

namespace Strata.Boot.Tests.Layers;

/// <summary>CapabilityLinux through the program, as a person would use it.</summary>
public class CapabilityTests
{
    [SkippableFact]
    public void Test_Capability_ComposesWhatTheKernelCommandLineAsks()
    {
        using TemporaryFolder folder = new();
        StrataProgram.Outcome outcome = StrataProgram.Run(folder.Path, "test", "capability");
        Assert.True(outcome.ExitCode == 0, outcome.All);
        Assert.Contains("4 of 4 tests passed", outcome.Output, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("capability", "--caps", "nettwork", "it has no such layer", "did you mean 'network'?")]
    [InlineData("nano", "--caps", "shell", "it is not made of layers", "layout: layers")]
    [InlineData("nano", "--state", "mine.img", "it has neither layers nor state", "docs/state.md")]
    public void Run_CompositionThatCannotBe_IsRefusedBeforeTheMachineStarts(string edition, string option, string value, string what, string hint)
    {
        using TemporaryFolder folder = new();
        Failure.Says(StrataProgram.Run(folder.Path, "run", edition, option, value), 2, what, hint);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [SkippableFact]
    public void Build_LayerLargerThanItsBudget_FailsAndNamesTheLargestPackages()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["mine/capabilities"]);
        File.WriteAllText(
            folder["mine/edition.yaml"],
            "edition: mine\nversion: \"1\"\nkernel: capability\nlayout: layers\nbase: [shell]\ncapabilities: [shell]\ncommand-line: quiet\n");
        string shell = File.ReadAllText(Path.Combine(Repository.Root, "capabilities/shell.yaml"));
        File.WriteAllText(folder["mine/capabilities/shell.yaml"], shell + "budget:\n  layer: 100 KiB\n");
        Failure.Says(StrataProgram.Run(folder.Path, "build", "./mine"), 1, "cannot build layer shell: it takes", "its budget is 100 KiB", "busybox", "budget: layer");
    }

    [SkippableFact]
    public void Build_WhereTheMachinesLibzstdIsBroken_PacksLayersAllTheSame()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["mine/capabilities"]);
        File.WriteAllText(
            folder["mine/edition.yaml"],
            "edition: mine\nversion: \"1\"\nkernel: capability\nlayout: layers\n" +
            "base: [shell, fresh]\ncapabilities: [shell, fresh]\ncommand-line: quiet\n");
        File.WriteAllText( // no layer of the store is this one, nor are its blocks
            folder["mine/capabilities/fresh.yaml"],
            "capability: fresh\ndescription: For a test\nfiles:\n" +
            $"  /usr/share/fresh: {{content: \"{string.Concat(Enumerable.Repeat(Guid.NewGuid(), 200))}\"}}\n");
        Directory.CreateDirectory(folder["broken"]);
        File.WriteAllText(folder["broken/libzstd.so.1"], "no library");
        Dictionary<string, string?> environment = new() { ["LD_LIBRARY_PATH"] = folder["broken"] };

        StrataProgram.Outcome doctor = StrataProgram.Run(folder.Path, environment, "doctor");
        Assert.Contains("bad\tlibzstd.so.1\t", doctor.Output, StringComparison.Ordinal);
        StrataProgram.Outcome built = StrataProgram.Run(folder.Path, environment, "build", "./mine", "--image", "uki");
        Assert.True(built.ExitCode == 0, built.All);
        Assert.Contains("packing layer fresh", built.Errors, StringComparison.Ordinal);
    }

    [SkippableFact]
    [Trait("Category", "Slow")]
    public void Build_OneMoreUser_MakesANewSystemLayerAndNoOther()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["mine/capabilities"]);
        string edition = Path.Combine(Repository.Root, "editions/capability");
        string text = File.ReadAllText(Path.Combine(edition, "edition.yaml"));
        File.WriteAllText(folder["mine/edition.yaml"], text.Replace("  - console\n", "  - console\n  - me\n", StringComparison.Ordinal));
        string user = "u" + Guid.NewGuid().ToString("N")[..8]; // one that no layer of the store has yet
        File.WriteAllText(folder["mine/capabilities/me.yaml"],
            $"capability: me\ndescription: A user\nrequires: [base]\nusers: {{{user}: {{id: 1001}}}}\n");
        File.Copy(Path.Combine(edition, "strata.lock"), folder["mine/strata.lock"]); // whoever adds no package can keep it
        Build("capability");
        HashSet<string> before = Layers(folder);
        Build("./mine");
        HashSet<string> after = Layers(folder);
        after.ExceptWith(before);
        string[] made = [.. after.Select(l => l.Split(' ')[0]).Where(n => n != "me")]; // that one has no files and is always the same
        Assert.Equal(["system"], made);

        void Build(string name)
        {
            StrataProgram.Outcome built = StrataProgram.Run(folder.Path, "build", name, "--image", "uki", "--locked");
            Assert.True(built.ExitCode == 0, built.All);
        }
    }

    private static HashSet<string> Layers(TemporaryFolder folder)
    {
        StrataProgram.Outcome listed = StrataProgram.Run(folder.Path, "layer", "ls", "--json");
        using JsonDocument layers = JsonDocument.Parse(listed.Output);
        return [.. layers.RootElement.EnumerateArray()
            .Select(l => $"{l.GetProperty("name").GetString()} {l.GetProperty("digest").GetString()}")];
    }

    [SkippableFact]
    public void Build_Capability_StaysSmall()
    {
        using TemporaryFolder folder = new();
        StrataProgram.Outcome built = StrataProgram.Run(folder.Path, "build", "capability", "--image", "uki", "--json");
        Assert.True(built.ExitCode == 0, built.All);
        StrataProgram.Outcome listed = StrataProgram.Run(folder.Path, "layer", "ls", "--json");
        Assert.True(listed.ExitCode == 0, listed.All);
        Assert.Contains("\"kubernetes-tools\"", listed.Output, StringComparison.Ordinal);
        long uki = new FileInfo(folder["out/capability/capability.efi"]).Length;
        Assert.InRange(uki, 3 << 20, 8 << 20);
    }
}
