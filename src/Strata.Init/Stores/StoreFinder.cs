using System.Globalization;
using Strata.Init.CommandLine;
using Strata.Init.Devices;
using Strata.Init.Posix;
using Strata.Init.Reports;
using Strata.Updates.Releases;

namespace Strata.Init.Stores;

/// <summary>Finds and mounts the store, and the partition for changes; both may appear late.</summary>
internal sealed class StoreFinder(BootOptions options, Screen screen)
{
    /// <summary>Where a medium with a store is mounted.</summary>
    public const string MountPoint = "/run/strata/store";

    private const int PauseMilliseconds = 100;

    private readonly BlockDevices _devices = new();

    /// <summary>The store that has at least the base layers.</summary>
    /// <exception cref="BootException">None appeared in time.</exception>
    public LayerStore Find(Release release)
    {
        ArgumentNullException.ThrowIfNull(release);
        LayerStore own = new("/", null, "initramfs");
        if (options.Store is null && HasBase(own, release))
        {
            return own;
        }
        // what became of each candidate; a device that was tried is not tried again
        Dictionary<string, string> tried = new(StringComparer.Ordinal);
        return Wait(
            StoreMatch.Wanted(options.Store),
            devices =>
            {
                foreach (BlockDevice device in StoreMatch.Candidates(devices, options.Store))
                {
                    if (!tried.ContainsKey(device.Name))
                    {
                        tried[device.Name] = TryMount(device, release) ?? "";
                        if (tried[device.Name].Length == 0)
                        {
                            return new LayerStore(MountPoint, device, "medium");
                        }
                    }
                }
                return null;
            },
            devices => FailureTexts.NoStore(options, devices, tried));
    }

    /// <summary>The partition for changes.</summary>
    /// <exception cref="BootException">It did not appear in time.</exception>
    public BlockDevice FindState() => Wait(
        $"the partition '{BlockDevice.Printable(options.State)}' for changes (state=)",
        devices =>
        {
            foreach (BlockDevice device in devices)
            {
                if (device.IsCalled(options.State) && device.FileSystem is not null)
                {
                    return device;
                }
            }
            return null;
        },
        devices => FailureTexts.NoState(options, devices));

    private T Wait<T>(string wanted, Func<IReadOnlyList<BlockDevice>, T?> look, Func<IReadOnlyList<BlockDevice>, BootException> failure)
        where T : class
    {
        long start = Environment.TickCount64;
        long told = 0;
        while (true)
        {
            IReadOnlyList<BlockDevice> devices = _devices.Scan();
            if (look(devices) is T found)
            {
                return found;
            }
            long waited = (Environment.TickCount64 - start) / 1000;
            if (waited >= options.WaitSeconds)
            {
                throw failure(devices);
            }
            if (waited > told)
            {
                told = waited;
                screen.Tell(string.Create(CultureInfo.InvariantCulture, $"waiting for {wanted}: {waited} s of {options.WaitSeconds}"));
            }
            Thread.Sleep(PauseMilliseconds);
        }
    }

    /// <summary>Mounts a candidate; returns why it is not the store, or null when it is.</summary>
    private static string? TryMount(BlockDevice device, Release release)
    {
        try
        {
            int attributes = Mounts.ReadOnly | Mounts.NoSuid | Mounts.NoDev | Mounts.NoExec;
            Mounts.Mount(device.FileSystem!.Type, MountPoint, attributes, ("source", device.Path), ("ro", null));
        }
        catch (PosixException e)
        {
            return e.Error == Libc.NoSuchDevice ? $"the kernel has no driver for {device.FileSystem!.Type}" : $"cannot be mounted: {e.Message}";
        }
        LayerStore store = new(MountPoint, device, "medium");
        if (HasBase(store, release))
        {
            return null;
        }
        string why = Files.Exists(store.PathOf("strata/cas")) ? "has a store, without the base layers of this release" : "has no folder strata/cas";
        Mounts.TryUnmount(MountPoint);
        return why;
    }

    private static bool HasBase(LayerStore store, Release release)
    {
        bool hasAny = false;
        foreach (ReleaseLayer layer in release.Layers)
        {
            bool isHere = Files.Exists(store.PathOf(layer.MediumPath));
            hasAny |= isHere;
            if (layer.IsBase && !isHere)
            {
                return false;
            }
        }
        return hasAny;
    }
}
