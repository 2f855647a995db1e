using Strata.Testing;

namespace Strata.Boot.Tests;

/// <summary>Machines that do not start, guests that panic and guests that say nothing.</summary>
public class GuestFailureTests
{
    [SkippableFact]
    public void Run_MoreMemoryThanTheHostHas_SaysWhatQemuSaidAndWhatToDo()
    {
        const string Overcommit = "/proc/sys/vm/overcommit_memory";
        Skip.If(File.Exists(Overcommit) && File.ReadAllText(Overcommit).Trim() == "1", "this host promises more memory than it has");
        using TemporaryFolder folder = new();
        Failure.Says(
            StrataProgram.Run(folder.Path, "run", "nano", "--emulate", "--memory", "1023G"),
            1, "cannot set up guest memory", "QEMU ended with exit code 1", "--memory");
    }

    [SkippableTheory]
    [Trait("Category", "Slow")]
    [InlineData("uefi", "128M", "the firmware crashed: ", "128 MiB of memory are too little: it said '")]
    [InlineData("bios", "64M", "the guest starts again and again before its kernel said a word", "64 MiB of memory may be too little")]
    public void Run_TooLittleMemory_SaysSoAndEnds(string firmware, string memory, params string[] words)
    {
        using TemporaryFolder folder = new();
        StrataProgram.Outcome made = StrataProgram.Run(folder.Path, "init", "my-os");
        Assert.True(made.ExitCode == 0, made.All);
        StrataProgram.Outcome outcome = StrataProgram.Run(
            folder.Path, "run", "./my-os", "--emulate", "--firmware", firmware, "--memory", memory, "--log", "log");
        // the output is the guest's, and its firmware speaks of exceptions
        Failure.Says(outcome with { Output = "" }, 1, ["cannot go on with the machine", "'--memory' gives it more", .. words]);
        Assert.NotEqual(0, new FileInfo(folder["log"]).Length);
    }

    [SkippableFact]
    [Trait("Category", "Slow")]
    public void Test_GuestPanics_SaysSoWithItsLastLines()
    {
        using TemporaryFolder folder = new();
        MakeEdition(folder, "rdinit=/nonexistent panic=1", "never said", within: 200);
        StrataProgram.Outcome outcome = StrataProgram.Run(folder.Path, "test", "./my-os", "--emulate");
        Assert.True(outcome.ExitCode == 1, outcome.All);
        Assert.Contains("panic", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("last lines of", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("  | ", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("0 of 1 tests passed", outcome.Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    [Trait("Category", "Slow")]
    public void Test_GuestIsNeverReady_EndsAtItsDeadlineWithTheLastLines()
    {
        using TemporaryFolder folder = new();
        MakeEdition(folder, "panic=10", "never said", within: 60);
        StrataProgram.Outcome outcome = StrataProgram.Run(folder.Path, "test", "./my-os", "--emulate");
        Assert.True(outcome.ExitCode == 1, outcome.All);
        Assert.Contains("never said", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("60 s", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("last lines of", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("my-os 0.1 is ready.", outcome.Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    [Trait("Category", "Slow")]
    public void Test_DaemonThatEndsAtOnce_FailsAndIsNamed()
    {
        using TemporaryFolder folder = new();
        StrataProgram.Outcome made = StrataProgram.Run(folder.Path, "init", "my-os");
        Assert.True(made.ExitCode == 0, made.All);
        File.WriteAllText(
            folder["my-os/edition.yaml"],
            File.ReadAllText(folder["my-os/edition.yaml"]).Replace("  - network\n", "", StringComparison.Ordinal));
        File.AppendAllText(folder["my-os/capabilities/hello.yaml"], "services:\n  greeter: {kind: daemon, command: [/usr/bin/hello]}\n");
        StrataProgram.Outcome outcome = StrataProgram.Run(folder.Path, "test", "./my-os", "--emulate");
        Assert.True(outcome.ExitCode == 1, outcome.All);
        Assert.Contains("services stay\tfailed", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("service 'greeter' does not stay: its program ends, and init starts it again and again", outcome.Output,
            StringComparison.Ordinal);
        Assert.Contains("  | Hello, world!", outcome.Output, StringComparison.Ordinal);
    }

    private static void MakeEdition(TemporaryFolder folder, string commandLine, string ready, int within)
    {
        StrataProgram.Outcome made = StrataProgram.Run(folder.Path, "init", "my-os");
        Assert.True(made.ExitCode == 0, made.All);
        string blueprint = folder["my-os/edition.yaml"];
        File.WriteAllText(blueprint, File.ReadAllText(blueprint).Replace("quiet panic=10", commandLine, StringComparison.Ordinal));
        File.WriteAllText(folder["my-os/tests.yaml"], $"format: 1\nmachine:\n  memory: 256 MiB\ntests:\n  - name: fails\n    ready: \"{ready}\"\n    within: {within}\n    steps:\n      - run: \"true\"\n");
    }
}
