using Strata.Settings.Words;
using Strata.Yaml;

namespace Strata.Settings.Reading;

/// <summary>
/// Reads the words wherever they stand: below <c>machine:</c> of a blueprint or capability, and in a file of its own, whose top they are.
/// Both say the same about the same mistake.
/// </summary>
public static class MachineFile
{
    /// <summary>Reads a file of its own, as <c>/etc/strata.d/*.yaml</c> are; null when it is no YAML.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="shownAs">Its name, for messages.</param>
    /// <param name="faults">Where mistakes go.</param>
    public static MachineWords? Read(byte[] bytes, string shownAs, FaultList faults) =>
        YamlFile.Read(bytes, shownAs, faults) is YamlMapping mapping ? ReadWhole(mapping, faults) : null;

    /// <summary>Reads all the words of a machine: what one word says of another has to be there too.</summary>
    public static MachineWords ReadWhole(YamlMapping mapping, FaultList faults)
    {
        MachineWords words = ReadPart(mapping, faults);
        WholeChecks.Check(words, faults);
        return words;
    }

    /// <summary>Reads words to which others come.</summary>
    public static MachineWords ReadPart(YamlMapping mapping, FaultList faults)
    {
        ArgumentNullException.ThrowIfNull(mapping);
        ArgumentNullException.ThrowIfNull(faults);
        MappingReader reader = new(mapping, faults);
        IReadOnlyList<InterfaceWords>? network = InterfaceReader.ReadAll(reader);
        SshWords? ssh = UserReader.ReadSsh(reader);
        MachineWords words = new()
        {
            Source = mapping,
            Hostname = SystemReader.ReadHostname(reader),
            TimeZone = SystemReader.ReadTimeZone(reader),
            TimeServers = SystemReader.ReadTimeServers(reader),
            Locale = SystemReader.ReadLocale(reader),
            Keymap = SystemReader.ReadKeymap(reader),
            Users = UserReader.ReadAll(reader),
            Ssh = ssh,
            Network = network,
            Firewall = FirewallReader.Read(reader, ssh, network),
            Mounts = SystemReader.ReadMounts(reader),
            Files = SystemReader.ReadFiles(reader),
            Sysctl = SystemReader.ReadSysctl(reader),
            RunOnce = SystemReader.ReadRunOnce(reader),
        };
        reader.Done();
        return words;
    }
}
