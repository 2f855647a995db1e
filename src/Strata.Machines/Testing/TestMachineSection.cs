using System.Globalization;
using Strata.Core;
using Strata.Yaml;

namespace Strata.Machines.Testing;

/// <summary>Reads a <c>machine:</c> section on top of defaults.</summary>
internal static class TestMachineSection
{
    private const int MaximumDiskMiB = 64 * 1024;
    private static readonly (string Word, TestMedium Value)[] s_media =
        [("disk", TestMedium.Disk), ("usb", TestMedium.Usb), ("cd", TestMedium.Cd), ("sata", TestMedium.Sata), ("nvme", TestMedium.Nvme)];

    private static readonly (string Word, DiskBus Value)[] s_diskMedia =
        [("disk", DiskBus.Virtio), ("usb", DiskBus.Usb), ("sata", DiskBus.Sata), ("nvme", DiskBus.Nvme)];

    private static readonly ImageKind[] s_images = [.. ImageKind.All.Where(k => k.Boots && !k.IsVirtualDisk)];

    private static readonly string[] s_keys =
    [
        "image", "type", "firmware", "medium", "memory", "cpus", "network", "cards", "wires", "credentials", "disks",
        "kernel-words", "clock", "entropy", "tpm", "screens",
    ];

    /// <summary>The machine; what the section does not say stays as in <paramref name="defaults"/>.</summary>
    public static TestMachine Read(YamlValue node, TestMachine defaults, FaultList faults)
    {
        TestSection section = TestSection.Of(node, "'machine'", s_keys, faults);
        return defaults with
        {
            Image = section.Named("image", s_images) ?? defaults.Image,
            Board = section.Named("type", Board.All) ?? defaults.Board,
            Firmware = section.Choice("firmware", [("uefi", Firmware.Uefi), ("bios", Firmware.Bios)]) ?? defaults.Firmware,
            Medium = section.Choice("medium", s_media) ?? defaults.Medium,
            MemoryMiB = section.Text("memory") is { } memory
                ? MiB(section, "memory", memory, MachineConfig.MinimumMemoryMiB, MachineConfig.MaximumMemoryMiB) ?? defaults.MemoryMiB
                : defaults.MemoryMiB,
            Cpus = section.Number("cpus", 1, MachineConfig.MaximumCpus) ?? defaults.Cpus,
            Network = section.Choice("network", [("none", TestNetwork.None), ("restricted", TestNetwork.Restricted), ("open", TestNetwork.Open)])
                ?? defaults.Network,
            Cards = section.Number("cards", 1, MachineConfig.MaximumSwitchedCards + 1) ?? defaults.Cards,
            Wires = section.Has("wires") ? ReadWires(section, faults) : defaults.Wires,
            Credentials = section.Has("credentials") ? ReadCredentials(section, faults) : defaults.Credentials,
            KernelWords = section.Text("kernel-words") ?? defaults.KernelWords,
            Clock = ReadClock(section) ?? defaults.Clock,
            HasEntropy = section.Choice("entropy", [("true", true), ("false", false)]) ?? defaults.HasEntropy,
            HasTpm = section.Choice("tpm", [("true", true), ("false", false)]) ?? defaults.HasTpm,
            Screens = section.Number("screens", 1, MachineConfig.MaximumScreens) ?? defaults.Screens,
            EmptyDisks = section.Has("disks") ? ReadDisks(section, faults) : defaults.EmptyDisks,
        };
    }

    private static Dictionary<string, string> ReadCredentials(TestSection section, FaultList faults)
    {
        Dictionary<string, string> credentials = new(StringComparer.Ordinal);
        if (section.Node("credentials") is not YamlMapping map)
        {
            section.Fault("credentials", "'credentials' is wrong, expected a mapping of names to texts");
            return credentials;
        }
        foreach ((YamlScalar name, YamlValue value) in map.Items)
        {
            if (value is YamlScalar text)
            {
                credentials[name.Text] = text.Text;
            }
            else
            {
                faults.Add(value, $"the credential '{name.Text}' is {value.Kind}, expected a text");
            }
        }
        return credentials;
    }

    private static List<string> ReadWires(TestSection section, FaultList faults)
    {
        List<string> wires = [];
        foreach (YamlValue item in section.Items("wires"))
        {
            if (item is YamlScalar { Text: { Length: > 0 } text })
            {
                wires.Add(text);
            }
            else
            {
                faults.Add(item, $"'wires' has {item.Kind}, expected names of the test's wires");
            }
        }
        return wires;
    }

    private static DateOnly? ReadClock(TestSection section)
    {
        if (section.Text("clock") is not string text)
        {
            return null;
        }
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly day)
            && day.Year is >= 1970 and < 2100)
        {
            return day;
        }
        section.Fault("clock", $"'clock' is '{text}', expected a day from 1970-01-01 to 2099-12-31");
        return null;
    }

    private static List<TestDisk> ReadDisks(TestSection section, FaultList faults)
    {
        List<TestDisk> disks = [];
        IReadOnlyList<YamlValue> items = section.Items("disks");
        if (items.Count > MachineConfig.MaximumDisks - 1)
        {
            section.Fault("disks", $"there are {items.Count} disks, allowed {MachineConfig.MaximumDisks - 1}");
        }
        foreach (YamlValue item in items)
        {
            switch (item)
            {
                case YamlMapping:
                    AddDisk(disks, TestSection.Of(item, "a disk", ["size", "medium", "bad-sectors"], faults), faults);
                    break;
                case YamlScalar { Text: { Length: > 0 } text }:
                    if (MiB(section, "disks", text, 1, MaximumDiskMiB) is int size)
                    {
                        disks.Add(new TestDisk(ByteSize.FromMiB(size).Bytes, DiskBus.Virtio, []));
                    }
                    break;
                default:
                    faults.Add(item, $"a disk is {item.Kind}, expected its size, such as '64 MiB', or a mapping with 'size'");
                    break;
            }
        }
        return disks;
    }

    private static void AddDisk(List<TestDisk> disks, TestSection disk, FaultList faults)
    {
        DiskBus bus = disk.Choice("medium", s_diskMedia) ?? DiskBus.Virtio;
        if (!disk.Has("size"))
        {
            disk.Fault("size", "a disk lacks 'size', such as '64 MiB'");
        }
        if (disk.Text("size") is not { } text || MiB(disk, "size", text, 1, MaximumDiskMiB) is not int size)
        {
            return;
        }
        long bytes = ByteSize.FromMiB(size).Bytes;
        List<long> bad = [];
        foreach (YamlValue item in disk.Items("bad-sectors"))
        {
            if (item is YamlScalar sector && long.TryParse(sector.Text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number < bytes / DiskConfig.SectorBytes)
            {
                bad.Add(number);
            }
            else
            {
                faults.Add(item, $"a bad sector is wrong, expected a number from 0 to {(bytes / DiskConfig.SectorBytes) - 1}");
            }
        }
        if (bad.Count > DiskConfig.MaximumBadSectors)
        {
            disk.Fault("bad-sectors", $"there are {bad.Count} bad sectors, allowed {DiskConfig.MaximumBadSectors}");
            return;
        }
        disks.Add(new TestDisk(bytes, bus, bad));
    }

    private static int? MiB(TestSection section, string key, string text, int least, int most)
    {
        long unit = ByteSize.FromMiB(1).Bytes;
        if (ByteSize.TryParse(text, out ByteSize size) && size.Bytes % unit == 0 && size.Bytes / unit >= least && size.Bytes / unit <= most)
        {
            return (int)(size.Bytes / unit);
        }
        section.Fault(key, $"'{key}' has '{text}', expected a whole number of MiB from {least} MiB to {most} MiB, such as '256 MiB'");
        return null;
    }
}
