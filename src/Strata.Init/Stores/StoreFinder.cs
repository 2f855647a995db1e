using System.Globalization;
using Strata.Device.Disks;
using Strata.Device.Posix;
using Strata.Init.CommandLine;
using Strata.Init.Reports;
using Strata.Updates.Releases;

namespace Strata.Init.Stores;

/// <summary>Finds and mounts stores, and finds the partition for changes; all may appear late, and several may bear one name.</summary>
/// <param name="options">What was asked.</param>
/// <param name="screen">Told about waiting.</param>
/// <param name="release">What a store must have.</param>
/// <param name="bootPartition">From <see cref="BootPartition.Find"/>.</param>
/// <param name="all">The disks that are here.</param>
/// <param name="note">Gets what is not as it should be, a sentence each.</param>
internal sealed class StoreFinder(
    BootOptions options, Screen screen, Release release, Guid bootPartition, BlockDevices all, Action<string> note)
{
    /// <summary>Folder with a mount point for each store on a medium.</summary>
    public const string MountFolder = "/run/strata/store";

    private const int PauseMilliseconds = 100;

    private readonly List<LayerStore> _stores = [];
    private readonly Dictionary<string, string> _tried = new(StringComparer.Ordinal); // what became of each candidate; none is tried twice
    private readonly long _start = Environment.TickCount64;
    private IReadOnlyList<BlockDevice> _seen = [];
    private bool _isMissedBootDiskTold;

    /// <summary>The stores that are mounted, in the order in which layers are looked for.</summary>
    public IReadOnlyList<LayerStore> Stores => _stores;

    /// <summary>Finds the first store that has at least the base layers.</summary>
    /// <exception cref="BootException">None appeared in time.</exception>
    public void FindFirst()
    {
        LayerStore own = new("/", null, "initramfs");
        if (options.Store is null && HasBase(own))
        {
            _stores.Add(own);
        }
        else if (!TryFindNext(StoreMatch.Wanted(options.Store), isAwaited: true))
        {
            throw StoreFailures.NoStore(options, _seen, _tried);
        }
    }

    /// <summary>
    /// Where to look for a layer: the stores that are mounted, then others that appear. A layer that one store lacks, or has with other
    /// bytes, may be whole in the next: the release says what it must be, whoever brings it.
    /// </summary>
    public IEnumerable<LayerStore> StoresFor(ReleaseLayer layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        bool isAwaited = layer.IsBase || options.IsStrict;
        for (int i = 0; i < _stores.Count || TryFindNext($"another store with the layer {layer.Name}", isAwaited); i++)
        {
            yield return _stores[i];
        }
    }

    /// <summary>From now on all layers come from this store; media are let go. Returns those that are still in use.</summary>
    public IReadOnlyList<LayerStore> UseOnly(LayerStore store)
    {
        ReleaseUnused();
        LayerStore[] left = [.. _stores];
        _stores.Clear();
        _stores.Add(store);
        return left;
    }

    /// <summary>Lets media go that no layer was taken from.</summary>
    public void ReleaseUnused() => _stores.RemoveAll(s => s.Device is not null && Mounts.TryUnmount(s.Root));

    /// <summary>The partition for changes.</summary>
    /// <exception cref="BootException">It did not appear in time, or there are several.</exception>
    public BlockDevice FindState()
    {
        List<BlockDevice> named = Wait(
            $"the partition '{BlockDevice.Printable(options.State)}' for changes (state=)",
            Environment.TickCount64,
            devices => Named(devices) is { Count: > 0 } some ? some : null) ?? throw StoreFailures.NoState(options, _seen);
        IReadOnlyList<BlockDevice> meant = StoreMatch.ForChanges(named, BootDisk(_seen));
        if (meant.Count > 1)
        {
            throw StoreFailures.ManyStates(options, meant);
        }
        if (named.Count > 1)
        {
            note(StoreFailures.StateOfBootDisk(options, named, meant[0]));
        }
        return meant[0];
    }

    private List<BlockDevice> Named(IReadOnlyList<BlockDevice> devices)
    {
        List<BlockDevice> named = [];
        foreach (BlockDevice device in devices)
        {
            if (device.IsCalled(options.State) && device.FileSystem is not null)
            {
                named.Add(device);
            }
        }
        return named;
    }

    private string? BootDisk(IReadOnlyList<BlockDevice> devices) =>
        BootPartition.DisksWith(devices, bootPartition) is [string disk] ? disk : null;

    private bool TryFindNext(string wanted, bool isAwaited)
    {
        if (_stores is [{ Device: null }, ..])
        {
            return false; // the image's own layers, or copies in memory: nothing outside of them is looked at
        }
        LayerStore? store = Wait(wanted, isAwaited ? _start : null, devices =>
        {
            foreach (BlockDevice device in StoreMatch.Candidates(devices, options.Store, BootDisk(devices)))
            {
                if (!_tried.ContainsKey(device.Name) && TryMount(device) is LayerStore found)
                {
                    return found;
                }
            }
            return null;
        });
        if (store is not null)
        {
            _stores.Add(store);
        }
        return store is not null;
    }

    /// <summary>Looks until something is found, or null when the time is over.</summary>
    /// <param name="wanted">What is waited for, in words.</param>
    /// <param name="start">When waiting began; null for a single look.</param>
    /// <param name="look">Looks through the devices that are there.</param>
    private T? Wait<T>(string wanted, long? start, Func<IReadOnlyList<BlockDevice>, T?> look)
        where T : class
    {
        long told = 0;
        while (true)
        {
            _seen = all.Scan();
            long waited = start is long since ? (Environment.TickCount64 - since) / 1000 : options.WaitSeconds;
            bool isOver = waited >= options.WaitSeconds;
            // before the disk is there that the firmware started, another one could be taken for it
            bool isEarly = bootPartition != Guid.Empty && BootPartition.DisksWith(_seen, bootPartition).Count == 0;
            if (isOver && isEarly && !_isMissedBootDiskTold)
            {
                _isMissedBootDiskTold = true;
                note("the disk that the firmware started did not appear: other disks are taken by their names alone");
            }
            if ((isOver || !isEarly) && look(_seen) is T found)
            {
                return found;
            }
            if (isOver)
            {
                return null;
            }
            if (waited > told)
            {
                told = waited;
                string what = isEarly ? "the disk that the firmware started" : wanted;
                screen.Tell(string.Create(CultureInfo.InvariantCulture, $"waiting for {what}: {waited} s of {options.WaitSeconds}"));
            }
            Thread.Sleep(PauseMilliseconds);
        }
    }

    /// <summary>Mounts a candidate; null when it is no store, and then it is noted why.</summary>
    private LayerStore? TryMount(BlockDevice device)
    {
        LayerStore store = new($"{MountFolder}/{device.Name}", device, "medium");
        _tried[device.Name] = "";
        bool isWhole;
        try
        {
            isWhole = StoreMount.Mount(device, store.Root);
        }
        catch (PosixException e)
        {
            _tried[device.Name] = e.Error == PosixError.NoSuchDevice
                ? $"the kernel has no driver for {device.FileSystem!.Type}"
                : $"cannot be mounted: {e.Message}";
            return null;
        }
        if (HasBase(store))
        {
            if (!isWhole)
            {
                note($"the medium {device.Name} was not unmounted cleanly and cannot be written to: its journal is passed over");
            }
            return store;
        }
        _tried[device.Name] = Files.Exists(store.PathOf(Medium.ObjectFolder))
            ? "has a store, without the base layers of this release"
            : "has no folder " + Medium.ObjectFolder;
        Mounts.TryUnmount(store.Root);
        return null;
    }

    private bool HasBase(LayerStore store)
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
