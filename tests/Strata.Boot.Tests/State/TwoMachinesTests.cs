using Strata.Boot.Tests.Layers;
using Strata.Machines;
using Strata.Machines.Serial;
using Strata.Testing;
using Strata.Toolbox;

namespace Strata.Boot.Tests.State;

/// <summary>Two disks with one image, each started once: what is secret or says who a machine is is not the same on both.</summary>
[Collection("guests with layers")]
public sealed class TwoMachinesTests : IDisposable
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(4);

    // one line each
    private static readonly string[] s_own =
    [
        "cat /etc/machine-id",
        "dropbearkey -y -f /etc/dropbear/dropbear_ed25519_host_key | grep ^ssh-",
        "wg show tunnel public-key",
    ];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    [Trait("Category", "Slow")]
    public async Task Router_TwoDisksOfOneImage_ShareNoKeyAndNoId()
    {
        Example.CopyTo(_folder, "router");
        OwnedDisk one = OwnedDisk.Of(_folder, "./router", "router");
        string other = _folder["other.img"];
        File.Copy(one.Path, other); // before anything was started from it
        string[] first = await OwnOfAsync(one.Path);
        string[] second = await OwnOfAsync(other);
        for (int i = 0; i < s_own.Length; i++)
        {
            Assert.True(first[i].Length >= 32, $"'{s_own[i]}' says '{first[i]}'");
            Assert.NotEqual(first[i], second[i]);
        }
    }

    private static async Task<string[]> OwnOfAsync(string disk)
    {
        MachineConfig config = new()
        {
            Boot = new BootMedium.Disk(disk, Keep: true), MemoryMiB = 192, KernelWords = "no_timer_check",
            Network = new NetworkConfig([], Restrict: true), SwitchedCards = 1,
        };
        await using Machine machine = await Machine.StartAsync(new ToolTree(LayerBench.Qemu), config, AcceleratorKind.Tcg);
        SerialConsole console = new(machine.Log, machine.SerialInput, TimeProvider.System);
        await machine.WaitForLineAsync(LinePattern.Text("Router 1 is ready."), s_deadline);
        await console.AttachAsync(s_deadline);
        await console.RunAsync(
            "until wg show tunnel | grep -q peer; do sleep 1; done; dbclient -y -y root@127.0.0.1 true </dev/null", s_deadline);
        List<string> said = [];
        foreach (string command in s_own)
        {
            said.Add((await console.RunAsync(command, s_deadline)).OutputWithoutKernelMessages.Trim());
        }
        return [.. said];
    }
}
