using System.Diagnostics;
using System.Text.Json.Nodes;
using Strata.Testing;

namespace Strata.Boot.Tests;

/// <summary><c>strata test</c> of editions that are container images: what ships passes, and what is wrong is found.</summary>
public sealed class ContainerEditionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableTheory]
    [InlineData("container-shell", null)]
    [InlineData("container-base", null)]
    [InlineData("app-container", "python-app")]
    public void Test_EditionsThatShip_Pass(string edition, string? example)
    {
        string work = example is null ? _folder.Path : Example.CopyTo(_folder, example);
        StrataProgram.Outcome tested = StrataProgram.Run(work, "test", edition);
        Assert.True(tested.ExitCode == 0, tested.All);
    }

    /// <summary>Each of these is wrong in one place, and that is what is told.</summary>
    [SkippableFact]
    public void Test_ContainersThatAreWrong_FailAndSayWhy()
    {
        (string Name, string Test, string Step, string Why)[] wrong =
        [
            ("ends-badly", "container: {command: [/bin/sh, -c, 'echo why; exit 3']}, steps: [{ends: 0}]", "ends: 0",
                "the exit code is 3, expected 0"),
            ("says-less", "container: {command: [/bin/echo, less]}, steps: [{ends: 0, expect: {contains: more}}]", "ends: 0",
                "lacks 'more'"),
            ("is-no-program", "container: {command: [/bin/none]}, ready: up", "start", "/bin/none"),
            ("never-ready", "container: {command: [/bin/sleep, 60]}, ready: up, within: 1", "ready: 'up'", "did not say 'up' within 1 s"),
            ("ends-before", "container: {command: [/bin/echo, bye]}, ready: up", "ready: 'up'",
                "ended with exit code 0 and did not say 'up'"),
            ("ends-by-itself", "container: {command: [/bin/sh, -c, 'sleep 1; exit 5']}, steps: [{run: sleep 9}]", "run: /bin/sh -c sleep 9",
                "the container ended by itself with exit code 5"),
            ("wrong-user", "container: {command: [/bin/sleep, 60], user: nobody-knows}, steps: [{run: id}]", "start",
                "user 'nobody-knows'"),
            ("cannot-write", "container: {command: [/bin/sleep, 60], read-only: true}, steps: [{run: echo x >/etc/x}]",
                "run: /bin/sh -c echo x >/etc/x", "the exit code is 1"),
            ("other-port", "container: {command: [/bin/sleep, 60]}, steps: [{listens: 8080, within: 1}]", "listens: 8080",
                "it listens on no port, expected 8080"),
            ("silent", "container: {command: [/bin/sleep, 60]}, steps: [{fetch: 'http://localhost:8080/', within: 1}]",
                "fetch: http://localhost:8080/", "nobody answered within 1 s"),
            ("ill", "container: {command: [/bin/sleep, 60]}, steps: [{health: healthy, within: 4}]",
                "health: healthy", "the check left with exit code 1"),
            ("deaf", "container: {command: [/bin/sh, -c, 'trap : TERM; while :; do sleep 1; done']}, steps: [{stop: 0, within: 2}]",
                "stop: 0", "did not end within 2 s of SIGTERM"),
            ("unwanted", "container: {command: [/bin/echo, 'error: x']}, absent: 'error:', steps: [{ends: 0}]",
                "absent", "line 1 of the output has 'error:'"),
        ];
        WriteEdition("container:\n  health-check: {command: [/bin/sh, -c, 'test -e /tmp/well']}\n");
        File.WriteAllText(
            _folder["made/tests.yaml"],
            "format: 1\ntests:\n" + string.Concat(wrong.Select(w => $"  - {{name: {w.Name}, {w.Test}}}\n"))
            + "  - {name: gets-well, container: {command: [/bin/sleep, 60]}, "
            + "steps: [{health: unhealthy}, {run: touch /tmp/well}, {health: healthy}]}\n");
        StrataProgram.Outcome tested = StrataProgram.Run(_folder.Path, "test", "./made", "--json");
        Assert.True(tested.ExitCode == 1, tested.All);
        JsonArray tests = JsonNode.Parse(tested.Output)!["tests"]!.AsArray();
        foreach ((JsonNode? test, (string name, _, string step, string why)) in tests.Zip(wrong))
        {
            JsonNode failed = Assert.Single(test!["steps"]!.AsArray(), s => (string)s!["outcome"]! == "failed")!;
            Assert.Equal((name, step), ((string)test["name"]!, (string)failed["name"]!));
            Assert.Contains(why, (string)failed["message"]!, StringComparison.Ordinal);
        }
        Assert.True((bool)tests[^1]!["ok"]!, tested.All);
        Assert.Equal("why\n", File.ReadAllText(_folder["out/made-container/test/ends-badly.log"]));
    }

    /// <summary>A user to whom the host lends no accounts: the same tests run, and what they cannot see is said.</summary>
    [SkippableFact]
    public void Test_WithoutAccounts_RunsAsTheUserOfTheImage()
    {
        Skip.IfNot(Oracle.Run("unshare", "--user", "--map-root-user", "true").ExitCode == 0, "this host allows no user namespaces");
        string? program = Environment.GetEnvironmentVariable("STRATA_PROGRAM");
        Skip.If(program is null, "STRATA_PROGRAM is not set; './test' sets it");
        WriteEdition("container: {user: 65532}\n");
        File.WriteAllText(
            _folder["made/tests.yaml"],
            "format: 1\ntests:\n  - name: as-somebody\n    container: {command: [/bin/id, -u]}\n"
            + "    steps: [{ends: 0, expect: {equals: 65532}}]\n"
            + "  - name: as-root\n    container: {command: [/bin/id, -u], user: root}\n    steps: [{ends: 0, expect: {equals: 0}}]\n");
        StrataProgram.Outcome tested = StrataProgram.RunAs(
            "unshare", _folder.Path, new Dictionary<string, string?>(), "--user", "--map-root-user", program!, "test", "./made");
        Assert.True(tested.ExitCode == 0, tested.All);
        Assert.Contains("nobody saw what it may not read or write", tested.Errors, StringComparison.Ordinal);
    }

    /// <summary>What it sees is its image, itself, and a network without a way out; its capabilities are podman's eleven.</summary>
    [SkippableFact]
    public void Test_Container_SeesNothingOfTheHost()
    {
        WriteEdition("");
        File.WriteAllText(
            _folder["made/tests.yaml"],
            $$$"""
            format: 1
            tests:
              - name: sees-nothing
                container: {command: [/bin/sleep, 600]}
                steps:
                  - {run: 'test ! -e {{{_folder.Path}}}'}
                  - {run: 'ls /sys/class/net', expect: {equals: lo}}
                  - {run: 'ls -d /proc/[0-9]* | wc -l', expect: {matches: '^[1-9]$'}}
                  - {run: 'grep CapBnd /proc/self/status', expect: {contains: 00000000800405fb}}
                  - {run: 'echo 1 >/proc/sys/kernel/panic', exit: 1}
                  - {run: 'mount -t tmpfs none /mnt', exit: 1}
            """);
        StrataProgram.Outcome tested = StrataProgram.Run(_folder.Path, "test", "./made");
        Assert.True(tested.ExitCode == 0, tested.All);
    }

    /// <summary>However this program ends, its containers do.</summary>
    [SkippableFact]
    public void Test_ProgramThatIsKilled_LeavesNoContainer()
    {
        string sleep = $"{86400 + (Environment.ProcessId % 1000)}"; // nobody else's
        WriteEdition("");
        File.WriteAllText(
            _folder["made/tests.yaml"],
            $"format: 1\ntests: [{{name: stays, container: {{command: [/bin/sh, -c, 'echo up; exec sleep {sleep}']}}, "
            + "ready: up, steps: [{run: sleep 600, within: 600}]}]\n");
        using Process program = StrataProgram.Start(_folder.Path, null, "test", "./made");
        _ = program.StandardOutput.ReadToEndAsync();
        _ = program.StandardError.ReadToEndAsync();
        Assert.True(SpinWait.SpinUntil(() => IsRunning(sleep), TimeSpan.FromMinutes(5)), "the container did not start");
        program.Kill(); // SIGKILL, of this process alone
        program.WaitForExit();
        Assert.True(SpinWait.SpinUntil(() => !IsRunning(sleep), TimeSpan.FromMinutes(1)), "the container goes on");
    }

    private static bool IsRunning(string sleep)
    {
        Thread.Sleep(100);
        return Directory.EnumerateDirectories("/proc").Select(d => Path.Combine(d, "cmdline")).Any(f =>
        {
            try
            {
                return File.Exists(f) && File.ReadAllText(f) == $"sleep\0{sleep}\0";
            }
            catch (IOException)
            {
                return false; // it ended just now
            }
        });
    }

    [SkippableFact]
    public void Test_MachineOfAnEditionWithoutKernel_SaysWhatToWrite()
    {
        WriteEdition("");
        File.WriteAllText(_folder["made/tests.yaml"], "format: 1\ntests: [{name: boots, ready: up}]\n");
        Failure.Says(
            StrataProgram.Run(_folder.Path, "test", "./made"), 1, "it has no kernel, and the test 'boots' boots a machine",
            "container: {}");
    }

    private void WriteEdition(string more)
    {
        Directory.CreateDirectory(_folder["made"]);
        File.Copy(Path.Combine(Repository.Root, "editions/container-shell/strata.lock"), _folder["made/strata.lock"]);
        File.WriteAllText(_folder["made/edition.yaml"], $"edition: made-container\nextends: container-shell\n{more}");
    }
}
