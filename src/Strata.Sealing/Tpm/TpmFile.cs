using Strata.Device.Posix;

namespace Strata.Sealing.Tpm;

/// <summary>The TPM of this machine as the kernel gives it.</summary>
public sealed class TpmFile : ITpmDevice
{
    // with the kernel's resource manager, which keeps our objects apart from those of others; a kernel without it has the other one
    private static readonly string[] s_paths = ["/dev/tpmrm0", "/dev/tpm0"];

    private readonly OpenFile _file;

    private TpmFile(OpenFile file) => _file = file;

    /// <summary>Opens it; null when there is none, or one of version 1.2.</summary>
    public static TpmFile? TryOpen()
    {
        if (Files.ReadText("/sys/class/tpm/tpm0/tpm_version_major").Trim() != "2")
        {
            return null;
        }
        foreach (string path in s_paths)
        {
            try
            {
                return new TpmFile(OpenFile.OpenForChanges(path));
            }
            catch (PosixException)
            {
                // the next
            }
        }
        return null;
    }

    /// <inheritdoc/>
    public int Exchange(ReadOnlySpan<byte> command, Span<byte> response)
    {
        _file.Write(command); // the kernel has the answer when it returns
        return _file.Read(response);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
