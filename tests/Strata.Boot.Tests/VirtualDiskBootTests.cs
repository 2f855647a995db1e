using Strata.Boot.Tests.Layers;
using Strata.Machines;
using Strata.Machines.Serial;
using Strata.Testing;
using Strata.Toolbox;

namespace Strata.Boot.Tests;

/// <summary>The disk of an edition in the forms of programs for virtual machines, started as they are.</summary>
[Collection("guests with layers")]
public class VirtualDiskBootTests
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(5);

    [SkippableTheory]
    [Trait("Category", "Slow")]
    [InlineData("qcow2")]
    [InlineData("vmdk")]
    [InlineData("vhdx")]
    [InlineData("vdi")]
    public async Task Disk_InAnotherForm_Boots(string form)
    {
        using TemporaryFolder folder = new();
        StrataProgram.Outcome made = StrataProgram.Run(folder.Path, "init", "my-os");
        Assert.True(made.ExitCode == 0, made.All);
        StrataProgram.Outcome built = StrataProgram.Run(folder.Path, "build", "./my-os", "--image", form);
        Assert.True(built.ExitCode == 0, built.All);
        using (FileStream empty = File.Create(folder["empty"]))
        {
            empty.SetLength(1 << 20);
        }
        MachineConfig config = new()
        {
            Boot = new BootMedium.Disk(folder["empty"], DiskBus.Sata), // a machine of ours boots raw images; this one finds nothing on it
            MemoryMiB = 512,
            KernelWords = "no_timer_check", // an emulated timer on a busy host may miss the ticks that the kernel waits for
            ExtraArguments =
            [
                "-drive", $"if=none,id=form,format={form},snapshot=on,file={folder[$"out/my-os/my-os.{form}"]}",
                "-device", "virtio-blk-pci,drive=form,bootindex=0",
            ],
        };
        await using Machine machine = await Machine.StartAsync(new ToolTree(LayerBench.Qemu), config, AcceleratorKind.Tcg);
        SerialConsole console = new(machine.Log, machine.SerialInput, TimeProvider.System);
        await machine.WaitForLineAsync(LinePattern.Text("my-os 0.1 is ready."), s_deadline);
        await console.AttachAsync(s_deadline);
        Assert.Equal("Hello, world!", (await console.RunAsync("hello", s_deadline)).Output.Trim());
    }
}
