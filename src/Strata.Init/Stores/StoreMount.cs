using Strata.Device.Disks;
using Strata.Device.Posix;

namespace Strata.Init.Stores;

/// <summary>Mounts a medium for reading.</summary>
/// <remarks>
/// Of a file system with a journal that was not unmounted cleanly, <c>ro</c> still lets the kernel bring what the journal has to its
/// places, which writes to the medium once. That is wanted: without it files may be seen half-written, and the next who mounts it for
/// writing does the same. A clean one is not written to. Where the medium cannot be written to at all, the kernel refuses; then the
/// journal is passed over, for once: what is damaged by that is found when layers are verified, as any other damage is.
/// </remarks>
internal static class StoreMount
{
    /// <summary>Mounts it.</summary>
    /// <param name="device">The medium.</param>
    /// <param name="target">Where.</param>
    /// <returns>False when its journal was passed over.</returns>
    /// <exception cref="PosixException">The kernel refuses.</exception>
    public static bool Mount(BlockDevice device, string target)
    {
        ArgumentNullException.ThrowIfNull(device);
        const int Attributes = Mounts.ReadOnly | Mounts.Closed;
        string type = device.FileSystem!.Type;
        try
        {
            Mounts.Mount(type, target, Attributes, ("source", device.Path), ("ro", null));
            return true;
        }
        catch (PosixException e) when (e.Error == PosixError.ReadOnly && type == "ext4")
        {
            Mounts.Mount(type, target, Attributes, ("source", device.Path), ("ro", null), ("noload", null));
            return false;
        }
    }
}
