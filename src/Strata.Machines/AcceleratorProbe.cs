using System.Diagnostics;
using System.Globalization;
using Strata.Core;
using Strata.Toolbox;

namespace Strata.Machines;

/// <summary>What a probe found.</summary>
/// <param name="Works">The guest ran and said so in time.</param>
/// <param name="Reason">Why not, as the end of a sentence; empty when it works.</param>
internal sealed record ProbeResult(bool Works, string Reason);

/// <summary>Starts small guests and sees whether they run: one boot sector, and the UEFI firmware until it says something.</summary>
/// <remarks>
/// Both are needed: on hosts where KVM cannot run guests fully in hardware it emulates single instructions, gets through the boot sector, and
/// gives up ("KVM internal error") in firmware and kernels.
/// </remarks>
internal static class AcceleratorProbe
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Runs <paramref name="bootSector"/> and expects QEMU to end with <see cref="BootSector.ExitCode"/>.</summary>
    /// <param name="qemu">Tree with QEMU and SeaBIOS.</param>
    /// <param name="kind">What is probed.</param>
    /// <param name="bootSector">512 bytes, usually <see cref="BootSector.Exiting"/>.</param>
    /// <param name="deadline">After this the guest is ended and the answer is no.</param>
    /// <param name="cancellationToken">Ends the guest and throws.</param>
    /// <exception cref="StrataException">The tree has no QEMU.</exception>
    public static async Task<ProbeResult> RunAsync(
        ToolTree qemu, AcceleratorKind kind, byte[] bootSector, TimeSpan deadline, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(qemu);
        ArgumentNullException.ThrowIfNull(bootSector);
        if (bootSector.Length != BootSector.Size)
        {
            throw new ArgumentException($"a boot sector has {BootSector.Size} bytes, not {bootSector.Length}", nameof(bootSector));
        }
        using PrivateFolder folder = PrivateFolder.Make();
        string image = folder["probe.img"];
        await File.WriteAllBytesAsync(image, bootSector, cancellationToken);
        QemuFiles files = QemuFiles.In(qemu, Board.Q35, folder.Path);
        await using GuardedProcess process = QemuProcess.StartProbe(qemu, files, kind, Arguments(files, kind, image));
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(deadline);
        string name = NameOf(kind);
        try
        {
            await process.Exited.WaitAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new ProbeResult(false, string.Create(
                CultureInfo.InvariantCulture, $"a probe guest under {name} did not run within {deadline.TotalSeconds:0.#} s"));
        }
        int exitCode = await process.Exited;
        if (exitCode == BootSector.ExitCode)
        {
            return new ProbeResult(true, "");
        }
        string said = await process.MessagesAsync();
        string quoted = said.Length == 0 ? "" : $" and said '{said}'";
        return new ProbeResult(false, $"a probe guest under {name} did not run: QEMU ended with exit code {exitCode}{quoted}");
    }

    /// <summary>Runs the UEFI firmware without any disk and expects it to write to the serial line.</summary>
    /// <param name="qemu">Tree with QEMU and OVMF.</param>
    /// <param name="kind">What is probed.</param>
    /// <param name="deadline">After this the guest is ended and the answer is no.</param>
    /// <param name="cancellationToken">Ends the guest and throws.</param>
    /// <exception cref="StrataException">The tree has no QEMU.</exception>
    public static async Task<ProbeResult> RunFirmwareAsync(ToolTree qemu, AcceleratorKind kind, TimeSpan deadline, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(qemu);
        using PrivateFolder folder = PrivateFolder.Make();
        QemuFiles files = QemuFiles.In(qemu, Board.Q35, folder.Path);
        string serial = folder["serial.log"];
        await using GuardedProcess process = QemuProcess.StartProbe(qemu, files, kind, FirmwareArguments(files, kind, serial));
        long started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < deadline && !process.Exited.IsCompleted)
        {
            if (File.Exists(serial) && new FileInfo(serial).Length > 0)
            {
                return new ProbeResult(true, "");
            }
            await Task.Delay(s_pause, cancellationToken);
        }
        string name = NameOf(kind);
        return new ProbeResult(false, string.Create(CultureInfo.InvariantCulture, $"the firmware under {name} said nothing within {deadline.TotalSeconds:0.#} s"));
    }

    private static IEnumerable<string> FirmwareArguments(QemuFiles files, AcceleratorKind kind, string serial) =>
    [
        .. CommonArguments(files, kind),
        "-machine", "q35",
        "-cpu", "max",
        "-m", "64M",
        "-serial", $"file:{serial}",
        "-drive", $"if=pflash,format=raw,readonly=on,file={files.FirmwareCode.Replace(",", ",,", StringComparison.Ordinal)}",
    ];

    private static IEnumerable<string> Arguments(QemuFiles files, AcceleratorKind kind, string image) =>
    [
        .. CommonArguments(files, kind),
        "-machine", "pc",
        "-m", "16M",
        "-device", $"isa-debug-exit,iobase=0x{BootSector.ExitPort:x2},iosize=0x01",
        "-drive", $"if=ide,format=raw,snapshot=on,file={image.Replace(",", ",,", StringComparison.Ordinal)}",
    ];

    private static IEnumerable<string> CommonArguments(QemuFiles files, AcceleratorKind kind) =>
    [
        "-nodefaults", "-no-user-config", .. QemuCommandLine.Sandbox(Graphics.None),
        .. files.DataFolders.SelectMany(f => new[] { "-L", f }),
        "-pidfile", files.ProcessIdFile,
        "-accel", kind == AcceleratorKind.Kvm ? "kvm" : "tcg",
        "-display", "none",
        "-no-reboot",
    ];

    private static string NameOf(AcceleratorKind kind) => kind == AcceleratorKind.Kvm ? "KVM" : "emulation";
}
