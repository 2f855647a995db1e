namespace Strata.Cli.Tests;

/// <summary>Words that are not understood: one line that says which, a hint, exit code 2, and nothing done.</summary>
public class MisunderstandingTests
{
    [Theory]
    [InlineData("biuld nano", "'biuld' is no command of 'strata' (did you mean 'build'?)", "strata", true)]
    [InlineData("scam --help", "'scam' is no command of 'strata' (did you mean 'scan'?)", "strata", true)]
    [InlineData("store verfy", "'verfy' is no command of 'strata store' (did you mean 'verify'?)", "strata store", true)]
    [InlineData("kernel bild nano", "'bild' is no command of 'strata kernel' (did you mean 'build'?)", "strata kernel", true)]
    [InlineData("build nano --ofline", "'--ofline' is no option of 'strata build' (did you mean '--offline'?)", "strata build", false)]
    [InlineData("build nano --locke", "'--locke' is no option of 'strata build' (did you mean '--locked'?)", "strata build", false)]
    [InlineData("build nano more", "'more' is more than 'strata build' takes", "strata build", false)]
    [InlineData("kernel build nano more", "'more' is more than 'strata kernel build' takes", "strata kernel build", false)]
    [InlineData("build --imag", "'--imag' is no option (did you mean '--image'?)", "strata build", false)]
    [InlineData("build nano --image floppy",
        "cannot use 'floppy' for --image: expected disk, iso, oci, pxe, qcow2, uki, vdi, vhdx or vmdk", "strata build", false)]
    [InlineData("run nano --cpus two", "cannot use 'two' for --cpus: expected a whole number", "strata run", false)]
    [InlineData("run nano --firmware bois",
        "cannot use 'bois' for --firmware: expected bios or uefi (did you mean 'bios'?)", "strata run", false)]
    [InlineData("size nano --top -5", "cannot use '-5' for --top: expected 0 for all, or a number of rows", "strata size", false)]
    [InlineData("measure nano --time 0", "'0' is no time: expected seconds, 1 to 86400", "strata measure", false)]
    [InlineData("measure nano --time 86401", "'86401' is no time: expected seconds, 1 to 86400", "strata measure", false)]
    [InlineData("report nano -o .", "'.' is a folder; expected a file, such as ./my-os.html", "strata report", false)]
    [InlineData("measure nano --write-docs .", "'.' is a folder; expected a file, such as ./my-os.md", "strata measure", false)]
    [InlineData("advise --memory much", "cannot use 'much' for --memory: expected a size such as 64M or 1 GiB", "strata advise", false)]
    public async Task Main_NotUnderstood_SaysWhichAndWhere(string line, string problem, string command, bool hasCommands)
    {
        using Desk desk = new();
        Desk.Outcome outcome = await desk.TypeAsync(line);
        Assert.Equal(
            [$"error: {problem}", $"hint:  '{command} --help' {(hasCommands ? "lists what there is" : "shows what it takes")}."],
            outcome.Said);
        Assert.Empty(outcome.Output);
        Assert.Equal(2, outcome.ExitCode);
        Assert.Empty(Directory.EnumerateFileSystemEntries(desk[""]));
    }

    [Theory]
    [InlineData("edition", "diff", "", "nano")]
    [InlineData("other", "diff", "nano", "")]
    [InlineData("symbol", "kernel", "explain", "")]
    [InlineData("--from", "kernel", "suggest", "--from", "")]
    [InlineData("--output", "build", "nano", "--output", "")]
    [InlineData("--forward", "run", "nano", "--forward", "22:22", "--forward", "")]
    public async Task Main_EmptyWord_SaysWhich(string name, params string[] words)
    {
        using Desk desk = new();
        Desk.Outcome outcome = await desk.RunAsync(words);
        Assert.Equal($"error: cannot use '' for {name}: it is empty", outcome.Said[0]);
        Assert.Equal(2, outcome.ExitCode);
    }

    /// <summary>No words for the kernel are as good as any: the edition is what is not found here.</summary>
    [Fact]
    public async Task Main_EmptyAppend_IsUnderstood()
    {
        using Desk desk = new();
        Desk.Outcome outcome = await desk.RunAsync("run", "nobodys", "--append", "");
        Assert.Equal(1, outcome.ExitCode);
        Assert.StartsWith("error: cannot find edition 'nobodys'", outcome.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "Usage:")]
    [InlineData("kernel", "Configure and build kernels from profiles")]
    [InlineData("store", "Look after the store")]
    public async Task Main_CommandMissing_ShowsWhatThereIs(string line, string usage)
    {
        using Desk desk = new();
        Desk.Outcome outcome = await desk.TypeAsync(line);
        Assert.Contains(usage, outcome.Output + outcome.Errors, StringComparison.Ordinal);
        Assert.Equal(2, outcome.ExitCode);
    }
}
