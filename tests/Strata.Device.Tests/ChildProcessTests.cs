using System.ComponentModel;
using System.Diagnostics;
using Strata.Device.Confinement;
using Strata.Testing;

namespace Strata.Device.Tests;

/// <summary>Programs that are started without the framework's class for it: what they get, and what is learnt of their end.</summary>
public sealed class ChildProcessTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 255", 255)]
    [InlineData("kill -TERM $$", 143)]
    [InlineData("kill -KILL $$", 137)]
    public async Task ExitCode_EndOrSignal_IsTheShells(string script, int expected)
    {
        using ChildProcess child = Start(script);
        await child.WaitForExitAsync();
        Assert.True(child.HasExited);
        Assert.Equal(expected, child.ExitCode);
    }

    [Fact]
    public void Start_Program_GetsArgumentsEnvironmentAndFolderAsTheyAre()
    {
        ProcessStartInfo start = Shell("printf '<%s>' \"$@\" \"$ODD\" \"$PWD\"; env | wc -l");
        foreach (string argument in (string[])["sh", "", "a b", "ä\n'\"$x", "*"])
        {
            start.ArgumentList.Add(argument);
        }
        start.Environment.Clear();
        start.Environment["ODD"] = "ü = \n";
        using ChildProcess child = ChildProcess.Start(start);
        string said = child.StandardOutput.ReadToEnd();
        Assert.StartsWith($"<><a b><ä\n'\"$x><*><ü = \n><{_folder.Path}>", said, StringComparison.Ordinal);
    }

    [Fact]
    public void Start_Program_HasNoneOfOurFilesAndEverySignal()
    {
        using FileStream open = File.Create(_folder["ours"]);
        using ChildProcess child = Start("grep -E '^Sig(Ign|Blk)' /proc/self/status; readlink /proc/self/fd/*");
        string said = child.StandardOutput.ReadToEnd();
        Assert.StartsWith("SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\npipe:", said, StringComparison.Ordinal);
        Assert.DoesNotContain(open.Name, said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Streams_MoreThanAPipeHolds_GoThrough()
    {
        using ChildProcess child = Start("tee /dev/stderr");
        byte[] sent = new byte[1 << 20];
        sent.AsSpan().Fill((byte)'x');
        Task<string> output = child.StandardOutput.ReadToEndAsync();
        Task<string> errors = child.StandardError.ReadToEndAsync();
        await child.StandardInput.WriteAsync(sent);
        child.StandardInput.Close();
        Assert.Equal((sent.Length, sent.Length), ((await output).Length, (await errors).Length));
        Assert.True(child.WaitForExit(TimeSpan.FromMinutes(1)));
        Assert.Equal(0, child.ExitCode);
    }

    [Fact]
    public void Kill_ProgramWithAChild_EndsBoth()
    {
        using ChildProcess child = Start("sleep 1000 & echo $!; wait");
        int inner = int.Parse(child.StandardOutput.ReadLine()!, System.Globalization.CultureInfo.InvariantCulture);
        Assert.False(child.WaitForExit(TimeSpan.Zero));
        child.Kill();
        Assert.Equal(137, child.ExitCode);
        child.Kill(); // nothing is left to end
        Assert.Equal("", child.StandardOutput.ReadToEnd()); // the inner one held it open, too
        Assert.False(Directory.Exists($"/proc/{inner}") && File.ReadAllText($"/proc/{inner}/stat").Split(' ')[2] != "Z");
    }

    [Theory]
    [InlineData("/no/such/program", "/", 2)]
    [InlineData("/etc/passwd", "/", 13)]
    [InlineData("/bin/sh", "/no/such/folder", 2)]
    public void Start_WhatCannotStart_IsToldWithItsNumber(string program, string folder, int error)
    {
        ProcessStartInfo start = new(program) { WorkingDirectory = folder, RedirectStandardOutput = true };
        Assert.Equal(error, Assert.Throws<Win32Exception>(() => ChildProcess.Start(start)).NativeErrorCode);
    }

    [Fact]
    public void Start_TextWithACharacterZero_IsRefused() =>
        Assert.Throws<ArgumentException>(() => ChildProcess.Start(new ProcessStartInfo("/bin/true", ["a\0b"])));

    /// <summary>Threads inherit what their maker has given up, so none may be made where a confined program is started.</summary>
    [Fact]
    public async Task Start_ManyConfinedPrograms_LeaveNoThreadOfOursConfined()
    {
        ProcessView view = HostProgram.ViewOf("/bin/sh", _folder.Path) with { ConnectsTo = null };
        view = view with { Reads = [.. view.Reads, "/proc"] };
        ProcessLimits limits = new() { ProcessorSeconds = 60, FileBytes = 1 << 20, MemoryBytes = 1L << 32 };
        string own = CapabilitiesOf("/proc/thread-self/status");
        for (int i = 0; i < 40; i++) // the runtime compiles anew what is called thirty times
        {
            using ChildProcess child = ConfinedProcess.Start(Shell("grep -E '^(NoNewPrivs|CapEff)' /proc/self/status"), view, limits);
            string said = await child.StandardOutput.ReadToEndAsync();
            Assert.Contains("CapEff:\t0000000000000000\nNoNewPrivs:\t1\n", said, StringComparison.Ordinal);
            await child.WaitForExitAsync();
        }
        // those that start a program at this moment for another test end soon
        string[] threads = [];
        Assert.True(SpinWait.SpinUntil(
            () => (threads = [.. Directory.GetDirectories("/proc/self/task").Where(t => !IsOurs(t, own))]).Length == 0,
            TimeSpan.FromSeconds(30)), string.Join(' ', threads));
    }

    private static bool IsOurs(string task, string capabilities)
    {
        try
        {
            return CapabilitiesOf(Path.Combine(task, "status")) == capabilities;
        }
        catch (IOException)
        {
            return true; // it has ended
        }
    }

    private static string CapabilitiesOf(string status) =>
        string.Join(' ', File.ReadLines(status).Where(l => l.StartsWith("CapEff", StringComparison.Ordinal)
            || l.StartsWith("NoNewPrivs", StringComparison.Ordinal) || l.StartsWith("Seccomp:", StringComparison.Ordinal)));

    private ChildProcess Start(string script) => ChildProcess.Start(Shell(script));

    private ProcessStartInfo Shell(string script) => new("/bin/sh", ["-c", script])
    {
        WorkingDirectory = _folder.Path,
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    };
}
