namespace Strata.Device.Posix;

/// <summary>Restarts the machine or switches it off (reboot(2)), after everything written is on the disks. Only root may.</summary>
public static class Power
{
    private const int RestartCommand = 0x01234567;
    private const int OffCommand = 0x4321FEDC;
    private const int HaltCommand = unchecked((int)0xCDEF0123);

    /// <summary>Restarts; returns only when the kernel refuses.</summary>
    public static void Restart() => Go(RestartCommand);

    /// <summary>Switches off; returns only when the kernel refuses, or cannot.</summary>
    public static void Off() => Go(OffCommand);

    /// <summary>Stops the processor; a person may then switch off. Returns only when the kernel refuses.</summary>
    public static void Halt() => Go(HaltCommand);

    private static void Go(int command)
    {
        Libc.Sync();
        _ = Libc.Reboot(command);
    }
}
