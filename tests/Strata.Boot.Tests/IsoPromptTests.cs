using Strata.Boot.Tests.Layers;
using Strata.Machines;
using Strata.Machines.Serial;
using Strata.Testing;
using Strata.Toolbox;

namespace Strata.Boot.Tests;

/// <summary>A person at the prompt of ISOLINUX, on the serial line.</summary>
[Collection("guests with layers")]
public class IsoPromptTests
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(4);

    [SkippableTheory]
    [InlineData("capability caps=network,storage", "^base console disks hardware init network shell storage system$")]
    [InlineData("capability", "^base .*containers .*kubernetes-tools .*storage system$")] // every layer that there is
    [Trait("Category", "Slow")]
    public async Task Words_TypedAtTheStart_ComposeTheSystem(string line, string layers)
    {
        using TemporaryFolder folder = new();
        StrataProgram.Outcome outcome = StrataProgram.Run(folder.Path, "build", "capability", "--image", "iso");
        Assert.True(outcome.ExitCode == 0, outcome.All);
        MachineConfig config = new() { Boot = new BootMedium.Iso(folder["out/capability/capability.iso"]), Firmware = Firmware.Bios };
        await using Machine machine = await Machine.StartAsync(new ToolTree(LayerBench.Qemu), config, AcceleratorKind.Tcg);
        SerialConsole console = new(machine.Log, machine.SerialInput, TimeProvider.System);
        using (CancellationTokenSource limit = new(s_deadline))
        {
            while (!machine.Log.TextFrom(0).Contains("boot:", StringComparison.Ordinal)) // no line yet: the cursor stands behind it
            {
                await Task.Delay(100, limit.Token);
            }
        }
        await console.TypeLineAsync(line);
        await machine.WaitForLineAsync(LinePattern.Text("is ready."), s_deadline);
        await console.AttachAsync(s_deadline);
        CommandResult result = await console.RunAsync("ls /run/strata/layers | tr '\\n' ' '", s_deadline);
        Assert.Matches(layers, result.Output.Trim());
        result = await console.RunAsync("grep -o '\"fileSystem\":\"[a-z0-9]*\"' /run/strata/boot.json", s_deadline);
        Assert.Equal("\"fileSystem\":\"iso9660\"", result.Output.Trim());
        await console.TypeLineAsync("poweroff");
        Assert.Equal(MachineEndKind.PoweredOff, (await machine.WaitForEndAsync(s_deadline)).Kind);
    }
}
