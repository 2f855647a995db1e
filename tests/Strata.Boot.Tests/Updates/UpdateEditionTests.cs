using Strata.Boot.Tests.Layers;
using Strata.Boot.Tests.State;
using Strata.Machines;
using Strata.Machines.Serial;
using Strata.Testing;
using Strata.Toolbox;

namespace Strata.Boot.Tests.Updates;

/// <summary>
/// The life of a machine with the programs of everybody: an edition is built and published, and a machine with its first release updates by
/// itself to a good one, to a bad one, from which it falls back, and is taken back by hand.
/// </summary>
[Collection("guests with layers")]
public sealed class UpdateEditionTests : IDisposable
{
    private const string Blueprint = """
        edition: box
        title: Box
        version: "VERSION"
        kernel: debian-cloud
        init: busybox
        layout: layers
        boot: systemd-boot
        capabilities: [console, first-start]
        disk: {parts: [{role: esp, size: 96 MiB}, {role: store, size: 64 MiB}, {role: state, size: 32 MiB}]}
        state: {keep: [/etc/strata.d]}
        command-line: console=ttyS0,115200 quiet panic=10 no_timer_check
        run: {memory: 384 MiB}
        files:
          /usr/lib/strata/updates/root.json: {source: root.json}
          /etc/strata/updates.yaml: {content: "from: /mnt/site\n"}
        health:
          settle: 5
          within: 20
          checks: {version: {command: [/bin/sh, -c, "CHECK"]}}
        """;

    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(10);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    [Trait("Category", "Slow")]
    public async Task Machine_GoodUpdateBadUpdateAndTheWayBack_IsAlwaysWhatItShouldBe()
    {
        Run("keys", "updates", "keys");
        Run("publish", "new", "site", "--keys", "keys");
        Write("1", "true");
        File.Copy(_folder["site/metadata/1.root.json"], _folder["box/root.json"]);
        Run("publish", "add", "./box", "--to", "site", "--keys", "keys");
        OwnedDisk disk = OwnedDisk.Of(_folder, "./box", "box", restMiB: 1);
        Write("2", "true");
        Run("publish", "add", "./box", "--to", "site", "--keys", "keys");
        Write("3", "exit 7");
        CopyOf("site", "first");
        Run("publish", "add", "./box", "--to", "site", "--keys", "keys");

        MachineConfig config = new()
        {
            Boot = new BootMedium.Disk(disk.Path, Keep: true),
            MemoryMiB = 384,
            AllowReboot = true,
            Disks = [new DiskConfig(DiskOf("first")), new DiskConfig(DiskOf("site"))],
        };
        await using Machine machine = await Machine.StartAsync(new ToolTree(LayerBench.Qemu), config, AcceleratorKind.Tcg);
        SerialConsole console = new(machine.Log, machine.SerialInput, TimeProvider.System);
        await machine.WaitForLineAsync(LinePattern.Text("Box 1 is ready."), s_deadline);

        string said = await SayAsync("mkdir -p /mnt; mount -o ro /dev/vdb /mnt; strata-agent update; strata-agent history");
        Assert.Contains("  box_2: on trial, 3 tries left; next", said, StringComparison.Ordinal);
        await SayAsync("echo 'hostname: first' >/etc/strata.d/own.yaml; sync; (sleep 1; reboot) &");
        await machine.WaitForLineAsync(LinePattern.Text("this release was on trial and has proven good"), s_deadline);
        said = await SayAsync("strata-agent history");
        Assert.Contains("* box_2: proven; next", said, StringComparison.Ordinal);

        said = await SayAsync("mount -o ro /dev/vdc /mnt; strata-agent update; strata-agent history");
        Assert.Contains("  box_3: on trial, 3 tries left; next", said, StringComparison.Ordinal);
        await SayAsync("(sleep 1; reboot) &");
        const string Fallback = "box_3 was tried and has not proven good; box_2 was started in its place";
        await machine.WaitForLineAsync(LinePattern.Text(Fallback), s_deadline * 3);
        said = await SayAsync("strata-agent history; mount -o ro /dev/vdc /mnt; strata-agent update; echo code $?");
        Assert.Contains("* box_2: proven; next", said, StringComparison.Ordinal);
        Assert.Contains("box_3  not well: version ended with 7", said, StringComparison.Ordinal);
        Assert.Contains("code 3", said, StringComparison.Ordinal); // not once more

        said = await SayAsync("umount /mnt; strata-agent rollback");
        Assert.Contains("box_1 is started next", said, StringComparison.Ordinal);
        long before = machine.Log.Length;
        await SayAsync("(sleep 1; reboot) &");
        await machine.WaitForLineAsync(LinePattern.Text("Box 1 is ready."), s_deadline, before);

        async Task<string> SayAsync(string command)
        {
            await console.AttachAsync(s_deadline);
            return (await console.RunAsync(command, s_deadline)).OutputWithoutKernelMessages.ReplaceLineEndings("\n");
        }
    }

    private void Write(string version, string check)
    {
        Directory.CreateDirectory(_folder["box"]);
        string text = Blueprint.Replace("VERSION", version, StringComparison.Ordinal).Replace("CHECK", check, StringComparison.Ordinal);
        File.WriteAllText(_folder["box/edition.yaml"], text);
    }

    private void CopyOf(string name, string to)
    {
        foreach (string file in Directory.GetFiles(_folder[name], "*", new EnumerationOptions { RecurseSubdirectories = true }))
        {
            string copy = _folder[to + file[_folder[name].Length..]];
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    private string DiskOf(string name)
    {
        string content = Directory.CreateDirectory(_folder[$"{name}-content"]).FullName;
        CopyOf(name, $"{name}-content/site");
        string path = _folder[$"{name}.img"];
        using (FileStream file = File.Create(path))
        {
            file.SetLength(160 << 20);
        }
        (int exitCode, string output) = Oracle.Run("mke2fs", "-q", "-t", "ext4", "-d", content, "-F", path);
        Assert.True(exitCode == 0, output);
        return path;
    }

    private void Run(params string[] words)
    {
        StrataProgram.Outcome outcome = StrataProgram.Run(_folder.Path, words);
        Assert.True(outcome.ExitCode == 0, outcome.All);
    }
}
