using System.Diagnostics;
using System.Globalization;
using System.Text;
using Strata.Machines;
using Strata.Machines.Serial;
using Strata.Toolbox;

namespace Strata.Benchmarks;

/// <summary>
/// NanoLinux beside Debian's text installer: from the start of QEMU to the first screen that asks something. Kernel and initramfs of both are given to the
/// same machine directly; they alternate.
/// </summary>
/// <param name="qemu">Unpacked tools of the set <c>run</c>.</param>
/// <param name="nano">NanoLinux's kernel and initramfs, as <c>strata build nano --image pxe</c> writes them.</param>
/// <param name="installer">The installer's, from the package of its images.</param>
/// <param name="rounds">Starts of each.</param>
internal sealed class MenuStart(ToolTree qemu, MenuStart.Guest nano, MenuStart.Guest installer, int rounds)
{
    private const int MemoryMiB = 1024; // with 512 the installer begins with a warning instead of its first question
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(5);

    /// <summary>What is booted and how one knows that it asks.</summary>
    /// <param name="Name">What the table calls it.</param>
    /// <param name="Kernel">A bzImage.</param>
    /// <param name="Initrd">Its initramfs.</param>
    /// <param name="CommandLine">Kernel command line.</param>
    /// <param name="FirstQuestion">Text of the first screen.</param>
    internal sealed record Guest(string Name, string Kernel, string Initrd, string CommandLine, string FirstQuestion);

    /// <summary>NanoLinux as its blueprint starts it.</summary>
    /// <param name="folder">What <c>strata build nano --image pxe</c> wrote.</param>
    public static Guest NanoIn(string folder) => new(
        "NanoLinux", Path.Combine(folder, "vmlinuz"), Path.Combine(folder, "initrd.img"), "console=tty0 console=ttyS0,115200 loglevel=6 panic=10", "Number or letter");

    /// <summary>The installer for text screens, without a word about graphics.</summary>
    /// <param name="tree">Unpacked tools of the set <c>installer</c>.</param>
    public static Guest InstallerIn(string tree)
    {
        string folder = Path.Combine(tree, "usr/lib/debian-installer/images/13/amd64/text/debian-installer/amd64");
        return new("Debian's installer", Path.Combine(folder, "linux"), Path.Combine(folder, "initrd.gz"), "console=ttyS0,115200 loglevel=6", "Select a language");
    }

    /// <summary>Measures and writes the document.</summary>
    public async Task<string> MakeAsync()
    {
        Guest[] guests = [nano, installer];
        Dictionary<string, Steps> steps = guests.ToDictionary(g => g.Name, g => new Steps());
        for (int round = 0; round < rounds; round++)
        {
            foreach (Guest guest in guests)
            {
                await StartAsync(guest, steps[guest.Name]);
            }
        }
        return Write(guests, steps);
    }

    private async Task StartAsync(Guest guest, Steps steps)
    {
        MachineConfig config = new()
        {
            Boot = new BootMedium.Kernel(guest.Kernel, guest.Initrd, guest.CommandLine),
            Firmware = Firmware.Bios,
            MemoryMiB = MemoryMiB,
        };
        long started = Stopwatch.GetTimestamp();
        await using Machine machine = await Machine.StartAsync(qemu, config, AcceleratorKind.Tcg);
        await machine.WaitForLineAsync(LinePattern.Text("Linux version"), s_deadline);
        Measurement begun = GuestProcess.Now(machine, started);
        await machine.WaitForLineAsync(LinePattern.Text(guest.FirstQuestion), s_deadline);
        Measurement asked = GuestProcess.Now(machine, started);
        steps.Asked.Add(asked);
        steps.OfTheGuest.Add(new Measurement(asked.Wall - begun.Wall, asked.Cpu - begun.Cpu, 0));
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{guest.Name}: {asked.Cpu:0.00} s CPU, {asked.Wall:0.00} s"));
    }

    private string Write(Guest[] guests, Dictionary<string, Steps> steps)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"""
            # From the start to the first question

            Written by `benchmarks menu-start`: NanoLinux beside the text installer of Debian 13, the small system that people know. From the start of QEMU (q35,
            SeaBIOS, one emulated processor, {MemoryMiB} MiB, no disk, no network) to the first screen that asks something, on the serial line. QEMU loads kernel and
            initramfs of both itself; {rounds} starts each, alternating; medians of processor seconds, which other work on the machine disturbs less than wall time.
            "After" is from the kernel's own first message on: without firmware and the unpacking of the kernel.

            | system | kernel, bytes | initramfs, bytes | CPU s | of it after | wall s (least … most) | CPU, ratio | wall, ratio |
            |---|---:|---:|---:|---:|---:|---:|---:|

            """);
        Samples peer = steps[installer.Name].Asked;
        foreach (Guest guest in guests)
        {
            Samples mine = steps[guest.Name].Asked;
            text.Append(CultureInfo.InvariantCulture, $"| {guest.Name} | {new FileInfo(guest.Kernel).Length:N0} | {new FileInfo(guest.Initrd).Length:N0} ")
                .Append(CultureInfo.InvariantCulture, $"| {mine.Cpu:0.00} | {steps[guest.Name].OfTheGuest.Cpu:0.00} | {mine.Wall:0.00} ({mine.WallLeast:0.00} … {mine.WallMost:0.00}) ")
                .AppendLine(CultureInfo.InvariantCulture, $"| {mine.Cpu / peer.Cpu:0.00} | {mine.Wall / peer.Wall:0.00} |");
        }
        return text.ToString();
    }

    private sealed class Steps
    {
        /// <summary>From the start of QEMU.</summary>
        public Samples Asked { get; } = new("first question");

        /// <summary>The same from the kernel's own first message on.</summary>
        public Samples OfTheGuest { get; } = new("of it the guest");
    }
}
