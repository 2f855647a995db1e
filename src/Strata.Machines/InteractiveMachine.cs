using Strata.Core;
using Strata.Toolbox;

namespace Strata.Machines;

/// <summary>A machine whose serial line is the terminal of the person who started it.</summary>
/// <remarks>Ctrl-C goes to the guest; Ctrl-A X ends the machine, Ctrl-A C switches to QEMU's monitor, Ctrl-A H shows more.</remarks>
public static class InteractiveMachine
{
    /// <summary>Runs the machine until it ends; the terminal's modes are afterwards what they were.</summary>
    /// <param name="qemu">Tree with QEMU and its firmware.</param>
    /// <param name="config">The machine.</param>
    /// <param name="accelerator">How guest code runs.</param>
    /// <param name="logPath">File that gets everything the guest writes as well, or null.</param>
    /// <param name="cancellationToken">Ends the machine.</param>
    /// <returns>QEMU's exit code; 0 when the guest switched itself off or the person quit.</returns>
    /// <exception cref="StrataException">
    /// The configuration is wrong, or QEMU does not start. Why it refuses, it tells on the terminal itself.
    /// </exception>
    public static async Task<int> RunAsync(
        ToolTree qemu,
        MachineConfig config,
        AcceleratorKind accelerator,
        string? logPath = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(qemu);
        ArgumentNullException.ThrowIfNull(config);
        config.ThrowIfInvalid();
        using PrivateFolder folder = PrivateFolder.Make();
        await using FileServer? server = FileServer.For(config.Boot);
        QemuFiles files = QemuFiles.In(qemu, folder.Path) with { ServedPort = server?.Port ?? 0 };
        await Machine.PrepareFirmwareAsync(config, files, cancellationToken);
        await Machine.PrepareNetAsync(config, files, cancellationToken);
        IReadOnlyList<string> arguments = QemuCommandLine.Of(config, files, accelerator, SerialWiring.Terminal, logPath);
        using TerminalModes modes = TerminalModes.Keep();
        await using QemuProcess process = QemuProcess.Start(qemu.Command(QemuCommandLine.Program, arguments), files, takesTerminal: true);
        return await process.Exited.WaitAsync(cancellationToken);
    }
}
