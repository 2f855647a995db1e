using Strata.Core;
using Strata.Yaml;

namespace Strata.Machines.Testing;

/// <summary>Reads a <c>machine:</c> section on top of defaults.</summary>
internal static class TestMachineSection
{
    private const int MaximumDiskMiB = 64 * 1024;
    private static readonly (string Word, TestMedium Value)[] s_media =
        [("disk", TestMedium.Disk), ("usb", TestMedium.Usb), ("cd", TestMedium.Cd), ("sata", TestMedium.Sata), ("nvme", TestMedium.Nvme)];

    private static readonly string[] s_keys = ["image", "type", "firmware", "medium", "memory", "cpus", "network", "disks", "kernel-words"];

    /// <summary>The machine; what the section does not say stays as in <paramref name="defaults"/>.</summary>
    public static TestMachine Read(YamlValue node, TestMachine defaults, FaultList faults)
    {
        TestSection section = TestSection.Of(node, "'machine'", s_keys, faults);
        return defaults with
        {
            Image = section.Choice("image", [("disk", TestImage.Disk), ("iso", TestImage.Iso), ("uki", TestImage.Uki), ("kernel", TestImage.Kernel), ("pxe", TestImage.Pxe)])
                ?? defaults.Image,
            Type = section.Choice("type", [("q35", MachineType.Q35), ("pc", MachineType.Pc), ("microvm", MachineType.MicroVm)]) ?? defaults.Type,
            Firmware = section.Choice("firmware", [("uefi", Firmware.Uefi), ("bios", Firmware.Bios)]) ?? defaults.Firmware,
            Medium = section.Choice("medium", s_media) ?? defaults.Medium,
            MemoryMiB = section.Text("memory") is { } memory
                ? MiB(section, "memory", memory, MachineConfig.MinimumMemoryMiB, MachineConfig.MaximumMemoryMiB) ?? defaults.MemoryMiB
                : defaults.MemoryMiB,
            Cpus = section.Number("cpus", 1, MachineConfig.MaximumCpus) ?? defaults.Cpus,
            Network = section.Choice("network", [("none", TestNetwork.None), ("restricted", TestNetwork.Restricted), ("open", TestNetwork.Open)])
                ?? defaults.Network,
            KernelWords = section.Text("kernel-words") ?? defaults.KernelWords,
            EmptyDisks = section.Has("disks") ? ReadDisks(section, faults) : defaults.EmptyDisks,
        };
    }

    private static List<long> ReadDisks(TestSection section, FaultList faults)
    {
        List<long> disks = [];
        IReadOnlyList<YamlValue> items = section.Items("disks");
        if (items.Count > MachineConfig.MaximumDisks - 1)
        {
            section.Fault("disks", $"there are {items.Count} disks, allowed {MachineConfig.MaximumDisks - 1}");
        }
        foreach (YamlValue item in items)
        {
            if (item is not YamlScalar { Text: { Length: > 0 } text })
            {
                faults.Add(item, $"a disk is {item.Kind}, expected its size, such as '64 MiB'");
            }
            else if (MiB(section, "disks", text, 1, MaximumDiskMiB) is int size)
            {
                disks.Add(ByteSize.FromMiB(size).Bytes);
            }
        }
        return disks;
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
