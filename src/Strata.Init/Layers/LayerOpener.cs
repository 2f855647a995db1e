using System.Globalization;
using Strata.Init.CommandLine;
using Strata.Init.Posix;
using Strata.Init.Reports;
using Strata.Init.Stores;
using Strata.Updates.Releases;

namespace Strata.Init.Layers;

/// <summary>From a file in the store to a mounted layer: loop device, dm-verity with the root hash of the release, squashfs.</summary>
internal static unsafe class LayerOpener
{
    /// <summary>Folder with a mount point for each layer.</summary>
    public const string MountFolder = "/run/strata/layers";

    private const int Create = 3; // DM_DEV_CREATE
    private const int Remove = 4; // DM_DEV_REMOVE
    private const int Resume = 6; // DM_DEV_SUSPEND without the flag that suspends
    private const int LoadTable = 9; // DM_TABLE_LOAD
    private const int Step = 1 << 20;

    /// <summary>Opens a layer and mounts it; returns where.</summary>
    /// <param name="layer">What the signed release says of it.</param>
    /// <param name="store">Where its image is.</param>
    /// <param name="options">Whether every block is read before the layer is mounted, and what follows from a changed one later.</param>
    /// <exception cref="LayerFault">It is not there, not whole or not what the release names.</exception>
    /// <exception cref="BootException">The kernel cannot open any layer.</exception>
    public static string Open(ReleaseLayer layer, LayerStore store, BootOptions options)
    {
        ArgumentNullException.ThrowIfNull(layer);
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(options);
        string name = "strata-" + layer.Name;
        (int minor, string loop) = OpenVerity(layer, store, name);
        string device = string.Create(CultureInfo.InvariantCulture, $"/dev/dm-{minor}");
        try
        {
            Verify(device, options.IsVerifiedWhenRead ? ReleaseLayer.BlockSize : layer.Data);
            if (options.Corruption != CorruptionKind.Error)
            {
                SetTable(layer, name, loop, options.Corruption);
            }
            string target = $"{MountFolder}/{layer.Name}";
            Mounts.Mount("squashfs", target, Mounts.ReadOnly | Mounts.Closed, ("source", device), ("ro", null));
            return target;
        }
        catch (PosixException e)
        {
            Discard(name);
            throw new LayerFault($"cannot be mounted: {e.Message}");
        }
        catch (LayerFault)
        {
            Discard(name);
            throw;
        }
    }

    private static (int Minor, string Loop) OpenVerity(ReleaseLayer layer, LayerStore store, string name)
    {
        string path = store.PathOf(layer.MediumPath);
        try
        {
            using OpenFile image = OpenFile.Open(path);
            long length = image.Length;
            if (length != layer.Size)
            {
                throw new LayerFault(length < layer.Size
                    ? $"is cut short: {path} has {length} bytes of {layer.Size}"
                    : $"has the wrong length: {path} has {length} bytes, expected {layer.Size}");
            }
            (OpenFile loop, int number) = OpenLoop(image);
            using (loop)
            {
                string device = string.Create(CultureInfo.InvariantCulture, $"7:{number}"); // 7: the loop driver
                return (Map(layer, name, device), device);
            }
        }
        catch (PosixException e) when (e.Error == Libc.NoEntry && !Files.Exists(path))
        {
            throw new LayerFault($"is not in the store: there is no {path}");
        }
        catch (PosixException e)
        {
            throw new LayerFault($"cannot be opened: {e.Message}");
        }
    }

    private static (OpenFile Device, int Number) OpenLoop(OpenFile image)
    {
        OpenFile control = OpenDriver("/dev/loop-control", "loop");
        int number;
        using (control)
        {
            number = PosixException.Check(Libc.ControlValue(control.Number, LoopMessage.GetFree, 0));
        }
        OpenFile device = OpenFile.Open(string.Create(CultureInfo.InvariantCulture, $"/dev/loop{number}"));
        try
        {
            fixed (byte* message = LoopMessage.Write(image.Number, ReleaseLayer.BlockSize, isDirect: true))
            {
                PosixException.Check(Libc.Control(device.Number, LoopMessage.Configure, message));
            }
            return (device, number);
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }

    private static int Map(ReleaseLayer layer, string name, string device)
    {
        using OpenFile control = OpenDriver("/dev/mapper/control", "device-mapper");
        byte[] created = DeviceMapperMessage.Header(name, isReadOnly: true);
        Send(control, Create, created);
        try
        {
            SetTable(layer, name, device, CorruptionKind.Error);
        }
        catch (PosixException)
        {
            Discard(name);
            throw;
        }
        return DeviceMapperMessage.MinorOf(created);
    }

    private static void SetTable(ReleaseLayer layer, string name, string device, CorruptionKind corruption)
    {
        using OpenFile control = OpenFile.Open("/dev/mapper/control");
        string parameters = VerityTable.Parameters(layer, device, corruption);
        Send(control, LoadTable, DeviceMapperMessage.Table(name, VerityTable.Sectors(layer), "verity", parameters));
        Send(control, Resume, DeviceMapperMessage.Header(name, isReadOnly: true)); // takes the table in place of the one before
    }

    private static OpenFile OpenDriver(string path, string driver)
    {
        try
        {
            return OpenFile.Open(path);
        }
        catch (PosixException e) when (e.Error is Libc.NoEntry or Libc.NoSuchDevice)
        {
            throw new BootException(
                $"cannot open any layer: the kernel has no {driver} driver",
                [],
                ["Take another kernel, or check the modules in the boot image."]);
        }
    }

    private static void Send(OpenFile control, int command, byte[] message)
    {
        fixed (byte* bytes = message)
        {
            PosixException.Check(Libc.Control(control.Number, DeviceMapperMessage.Request(command), bytes));
        }
    }

    private static void Discard(string name)
    {
        try
        {
            using OpenFile control = OpenFile.Open("/dev/mapper/control");
            Send(control, Remove, DeviceMapperMessage.Header(name, isReadOnly: false));
        }
        catch (PosixException)
        {
            // it stays unused: what it was made for is not mounted
        }
    }

    /// <summary>Reads from the start. The kernel compares each block with the tree, and the tree with the root hash.</summary>
    private static void Verify(string device, long length)
    {
        using OpenFile file = OpenFile.Open(device);
        byte[] buffer = new byte[(int)Math.Min(Step, length)];
        for (long offset = 0; offset < length; offset += buffer.Length)
        {
            int count = (int)Math.Min(buffer.Length, length - offset);
            bool isWhole;
            try
            {
                isWhole = file.TryReadAt(offset, buffer.AsSpan(0, count));
            }
            catch (PosixException e) when (e.Error == Libc.InputOutput)
            {
                throw new LayerFault($"is damaged or was changed: a block between byte {offset} and {offset + count} is not the one that the release names");
            }
            if (!isWhole)
            {
                throw new LayerFault($"is cut short: it ends between byte {offset} and {offset + count}");
            }
        }
    }
}
