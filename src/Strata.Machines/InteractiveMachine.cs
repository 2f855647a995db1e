using Strata.Core;
using Strata.Machines.Serial;
using Strata.Toolbox;

namespace Strata.Machines;

/// <summary>A machine whose serial line is the terminal of the person who started it.</summary>
/// <remarks>Ctrl-C goes to the guest; Ctrl-A X ends the machine, Ctrl-A C switches to QEMU's monitor, Ctrl-A H shows more.</remarks>
public static class InteractiveMachine
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(200);
    private static readonly Task<string?> s_never = Task.FromResult<string?>(null);
    private static readonly TimeSpan s_lastWords = TimeSpan.FromSeconds(1);

    /// <summary>Runs the machine until it ends; the terminal's modes are afterwards what they were.</summary>
    /// <param name="qemu">Tree with QEMU and its firmware.</param>
    /// <param name="config">The machine.</param>
    /// <param name="accelerator">How guest code runs.</param>
    /// <param name="logPath">File that gets everything the guest writes as well, or null.</param>
    /// <param name="timeout">How long it may run; null for as long as it likes.</param>
    /// <param name="tpmTools">Tree with <c>swtpm</c>, for a machine with a TPM.</param>
    /// <param name="cancellationToken">Ends the machine.</param>
    /// <returns>QEMU's exit code; 0 when the guest switched itself off or the person quit.</returns>
    /// <exception cref="StrataException">
    /// The configuration is wrong, QEMU does not start (why it refuses, it tells on the terminal itself), or the guest died before its
    /// kernel
    /// was up; of too little memory, as far as one can tell.
    /// </exception>
    public static async Task<int> RunAsync(
        ToolTree qemu,
        MachineConfig config,
        AcceleratorKind accelerator,
        string? logPath = null,
        TimeSpan? timeout = null,
        ToolTree? tpmTools = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(qemu);
        ArgumentNullException.ThrowIfNull(config);
        config.ThrowIfInvalid();
        using PrivateFolder folder = PrivateFolder.Make();
        await using FileServer? server = FileServer.For(config.Boot);
        QemuFiles files = QemuFiles.In(qemu, config.Board, folder.Path, config.HasSecureBoot) with { ServedPort = server?.Port ?? 0 };
        await MachineFolder.PrepareAsync(config, files, cancellationToken);
        string line = Path.Combine(folder.Path, "serial.log");
        MemoryShortage memory = new(config.MemoryMiB, TimeProvider.System, config.EnoughMemoryMiB);
        using SerialTail tail = new(line, logPath, memory.Saw);
        int exitCode;
        using (TerminalModes.Keep())
        {
            await using TpmProcess? tpm = await TpmProcess.ForAsync(config, files, tpmTools, cancellationToken);
            await using GuardedProcess process = QemuProcess.StartInteractive(qemu, config, files, accelerator, line, tpm);
            Task<string?> lostTpm = tpm is null ? s_never : tpm.LostAsync(process.Exited);
            long start = TimeProvider.System.GetTimestamp();
            while (!process.Exited.IsCompleted)
            {
                if (timeout is TimeSpan most && TimeProvider.System.GetElapsedTime(start) > most)
                {
                    throw new StrataException(
                        $"cannot go on with the machine: it still ran after {Deadline.InSeconds(most)}", "'--timeout' gives it longer.");
                }
                await Task.WhenAny(process.Exited, Task.Delay(s_look, cancellationToken));
                cancellationToken.ThrowIfCancellationRequested();
                tail.Look();
                if (lostTpm is { IsCompleted: true, Result: string lost })
                {
                    throw new StrataException($"cannot go on with the machine: {lost}");
                }
                // a firmware that crashed stands still for ever, and what starts again and again would do so for ever
                if (memory.FirmwareCrash is not null || memory.IsLooping)
                {
                    await Task.Delay(s_lastWords, cancellationToken);
                    await process.KillAsync();
                }
            }
            exitCode = await process.Exited;
            tail.Look();
        }
        return memory.FirmwareCrash is string crash ? throw Dead($"the firmware crashed: {crash}")
            : memory.IsLooping ? throw Dead("the guest starts again and again")
            : exitCode;

        StrataException Dead(string what) => new(
            $"cannot go on with the machine: {what}{memory.Explanation}",
            memory.Explanation.Length > 0 ? "'--memory' gives it more; without it the machine gets what the blueprint says." : null);
    }
}
