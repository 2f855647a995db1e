using System.Diagnostics;
using Strata.Composition.Effects;
using Strata.Core.Trees;
using Strata.Testing;

namespace Strata.Composition.Tests.InitSystems;

/// <summary>Services under <c>supervise.sh</c>, started by BusyBox's own shell, from the scripts that a build writes.</summary>
public sealed class SuperviseTests : IDisposable
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(60);

    private readonly Workbench _bench = new();
    private readonly TemporaryFolder _folder = new();
    private readonly List<Process> _started = [];

    public void Dispose()
    {
        foreach (Process process in _started)
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
            process.Dispose();
        }
        _folder.Dispose();
        _bench.Dispose();
    }

    // "settled" is 2 s here and 5 minutes on a machine: who dies every minute is told as well
    [SkippableTheory]
    [InlineData("")]
    [InlineData("sleep 1; ")]
    public async Task Service_ThatDiesAtOnceOrSoon_IsToldWithCodeAndLastLines(string first)
    {
        await StartAsync(
            "bad", $"bad: {{command: [/bin/sh, -c, \"{first}echo cannot open the door; exit 3\"], restart: {{delay: 0, longest: 0}}}}");
        await UntilAsync(() => Console().Contains("\n  cannot open the door\n", StringComparison.Ordinal));
        Assert.Contains("strata: service 'bad' has failed 3 times in a row; last: code 3\n  cannot open the door\n", Console(),
            StringComparison.Ordinal);
        Assert.Equal("3", State("bad", "code"));
        await UntilAsync(() => State("bad", "state") == "failed");
    }

    [SkippableFact]
    public async Task Service_ThatDiesNowAndThen_IsStartedAgainAndNotTold()
    {
        // "settled" is 2 s here, and it lives for 3
        await StartAsync("d", "d: {command: [/bin/sh, -c, \"sleep 3; exit 1\"], restart: {delay: 0, longest: 0}}");
        await UntilAsync(() => State("d", "failures") == "1");
        await Task.Delay(TimeSpan.FromSeconds(7));
        Assert.Equal("1", State("d", "failures"));
        Assert.Equal("", Console());
    }

    [SkippableFact]
    public async Task Service_ThatIsNeverReady_IsToldAndTriedAgain()
    {
        await StartAsync("d", $"d: {{command: [/bin/sh, -c, \"exec sleep 1000\"], ready: {{file: {_folder["never"]}, within: 1}}}}");
        await UntilAsync(() => Console().Contains("strata: service 'd' is not ready after 1 s", StringComparison.Ordinal));
        await UntilAsync(() => State("d", "failures") == "1");
        Assert.Equal("143", State("d", "code")); // SIGTERM
    }

    [SkippableFact]
    public async Task Service_ThatRequiresAnother_StartsWhenThatIsReady()
    {
        string flag = _folder["flag"];
        string services = $"db: {{command: [/bin/sh, -c, \"exec sleep 1000\"], ready: {{file: {flag}}}}}\n  "
            + "web: {command: [/bin/sh, -c, \"echo up; exec sleep 1000\"], requires: [db]}";
        await StartAsync("web", services);
        await UntilAsync(() => State("web", "state") == "waiting");
        await StartAsync("db", services);
        await UntilAsync(() => State("db", "state") == "starting");
        Assert.Equal("waiting", State("web", "state"));
        await File.WriteAllTextAsync(flag, "");
        await UntilAsync(() => State("web", "state") == "ready");
        Assert.Equal("ready", State("db", "state"));
    }

    [SkippableFact]
    public async Task StopServices_ManyServices_StopsThemWithTheirSignalAndKillsTheRest()
    {
        string services = $"deaf: {{command: [/bin/sh, -c, \"trap '' TERM; while :; do sleep 0.1; done\"], stop: {{within: 1}}}}\n  "
            + $"polite: {{command: [/bin/sh, -c, \"trap 'echo bye >{_folder["bye"]}; exit 0' INT; while :; do sleep 0.1; done\"], stop: "
            + "{signal: INT, within: 300}}"; // longer than the test waits: it ends because the program does
        await StartAsync("deaf", services);
        await StartAsync("polite", services);
        await UntilAsync(() => State("deaf", "state") == "ready" && State("polite", "state") == "ready");
        await Task.Delay(TimeSpan.FromSeconds(2)); // traps are set after a program has started
        Run(_folder["stop-services"]);
        Assert.Equal(("stopped", "stopped"), (State("deaf", "state"), State("polite", "state")));
        Assert.Equal("bye", (await File.ReadAllTextAsync(_folder["bye"])).Trim());
        Assert.All(_started, p => Assert.True(p.WaitForExit(s_deadline)));
    }

    [SkippableFact]
    public async Task Setup_ThatFails_IsTold()
    {
        await StartAsync("s", "s: {kind: setup, command: [/bin/sh, -c, \"echo no disk >&2; exit 4\"], environment: {A: b}}");
        Assert.True(_started[0].WaitForExit(s_deadline));
        Assert.Equal(4, _started[0].ExitCode);
        Assert.Equal("failed", State("s", "state"));
        Assert.Contains("strata: service 's' failed with code 4\n", Console(), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Service_Words_ReachTheProgram()
    {
        string said = _folder["said"];
        await StartAsync("d", $$"""
            d:
                command: [/bin/sh, -c, "{ echo $A; pwd; ulimit -n; cut -d' ' -f19 /proc/self/stat; } >{{said}}.new; mv {{said}}.new {{said}}; exec sleep 1000"]
                environment: {A: "it's $HOME"}
                working-directory: /usr
                limits: {files: 64}
                nice: 5
            """);
        await UntilAsync(() => File.Exists(said));
        Assert.Equal("it's $HOME\n/usr\n64\n5\n", await File.ReadAllTextAsync(said));
    }

    private string Console() => File.Exists(_folder["console"]) ? File.ReadAllText(_folder["console"]) : "";

    private string? State(string service, string file)
    {
        try
        {
            return File.ReadAllText(_folder[$"run/{service}/{file}"]).Trim();
        }
        catch (IOException)
        {
            return null; // not said yet
        }
    }

    private static async Task UntilAsync(Func<bool> isSo)
    {
        Stopwatch watch = Stopwatch.StartNew();
        while (!isSo())
        {
            Assert.True(watch.Elapsed < s_deadline, "it did not come to that");
            await Task.Delay(50);
        }
    }

    private async Task StartAsync(string service, string services)
    {
        _bench.Capability("init", "provides: {init-system: busybox}\nfiles: {/usr/sbin/init: {content: x, mode: \"0755\"}}");
        _bench.Capability("c", $"files: {{/bin/sh: {{content: x, mode: \"0755\"}}}}\nservices:\n  {services}");
        FileTree tree = await _bench.ApplyAsync(new ServicesEffect(), "init, c");
        foreach (string name in new[] { "supervise", "stop-services" })
        {
            Write(name, _bench.Text(tree, "/usr/lib/strata/init/" + name));
        }
        Directory.CreateDirectory(_folder["services"]);
        string[] scripts = [.. Workbench.Names(tree).Where(n => n.StartsWith("/usr/lib/strata/c/services/", StringComparison.Ordinal))];
        foreach (string script in scripts)
        {
            Write("services/" + Path.GetFileName(script), _bench.Text(tree, script));
        }
        ProcessStartInfo start = With(Path.Combine(_folder["services"], service));
        _started.Add(Process.Start(start)!);
    }

    private void Write(string name, string text)
    {
        string path = _folder[name];
        if (File.Exists(path))
        {
            return; // a shell may be reading it
        }
        File.WriteAllText(path, text
            .Replace("#!/bin/sh", $"#!{Path.Combine(Programs(), "sh")}", StringComparison.Ordinal)
            .Replace("/usr/lib/strata/init/", _folder["x"][..^1], StringComparison.Ordinal)
            .Replace("/usr/lib/strata/c/", _folder["x"][..^1], StringComparison.Ordinal)
            .Replace("'/bin/sh'", $"'{Path.Combine(Programs(), "sh")}'", StringComparison.Ordinal));
        File.SetUnixFileMode(path, (UnixFileMode)Core.Modes.Program);
    }

    private void Run(string script)
    {
        using Process process = Process.Start(With(script))!;
        Assert.True(process.WaitForExit(s_deadline));
        Assert.Equal(0, process.ExitCode);
    }

    private ProcessStartInfo With(string script)
    {
        // whoever started these tests in the background has SIGINT ignored, and a shell cannot trap what was ignored before it
        ProcessStartInfo start = new("/usr/bin/env", ["--default-signal=INT", script]);
        start.Environment["PATH"] = Programs();
        start.Environment["STRATA_CONSOLE"] = _folder["console"];
        start.Environment["STRATA_SERVICES"] = _folder["run"];
        start.Environment["STRATA_LOGS"] = _folder["logs"];
        start.Environment["STRATA_TOLD_AFTER"] = "3";
        start.Environment["STRATA_SETTLED_AFTER"] = "2";
        return start;
    }

    /// <summary>A folder of links to BusyBox, as an image has them.</summary>
    private string Programs()
    {
        string? busybox = Environment.GetEnvironmentVariable("STRATA_TEST_BUSYBOX");
        Skip.If(busybox is null, "STRATA_TEST_BUSYBOX names no BusyBox");
        string folder = _folder["programs"];
        if (!Directory.Exists(folder))
        {
            Directory.CreateDirectory(folder);
            (int code, string output) = Oracle.Run(busybox, "--install", "-s", folder);
            Assert.True(code == 0, output);
        }
        return folder;
    }
}
