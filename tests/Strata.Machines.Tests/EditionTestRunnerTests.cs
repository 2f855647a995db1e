using System.Text.Json;
using Strata.Core;
using Strata.Machines.Testing;
using Strata.Testing;

namespace Strata.Machines.Tests;

[Collection("guests")]
public sealed class EditionTestRunnerTests : IDisposable
{
    private const string Machine = "machine: {image: kernel, firmware: bios, memory: 256 MiB}";

    private readonly TemporaryFolder _folder = new();
    private readonly IReadOnlyList<string> _foldersBefore = GuestParts.MachineFolders();

    public void Dispose()
    {
        Assert.Equal(_foldersBefore, GuestParts.MachineFolders());
        _folder.Dispose();
    }

    [SkippableFact]
    [Trait("Category", "Slow")]
    public async Task RunAsync_EverythingAsDeclared_Passes()
    {
        EditionTestReport report = await RunAsync(GuestParts.MakeInitrd(_folder, GuestParts.Shell), """
              - name: all-kinds
                ready: guest-is-ready
                absent: [Call Trace, {matches: '^BUG: '}]
                steps:
                  - run: uname -s
                    expect: {equals: Linux}
                  - run: |
                      for i in 1 2 3; do
                        echo "number $i"
                      done
                    expect: {contains: [number 1, number 3], matches: '^number [2]$'}
                  - run: "false"
                    exit: 1
                  - run: (sleep 1; echo it-happened > /dev/console) &
                  - wait-for: {matches: 'it-happ.ned'}
                  - run: touch /tmp/before
                  - reboot: reboot -f
                    within: 40
                  - run: test -e /tmp/before
                    exit: 1
                  - power-off: poweroff -f
            """);
        Assert.True(report.Ok, report.ToJson());
        Assert.Equal(12, report.Tests[0].Steps.Count);
        Assert.Contains("guest-is-ready", await File.ReadAllTextAsync(report.Tests[0].LogPath), StringComparison.Ordinal);
        using JsonDocument json = JsonDocument.Parse(report.ToJson());
        Assert.Equal("passed", json.RootElement.GetProperty("tests")[0].GetProperty("steps")[0].GetProperty("outcome").GetString());
    }

    [SkippableFact]
    [Trait("Category", "Slow")]
    public async Task RunAsync_Faults_AreFailedStepsWithTheirTails()
    {
        EditionTestReport report = await RunAsync(GuestParts.MakeInitrd(_folder, GuestParts.Shell), """
              - name: wrong-output
                ready: guest-is-ready
                steps:
                  - run: echo something; echo else
                    expect: {contains: nothing}
                  - run: echo not reached
              - name: hang
                ready: guest-is-ready
                steps:
                  - {run: echo before; sleep 100, within: 2}
              - name: never-ready
                ready: no-such-line
                within: 8
              - name: panics
                ready: guest-is-ready
                steps:
                  - {run: echo c > /proc/sysrq-trigger, within: 20}
              - name: leaves
                ready: guest-is-ready
                steps:
                  - {run: poweroff -f, within: 20}
              - name: unwanted
                ready: guest-is-ready
                absent: guest-is
            """);
        Assert.False(report.Ok);
        Assert.Equal(
            [
                "wrong-output | run: echo something; echo else | failed | the output lacks 'nothing'",
                "wrong-output | run: echo not reached | not run | ",
                "hang | run: echo before; sleep 100 | failed | cannot run 'echo before; sleep 100' in the guest: it did not end within 2 s",
                "never-ready | ready: 'no-such-line' | failed | cannot see 'no-such-line' on the serial line: it did not come within 8 s",
                "panics | run: echo c > /proc/sysrq-trigger | failed | cannot finish the step: the guest's machine ended: kernel panic: sysrq triggered crash",
                "leaves | run: poweroff -f | failed | cannot finish the step: the guest's machine ended: the guest switched itself off",
                "unwanted | absent | failed | line N of the serial log has 'guest-is'",
            ],
            report.Rows().Where(r => r.Outcome != "passed").Select(r => $"{r.Test} | {r.Step} | {r.Outcome} | {LineNumber(r.Message)}"));
        Assert.Equal(["something", "else"], report.Tests[0].Steps[2].Tail);
        Assert.Contains("before", report.Tests[1].Steps[2].Tail);
        Assert.Contains(report.Tests[3].Steps[2].Tail, l => l.Contains("Kernel panic", StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task RunAsync_QemuDoesNotStart_IsAFailedStep()
    {
        File.WriteAllText(_folder["initrd"], "");
        MachineConfig small = GuestParts.Config(_folder["initrd"]);
        IReadOnlyList<EditionTest> tests = EditionTestFile.Parse($$"""
            format: 1
            {{Machine}}
            tests:
              - {name: needs-an-image, ready: x, machine: {image: disk} }
              - {name: no-file, ready: x}
              - {name: no-kernel, ready: x, machine: {type: pc, image: uki, firmware: uefi} }
            """, "tests.yaml");
        Dictionary<ImageKind, BootMedium> images = new()
        {
            [ImageKind.Kernel] = new BootMedium.Kernel(_folder["gone"], ((BootMedium.Kernel)small.Boot).Initrd),
            [ImageKind.Uki] = new BootMedium.Uki(_folder["initrd"]),
        };
        EditionTestReport report = await new EditionTestRunner(GuestParts.Qemu, AcceleratorKind.Tcg, images, _folder["logs"]).RunAsync(tests);
        Assert.All(report.Tests, t => Assert.Equal(StepOutcome.Failed, t.Steps[0].Outcome));
        Assert.Equal("cannot start the test 'needs-an-image': it boots the image 'disk', which was not built", report.Tests[0].Steps[0].Message);
        Assert.Equal($"cannot start a machine: there is no file {_folder["gone"]}", report.Tests[1].Steps[0].Message);
        Assert.StartsWith("cannot start the machine: QEMU said '", report.Tests[2].Steps[0].Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task RunAsync_EmulatedTimerSeemsDead_StartsAgainAndSaysSo()
    {
        string initrd = GuestParts.MakeInitrd(
            _folder, "echo \"Kernel panic - not syncing: IO-APIC + timer doesn't work!\"\necho o >/proc/sysrq-trigger\nsleep 9\n");
        EditionTestReport report = await RunAsync(initrd, "  - {name: dead, ready: never-said}");
        EditionTestResult result = Assert.Single(report.Tests);
        Assert.False(result.Ok);
        Assert.Equal("start 3 of 3, for the emulated timer missed its ticks at the one before", result.Steps[0].Name);
        Assert.Equal(["passed", "passed", "failed"], report.Rows().Select(r => r.Outcome));
    }

    [SkippableFact]
    [Trait("Category", "Slow")]
    public async Task RunAsync_Ssh_LogsInThroughTheForwardedPort()
    {
        string sshd = GuestParts.SshServer;
        string initrd = GuestParts.MakeInitrd(
            _folder,
            "ifconfig lo 127.0.0.1 up\nifconfig eth0 10.0.2.15 up\nmkdir -p /dev/pts /etc/dropbear\nmount -t devpts devpts /dev/pts\n"
            + "chown 0:0 / /root\nchmod 755 /\nchmod 700 /root\n" // else a login asks who packed it
            + "(sleep 3; dropbear -R -E 2>/tmp/sshd.log) &\n" + GuestParts.Shell,
            ["failover", "net_failover", "virtio_net"],
            root =>
            {
                Oracle.Run("cp", "-a", $"{sshd}/.", root);
                foreach (string link in (string[])["lib", "lib64"])
                {
                    if (!Path.Exists(Path.Combine(root, link)))
                    {
                        File.CreateSymbolicLink(Path.Combine(root, link), $"usr/{link}"); // Debian's packages leave these links to base-files
                    }
                }
                Directory.CreateDirectory(Path.Combine(root, "etc"));
                File.WriteAllText(Path.Combine(root, "etc/passwd"), "root::0:0:root:/root:/bin/sh\n");
                File.WriteAllText(Path.Combine(root, "etc/shells"), "/bin/sh\n");
            });
        EditionTestReport report = await RunAsync(initrd, """
              - name: ssh
                machine: {network: restricted}
                ready: guest-is-ready
                steps:
                  - ssh: echo "from ${SSH_CONNECTION%% *}"; exit 4
                    expect: {equals: from 10.0.2.2}
                    exit: 4
                    within: 40
                  - {ssh: sleep 60, within: 2}
            """);
        Assert.True(report.Tests[0].Steps[2].Outcome == StepOutcome.Passed, report.ToJson());
        Assert.Equal("cannot run 'sleep 60' over SSH: it did not end within 2 s", report.Tests[0].Steps[3].Message);
    }

    private static string LineNumber(string message) =>
        message.StartsWith("line ", StringComparison.Ordinal) ? "line N" + message[message.IndexOf(' ', 5)..] : message;

    private async Task<EditionTestReport> RunAsync(string initrd, string tests)
    {
        IReadOnlyList<EditionTest> parsed = EditionTestFile.Parse($"format: 1\n{Machine}\ntests:\n{tests}\n", "tests.yaml");
        Dictionary<ImageKind, BootMedium> images = new()
        {
            [ImageKind.Kernel] = new BootMedium.Kernel(GuestParts.Kernel, initrd, GuestParts.Words),
        };
        return await new EditionTestRunner(GuestParts.Qemu, AcceleratorKind.Tcg, images, _folder["logs"]).RunAsync(parsed);
    }
}
