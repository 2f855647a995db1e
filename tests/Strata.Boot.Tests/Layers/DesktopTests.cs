using System.Text;
using Strata.Machines;
using Strata.Machines.Serial;
using Strata.Testing;
using Strata.Toolbox;

namespace Strata.Boot.Tests.Layers;

/// <summary>The graphical capability: what a person sees, and that the keyboard reaches it.</summary>
[Collection("guests with layers")]
public sealed class DesktopTests : IDisposable
{
    private static readonly TimeSpan s_start = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan s_step = TimeSpan.FromMinutes(2);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    [Trait("Category", "Slow")]
    public async Task Boot_Gui_ShowsATerminalAndTakesWhatIsTyped()
    {
        StrataProgram.Outcome built = StrataProgram.Run(_folder.Path, "build", "capability");
        Assert.True(built.ExitCode == 0, built.All);
        MachineConfig config = new()
        {
            Boot = new BootMedium.Disk(_folder["out/capability/capability.img"]),
            MemoryMiB = 512,
            KernelWords = "caps=gui",
            ExtraArguments = ["-device", "virtio-vga", "-device", "virtio-keyboard-pci", "-device", "virtio-tablet-pci"],
        };
        await using Machine machine = await Machine.StartAsync(new ToolTree(LayerBench.Qemu), config, AcceleratorKind.Tcg);
        await machine.WaitForLineAsync(LinePattern.Text("CapabilityLinux 0.1 is ready."), s_start);
        SerialConsole console = new(machine.Log, machine.SerialInput, TimeProvider.System);
        await console.AttachAsync(s_step);

        await UntilAsync(console, "pidof foot && [ -S /run/user/1000/wayland-0 ]");
        Assert.Equal("user\nuser\n", await SaidAsync(console, "stat -c %U /proc/$(pidof labwc) /proc/$(pidof foot)"));
        Assert.Equal("", await SaidAsync(console, "ls /dev/fb* 2>/dev/null | grep -v fb0; ls /usr/lib/*/libLLVM* 2>/dev/null; true"));

        // keys that reach the terminal reach the shell in it; they are pressed again until it is there to take them
        await UntilAsync(console, "[ -e /tmp/typed ]", () => TypeAsync(machine, "touch /tmp/typed"));
        Assert.Equal("user\n", await SaidAsync(console, "stat -c %U /tmp/typed"));

        await machine.SaveScreenAsync(_folder["screen.ppm"]);
        Screen screen = Screen.Read(await File.ReadAllBytesAsync(_folder["screen.ppm"]));
        Assert.True(screen.Width >= 640 && screen.Height >= 480, $"{screen.Width} x {screen.Height}");
        // a maximized terminal: mostly its background, and text whose edges are smoothed into many shades
        Assert.InRange(screen.Shades.Count, 16, 4096);
        Assert.InRange(screen.Shades.Values.Max(), screen.Width * screen.Height / 2, (screen.Width * screen.Height) - 500);
    }

    private static async Task TypeAsync(Machine machine, string line)
    {
        foreach (char c in line)
        {
            await machine.PressKeysAsync(c switch { ' ' => "spc", '/' => "slash", _ => c.ToString() });
            await Task.Delay(TimeSpan.FromMilliseconds(200)); // QEMU holds a key for 100 ms
        }
        await machine.PressKeysAsync("ret");
    }

    private static async Task UntilAsync(SerialConsole console, string command, Func<Task>? meanwhile = null)
    {
        using CancellationTokenSource deadline = new(s_step);
        while ((await console.RunAsync(command, s_step)).ExitCode != 0)
        {
            if (deadline.IsCancellationRequested)
            {
                Assert.Fail(
                    $"never true: {command}\n{await SaidAsync(console, "ps; tail -n 40 /var/log/desktop.log; dmesg | tail -n 20")}");
            }
            await (meanwhile?.Invoke() ?? Task.CompletedTask);
            await Task.Delay(TimeSpan.FromSeconds(1));
        }
    }

    private static async Task<string> SaidAsync(SerialConsole console, string command) => (await console.RunAsync(command, s_step)).Output.ReplaceLineEndings("\n");

    /// <summary>A picture of a screen.</summary>
    /// <param name="Width">Pixels in a row.</param>
    /// <param name="Height">Rows.</param>
    /// <param name="Shades">How many pixels each colour has.</param>
    private sealed record Screen(int Width, int Height, IReadOnlyDictionary<int, int> Shades)
    {
        /// <summary>Reads a portable pixmap, <c>P6 WIDTH HEIGHT 255</c> and the pixels.</summary>
        public static Screen Read(ReadOnlySpan<byte> file)
        {
            int end = 0;
            for (int blanks = 0; blanks < 4; end++)
            {
                blanks += file[end] is (byte)' ' or (byte)'\n' ? 1 : 0;
            }
            string[] head = Encoding.ASCII.GetString(file[..end]).Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal("P6", head[0]);
            Assert.Equal("255", head[3]);
            (int width, int height) = (Number(head[1]), Number(head[2]));
            Assert.Equal(width * height * 3, file.Length - end);
            Dictionary<int, int> shades = [];
            for (int i = end; i < file.Length; i += 3)
            {
                int shade = (file[i] << 16) | (file[i + 1] << 8) | file[i + 2];
                shades[shade] = shades.GetValueOrDefault(shade) + 1;
            }
            return new Screen(width, height, shades);
        }

        private static int Number(string text) => int.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
    }
}
