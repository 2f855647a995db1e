using System.Net;
using System.Net.Sockets;
using Strata.Composition.InitSystems;
using Strata.Core;
using Strata.Testing;

namespace Strata.Composition.Tests.InitSystems;

/// <summary>The scripts that units of services start, run by a shell of this machine, with somebody who answers as systemd does.</summary>
public sealed class SystemdScriptTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public SystemdScriptTests()
    {
        Program("journalctl", "[ \"$1\" = --sync ] || printf 'first line\\nlast line\\n'");
        Answer(job: 0, began: 1, ended: 2);
    }

    public void Dispose() => _folder.Dispose();

    // the tenth in a row, and each tenth after it
    [Fact]
    public void Ended_TenTimesInARow_IsToldWithCodeAndLastLines()
    {
        for (int i = 1; i <= 9; i++)
        {
            Assert.Equal(0, Ended("always", "exit-code", "exited", "3"));
        }
        Assert.Equal("", Console());
        Ended("always", "exit-code", "exited", "3");
        const string Told = "strata: service 'web' has failed 10 times in a row; last: code 3\n  first line\n  last line\n";
        Assert.Equal(Told, Console());
        Assert.Equal(("10", "3"), (State("failures"), State("code")));
        for (int i = 11; i <= 20; i++)
        {
            Ended("always", "signal", "killed", "KILL");
        }
        string again = Told.Replace("10 times", "20 times", StringComparison.Ordinal)
            .Replace("code 3", "code 137", StringComparison.Ordinal);
        Assert.Equal(Told + again, Console());
    }

    [Theory]
    [InlineData("always", "success", "exited", "0", 0, "1")] // it ended by itself, and ended well
    [InlineData("always", "success", "exited", "0", 7, "")] // somebody stopped it
    [InlineData("failure", "success", "exited", "0", 0, "")]
    [InlineData("failure", "timeout", "killed", "TERM", 0, "1")]
    public void Ended_Once_CountsWhatIsStartedAgain(string restart, string result, string how, string status, int job, string failures)
    {
        Answer(job, began: 1, ended: 2);
        Assert.Equal(0, Ended(restart, result, how, status));
        Assert.Equal(failures, State("failures"));
        Assert.Equal("", Console());
    }

    // what systemd counts begins anew too; the script fails so that it still knows that the service did
    [Theory]
    [InlineData("exit-code", 1)]
    [InlineData("success", 0)]
    public void Ended_AfterFiveMinutes_BeginsAnew(string result, int exitCode)
    {
        Ended("always", "exit-code", "exited", "3");
        Ended("always", "exit-code", "exited", "3");
        Answer(job: 0, began: 100, ended: 400);
        Assert.Equal(exitCode, Ended("always", result, "exited", "3"));
        Assert.Equal("1", State("failures"));
        Assert.Contains("reset-failed web.service", File.ReadAllText(_folder["asked"]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("never", " and is not started again")]
    [InlineData("once", "")]
    public void Ended_ForGood_IsToldAtOnce(string restart, string more)
    {
        Ended(restart, "exit-code", "exited", "4");
        Assert.Equal($"strata: service 'web' failed with code 4{more}\n  first line\n  last line\n", Console());
        Assert.Equal("failed", State("state"));
    }

    [Fact]
    public void WaitReady_File_IsWaitedFor()
    {
        string file = _folder["there"];
        Assert.Equal(1, WaitReady("", "file", file, "1"));
        File.WriteAllText(file, "");
        Assert.Equal(0, WaitReady("", "file", file, "1"));
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public void WaitReady_Port_IsReadyWhenSomebodyListens(string address)
    {
        using TcpListener listener = new(IPAddress.Parse(address), 0);
        try
        {
            listener.Start();
        }
        catch (SocketException)
        {
            return; // no such protocol here
        }
        string port = ((IPEndPoint)listener.LocalEndpoint).Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(0, WaitReady("", "port", port, "5"));
        listener.Stop();
        Assert.Equal(1, WaitReady("", "port", port, "1"));
    }

    [Fact]
    public void WaitReady_ProcessThatEnded_IsNotWaitedFor() => Assert.Equal(1, WaitReady("999999999", "file", _folder["never"], "3600"));

    private void Answer(int job, int began, int ended) => Program(
        "systemctl",
        $"echo \"$@\" >>{_folder["asked"]}\n[ \"$1\" = show ] && printf 'ExecMainStartTimestampMonotonic={began}000000\\n"
        + $"ExecMainExitTimestampMonotonic={ended}000000\\n{(job > 0 ? $"Job={job}\\n" : "")}'");

    private void Program(string name, string text)
    {
        string path = Path.Combine(Directory.CreateDirectory(_folder["bin"]).FullName, name);
        File.WriteAllText(path, "#!/bin/sh\n" + text + "\n");
        File.SetUnixFileMode(path, (UnixFileMode)Modes.Program);
    }

    private int Ended(string restart, string result, string how, string status) => Run(
        [
            $"SERVICE_RESULT={result}", $"EXIT_CODE={how}", $"EXIT_STATUS={status}", $"console={_folder["told"]}",
            $"services={_folder["services"]}",
        ],
        "ended.sh", "web", restart);

    private int WaitReady(string process, params string[] arguments) => Run([$"MAINPID={process}"], "wait-ready.sh", arguments);

    // of the console each message is one more; a file would keep the last alone
    private int Run(string[] variables, string script, params string[] arguments)
    {
        string text = (script == "wait-ready.sh" ? InitScripts.Waiting(script) : InitScripts.Read(script))
            .Replace(">\"$console\"", ">>\"$console\"", StringComparison.Ordinal);
        string path = _folder[script];
        File.WriteAllText(path, text);
        string search = _folder["bin"] + ":" + Environment.GetEnvironmentVariable("PATH");
        return Oracle.Run("env", [$"PATH={search}", .. variables, "sh", path, .. arguments]).ExitCode;
    }

    private string Console() => File.Exists(_folder["told"]) ? File.ReadAllText(_folder["told"]) : "";

    private string State(string file)
    {
        string path = Path.Combine(_folder["services"], "web", file);
        return File.Exists(path) ? File.ReadAllText(path).Trim() : "";
    }
}
