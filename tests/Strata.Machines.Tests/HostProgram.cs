using System.Globalization;
using Strata.Toolbox;

namespace Strata.Machines.Tests;

/// <summary>A small program around the library, started by tests that kill it or give it a terminal of its own.</summary>
internal static class HostProgram
{
    private static async Task<int> Main(string[] arguments)
    {
        switch (arguments)
        {
            case ["hold", string tree, string kernel, .. string[] tpm]:
                await using (Machine machine = await Machine.StartAsync(
                    new ToolTree(tree), Guest(kernel, null) with { HasTpm = tpm.Length > 0 }, AcceleratorKind.Tcg,
                    new MachineOptions { TpmTools = tpm is [string root] ? new ToolTree(root) : null }))
                {
                    Console.WriteLine(machine.ProcessId.ToString(CultureInfo.InvariantCulture));
                    await machine.Ended; // for ever: the guest has no init and the test kills us long before its panic
                }
                return 0;
            case ["interactive", string tree, string kernel, string initrd, string log]:
                return await InteractiveMachine.RunAsync(new ToolTree(tree), Guest(kernel, initrd), AcceleratorKind.Tcg, log);
            default:
                await Console.Error.WriteLineAsync("arguments: hold TREE KERNEL [TPMTREE], or interactive TREE KERNEL INITRD LOG");
                return 2;
        }
    }

    private static MachineConfig Guest(string kernel, string? initrd) => new()
    {
        Boot = new BootMedium.Kernel(kernel, initrd, GuestParts.Words),
        Firmware = Firmware.Bios,
        MemoryMiB = 192,
        AllowReboot = true,
    };
}
