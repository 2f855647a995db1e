using System.Diagnostics;
using System.Globalization;
using Strata.Core;
using Strata.Toolbox;

namespace Strata.Machines;

/// <summary>What a probe found.</summary>
/// <param name="Works">The guest ran and said so in time.</param>
/// <param name="Reason">Why not, as the end of a sentence; empty when it works.</param>
public sealed record ProbeResult(bool Works, string Reason);

/// <summary>Starts a guest of one boot sector and sees whether it runs.</summary>
public static class AcceleratorProbe
{
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
        QemuFiles files = QemuFiles.In(qemu, folder.Path);
        ProcessStartInfo start = qemu.Command(QemuCommandLine.Program, Arguments(files, kind, image));
        await using QemuProcess process = QemuProcess.Start(start, files, takesTerminal: false);
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(deadline);
        string name = kind == AcceleratorKind.Kvm ? "KVM" : "emulation";
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

    private static IEnumerable<string> Arguments(QemuFiles files, AcceleratorKind kind, string image) =>
    [
        "-nodefaults", "-no-user-config",
        .. files.DataFolders.SelectMany(f => new[] { "-L", f }),
        "-pidfile", files.ProcessIdFile,
        "-machine", "pc",
        "-accel", kind == AcceleratorKind.Kvm ? "kvm" : "tcg",
        "-m", "16M",
        "-display", "none",
        "-no-reboot",
        "-device", $"isa-debug-exit,iobase=0x{BootSector.ExitPort:x2},iosize=0x01",
        "-drive", $"if=ide,format=raw,snapshot=on,file={image.Replace(",", ",,", StringComparison.Ordinal)}",
    ];
}
