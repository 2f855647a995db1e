using Microsoft.Win32.SafeHandles;
using Strata.Core;
using Strata.Device.Confinement;
using Strata.Device.Handles;
using Strata.Device.Posix;
using Strata.Toolbox;

namespace Strata.Machines;

/// <summary>
/// The TPM 2.0 of a machine: <c>swtpm</c>, a process beside QEMU. It and QEMU inherit the ends of one connection without a name, so nothing
/// has to be waited for, nobody else can talk to it, and it ends when QEMU has ended, however that was.
/// </summary>
/// <remarks>Written for swtpm 0.7, of which <c>--terminate</c> sees the end of the channel that QEMU opens for commands.</remarks>
internal sealed class TpmProcess : IAsyncDisposable
{
    /// <summary>The program in its tree.</summary>
    internal const string Program = "usr/bin/swtpm";

    private const string StateFile = "tpm2-00.permall"; // what makes a folder that of a TPM
    private const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>How long QEMU and its TPM may outlive each other when they end together.</summary>
    private static readonly TimeSpan s_parting = TimeSpan.FromSeconds(2);

    // a TPM of a test computes for seconds; its state is some kilobytes
    private static readonly ProcessLimits s_limits = new() { ProcessorSeconds = 3600, FileBytes = 16 << 20, MemoryBytes = 4L << 30 };

    private readonly GuardedProcess _process;

    private TpmProcess(GuardedProcess process, SafeFileHandle theirEnd) => (_process, TheirEnd) = (process, theirEnd);

    /// <summary>What QEMU has to inherit, and who started it to close then.</summary>
    public SafeFileHandle TheirEnd { get; }

    /// <summary>Starts that of a machine; null for one without.</summary>
    /// <param name="config">The machine.</param>
    /// <param name="files">Its paths.</param>
    /// <param name="tools">Tree with <c>swtpm</c>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StrataException">There is no such tree, its state cannot be kept there, or the program does not start.</exception>
    public static async Task<TpmProcess?> ForAsync(
        MachineConfig config, QemuFiles files, ToolTree? tools, CancellationToken cancellationToken)
    {
        if (!config.HasTpm)
        {
            return null;
        }
        if (tools is null)
        {
            throw new StrataException(
                "cannot start a machine with a TPM: there are no tools with swtpm", "'strata toolbox install tpm' fetches them.");
        }
        string state = config.TpmState is string kept ? Path.GetFullPath(kept) : files.TpmState;
        if (state.Contains(',', StringComparison.Ordinal))
        {
            throw new StrataException($"cannot keep the state of a TPM in {state}: swtpm takes no path with a comma");
        }
        SafeFileHandle? ours = null;
        SafeFileHandle? theirs = null;
        try
        {
            Directory.CreateDirectory(state, Own);
            if (!File.Exists(Path.Combine(state, StateFile)))
            {
                await TpmBanks.MakeAsync(tools, state, files, s_limits, cancellationToken);
            }
            (ours, theirs) = SocketPair.MakeForTwo();
            ProcessView view = new() { Writes = [files.PrivateFolder, state] };
            GuardedProcess process = GuardedProcess.Start(
                tools.Confined(view, Program, Arguments(state, files, MachineLink.NumberOf(ours))), files.PrivateFolder,
                files.TpmProcessIdFile, takesTerminal: false, s_limits, [ours]);
            return new TpmProcess(process, theirs);
        }
        catch (Exception e)
        {
            theirs?.Dispose();
            if (e is IOException or UnauthorizedAccessException or PosixException)
            {
                throw new StrataException($"cannot start the TPM of a machine with its state in {state}: {e.Message}", innerException: e);
            }
            throw;
        }
        finally
        {
            ours?.Dispose(); // it has its end, and QEMU shall see when it is gone
        }
    }

    /// <summary>
    /// Why a machine that still runs has lost its TPM: completes when the TPM ended and QEMU did not, with a sentence; else when QEMU
    /// ended, with null.
    /// </summary>
    public async Task<string?> LostAsync(Task qemuExited)
    {
        await Task.WhenAny(_process.Exited, qemuExited);
        await Task.WhenAny(qemuExited, Task.Delay(s_parting)); // QEMU lets go of its TPM a moment before it ends
        return qemuExited.IsCompleted ? null : await EndAsync();
    }

    /// <summary>Why QEMU found no TPM when it started: what became of it; null when it did not fail.</summary>
    public async Task<string?> FailureAsync()
    {
        await Task.WhenAny(_process.Exited, Task.Delay(s_parting)); // QEMU is gone, so it ends too
        return _process.Exited.IsCompletedSuccessfully && await _process.Exited != 0 ? await EndAsync() : null;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        TheirEnd.Dispose();
        await Task.WhenAny(_process.Exited, Task.Delay(s_parting)); // it writes its last words into its state
        await _process.DisposeAsync();
    }

    /// <summary>
    /// swtpm(8). It makes a TPM of an empty folder, without certificates of a maker; its own filter of system calls stays on.
    /// </summary>
    internal static IReadOnlyList<string> Arguments(string state, QemuFiles files, string descriptor) =>
    [
        "socket", "--tpm2", "--terminate",
        "--tpmstate", $"dir={state},mode=0600",
        "--ctrl", $"type=unixio,clientfd={descriptor}",
        "--pid", $"file={files.TpmProcessIdFile}",
    ];

    private async Task<string> EndAsync()
    {
        string said = await _process.MessagesAsync();
        return $"its TPM ended: swtpm left with exit code {await _process.Exited}{(said.Length == 0 ? "" : $" and said '{said}'")}";
    }
}
