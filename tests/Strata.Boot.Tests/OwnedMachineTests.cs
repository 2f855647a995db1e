using Strata.Boot.Tests.State;
using Strata.Testing;

namespace Strata.Boot.Tests;

/// <summary>
/// From the blueprint to somebody's machine, and to the next one's: built, flashed, told whose it is, restarted, reset. The disk has all
/// that a blueprint can say of one: systemd-boot finds the kernel image under its version, and the state grows to the end of the stick.
/// </summary>
[Collection("guests with layers")]
public sealed class OwnedMachineTests : IDisposable
{
    private const string Blueprint = """
        edition: mine
        title: Mine
        version: "2.1 beta"
        kernel: nano
        init: busybox
        capabilities: [console, first-start]
        boot: systemd-boot
        disk: {parts: [{role: esp, size: 40 MiB}, {role: state, size: 16 MiB, grow: true}]}
        state: {keep: [/data]}
        command-line: console=ttyS0,115200 quiet panic=10
        """;

    private const string Owner = "hostname: gate-7\nusers: {anna: {}}\n";

    private const string Steps = """
        format: 1
        machine: {memory: 192 MiB}
        tests:
          - name: owned
            ready: "Mine 2.1 beta is ready."
            within: 180
            steps:
              - run: hostname; grep -o ^anna /etc/passwd; cat /proc/cmdline /run/strata/state.json /proc/partitions
                expect:
                  matches: ['^gate-7\s+anna\s', 'vda2$']
                  contains: ['console=ttyS0,115200 quiet panic=10', '"device":"vda2","kept":["/data","/var/lib/strata"],"problems":[]']
              - run: df -m /data; cp /etc/machine-id /data/id; touch /lost
                expect: {matches: '^/dev/vda2 +[4-9][0-9] '} # it was 16 MiB
              - reboot: reboot
              - run: hostname; cmp /etc/machine-id /data/id && echo the same; test -e /lost || echo and clean
                expect: {matches: '^gate-7\s+the same\s+and clean'}
              - run: |
                  set -e
                  mount /dev/vda1 /mnt
                  cp /data/id /mnt/id
                  printf 'hostname: gate-8\nusers: {ben: {}}\n' >/mnt/strata/machine.yaml
                  touch /mnt/strata/reset
                  umount /mnt
              - reboot: reboot
              - run: |
                  mount -o ro /dev/vda1 /mnt
                  hostname; grep -o -e ^anna -e ^ben /etc/passwd
                  cmp -s /etc/machine-id /mnt/id || echo another one
                  ls /data /mnt/strata
                expect: {equals: "gate-8\nben\nanother one\n/data:\n\n/mnt/strata:\nmachine.yaml"}
              - power-off: poweroff
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public async Task FlashedDisk_IsItsOwnersAfterTheFirstStart_AndTheNextOnesAfterAReset()
    {
        Directory.CreateDirectory(_folder["mine"]);
        File.WriteAllText(_folder["mine/edition.yaml"], Blueprint);
        File.WriteAllText(_folder["machine.yaml"], Owner);
        using (FileStream stick = File.Create(_folder["stick"]))
        {
            stick.SetLength(128 << 20);
        }
        Run("flash", "./mine", "stick", "--erase", "stick");
        Directory.CreateDirectory(_folder["esp"]);
        Run("seed", "machine.yaml", "-o", "esp");
        (int exitCode, string output) = Oracle.Run("mcopy", "-s", "-i", _folder["stick"] + "@@1M", _folder["esp/strata"], "::/");
        Assert.True(exitCode == 0, output); // as into the stick's first partition, mounted
        await new OwnedDisk(_folder, _folder["stick"]).PassesAsync(Steps);
        (exitCode, output) = Oracle.Run("sgdisk", "-v", _folder["stick"]);
        Assert.True(exitCode == 0 && output.Contains("No problems found", StringComparison.Ordinal), output);
    }

    private void Run(params string[] words)
    {
        StrataProgram.Outcome outcome = StrataProgram.Run(_folder.Path, words);
        Assert.True(outcome.ExitCode == 0, outcome.All);
    }
}
