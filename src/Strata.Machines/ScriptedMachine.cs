using Strata.Machines.Serial;
using Strata.Toolbox;

namespace Strata.Machines;

/// <summary>A machine that is started for one command.</summary>
public static class ScriptedMachine
{
    /// <summary>Starts it, waits until it is ready, runs a command at its console, and ends it.</summary>
    /// <param name="qemu">Tree with QEMU and its firmware.</param>
    /// <param name="config">The machine.</param>
    /// <param name="accelerator">How guest code runs.</param>
    /// <param name="ready">The line that says that the system is ready.</param>
    /// <param name="login">Who logs in: a user and a password or null; null when the console is a shell already.</param>
    /// <param name="command">For a POSIX shell.</param>
    /// <param name="timeout">For all of it.</param>
    /// <param name="logPath">File that gets everything the guest writes, or null.</param>
    /// <param name="tpmTools">Tree with <c>swtpm</c>, for a machine with a TPM.</param>
    /// <param name="cancellationToken">Ends the machine.</param>
    /// <returns>What the command said, and its exit code.</returns>
    /// <exception cref="Core.StrataException">The machine does not start or ends too soon, or time is over.</exception>
    public static async Task<CommandResult> RunAsync(
        ToolTree qemu, MachineConfig config, AcceleratorKind accelerator, LinePattern ready,
        (string User, string? Password)? login, string command, TimeSpan timeout, string? logPath = null,
        ToolTree? tpmTools = null, CancellationToken cancellationToken = default)
    {
        ShellText.ThrowIfUntypable(command);
        await using Machine machine = await Machine.StartAsync(
            qemu, config, accelerator, new MachineOptions { LogPath = logPath, TpmTools = tpmTools }, cancellationToken);
        long start = machine.Deadlines.GetTimestamp();
        try
        {
            await machine.WaitForLineAsync(ready, timeout, cancellationToken: cancellationToken);
            SerialConsole console = new(machine.Log, machine.SerialInput, machine.Deadlines);
            if (login is var (user, password))
            {
                await console.LoginAsync(user, password, Left(), cancellationToken);
            }
            await console.AttachAsync(Left(), cancellationToken);
            return await console.RunAsync(command, Left(), cancellationToken: cancellationToken);
        }
        catch (MachineException) when (machine.IsPanicking)
        {
            MachineEnd end = await machine.WaitForEndAsync(TimeSpan.FromSeconds(10), cancellationToken);
            throw new MachineEndedException(
                $"cannot run '{ShellText.Shorten(command)}': the guest's machine {end.Description}", machine.Log, end);
        }

        TimeSpan Left() => timeout - machine.Deadlines.GetElapsedTime(start) is { Ticks: > 0 } left ? left : TimeSpan.FromMilliseconds(1);
    }
}
