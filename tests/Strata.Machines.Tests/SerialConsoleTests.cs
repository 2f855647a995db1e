using System.Diagnostics;
using Strata.Core;
using Strata.Machines.Serial;
using Strata.Testing;

namespace Strata.Machines.Tests;

/// <summary>The console against shells of the host: over pipes, and on a terminal made by script(1), with echo and line editing.</summary>
public sealed class SerialConsoleTests
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(20);

    [SkippableTheory]
    [InlineData("sh", "-i")]
    [InlineData("script", "-qc", "stty cols 40; exec sh -i", "/dev/null")]
    [InlineData("script", "-qc", "stty cols 40; exec bash --norc -i", "/dev/null")]
    public async Task RunAsync_ShellOfTheHost_SeesOutputAndExitCode(params string[] program)
    {
        await WithShellAsync(program, async (console, _) =>
        {
            await console.AttachAsync(s_deadline);
            Assert.Equal(new CommandResult(0, "a\nb\n"), await console.RunAsync("echo a; echo b", s_deadline));
            Assert.Equal(new CommandResult(9, "no end"), await console.RunAsync("printf 'no end'; exit 9", s_deadline));
            Assert.Equal(new CommandResult(0, ""), await console.RunAsync("cat", s_deadline));
            Assert.Equal(new CommandResult(0, "a\tb é ' \" \\\n"), await console.RunAsync("printf '%s\\n' 'a\tb é '\\'' \" \\'", s_deadline));
            string @long = string.Concat(Enumerable.Range(0, 500).Select(i => $"é{i},"));
            Assert.Equal(new CommandResult(0, @long + "\n"), await console.RunAsync($"echo '{@long}'", s_deadline));
            MachineTimeoutException late = await Assert.ThrowsAsync<MachineTimeoutException>(
                () => console.RunAsync("echo busy; sleep 30", TimeSpan.FromSeconds(1)));
            Assert.Equal("cannot run 'echo busy; sleep 30' in the guest: it did not end within 1 s", late.Message);
        });
    }

    [SkippableFact]
    public async Task AttachAsync_NobodyAnswers_SaysSo()
    {
        await WithShellAsync(["cat"], async (console, _) =>
        {
            MachineTimeoutException late = await Assert.ThrowsAsync<MachineTimeoutException>(() => console.AttachAsync(TimeSpan.FromSeconds(3)));
            Assert.Equal("cannot find a shell on the serial line: none answered within 3 s", late.Message);
        });
    }

    [SkippableFact]
    public async Task LoginAsync_PromptWithPassword_IsAnswered()
    {
        string getty = "printf 'login: '; read -r user; printf 'Password: '; read -r password; echo \"$user/$password\"; exec sh -i";
        await WithShellAsync(["sh", "-c", getty], async (console, log) =>
        {
            await console.LoginAsync("root", "secret", s_deadline);
            await console.AttachAsync(s_deadline);
            Assert.Contains("root/secret", log.TextFrom(0), StringComparison.Ordinal);
        });
    }

    [SkippableFact]
    public async Task RunAsync_ShellGone_SaysSo()
    {
        await WithShellAsync(["sh", "-i"], async (console, _) =>
        {
            await console.AttachAsync(s_deadline);
            MachineException gone = await Assert.ThrowsAsync<MachineException>(() => console.RunAsync("kill -9 $$", s_deadline));
            Assert.Contains("the serial line ended", gone.Message, StringComparison.Ordinal);
        });
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \n ")]
    [InlineData("a\x03")]
    [InlineData("a\rb")]
    public void ThrowIfUntypable_Untypable_IsRefused(string command) => Assert.Throws<StrataException>(() => ShellText.ThrowIfUntypable(command));

    [Fact]
    public void FindResult_KernelMessageInTheFirstEndMarker_TakesTheSecond()
    {
        string text = "\r\n<<strata-7-begin>>\r\nout\r\n\r\n<<strata-7-e[   12.345678] usb: new\r\nnd-0>>\r\n\r\n<<strata-7-end-0>>\r\n";
        Assert.Equal(new CommandResult(0, "out\n"), SerialConsole.FindResult(text, 7));
    }

    [Fact]
    public void FindResult_KernelMessageInTheBeginMarker_IsSeenThrough()
    {
        string text = "\r\n<<stra[   12.345678] usb: new\r\nta-7-begin>>\r\nout\r\n\r\n<<strata-7-end-0>>\r\n";
        Assert.Equal(new CommandResult(0, "out\n"), SerialConsole.FindResult(text, 7));
    }

    [Theory]
    [InlineData("<<strata-7-begin>>\nout\n")]
    [InlineData("\n<<strata-7-end-0>>\n")]
    [InlineData("<<strata-7-begin>>\nout\n\n<<strata-8-end-0>>\n")]
    [InlineData("<<strata-6-begin>>\nout\n\n<<strata-7-end-0>>\n")]
    [InlineData("printf '\\n%s7-begin>>\\n' '<<strata-'; x; printf '\\n%s7-end-%d>>\\n' '<<strata-' \"$strata_exit\"\n")]
    public void FindResult_NotBothMarkers_IsNull(string text) => Assert.Null(SerialConsole.FindResult(text, 7));

    private static async Task WithShellAsync(string[] program, Func<SerialConsole, SerialLog, Task> use)
    {
        ProcessStartInfo start = new(Oracle.Find(program[0]), program[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["ENV"] = "";
        start.Environment["TERM"] = "vt100";
        start.Environment["LC_ALL"] = "C.UTF-8";
        using Process shell = Process.Start(start)!;
        using SerialLog log = new();
        Task reading = Task.WhenAll(PumpAsync(shell.StandardOutput.BaseStream, log), PumpAsync(shell.StandardError.BaseStream, null));
        try
        {
            _ = reading.ContinueWith(_ => log.Complete(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            await use(new SerialConsole(log, shell.StandardInput.BaseStream, TimeProvider.System), log);
        }
        finally
        {
            shell.Kill(entireProcessTree: true);
            await reading;
        }
    }

    private static async Task PumpAsync(Stream from, SerialLog? log)
    {
        byte[] buffer = new byte[4096];
        int count;
        while ((count = await from.ReadAsync(buffer)) > 0)
        {
            log?.Append(buffer.AsSpan(0, count));
        }
    }
}
