namespace Strata.Sealing.Tpm;

/// <summary>What takes commands of a TPM 2.0 and gives their answers.</summary>
public interface ITpmDevice : IDisposable
{
    /// <summary>Longest command or answer in bytes.</summary>
    const int MostBytes = 4096;

    /// <summary>Sends a command and waits for its answer.</summary>
    /// <param name="command">The whole command.</param>
    /// <param name="response">Gets the answer; <see cref="MostBytes"/> long.</param>
    /// <returns>Bytes of the answer.</returns>
    int Exchange(ReadOnlySpan<byte> command, Span<byte> response);
}
