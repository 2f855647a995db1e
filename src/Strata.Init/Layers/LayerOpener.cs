using Strata.Device.Mapping;
using Strata.Device.Posix;
using Strata.Init.CommandLine;
using Strata.Init.Reports;
using Strata.Init.Stores;
using Strata.Updates.Releases;

namespace Strata.Init.Layers;

/// <summary>From a file in the store to a mounted layer: loop device, dm-verity with the root hash of the release, squashfs.</summary>
internal static class LayerOpener
{
    /// <summary>Folder with a mount point for each layer.</summary>
    public const string MountFolder = "/run/strata/layers";

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
        (string device, string loop) = OpenVerity(layer, store, name);
        try
        {
            Verify(device, options.IsVerifiedWhenRead ? ReleaseLayer.BlockSize : layer.Data);
            if (options.Corruption != CorruptionKind.Error)
            {
                MappedDevice.SetTable(
                    name, VerityTable.Sectors(layer), VerityTable.Target, VerityTable.Parameters(layer, loop, options.Corruption));
            }
            string target = $"{MountFolder}/{layer.Name}";
            Mounts.Mount("squashfs", target, Mounts.ReadOnly | Mounts.Closed, ("source", device), ("ro", null));
            return target;
        }
        catch (PosixException e)
        {
            MappedDevice.TryRemove(name);
            throw new LayerFault($"cannot be mounted: {e.Message}");
        }
        catch (LayerFault)
        {
            MappedDevice.TryRemove(name);
            throw;
        }
    }

    private static (string Device, string Loop) OpenVerity(ReleaseLayer layer, LayerStore store, string name)
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
            using LoopDevice loop = LoopDevice.Over(image, ReleaseLayer.BlockSize);
            string parameters = VerityTable.Parameters(layer, loop.Numbers, CorruptionKind.Error);
            return (MappedDevice.Create(name, VerityTable.Sectors(layer), VerityTable.Target, parameters), loop.Numbers);
        }
        catch (PosixException e) when (e.Error == PosixError.NoEntry && !Files.Exists(path))
        {
            throw new LayerFault($"is not in the store: there is no {path}");
        }
        catch (MissingDriverException e)
        {
            throw new BootException($"cannot open any layer: {e.Message}", [], ["Take another kernel, or check the modules in the boot image."]);
        }
        catch (PosixException e)
        {
            throw new LayerFault($"cannot be opened: {e.Message}");
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
            catch (PosixException e) when (e.Error == PosixError.InputOutput)
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
