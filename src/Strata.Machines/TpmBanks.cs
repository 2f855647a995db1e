using System.Buffers.Binary;
using System.Net.Sockets;
using Strata.Core;
using Strata.Device.Confinement;
using Strata.Device.Handles;
using Strata.Toolbox;

namespace Strata.Machines;

/// <summary>
/// A new TPM has registers of SHA-256 alone, as those of hardware mostly do and as <c>swtpm_setup</c> makes them. Of itself
/// <c>swtpm</c> has four banks, and firmware computes a digest for each of them.
/// </summary>
internal static class TpmBanks
{
    private const int HeaderSize = 10; // tag, size, code (TPM 2.0 Library, part 1, section 18)
    private const int LargestAnswer = 4096;
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(1);

    // TPM2_PCR_Allocate (part 3, section 22.5) as TPM_RH_PLATFORM, whose password is empty: for SHA-1, SHA-256, SHA-384 and SHA-512 three
    // bytes each that say which registers there are. It holds from the next start on.
    private static ReadOnlySpan<byte> Allocate =>
    [
        0x80, 0x02, 0x00, 0x00, 0x00, 0x37, 0x00, 0x00, 0x01, 0x2B, 0x40, 0x00, 0x00, 0x0C,
        0x00, 0x00, 0x00, 0x09, 0x40, 0x00, 0x00, 0x09, 0x00, 0x00, 0x01, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x04,
        0x00, 0x04, 0x03, 0x00, 0x00, 0x00, 0x00, 0x0B, 0x03, 0xFF, 0xFF, 0xFF,
        0x00, 0x0C, 0x03, 0x00, 0x00, 0x00, 0x00, 0x0D, 0x03, 0x00, 0x00, 0x00,
    ];

    // TPM2_Shutdown(TPM_SU_CLEAR): part 3, section 9.4
    private static ReadOnlySpan<byte> Shutdown => [0x80, 0x01, 0x00, 0x00, 0x00, 0x0C, 0x00, 0x00, 0x01, 0x45, 0x00, 0x00];

    /// <summary>Makes the state of a TPM, and says which banks it has.</summary>
    /// <param name="tools">Tree with <c>swtpm</c>.</param>
    /// <param name="state">Its folder, which is empty.</param>
    /// <param name="files">Paths of the machine.</param>
    /// <param name="limits">What the program may take.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StrataException">The program does not do it.</exception>
    public static async Task MakeAsync(
        ToolTree tools, string state, QemuFiles files, ProcessLimits limits, CancellationToken cancellationToken)
    {
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(s_deadline);
        using SocketPair line = SocketPair.Make();
        ProcessView view = new() { Writes = [files.PrivateFolder, state] };
        await using GuardedProcess process = GuardedProcess.Start(
            tools.Confined(view, TpmProcess.Program, Arguments(state, files, MachineLink.NumberOf(line.Theirs))), files.PrivateFolder,
            files.TpmProcessIdFile, takesTerminal: false, limits, [line.Theirs]);
        line.Theirs.Dispose();
        try
        {
            await AskAsync(line.Ours, Allocate.ToArray(), deadline.Token);
            await AskAsync(line.Ours, Shutdown.ToArray(), deadline.Token);
            line.Ours.Dispose();
            await process.Exited.WaitAsync(deadline.Token);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException
            && !cancellationToken.IsCancellationRequested)
        {
            throw new StrataException(
                $"cannot make a TPM with its state in {state}: swtpm said '{await process.MessagesAsync()}'", innerException: e);
        }
    }

    /// <summary>swtpm(8): commands come through a descriptor, and it ends with that.</summary>
    internal static IReadOnlyList<string> Arguments(string state, QemuFiles files, string descriptor) =>
    [
        "socket", "--tpm2", "--terminate",
        "--tpmstate", $"dir={state},mode=0600",
        "--fd", descriptor,
        "--flags", "not-need-init,startup-clear",
        "--pid", $"file={files.TpmProcessIdFile}",
    ];

    private static async Task AskAsync(Stream line, byte[] command, CancellationToken cancellationToken)
    {
        await line.WriteAsync(command, cancellationToken);
        byte[] answer = new byte[LargestAnswer];
        await line.ReadExactlyAsync(answer.AsMemory(0, HeaderSize), cancellationToken);
        int size = BinaryPrimitives.ReadInt32BigEndian(answer.AsSpan(2));
        uint code = BinaryPrimitives.ReadUInt32BigEndian(answer.AsSpan(6));
        if (code != 0 || size is < HeaderSize or > LargestAnswer)
        {
            throw new IOException($"it answered with code 0x{code:x}");
        }
        await line.ReadExactlyAsync(answer.AsMemory(HeaderSize, size - HeaderSize), cancellationToken);
    }
}
