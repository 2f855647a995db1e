using System.Globalization;
using Strata.Device.Posix;

namespace Strata.Flash.Targets;

/// <summary>The disks of this machine and what uses them, as the kernel tells it in sysfs and procfs.</summary>
/// <param name="root">Stands for <c>/</c>: tests show machines that they are not.</param>
public sealed class TargetCatalog(string root = "")
{
    private const int DeepestMapping = 16; // a mapping on a mapping on a mapping …
    private const int SectorBytes = 512; // in sysfs, whatever the disk has

    // no disks of their own: memory, drives that only read, and what lies on other disks, which are to be written themselves
    private static readonly string[] s_passedOver = ["dm-", "fd", "md", "ram", "sr", "zram"];

    // whoever overwrites the disk below one of these loses the system that does it
    private static readonly string[] s_systemPlaces = ["/", "/boot", "/boot/efi", "/efi", "/usr", "/var"];

    private readonly string _class = root + "/sys/class/block";
    private readonly Lazy<MountTable> _mounts = new(() =>
        MountTable.Parse(ReadAll(root + "/proc/self/mountinfo"), ReadAll(root + "/proc/swaps")));

    /// <summary>All disks that something could be written to, in the order of their names; those of no size are empty drives.</summary>
    public IReadOnlyList<FlashTarget> All() =>
        [.. Files.Names(_class).Where(IsDisk).Select(Read).Where(t => t.Size > 0)];

    /// <summary>The disk of a name; null when there is none.</summary>
    public FlashTarget? Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return IsName(name) && Files.Exists($"{_class}/{name}") && IsDisk(name) ? Read(name) : null;
    }

    /// <summary>Why something of that name is no whole disk, as the end of a sentence; null when there is nothing of the name.</summary>
    public string? ReasonNoDisk(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!IsName(name) || !Files.Exists($"{_class}/{name}"))
        {
            return null;
        }
        return DiskOf(name) is string disk ? $"it is a partition of {disk}; images are written to whole disks"
            : name.StartsWith("sr", StringComparison.Ordinal) ? "it is a drive for discs, which other programs burn"
            : name.StartsWith("dm-", StringComparison.Ordinal) || name.StartsWith("md", StringComparison.Ordinal)
                ? "it is made of other disks; images are written to disks themselves"
            : "it is no disk";
    }

    private bool IsDisk(string name) =>
        !s_passedOver.Any(p => name.StartsWith(p, StringComparison.Ordinal)) && DiskOf(name) is null;

    /// <summary>The disk that a partition is of; null for a whole disk.</summary>
    private string? DiskOf(string name)
    {
        if (!Files.Exists($"{_class}/{name}/partition"))
        {
            return null;
        }
        // the folder of a partition lies in that of its disk; ".." is resolved after the link
        string line = ReadAll($"{_class}/{name}/../uevent").Split('\n')
            .FirstOrDefault(l => l.StartsWith("DEVNAME=", StringComparison.Ordinal)) ?? "";
        return line.Length > 8 ? line[8..] : "another disk";
    }

    private FlashTarget Read(string name)
    {
        string folder = $"{_class}/{name}";
        _ = long.TryParse(Line($"{folder}/size"), NumberStyles.None, CultureInfo.InvariantCulture, out long sectors);
        string model = string.Join(' ', ((string[])["vendor", "model", "name"]).Select(f => Line($"{folder}/device/{f}"))
            .Where(t => t.Length > 0 && !t.StartsWith("0x", StringComparison.Ordinal)));
        string backing = Line($"{folder}/loop/backing_file");
        return new FlashTarget
        {
            Name = name,
            Numbers = Line($"{folder}/dev"),
            Size = sectors is > 0 and <= long.MaxValue / SectorBytes ? sectors * SectorBytes : 0,
            Model = backing.Length > 0 ? backing : model,
            IsRemovable = Line($"{folder}/removable") == "1" || Line($"{folder}/device/type") == "SD" || IsBehindUsb(folder),
            IsReadOnly = Line($"{folder}/ro") == "1",
            Uses = [.. UsesOf(name).DistinctBy(u => (u.Device, u.How))],
        };
    }

    // a disk in a case says that it is none to be removed; where it hangs tells more
    private static bool IsBehindUsb(string folder)
    {
        string? target = Directory.ResolveLinkTarget(folder, returnFinalTarget: true)?.FullName;
        return target?.Split('/')
            .Any(p => p.Length > 3 && p.StartsWith("usb", StringComparison.Ordinal) && char.IsAsciiDigit(p[3])) is true;
    }

    private IEnumerable<DiskUse> UsesOf(string disk)
    {
        foreach (string part in Files.Names($"{_class}/{disk}").Where(n => Files.Exists($"{_class}/{disk}/{n}/partition")).Prepend(disk))
        {
            foreach (DiskUse use in UsesOfPart(part, DeepestMapping))
            {
                yield return use;
            }
        }
    }

    private IEnumerable<DiskUse> UsesOfPart(string name, int deepest)
    {
        foreach (string place in _mounts.Value.PlacesOf(Line($"{_class}/{name}/dev"), "/dev/" + name).Concat(MappedPlaces(name)).Distinct())
        {
            yield return new DiskUse(name, $"is mounted at {place}", s_systemPlaces.Contains(place), place);
        }
        if (_mounts.Value.IsSwap("/dev/" + name) || _mounts.Value.IsSwap("/dev/mapper/" + Line($"{_class}/{name}/dm/name")))
        {
            yield return new DiskUse(name, "is swap space in use", IsSystem: true);
        }
        foreach (string holder in Files.Names($"{_class}/{name}/holders"))
        {
            List<DiskUse> above = deepest > 0 ? [.. UsesOfPart(holder, deepest - 1)] : [];
            string mapping = Line($"{_class}/{holder}/dm/name");
            yield return new DiskUse(
                name, $"is part of {holder}{(mapping.Length > 0 ? $" ('{mapping}')" : "")}", above.Any(u => u.IsSystem));
            foreach (DiskUse use in above)
            {
                yield return use;
            }
        }
    }

    private IEnumerable<string> MappedPlaces(string name) => Line($"{_class}/{name}/dm/name") is { Length: > 0 } mapping
        ? _mounts.Value.PlacesOf("", "/dev/mapper/" + mapping) : [];

    // what a person types must not lead out of the folder
    private static bool IsName(string name) =>
        name.Length > 0 && !name.Contains('/', StringComparison.Ordinal) && name is not ("." or "..");

    private static string Line(string path) => ReadAll(path).Trim().Split('\n')[0].Trim();

    private static string ReadAll(string path) => System.Text.Encoding.UTF8.GetString(Files.TryRead(path, 8 << 20) ?? []);
}
