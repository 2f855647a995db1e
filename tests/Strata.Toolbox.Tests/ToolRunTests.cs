using System.Diagnostics;
using System.Globalization;
using Strata.Core;

namespace Strata.Toolbox.Tests;

public class ToolRunTests
{
    private static readonly TimeSpan s_ample = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task RunAsync_BothOutputs_AreKeptApart()
    {
        ToolResult? result = await ToolRun.RunAsync(Shell("echo out; echo err >&2; cat; exit 3"), s_ample, TimeProvider.System, CancellationToken.None);
        Assert.Equal(new ToolResult(3, "out\n", "err\n"), result);
    }

    [Fact]
    public async Task RunAsync_DeadlineOver_IsNullAndTheToolIsGone()
    {
        Stopwatch watch = Stopwatch.StartNew();
        Assert.Null(await ToolRun.RunAsync(Shell("sleep 300 & wait"), TimeSpan.FromMilliseconds(300), TimeProvider.System, CancellationToken.None));
        Assert.InRange(watch.Elapsed, TimeSpan.FromMilliseconds(200), s_ample);
    }

    [Fact]
    public async Task RunAsync_Cancelled_Throws()
    {
        using CancellationTokenSource cancel = new(TimeSpan.FromMilliseconds(300));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ToolRun.RunAsync(Shell("exec sleep 300"), s_ample, TimeProvider.System, cancel.Token));
    }

    [Fact]
    public async Task RunAsync_EndlessOutput_IsRefusedLongBeforeTheDeadline()
    {
        Task<ToolResult?> running = ToolRun.RunAsync(Shell("exec yes"), TimeSpan.FromMinutes(5), TimeProvider.System, CancellationToken.None);
        StrataException error = await Assert.ThrowsAsync<StrataException>(() => running.WaitAsync(s_ample));
        Assert.Equal("cannot take the output of a command: it is longer than 1048576 characters", error.Message);
    }

    [Fact]
    public void ToEnd_LongOutput_IsCutAndTheToolEnds()
    {
        ToolResult result = ToolRun.ToEnd(Shell("head -c 3000000 /dev/zero | tr '\\0' y; echo $LC_ALL >&2"), s_ample);
        Assert.Equal((0, ToolRun.MaximumOutput, "C\n"), (result.ExitCode, result.Output.Length, result.Errors));
    }

    [Fact]
    public void ToEnd_DeadlineOver_NamesTheTool()
    {
        StrataException error = Assert.Throws<StrataException>(() => ToolRun.ToEnd(Shell("exec sleep 300"), TimeSpan.FromMilliseconds(300)));
        Assert.Equal("cannot wait for /bin/sh any longer: it did not end within 0 s", error.Message);
    }

    [Fact]
    public void ToEnd_NoSuchProgram_IsSaid()
    {
        StrataException error = Assert.Throws<StrataException>(() => ToolRun.ToEnd(new ProcessStartInfo("/nonexistent/tool"), s_ample));
        Assert.StartsWith("cannot start /nonexistent/tool: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_Tool_HasLimits()
    {
        // as ToolTree.Command starts a program: through a loader, with its list of folders; the host's shell stands in for the loader
        ProcessStartInfo start = new("/bin/sh", ["--library-path", "x", "y"]);
        start.FileName = Path.Combine(AppContext.BaseDirectory, "loader.sh");
        File.WriteAllText(start.FileName,
            "#!/bin/sh\nsleep 0.5\nfor kind in -S -H; do ulimit $kind -t; ulimit $kind -c; ulimit $kind -v; ulimit $kind -n; done\n");
        File.SetUnixFileMode(start.FileName, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        ToolResult? result = await ToolRun.RunAsync(start, s_ample, TimeProvider.System, CancellationToken.None);
        string[] limits = result!.Output.Split('\n');
        foreach (int first in (int[])[0, 4]) // what it has, and what it may raise that to
        {
            Assert.True(long.Parse(limits[first], CultureInfo.InvariantCulture) <= 7200, result.Output);
            Assert.Equal("0", limits[first + 1]);
            Assert.True(long.Parse(limits[first + 2], CultureInfo.InvariantCulture) <= 16L << 20, result.Output); // KiB
            Assert.True(long.Parse(limits[first + 3], CultureInfo.InvariantCulture) <= 4096, result.Output);
        }
    }

    private static ProcessStartInfo Shell(string command) => new("/bin/sh", ["-c", command]);
}
