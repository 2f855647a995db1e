using System.Diagnostics;
using System.Globalization;
using Strata.Core;
using Strata.Machines.Testing;
using Strata.Testing;
using Strata.Toolbox;

namespace Strata.Machines.Tests;

/// <summary>Machines with a TPM: what a guest finds, what stays of it, and what is told when it is gone.</summary>
[Collection("guests")]
public sealed class TpmTests : IDisposable
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();
    private readonly IReadOnlyList<string> _foldersBefore = GuestParts.MachineFolders();

    public void Dispose()
    {
        Assert.Equal(_foldersBefore, GuestParts.MachineFolders());
        _folder.Dispose();
    }

    [SkippableFact]
    public async Task RunAsync_MachineWithATpm_FindsOneOfVersion2()
    {
        EditionTestReport report = await RunAsync("""
              - name: tpm
                ready: guest-is-ready
                machine: {tpm: true}
                steps:
                  - {run: cat /sys/class/tpm/tpm0/tpm_version_major, expect: {equals: "2"}}
                  - {run: ls -d /sys/class/tpm/tpm0/pcr-*, expect: {equals: /sys/class/tpm/tpm0/pcr-sha256}}
                  - {run: resets, expect: {equals: "0 0 0 2"}} # the first was when it was made
              - name: without
                ready: guest-is-ready
                steps:
                  - run: "! test -e /sys/class/tpm/tpm0"
            """);
        Assert.True(report.Ok, Shown(report));
    }

    [SkippableFact]
    [Trait("Category", "Slow")]
    public async Task RunAsync_MachineThatStartsAnew_FindsTheSameTpm()
    {
        EditionTestReport report = await RunAsync("""
              - name: tpm
                ready: guest-is-ready
                machine: {tpm: true}
                steps:
                  - {run: resets, expect: {equals: "0 0 0 2"}}
                  - reboot: reboot -f
                  - {run: resets, expect: {equals: "0 0 0 3"}}
                  - restart: poweroff -f
                  - {run: resets, expect: {equals: "0 0 0 4"}}
                  - power-cut: written
                  - {run: resets, expect: {equals: "0 0 0 5"}}
            """);
        Assert.True(report.Ok, Shown(report));
    }

    [SkippableFact]
    public async Task StartAsync_StateThatIsKept_IsThatOfTheNextMachine()
    {
        await using (await StartAsync(_folder["state"]))
        {
            Assert.True(await GuestParts.BecomesTrueAsync(() => File.Exists(_folder["state/tpm2-00.permall"]), s_deadline));
        }
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_folder["state"]));
        await using (await StartAsync(_folder["state"]))
        {
        }
        Assert.True(File.Exists(_folder["state/tpm2-00.permall"]));
    }

    [SkippableFact]
    public async Task Start_Tpm_HasNoCapabilityGainsNoneSeesNoEnvironmentAndIsBounded()
    {
        int tpm;
        await using (Machine machine = await StartAsync(null))
        {
            tpm = await TpmOfTheMachineAsync();
            string of = string.Create(CultureInfo.InvariantCulture, $"/proc/{tpm}/");
            string[] status = await File.ReadAllLinesAsync(of + "status");
            Assert.All(["CapInh", "CapPrm", "CapEff", "CapAmb"], set => Assert.Contains($"{set}:\t0000000000000000", status));
            Assert.Contains("NoNewPrivs:\t1", status);
            string[] environment = (await File.ReadAllTextAsync(of + "environ")).Split('\0');
            Assert.Equal(["", "QEMU_MODULE_DIR", "TMPDIR"], environment.Select(v => v.Split('=')[0]).Order(StringComparer.Ordinal));
            string[] limits = await File.ReadAllLinesAsync(of + "limits");
            Assert.All(["Max core file size", "Max file size", "Max open files", "Max address space", "Max cpu time"], name =>
                Assert.DoesNotContain(
                    "unlimited", limits.Single(l => l.StartsWith(name, StringComparison.Ordinal)), StringComparison.Ordinal));
        }
        Assert.False(GuestParts.IsRunning(tpm));
    }

    [SkippableFact]
    public async Task Ended_TpmThatDies_EndsTheMachineAndIsNamed()
    {
        string initrd = GuestParts.MakeInitrd(_folder, "while :; do sleep 1; done");
        await using Machine machine = await StartAsync(null, initrd);
        int tpm = await TpmOfTheMachineAsync();
        using (Process process = Process.GetProcessById(tpm))
        {
            process.Kill();
        }
        MachineEnd end = await machine.Ended.WaitAsync(s_deadline);
        Assert.Equal(new MachineEnd(MachineEndKind.Failed, "ended: its TPM ended: swtpm left with exit code 137"), end);
    }

    [SkippableFact]
    public async Task StartAsync_StateThatIsNone_IsToldInTheWordsOfTheTpm()
    {
        Directory.CreateDirectory(_folder["state"]);
        await File.WriteAllTextAsync(_folder["state/tpm2-00.permall"], "no state of a TPM");
        StrataException e = await Assert.ThrowsAsync<StrataException>(async () =>
        {
            await using Machine machine = await StartAsync(_folder["state"]);
        });
        Assert.StartsWith("cannot start the machine: ", e.Message, StringComparison.Ordinal);
        Assert.Contains("TPM", e.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task StartAsync_WithoutItsTools_IsTold()
    {
        MachineConfig config = WithTpm();
        StrataException e = await Assert.ThrowsAsync<StrataException>(
            () => Machine.StartAsync(new ToolTree(_folder.Path), config, AcceleratorKind.Tcg));
        Assert.Equal("cannot start a machine with a TPM: there are no tools with swtpm", e.Message);
        MachineOptions options = new() { TpmTools = new ToolTree(_folder.Path) };
        e = await Assert.ThrowsAsync<StrataException>(
            () => Machine.StartAsync(new ToolTree(_folder.Path), config, AcceleratorKind.Tcg, options));
        Assert.StartsWith("cannot start usr/bin/swtpm: it is not in the toolbox tree", e.Message, StringComparison.Ordinal);
        e = await Assert.ThrowsAsync<StrataException>(() => Machine.StartAsync(
            new ToolTree(_folder.Path), config with { TpmState = _folder["a,b"] }, AcceleratorKind.Tcg, options));
        Assert.EndsWith("a,b: swtpm takes no path with a comma", e.Message, StringComparison.Ordinal);
    }

    private MachineConfig WithTpm()
    {
        File.WriteAllText(_folder["kernel"], "none");
        return new MachineConfig { Boot = new BootMedium.Kernel(_folder["kernel"]), Firmware = Firmware.Bios, HasTpm = true };
    }

    // TPM2_ReadClock (TPM 2.0 library, part 3, §29.1): the answer has, at byte 26, how often this TPM was reset since it was made
    private async Task<EditionTestReport> RunAsync(string tests)
    {
        string initrd = GuestParts.MakeInitrd(_folder, GuestParts.Shell, add: root =>
        {
            string ask = Path.Combine(root, "bin/resets");
            File.WriteAllText(ask, """
                #!/bin/sh
                exec 3<>/dev/tpm0
                printf '\200\001\000\000\000\012\000\000\001\201' >&3
                dd bs=64 count=1 <&3 2>/dev/null | od -A n -t u1 -j 26 -N 4 | tr -s ' '

                """);
            File.SetUnixFileMode(ask, (UnixFileMode)0b111_101_101);
        });
        Dictionary<ImageKind, BootMedium> images = new() { [ImageKind.Kernel] = GuestParts.Config(initrd).Boot };
        EditionTestRunner runner = new(GuestParts.Qemu, AcceleratorKind.Tcg, images, _folder["logs"]) { TpmTools = GuestParts.Tpm };
        return await runner.RunAsync(EditionTestFile.Parse(
            $"format: 1\nmachine: {{image: kernel, firmware: bios, memory: 128 MiB}}\ntests:\n{tests}\n", "tests.yaml"));
    }

    private static string Shown(EditionTestReport report) => string.Join('\n', report.Tests.SelectMany(t => t.Steps)
        .Select(s => $"{s.Outcome} {s.Name} | {s.Message} | {string.Join(" / ", s.Tail)}"));

    private async Task<int> TpmOfTheMachineAsync()
    {
        string mine = Assert.Single(GuestParts.MachineFolders().Except(_foldersBefore, StringComparer.Ordinal));
        return int.Parse(await File.ReadAllTextAsync(Path.Combine(mine, "tpm.pid")), CultureInfo.InvariantCulture);
    }

    private static Task<Machine> StartAsync(string? state, string? initrd = null) => Machine.StartAsync(
        GuestParts.Qemu, GuestParts.Config(initrd ?? GuestParts.Kernel) with { HasTpm = true, TpmState = state }, AcceleratorKind.Tcg,
        new MachineOptions { TpmTools = GuestParts.Tpm });
}
