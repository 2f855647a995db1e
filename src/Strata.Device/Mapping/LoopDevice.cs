using System.Globalization;
using Strata.Device.Posix;

namespace Strata.Device.Mapping;

/// <summary>A file as a block device. It is gone with its last user.</summary>
public sealed unsafe class LoopDevice : IDisposable
{
    private const int DriverNumber = 7; // Documentation/admin-guide/devices.txt of Linux

    private readonly OpenFile _device;
    private readonly int _number;

    private LoopDevice(OpenFile device, int number) => (_device, _number) = (device, number);

    /// <summary>Major and minor number, as the device mapper takes them: <c>7:0</c>.</summary>
    public string Numbers => string.Create(CultureInfo.InvariantCulture, $"{DriverNumber}:{_number}");

    /// <summary>The device file.</summary>
    public string Path => string.Create(CultureInfo.InvariantCulture, $"/dev/loop{_number}");

    /// <summary>Makes one.</summary>
    /// <param name="image">The file; it may be closed afterwards.</param>
    /// <param name="blockSize">Size of the device's blocks in bytes. The file is read past its page cache.</param>
    /// <param name="isWritable">Whether it can be written to; then the file was opened so.</param>
    /// <exception cref="MissingDriverException">The kernel has no such devices.</exception>
    /// <exception cref="PosixException">The kernel refuses.</exception>
    public static LoopDevice Over(OpenFile image, int blockSize, bool isWritable = false)
    {
        ArgumentNullException.ThrowIfNull(image);
        int number;
        using (OpenFile control = ControlFile.Open("/dev/loop-control", "loop"))
        {
            number = PosixException.Check(Libc.ControlValue(control.Number, LoopMessage.GetFree, 0));
        }
        string path = string.Create(CultureInfo.InvariantCulture, $"/dev/loop{number}");
        OpenFile device = isWritable ? OpenFile.OpenForChanges(path) : OpenFile.Open(path);
        try
        {
            fixed (byte* message = LoopMessage.Write(image.Number, blockSize, isDirect: true, isWritable))
            {
                PosixException.Check(Libc.Control(device.Number, LoopMessage.Configure, message));
            }
            return new LoopDevice(device, number);
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _device.Dispose();
}
