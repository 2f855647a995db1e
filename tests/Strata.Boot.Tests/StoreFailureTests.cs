using System.Diagnostics;
using Strata.Testing;

namespace Strata.Boot.Tests;

/// <summary>Stores that cannot be written, and programs that end in the middle of their work.</summary>
public class StoreFailureTests
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(1);

    [SkippableFact]
    public void Build_DiskFull_SaysHowMuchAndKeepsTheStoreSound()
    {
        using MadeArchive archive = new();
        archive.Publish("", new MadePackage("hello", new byte[6 << 20]));
        Assert.Equal(0, archive.Run("lock", "./made").ExitCode); // with the tools of this archive, so that nothing but packages is fetched
        archive.HoldTools();
        StrataProgram.Outcome outcome = InNamespace(archive, "size=3m,mode=0700", "build ./made");
        Failure.Says(outcome, 1, "cannot fetch", "no space left", "strata store gc", "--store");
        Assert.Contains("sound", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("no package changed", outcome.Output, StringComparison.Ordinal); // 'lock', run afterwards in what room is left
    }

    [SkippableFact]
    public void Build_ReadOnlyStore_NamesItAndTheSetting()
    {
        using MadeArchive archive = new();
        Failure.Says(InNamespace(archive, "ro,mode=0700", "build ./made"), 1, "read-only", "STRATA_STORE");
    }

    [SkippableFact]
    public void Build_FileInPlaceOfTheStore_NamesItAndTheSetting()
    {
        using MadeArchive archive = new();
        File.WriteAllText(archive["taken"], "mine");
        Failure.Says(archive.Run("build", "./made", "--store", archive["taken"]), 1, archive["taken"], "STRATA_STORE");
        Assert.Equal("mine", File.ReadAllText(archive["taken"]));
    }

    [SkippableFact]
    public void Build_FolderForResultsCannotBeMade_NamesTheOption()
    {
        using TemporaryFolder folder = new();
        StockNano.Write(folder.Path);
        File.WriteAllText(folder["out"], "mine");
        Failure.Says(StrataProgram.Run(folder.Path, "build", "nano"), 1, "cannot write", "--output");
        Assert.Equal("mine", File.ReadAllText(folder["out"]));
    }

    [SkippableTheory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task Build_Interrupted_EndsPromptlyWithASentence(string signal)
    {
        using MadeArchive archive = new();
        string path = MadeArchive.PathOf("hello");
        byte[] content = archive.Files[path]!;
        archive.Files[path] = null;
        archive.HoldTools();
        using Process process = StrataProgram.Start(archive.Folder, archive.Environment, "build", "./made");
        (Task<string> output, Task<string> errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        try
        {
            Assert.True(archive.IsWaiting.Wait(s_deadline));
            long sent = Stopwatch.GetTimestamp();
            Send(signal, process);
            await process.WaitForExitAsync().WaitAsync(s_deadline);
            Assert.True(Stopwatch.GetElapsedTime(sent) < TimeSpan.FromSeconds(8), $"{Stopwatch.GetElapsedTime(sent)}");
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
        Failure.Says(new StrataProgram.Outcome(process.ExitCode, await output, await errors), 1, "interrupted", "the same command goes on from there");
        archive.Files[path] = content;
        Assert.Equal(0, archive.Run("lock", "./made").ExitCode);
        Failure.LeavesStoreSound(archive.Folder, archive.Environment);
    }

    [SkippableTheory]
    [InlineData("/dists/trixie/InRelease")]
    [InlineData(MadeArchive.IndexPath)]
    [InlineData("/pool/main/hello_1.0.deb")]
    public async Task Build_KilledWhileFetching_LeavesNothingBroken(string path)
    {
        using MadeArchive archive = new();
        byte[] content = archive.Files[path]!;
        archive.Files[path] = null;
        archive.HoldTools();
        using Process process = StrataProgram.Start(archive.Folder, archive.Environment, "build", "./made");
        _ = process.StandardOutput.ReadToEndAsync();
        _ = process.StandardError.ReadToEndAsync();
        try
        {
            Assert.True(archive.IsWaiting.Wait(s_deadline));
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync().WaitAsync(s_deadline);
        }
        archive.Files[path] = content;
        StrataProgram.Outcome made = archive.Run("lock", "./made");
        Assert.True(made.ExitCode == 0, made.All);
        Failure.LeavesStoreSound(archive.Folder, archive.Environment);
    }

    [SkippableFact]
    [Trait("Category", "Slow")]
    public async Task Build_KilledAtSeveralMoments_TheSameCommandSucceeds()
    {
        using TemporaryFolder folder = new();
        StockNano.Write(folder.Path);
        Dictionary<string, string?> environment = new() { ["STRATA_STORE"] = folder["store"] };
        foreach (string moment in new[] { "package index of", "packages (", "unpacking tools", "reading packages" })
        {
            using Process process = StrataProgram.Start(folder.Path, environment, "build", "nano");
            _ = process.StandardOutput.ReadToEndAsync();
            using CancellationTokenSource deadline = new(TimeSpan.FromMinutes(5));
            while (await process.StandardError.ReadLineAsync(deadline.Token) is string line && !line.StartsWith(moment, StringComparison.Ordinal))
            {
            }
            await Task.Delay(TimeSpan.FromMilliseconds(400)); // into the work that the line announces
            process.Kill();
            await process.WaitForExitAsync().WaitAsync(s_deadline);
        }
        StrataProgram.Outcome built = StrataProgram.Run(folder.Path, environment, "build", "nano");
        Assert.True(built.ExitCode == 0, built.All);
        Failure.LeavesStoreSound(folder.Path, environment);
    }

    [SkippableFact]
    [Trait("Category", "Slow")]
    public async Task Build_TwiceAtOnceInOneStore_BothGiveTheSameImage()
    {
        using TemporaryFolder folder = new();
        StockNano.Write(folder.Path);
        Dictionary<string, string?> environment = new() { ["STRATA_STORE"] = folder["store"] };
        StrataProgram.Outcome[] outcomes = await Task.WhenAll(new[] { "one", "two" }.Select(output =>
            Task.Run(() => StrataProgram.Run(folder.Path, environment, "build", "nano", "--output", output))));
        Assert.All(outcomes, o => Assert.True(o.ExitCode == 0, o.All));
        Assert.Equal(File.ReadAllBytes(folder["one/nano/nano.img"]), File.ReadAllBytes(folder["two/nano/nano.img"]));
        Failure.LeavesStoreSound(folder.Path, environment);
    }

    // A file system of its own that nobody else sees and that goes away with the process. Ends in 'store verify' and the lock, where it can be written.
    private static StrataProgram.Outcome InNamespace(MadeArchive archive, string options, string arguments)
    {
        string unshare = Oracle.Find("unshare");
        (int possible, string why) = Oracle.Run(unshare, "--user", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "none", "/mnt");
        Skip.If(possible != 0, $"no namespace with a file system of its own here: {why}");
        string program = System.Environment.GetEnvironmentVariable("STRATA_PROGRAM") ?? "";
        Skip.If(program.Length == 0, "STRATA_PROGRAM is not set; './test' sets it");
        string script = $"mount -t tmpfs -o {options} none /mnt || exit 9; \"$0\" {arguments}; code=$?; " +
            (options.StartsWith("ro", StringComparison.Ordinal) ? ""
                : "\"$0\" store verify; echo \"made room:\"; \"$0\" store gc --older-than 0; \"$0\" lock ./made 2>&1; ") + "exit $code";
        Dictionary<string, string?> environment = new(archive.Environment) { ["STRATA_STORE"] = "/mnt" };
        return StrataProgram.RunAs(unshare, archive.Folder, environment, "--user", "--map-root-user", "--mount", "sh", "-c", script, program);
    }

    private static void Send(string signal, Process process)
    {
        (int exitCode, string said) = Oracle.Run("kill", "-s", signal, $"{process.Id}");
        Assert.True(exitCode == 0, said);
    }
}
