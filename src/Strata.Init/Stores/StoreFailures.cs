using Strata.Device.Disks;
using Strata.Init.CommandLine;
using Strata.Init.Reports;

namespace Strata.Init.Stores;

/// <summary>
/// What a person reads when a store, or the partition for changes, is not found: what was looked for, where, what is there, what to try.
/// </summary>
internal static class StoreFailures
{
    /// <summary>No store appeared.</summary>
    /// <param name="options">What was asked.</param>
    /// <param name="devices">What is there.</param>
    /// <param name="tried">Devices that were mounted, with what was wrong with them.</param>
    public static BootException NoStore(BootOptions options, IReadOnlyList<BlockDevice> devices, IReadOnlyDictionary<string, string> tried)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(tried);
        List<string> advice =
        [
            options.Store is null
                ? "If the system lies on a stick or disc: is it plugged in? Try another port, and one of the machine itself instead of "
                    + "a hub."
                : $"Check the name '{BlockDevice.Printable(options.Store)}' of strata.store= against the list above, or leave that "
                    + "word out.",
            $"Slow disks and sticks need time: strata.wait=60 on the kernel command line waits longer than {options.WaitSeconds} s.",
        ];
        if (devices.Count == 0)
        {
            advice.Add(
                "Not a single disk was found: the kernel may have no driver for this machine's disks. In a firmware menu, AHCI instead "
                + "of RAID often helps.");
        }
        advice.Add("strata.debug on the kernel command line says more and ends in a shell when there is one.");
        return new BootException(
            $"cannot find the layers of the system: {StoreMatch.Wanted(options.Store)} did not appear within {options.WaitSeconds} s",
            Listing(devices, tried),
            advice);
    }

    /// <summary>The partition for changes did not appear.</summary>
    public static BootException NoState(BootOptions options, IReadOnlyList<BlockDevice> devices)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new BootException(
            $"cannot find the partition '{BlockDevice.Printable(options.State)}' for changes (state=) within {options.WaitSeconds} s",
            Listing(devices, new Dictionary<string, string>(StringComparer.Ordinal)),
            [
                $"Give the partition the label '{BlockDevice.Printable(options.State)}', or write its label, UUID or name behind state=.",
                "Without state= on the kernel command line the system starts, and its changes are gone after a restart.",
            ]);
    }

    /// <summary>Several devices bear the name of the partition for changes.</summary>
    public static BootException ManyStates(BootOptions options, IReadOnlyList<BlockDevice> devices)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(devices);
        List<string> facts = [];
        foreach (BlockDevice device in devices)
        {
            facts.Add($"{device.Describe()}, UUID {BlockDevice.Printable(device.FileSystem?.Uuid ?? "")}");
        }
        return new BootException(
            $"cannot choose the partition '{BlockDevice.Printable(options.State)}' for changes (state=): "
                + $"{devices.Count} devices bear that name",
            facts,
            [
                "Whatever lies on that partition runs as part of the system. Take the disk away that does not belong here.",
                "If both belong here: write the UUID of the right one behind state=.",
            ]);
    }

    /// <summary>Several devices bear the name of the partition for changes, and one of them was preferred: a note, not a failure.</summary>
    public static string StateOfBootDisk(BootOptions options, IReadOnlyList<BlockDevice> devices, BlockDevice chosen)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(devices);
        ArgumentNullException.ThrowIfNull(chosen);
        List<string> names = [];
        foreach (BlockDevice device in devices)
        {
            names.Add(device.Name);
        }
        return $"state={BlockDevice.Printable(options.State)} names {devices.Count} devices ({string.Join(", ", names)}): "
            + $"{chosen.Name} counts, for it lies on the disk that the firmware started";
    }

    private static List<string> Listing(IReadOnlyList<BlockDevice> devices, IReadOnlyDictionary<string, string> tried)
    {
        List<string> lines = [];
        foreach (BlockDevice device in devices)
        {
            string why = tried.TryGetValue(device.Name, out string? text) ? $"; {text}" : "";
            lines.Add(device.Describe() + why);
        }
        return lines.Count == 0 ? ["no disks or partitions at all"] : lines;
    }
}
