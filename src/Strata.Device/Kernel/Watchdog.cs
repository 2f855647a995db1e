using Strata.Device.Posix;

namespace Strata.Device.Kernel;

/// <summary>The hardware that restarts a machine when nobody tells it for a while that all is well (watchdog-api.rst of Linux).</summary>
/// <remarks>Closed without <see cref="Stop"/> it goes on counting: who comes next has to open it in time, and feeds it then.</remarks>
public sealed unsafe class Watchdog : IDisposable
{
    private const string Path = "/dev/watchdog";
    private const ulong SetTimeout = 0xC0045706; // WDIOC_SETTIMEOUT: _IOWR('W', 6, int)

    private readonly OpenFile _file;

    private Watchdog(OpenFile file) => _file = file;

    /// <summary>Opens it, and it counts from now on; null when the machine has none, or another program holds it.</summary>
    /// <param name="seconds">After how long it restarts the machine; the hardware may take the next time that it can.</param>
    public static Watchdog? TryStart(int seconds)
    {
        if (OpenFile.TryOpenForWriting(Path) is not OpenFile file)
        {
            return null;
        }
        int timeout = seconds;
        _ = Libc.Control(file.Number, SetTimeout, (byte*)&timeout); // one that cannot keeps its own time
        Watchdog watchdog = new(file);
        watchdog.Feed();
        return watchdog;
    }

    /// <summary>Says that all is well.</summary>
    public void Feed() => TryWrite("."u8);

    /// <summary>Ends the counting, where the kernel lets it end.</summary>
    public void Stop() => TryWrite("V"u8);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void TryWrite(ReadOnlySpan<byte> bytes)
    {
        try
        {
            _file.Write(bytes);
        }
        catch (PosixException)
        {
            // it counts on, and restarts the machine: what it is for
        }
    }
}
