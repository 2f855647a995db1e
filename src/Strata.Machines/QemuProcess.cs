using Microsoft.Win32.SafeHandles;
using Strata.Core;
using Strata.Device.Confinement;
using Strata.Toolbox;

namespace Strata.Machines;

/// <summary>Starts QEMU: for a machine, driven or with somebody before it, or for a probe.</summary>
internal static class QemuProcess
{
    /// <summary>Starts QEMU for a machine that Strata drives: confined, with its images open, under a guard.</summary>
    /// <param name="qemu">Tree with QEMU.</param>
    /// <param name="config">The machine.</param>
    /// <param name="files">Its paths; what is prepared in its folder is there.</param>
    /// <param name="accelerator">How guest code runs.</param>
    /// <param name="link">The lines to it, of which QEMU takes its ends.</param>
    /// <param name="tpm">Its TPM, whose end QEMU takes; null without.</param>
    /// <exception cref="StrataException">An image does not open, or the program does not start.</exception>
    public static GuardedProcess StartDriven(
        ToolTree qemu, MachineConfig config, QemuFiles files, AcceleratorKind accelerator, MachineLink link, TpmProcess? tpm)
    {
        GuardedProcess process = Start(
            qemu, config, files, accelerator, link.Arguments, takesTerminal: false, link.Descriptors, tpm);
        link.HandedOver();
        return process;
    }

    /// <summary>The same for a machine before which somebody sits: it gets our terminal.</summary>
    /// <param name="qemu">Tree with QEMU.</param>
    /// <param name="config">The machine.</param>
    /// <param name="files">Its paths; what is prepared in its folder is there.</param>
    /// <param name="accelerator">How guest code runs.</param>
    /// <param name="log">The file that gets everything the guest writes.</param>
    /// <param name="tpm">Its TPM, whose end QEMU takes; null without.</param>
    /// <exception cref="StrataException">An image does not open, or the program does not start.</exception>
    public static GuardedProcess StartInteractive(
        ToolTree qemu, MachineConfig config, QemuFiles files, AcceleratorKind accelerator, string log, TpmProcess? tpm) =>
        Start(qemu, config, files, accelerator, QemuCommandLine.Terminal(log), takesTerminal: true, [], tpm);

    /// <summary>Starts QEMU without a machine's images: that of a probe.</summary>
    /// <param name="qemu">Tree with QEMU.</param>
    /// <param name="files">Its paths.</param>
    /// <param name="kind">How guest code runs.</param>
    /// <param name="arguments">They name <see cref="QemuFiles.ProcessIdFile"/>.</param>
    /// <exception cref="StrataException">The program does not start.</exception>
    public static GuardedProcess StartProbe(ToolTree qemu, QemuFiles files, AcceleratorKind kind, IEnumerable<string> arguments) =>
        GuardedProcess.Start(
            qemu.Confined(QemuView.OfProbe(files, kind), Board.Q35.Program, arguments),
            files.PrivateFolder, files.ProcessIdFile, takesTerminal: false, ProcessLimits.OfTool, []);

    private static GuardedProcess Start(
        ToolTree qemu, MachineConfig config, QemuFiles files, AcceleratorKind accelerator, IReadOnlyList<string> lines, bool takesTerminal,
        IReadOnlyList<SafeFileHandle> ends, TpmProcess? tpm)
    {
        using OpenImages images = OpenImages.Of(config, files);
        files = files with
        {
            Images = images.Names, ImageArguments = images.Arguments,
            TpmDescriptor = tpm is null ? "" : MachineLink.NumberOf(tpm.TheirEnd),
        };
        IReadOnlyList<string> arguments = QemuCommandLine.Of(config, files, accelerator, lines);
        ToolStart start = qemu.Confined(QemuView.Of(config, files, images, accelerator), config.Board.Program, arguments);
        List<SafeFileHandle> cables = [.. config.WiredCards.Select(c => c.Cable)];
        if (config.Network?.FrameSocket is SafeFileHandle cable)
        {
            cables.Add(cable);
        }
        if (tpm is not null)
        {
            cables.Add(tpm.TheirEnd);
        }
        GuardedProcess process = GuardedProcess.Start(
            start, files.PrivateFolder, files.ProcessIdFile, takesTerminal, QemuView.LimitsOf(config, images, isDriven: !takesTerminal),
            [.. images.Descriptors, .. ends, .. cables]);
        foreach (SafeFileHandle taken in cables)
        {
            taken.Dispose();
        }
        return process;
    }
}
