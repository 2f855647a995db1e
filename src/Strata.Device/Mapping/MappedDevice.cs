using System.Globalization;
using Strata.Device.Posix;

namespace Strata.Device.Mapping;

/// <summary>Devices of the device mapper with a table of one line.</summary>
public static unsafe class MappedDevice
{
    private const string ControlPath = "/dev/mapper/control";
    private const string Driver = "device-mapper";
    private const int CreateCommand = 3; // DM_DEV_CREATE
    private const int RemoveCommand = 4; // DM_DEV_REMOVE
    private const int ResumeCommand = 6; // DM_DEV_SUSPEND without the flag that suspends
    private const int LoadCommand = 9; // DM_TABLE_LOAD

    /// <summary>Makes one and returns its path: <c>/dev/dm-0</c>.</summary>
    /// <param name="name">Its name, 1 … 127 characters.</param>
    /// <param name="sectors">Its length in sectors of 512 bytes.</param>
    /// <param name="type">Name of the target: <c>verity</c>.</param>
    /// <param name="parameters">The target's parameters.</param>
    /// <param name="isWritable">Whether it can be written to.</param>
    /// <exception cref="MissingDriverException">The kernel has no device mapper.</exception>
    /// <exception cref="PosixException">The kernel refuses; then there is no such device.</exception>
    public static string Create(string name, ulong sectors, string type, string parameters, bool isWritable = false)
    {
        using OpenFile control = ControlFile.Open(ControlPath, Driver);
        byte[] created = DeviceMapperMessage.Header(name, !isWritable);
        Send(control, CreateCommand, created);
        try
        {
            SetTable(name, sectors, type, parameters, isWritable);
        }
        catch (PosixException)
        {
            TryRemove(name);
            throw;
        }
        return string.Create(CultureInfo.InvariantCulture, $"/dev/dm-{DeviceMapperMessage.MinorOf(created)}");
    }

    /// <summary>Gives a device a table in place of the one before.</summary>
    /// <exception cref="PosixException">The kernel refuses.</exception>
    public static void SetTable(string name, ulong sectors, string type, string parameters, bool isWritable = false)
    {
        using OpenFile control = ControlFile.Open(ControlPath, Driver);
        Send(control, LoadCommand, DeviceMapperMessage.Table(name, sectors, type, parameters, !isWritable));
        Send(control, ResumeCommand, DeviceMapperMessage.Header(name, !isWritable));
    }

    /// <summary>Removes one; it stays, unused, when the kernel refuses.</summary>
    public static void TryRemove(string name)
    {
        try
        {
            using OpenFile control = OpenFile.Open(ControlPath);
            Send(control, RemoveCommand, DeviceMapperMessage.Header(name, isReadOnly: false));
        }
        catch (PosixException)
        {
            // what it was made for is not there either
        }
    }

    private static void Send(OpenFile control, int command, byte[] message)
    {
        fixed (byte* bytes = message)
        {
            PosixException.Check(Libc.Control(control.Number, DeviceMapperMessage.Request(command), bytes));
        }
    }
}
