using Strata.Testing;

namespace Strata.Boot.Tests;

/// <summary>Words that are not understood, and editions that do not exist or ask for what does not exist.</summary>
public class CommandLineTests
{
    [SkippableTheory]
    [InlineData("biuld nano", "'biuld' is no command of 'strata'", "did you mean 'build'?")]
    [InlineData("store verfy", "'verfy' is no command of 'strata store'", "did you mean 'verify'?")]
    [InlineData("build nano --ofline", "'--ofline' is no option of 'strata build'", "did you mean '--offline'?")]
    [InlineData("build --imag", "'--imag' is no option", "did you mean '--image'?")]
    [InlineData("build nano more", "'more' is more than 'strata build' takes", "strata build --help")]
    [InlineData("build", "'edition' missing", "strata build --help")]
    [InlineData("build nano --image floppy", "cannot use 'floppy' for --image", "disk, iso, oci, pxe, qcow2, uki, vdi, vhdx or vmdk")]
    [InlineData("run nano --firmware bois", "cannot use 'bois' for --firmware", "did you mean 'bios'?")]
    [InlineData("run nano --cpus two", "cannot use 'two' for --cpus", "a whole number")]
    [InlineData("run nano --memory 1M", "'1M' of memory", "8M to 1024G")]
    [InlineData("run nano --memory 4096G", "'4096G' of memory", "8M to 1024G")]
    [InlineData("run nano --cpus 0", "0 processors", "1 to 64")]
    [InlineData("run nano --forward 22", "cannot forward '22'", "2222:22")]
    [InlineData("run nano --network some", "cannot use 'some' for --network", "none, open or restricted")]
    [InlineData("run nano --network none --forward 2222:22", "cannot forward ports into a machine without a network card",
        "--network restricted")]
    [InlineData("run nano --network restricted --medium net", "cannot boot from a network that the guest does not reach", "--network open")]
    [InlineData("size nano --top -5", "cannot use '-5' for --top", "strata size --help")]
    [InlineData("report nano -o .", "'.' is a folder", "strata report --help")]
    [InlineData("store gc --keep much", "cannot keep 'much'", "2GiB")]
    public void Main_NotUnderstood_SaysWhatAndEndsWithTwo(string line, string what, string hint)
    {
        using TemporaryFolder folder = new();
        StrataProgram.Outcome outcome = StrataProgram.Run(folder.Path, new Dictionary<string, string?> { ["STRATA_STORE"] = folder["store"] }, line.Split(' '));
        Failure.Says(outcome, 2, what, hint);
        Assert.Empty(outcome.Output);
        Assert.False(Directory.Exists(folder["out"]));
    }

    [SkippableTheory]
    [InlineData("edition", "diff", "", "nano")]
    [InlineData("symbol", "kernel", "explain", "")]
    [InlineData("--from", "kernel", "suggest", "--from", "")]
    [InlineData("--output", "build", "nano", "--output", "")]
    public void Main_EmptyWord_SaysWhichAndEndsWithTwo(string name, params string[] arguments)
    {
        using TemporaryFolder folder = new();
        Failure.Says(StrataProgram.Run(folder.Path, arguments), 2, $"cannot use '' for {name}", "--help");
    }

    [SkippableFact]
    public void Completion_Bash_AsksTheProgramThatIsBeingTyped()
    {
        using TemporaryFolder folder = new();
        const string Script = """
            source <("$1" completion bash)
            COMP_WORDS=("$1" kern) COMP_LINE="$1 kern" COMP_POINT=$((${#1} + 5))
            _strata
            echo "${COMPREPLY[@]}"
            """;
        string? program = Environment.GetEnvironmentVariable("STRATA_PROGRAM");
        Skip.If(program is null, "STRATA_PROGRAM is not set; './test' sets it");
        StrataProgram.Outcome outcome = StrataProgram.RunAs("bash", folder.Path, new Dictionary<string, string?>(), "-c", Script, "bash", program!);
        Assert.Equal("kernel", outcome.Output.Trim());
    }

    [SkippableFact]
    public void Build_UnknownKernel_NamesThoseThatAre()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["mine"]);
        File.WriteAllText(folder["mine/edition.yaml"], "edition: mine\nversion: \"1\"\nkernel: ladder\ncapabilities: [console]\n");
        Failure.Says(
            StrataProgram.Run(folder.Path, "build", "./mine"), 1,
            "unknown kernel 'ladder'; known: capability, debian, debian-cloud, micro, nano, nano-wifi, pico, strata, none",
            "strata schema");
    }

    [SkippableFact]
    public void Build_UnknownEdition_SuggestsTheNearestName()
    {
        using TemporaryFolder folder = new();
        Failure.Says(StrataProgram.Run(folder.Path, "build", "nanno"), 1, "cannot find edition 'nanno'", "did you mean 'nano'?", "strata init");
    }

    [SkippableFact]
    public void Build_UnknownCapability_NamesPlaceAndNearestName()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["mine"]);
        File.WriteAllText(folder["mine/edition.yaml"], "edition: mine\ntitle: Mine\nversion: \"1\"\ndescription: For a test\nkernel: debian-cloud\ncapabilities:\n  - console\n  - netwrk\ncommand-line: quiet\n");
        Failure.Says(StrataProgram.Run(folder.Path, "build", "./mine"), 1, "mine/edition.yaml:8:5", "unknown capability 'netwrk'", "did you mean 'network'?");
    }

    [SkippableFact]
    public void Build_LockedWithoutLock_SaysHowToMakeOne()
    {
        using MadeArchive archive = new();
        Failure.Says(archive.Run("build", "./made", "--locked"), 1, "strata.lock", "strata lock made");
    }

    [SkippableFact]
    public void Build_LockOfAnotherBlueprint_IsRefusedWhenLocked()
    {
        using MadeArchive archive = new();
        archive.Publish("", new MadePackage("other", "other"u8.ToArray()));
        Assert.Equal(0, archive.Run("lock", "./made").ExitCode);
        archive.WriteEdition("other");
        Failure.Says(archive.Run("build", "./made", "--locked"), 1, "the blueprint asks for other packages", "strata lock made");
    }

    [SkippableFact]
    public void Build_OfflineWithEmptyStore_SaysToFetchOnce()
    {
        using MadeArchive archive = new();
        Failure.Says(archive.Run("build", "./made", "--offline"), 1, "offline", "Run once without --offline");
        Assert.Equal(0, archive.Run("lock", "./made").ExitCode);
    }

    [SkippableFact]
    public void Lock_KeyringWithoutKeys_SaysHowToWriteThem()
    {
        using MadeArchive archive = new();
        File.WriteAllText(archive["armoured"], "-----BEGIN PGP PUBLIC KEY BLOCK-----\n");
        archive.Environment["STRATA_KEYRING"] = archive["armoured"];
        Failure.Says(archive.Run("lock", "./made"), 1, "cannot use STRATA_KEYRING", "armoured", "gpg --export");
        archive.Environment["STRATA_KEYRING"] = archive["absent"];
        Failure.Says(archive.Run("lock", "./made"), 1, "cannot use STRATA_KEYRING", "absent");
    }
}
