using System.Diagnostics;
using System.Globalization;
using System.Text;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Cpio;
using Strata.Machines;
using Strata.Machines.Serial;
using Strata.Toolbox;

namespace Strata.Benchmarks;

/// <summary>
/// Kernels side by side: from the start of QEMU to the first line of a program in the guest, and the least memory with which that line comes. All get the
/// same initramfs, of BusyBox alone and uncompressed, and the same machine; they alternate.
/// </summary>
/// <param name="qemu">Unpacked tools of the set <c>run</c>.</param>
/// <param name="busybox">A static BusyBox.</param>
/// <param name="kernels">Names and bzImages; all ratios are against the last one.</param>
/// <param name="rounds">Starts of each.</param>
internal sealed class KernelStart(ToolTree qemu, string busybox, IReadOnlyList<(string Name, string Path)> kernels, int rounds)
{
    private const string FirstLine = "first line of a program";
    private const int PlentyMiB = 256;
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(2);

    /// <summary>Measures and writes the section.</summary>
    public async Task<string> MakeAsync(string folder)
    {
        string initrd = Path.Combine(folder, "initrd");
        WriteInitrd(initrd);
        Dictionary<string, Samples> samples = kernels.ToDictionary(k => k.Name, k => new Samples(k.Name));
        Dictionary<string, Samples> unpacked = kernels.ToDictionary(k => k.Name, k => new Samples(k.Name));
        for (int round = 0; round < rounds; round++)
        {
            foreach ((string name, string path) in kernels)
            {
                (Measurement all, Measurement before) = await StartAsync(path, initrd, PlentyMiB)
                    ?? throw new StrataException($"cannot measure kernel {name}: it starts no program with {PlentyMiB} MiB");
                samples[name].Add(all);
                unpacked[name].Add(before);
                Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {all.Cpu:0.00} s CPU, {all.Wall:0.00} s"));
            }
        }
        Dictionary<string, int> least = [];
        foreach ((string name, string path) in kernels)
        {
            least[name] = await LeastMemoryAsync(path, initrd);
            Console.Error.WriteLine($"{name}: {least[name]} MiB");
        }
        return Write(samples, unpacked, least);
    }

    private string Write(Dictionary<string, Samples> samples, Dictionary<string, Samples> unpacked, Dictionary<string, int> least)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"""
            # Start and memory of kernels, side by side

            Written by `benchmarks kernel-start`: from the start of QEMU (q35, SeaBIOS, one emulated processor, {PlentyMiB} MiB) to the first line of a program of the
            guest. The same uncompressed initramfs with nothing but BusyBox for all; {rounds} starts each, alternating; medians of processor seconds, which
            other work on the machine disturbs less than wall time. "Before" is firmware and unpacking, until the kernel's own first message.

            | kernel | image, bytes | CPU s | of it before | wall s | CPU, ratio | wall, ratio | least memory, MiB |
            |---|---:|---:|---:|---:|---:|---:|---:|

            """);
        Samples peer = samples[kernels[^1].Name];
        foreach ((string name, string path) in kernels)
        {
            Samples mine = samples[name];
            text.Append(CultureInfo.InvariantCulture, $"| {name} | {new FileInfo(path).Length:N0} | {mine.Cpu:0.00} | {unpacked[name].Cpu:0.00} | {mine.Wall:0.00} ")
                .AppendLine(CultureInfo.InvariantCulture, $"| {mine.Cpu / peer.Cpu:0.00} | {mine.Wall / peer.Wall:0.00} | {least[name]} |");
        }
        return text.ToString();
    }

    /// <summary>By halving; the answer is exact to 1 MiB.</summary>
    private async Task<int> LeastMemoryAsync(string kernel, string initrd)
    {
        (int tooLittle, int enough) = (MachineConfig.MinimumMemoryMiB, PlentyMiB);
        while (enough - tooLittle > 1)
        {
            int middle = (tooLittle + enough) / 2;
            if (await StartAsync(kernel, initrd, middle) is null)
            {
                tooLittle = middle;
            }
            else
            {
                enough = middle;
            }
        }
        return enough;
    }

    private async Task<(Measurement All, Measurement Before)?> StartAsync(string kernel, string initrd, int memoryMiB)
    {
        MachineConfig config = new()
        {
            Boot = new BootMedium.Kernel(kernel, initrd, "console=ttyS0 panic=-1"),
            Firmware = Firmware.Bios,
            MemoryMiB = memoryMiB,
        };
        long started = Stopwatch.GetTimestamp();
        await using Machine machine = await Machine.StartAsync(qemu, config, AcceleratorKind.Tcg);
        try
        {
            await machine.WaitForLineAsync(LinePattern.Text("Linux version"), s_deadline);
            Measurement before = GuestProcess.Now(machine, started);
            await machine.WaitForLineAsync(LinePattern.Text(FirstLine), s_deadline);
            return (GuestProcess.Now(machine, started), before);
        }
        catch (MachineException)
        {
            return null; // ended (a panic restarts, which ends the machine) or hangs: too little memory
        }
    }

    private void WriteInitrd(string path)
    {
        Origin origin = new(null, null, "benchmark");
        FileTree tree = new();
        foreach (string folder in (string[])["/bin", "/dev"])
        {
            tree.Add(GuestPath.Parse(folder), new DirectoryNode { Permissions = Modes.Folder }, origin);
        }
        tree.Add(GuestPath.Parse("/dev/console"), new SpecialNode { Permissions = Modes.SecretFile, Kind = SpecialKind.CharacterDevice, Major = 5, Minor = 1 }, origin);
        tree.Add(GuestPath.Parse("/bin/sh"), new FileNode { Permissions = Modes.Program, Content = new InlineContent(File.ReadAllBytes(busybox)) }, origin);
        tree.Add(
            GuestPath.Parse("/init"),
            new FileNode { Permissions = Modes.Program, Content = InlineContent.FromText($"#!/bin/sh\necho {FirstLine}\nwhile :; do sleep 60; done\n") },
            origin);
        using FileStream target = File.Create(path);
        using InlineReader contents = new();
        CpioWriter.Write(tree, contents, target);
    }

    private sealed class InlineReader : IContentReader
    {
        public Stream Open(FileContent content) => new MemoryStream(((InlineContent)content).Bytes.ToArray(), writable: false);

        public void Dispose()
        {
        }
    }
}
