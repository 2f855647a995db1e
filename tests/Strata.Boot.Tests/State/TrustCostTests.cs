using System.Diagnostics;
using System.Globalization;
using Strata.Boot.Tests.Layers;
using Strata.Machines;
using Strata.Machines.Serial;
using Strata.Testing;
using Strata.Toolbox;
using Xunit.Abstractions;

namespace Strata.Boot.Tests.State;

/// <summary>
/// What a chain of trust costs at the start: processor time of the whole machine with Secure Boot, a TPM and sealed state, beside one that
/// has the same layers and plain state. Both run side by side; of several such pairs the median counts.
/// </summary>
/// <remarks>
/// Held is what the kernel and the system take. What firmware takes to hash and measure the kernel image, in C and emulated, is said beside
/// it: docs/decisions/0133.
/// </remarks>
[Collection("guests with layers")]
public sealed class TrustCostTests(ITestOutputHelper output) : IDisposable
{
    private const int Pairs = 5;
    private const double MostRatio = 1.15;
    private const long RoomForState = 96 << 20;

    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(10);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    [Trait("Category", "Slow")]
    public async Task Boot_WithTheWholeChain_KernelAndSystemTakeLittleMore()
    {
        SecureBootBench.Succeed(StrataProgram.Run(_folder.Path, "keys", "new", "keys", "--owner", "Anna"));
        MachineConfig trusted = Config("trusted", "encrypt: tpm, keep: [/home/notes]", "--keys", "keys") with
        {
            HasSecureBoot = true,
            FirmwareVariables = _folder["variables"],
            HasTpm = true,
            TpmState = _folder["tpm"],
            AllowReboot = true,
        };
        MachineConfig plain = Config("plain", "keep: [/home/notes]");
        await StartAsync(trusted, "trusted"); // enrols and seals
        await StartAsync(plain, "plain"); // makes its state
        List<double> whole = [];
        List<double> system = [];
        for (int pair = 0; pair < Pairs; pair++)
        {
            Times[] times = await Task.WhenAll(StartAsync(trusted, "trusted"), StartAsync(plain, "plain"));
            whole.Add(times[0].Whole / times[1].Whole);
            system.Add(times[0].System / times[1].System);
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"whole {times[0].Whole:0.0}/{times[1].Whole:0.0} s, from the kernel on {times[0].System:0.0}/{times[1].System:0.0} s"));
        }
        double ratio = Median(system);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"medians: whole {Median(whole):0.000}, from the kernel on {ratio:0.000}"));
        Assert.True(ratio <= MostRatio, $"kernel and system take {ratio:0.000} of a start without, allowed {MostRatio}");
    }

    private static double Median(List<double> ratios) => ratios.Order().ElementAt(ratios.Count / 2);

    private MachineConfig Config(string name, string state, params string[] options)
    {
        Directory.CreateDirectory(_folder[name]);
        File.WriteAllText(_folder[$"{name}/edition.yaml"], $$"""
            edition: {{name}}
            title: {{name}}
            version: "1"
            kernel: pico
            init: busybox
            layout: layers
            boot: systemd-boot
            capabilities: [console]
            directories:
              /home/notes: {mode: "0700"}
            state: { {{state}} }
            command-line: console=ttyS0,115200 panic=10 no_timer_check
            run: {memory: 512 MiB}
            """);
        SecureBootBench.Succeed(StrataProgram.Run(_folder.Path, ["build", $"./{name}", "--output", "out", .. options]));
        string image = _folder[$"out/{name}/{name}.img"];
        using (FileStream disk = File.OpenWrite(image))
        {
            disk.SetLength(disk.Length + RoomForState);
        }
        return new MachineConfig { Boot = new BootMedium.Disk(image, Keep: true), MemoryMiB = 512 };
    }

    private static async Task<Times> StartAsync(MachineConfig config, string title)
    {
        await using Machine machine = await Machine.StartAsync(
            new ToolTree(LayerBench.Qemu), config, AcceleratorKind.Tcg, new MachineOptions { TpmTools = new ToolTree(LayerBench.Tpm) });
        using Process process = Process.GetProcessById(machine.ProcessId);
        await machine.WaitForLineAsync(LinePattern.Text("Linux version"), s_deadline);
        process.Refresh();
        double kernel = process.TotalProcessorTime.TotalSeconds;
        await machine.WaitForLineAsync(LinePattern.Text($"{title} 1 is ready."), s_deadline);
        process.Refresh();
        double ready = process.TotalProcessorTime.TotalSeconds;
        SerialConsole console = new(machine.Log, machine.SerialInput, TimeProvider.System);
        await console.AttachAsync(s_deadline);
        await console.RunAsync("sync; echo u > /proc/sysrq-trigger", s_deadline); // as a machine leaves its disk that was stopped
        await machine.StopAsync();
        return new Times(ready, ready - kernel);
    }

    private sealed record Times(double Whole, double System);
}
