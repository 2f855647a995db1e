using System.Text;
using Strata.Agent.Machines;
using Strata.Settings.Words;
using Strata.Yaml;

namespace Strata.Agent.Seeds;

/// <summary>
/// Credentials that whoever starts a virtual machine gives it, in the ways of systemd (systemd.system-credentials(7)): OEM strings of SMBIOS,
/// and files of QEMU's fw_cfg. Ours are called <c>strata.NAME</c>; <c>strata.machine</c> has words, the others secrets that words name.
/// </summary>
/// <param name="machine">Where the kernel shows them.</param>
internal sealed class Credentials(MachineFolder machine) : ISeedSource
{
    private const string Table = "/sys/firmware/dmi/tables/DMI";
    private const string Firmware = "/sys/firmware/qemu_fw_cfg/by_name/opt/io.systemd.credentials";
    private const string Plain = "io.systemd.credential:";
    private const string Binary = "io.systemd.credential.binary:";
    private const int MostTableBytes = 4 << 20;

    private Dictionary<string, byte[]>? _found;

    /// <inheritdoc/>
    public IReadOnlyList<Seed> Find(FaultList faults) =>
        TryGet(MachineSecrets.Words, faults) is byte[] words
            ? [Seed.OfWords($"credential {MachineSecrets.Prefix}{MachineSecrets.Words}", words, faults)] : [];

    /// <summary>The bytes of one; null when nobody gave it.</summary>
    public byte[]? TryGet(string name, FaultList faults) =>
        (_found ??= ReadAll(faults)).GetValueOrDefault(MachineSecrets.Prefix + name);

    private Dictionary<string, byte[]> ReadAll(FaultList faults)
    {
        Dictionary<string, byte[]> found = new(StringComparer.Ordinal);
        foreach (byte[] text in SmbiosTable.ReadOemStrings(machine.TryRead(Table, MostTableBytes)))
        {
            if (SmbiosTable.After(text, Plain) is string plain)
            {
                Add(plain, value => Encoding.UTF8.GetBytes(value));
            }
            else if (SmbiosTable.After(text, Binary) is string encoded)
            {
                Add(encoded, Convert.FromBase64String);
            }
        }
        foreach (string name in machine.Names(Firmware))
        {
            if (name.StartsWith(MachineSecrets.Prefix, StringComparison.Ordinal)
                && machine.TryRead($"{Firmware}/{name}/raw", Seed.MostBytes + 1) is byte[] bytes)
            {
                found.TryAdd(name, bytes);
            }
        }
        return found;

        void Add(string pair, Func<string, byte[]> bytesOf)
        {
            int equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0 || !pair.StartsWith(MachineSecrets.Prefix, StringComparison.Ordinal))
            {
                return; // of somebody else
            }
            string name = pair[..equals];
            try
            {
                found.TryAdd(name, bytesOf(pair[(equals + 1)..]));
            }
            catch (FormatException)
            {
                faults.Add(new Fault($"credential {name}", 0, 0, "its value is no base64"));
            }
        }
    }
}
