using System.Globalization;
using Strata.Agent.Tests.Updating;
using Strata.Boot.Tests.Layers;
using Strata.Boot.Tests.State;
using Strata.Machines;
using Strata.Machines.Serial;
using Strata.Testing;
using Strata.Toolbox;

namespace Strata.Boot.Tests.Updates;

/// <summary>A machine updates from a server on which every second connection breaks off, with curl and what else an image has.</summary>
[Collection("guests with layers")]
public sealed class UpdateOverHttpTests : IDisposable
{
    private const string Blueprint = """
        edition: box
        title: Box
        version: "VERSION"
        kernel: debian-cloud
        init: busybox
        layout: layers
        boot: systemd-boot
        capabilities: [console, download, first-start]
        disk: {parts: [{role: esp, size: 96 MiB}, {role: store, size: 96 MiB}, {role: state, size: 32 MiB}]}
        state: {keep: [/etc/strata.d]}
        command-line: console=ttyS0,115200 quiet panic=10 no_timer_check
        files:
          /usr/lib/strata/updates/root.json: {source: root.json}
          /etc/motd: {content: "release VERSION\n"}
        health: {settle: 5, within: 120}
        """;

    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(10);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    [Trait("Category", "Slow")]
    public async Task Update_ServerThatBreaksOff_IsTriedAndProvesGood()
    {
        Run("keys", "updates", "keys");
        Run("publish", "new", "site", "--keys", "keys");
        Write("1");
        File.Copy(_folder["site/metadata/1.root.json"], _folder["box/root.json"]);
        Run("publish", "add", "./box", "--to", "site", "--keys", "keys");
        OwnedDisk disk = OwnedDisk.Of(_folder, "./box", "box", restMiB: 1);
        Write("2");
        Run("publish", "add", "./box", "--to", "site", "--keys", "keys");
        using FaultServer server = new(_folder["site"], (number, _) => number % 2 == 0 ? ServerFault.Reset : ServerFault.None);
        MachineConfig config = new()
        {
            Boot = new BootMedium.Disk(disk.Path, Keep: true), MemoryMiB = 384, AllowReboot = true, Network = new NetworkConfig(),
        };
        await using Machine machine = await Machine.StartAsync(new ToolTree(LayerBench.Qemu), config, AcceleratorKind.Tcg);
        SerialConsole console = new(machine.Log, machine.SerialInput, TimeProvider.System);
        await machine.WaitForLineAsync(LinePattern.Text("Box 1 is ready."), s_deadline);
        string from = string.Create(CultureInfo.InvariantCulture, $"http://10.0.2.2:{server.Port}");

        string said = await SayAsync($"strata-agent update --plan --from {from}; echo code $?");
        Assert.Contains("code 1", said, StringComparison.Ordinal);
        Assert.Matches("  download +nothing +0 of", said);
        Assert.Matches("  kernel image +whole", said);
        long before = server.ObjectBytes;
        said = await SayAsync($"strata-agent update --from {from}; echo code $?; strata-agent releases");
        Assert.Contains("box 2 (release 2): on trial", said, StringComparison.Ordinal);
        Assert.Contains("code 1", said, StringComparison.Ordinal);
        Assert.Matches("\\* +1 +1 +proven\n +2 +2 +on trial", said);
        Assert.Contains(server.Asked, a => a.Contains(" bytes=", StringComparison.Ordinal));
        long full = Directory.GetFiles(_folder["site/strata"], "*", new EnumerationOptions { RecurseSubdirectories = true })
            .Sum(f => new FileInfo(f).Length);
        Assert.InRange(server.ObjectBytes - before, 1, full / 2); // with all that came twice
        await SayAsync("sync; (sleep 1; reboot) &");
        await machine.WaitForLineAsync(LinePattern.Text("this release was on trial and has proven good"), s_deadline);
        said = await SayAsync("cat /etc/motd; strata-agent verify; echo code $?; strata-agent status --json");
        Assert.Contains("release 2\n", said, StringComparison.Ordinal);
        Assert.Contains("all are what their names say\ncode 0\n", said, StringComparison.Ordinal);
        Assert.Contains("""{"version":"2","release":2,"state":"proven","runs":true}""", said, StringComparison.Ordinal);

        async Task<string> SayAsync(string command)
        {
            await console.AttachAsync(s_deadline);
            return (await console.RunAsync(command, s_deadline)).OutputWithoutKernelMessages.ReplaceLineEndings("\n");
        }
    }

    private void Write(string version)
    {
        Directory.CreateDirectory(_folder["box"]);
        File.WriteAllText(_folder["box/edition.yaml"], Blueprint.Replace("VERSION", version, StringComparison.Ordinal));
    }

    private void Run(params string[] words)
    {
        StrataProgram.Outcome outcome = StrataProgram.Run(_folder.Path, words);
        Assert.True(outcome.ExitCode == 0, outcome.All);
    }
}
