using System.Globalization;
using System.Text;
using Strata.Init.CommandLine;
using Strata.Init.Devices;
using Strata.Init.Stores;

namespace Strata.Init.Reports;

/// <summary>What a person reads in front of a machine that does not start: what was looked for, where, what was found, what to try.</summary>
internal static class FailureTexts
{
    /// <summary>The whole text of a failure.</summary>
    /// <param name="failure">What happened.</param>
    /// <param name="notes">Problems met before; any of them may be the cause.</param>
    /// <param name="what">Edition and version, or empty when not even that is known.</param>
    public static string Of(Exception failure, IReadOnlyList<string> notes, string what)
    {
        ArgumentNullException.ThrowIfNull(failure);
        ArgumentNullException.ThrowIfNull(notes);
        StringBuilder text = new("\n");
        string name = what.Length == 0 ? "This system" : what;
        text.Append(CultureInfo.InvariantCulture, $"*** {name} cannot be started.\n\n    {FirstUpper(failure.Message)}.\n");
        BootException? known = failure as BootException;
        Section(text, "What was found:", known?.Facts ?? [failure.GetType().Name]);
        Section(text, "What else was noticed:", notes);
        Section(text, "What to try:", known?.Advice ?? ["Start an earlier version from the boot menu, and report this message."]);
        return text.Append('\n').ToString();
    }

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
                ? "If the system lies on a stick or disc: is it plugged in? Try another port, and one of the machine itself instead of a hub."
                : $"Check the name '{BlockDevice.Printable(options.Store)}' of strata.store= against the list above, or leave that word out.",
            $"Slow disks and sticks need time: strata.wait=60 on the kernel command line waits longer than {options.WaitSeconds} s.",
        ];
        if (devices.Count == 0)
        {
            advice.Add("Not a single disk was found: the kernel may have no driver for this machine's disks. In a firmware menu, AHCI instead of RAID often helps.");
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

    private static void Section(StringBuilder text, string title, IReadOnlyList<string> lines)
    {
        if (lines.Count == 0)
        {
            return;
        }
        text.Append(CultureInfo.InvariantCulture, $"\n    {title}\n");
        foreach (string line in lines)
        {
            text.Append(CultureInfo.InvariantCulture, $"      - {line}\n");
        }
    }

    private static string FirstUpper(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];
}
