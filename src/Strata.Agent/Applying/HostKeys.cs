using Strata.Agent.Machines;
using Strata.Core;
using Strata.Settings.Rendering;

namespace Strata.Agent.Applying;

/// <summary>
/// The keys by which others know this machine over SSH: made once, kept in <see cref="Folder"/>, and laid where the server looks. Without
/// state each start makes others.
/// </summary>
internal static class HostKeys
{
    /// <summary>Where they are kept.</summary>
    public const string Folder = "/var/lib/strata/ssh";

    private const int MostBytes = 1 << 16;

    private static readonly string[] s_types = ["ed25519", "ecdsa"];

    /// <summary>Sees that there are keys for each server of the image.</summary>
    /// <exception cref="StrataException">A program that makes keys fails.</exception>
    public static void Apply(MachineFolder machine, ILiveMachine live)
    {
        foreach (string type in s_types)
        {
            if (machine.Has(ImageFacts.Dropbear) && machine.Has("/usr/bin/dropbearkey"))
            {
                string name = $"dropbear_{type}_host_key";
                Put(machine, $"/etc/dropbear/{name}", name, aside => live.Run("/usr/bin/dropbearkey", "-t", type, "-f", aside));
            }
            if (machine.Has(ImageFacts.OpenSsh) && machine.Has("/usr/bin/ssh-keygen"))
            {
                string name = $"ssh_host_{type}_key";
                Put(machine, $"/etc/ssh/{name}", name, aside => live.Run("/usr/bin/ssh-keygen", "-q", "-t", type, "-N", "", "-C", "", "-f", aside));
            }
        }
    }

    private static void Put(MachineFolder machine, string place, string name, Func<string, int> make)
    {
        string kept = $"{Folder}/{name}";
        byte[]? key = Read(machine, kept) ?? Read(machine, place);
        if (key is null)
        {
            string aside = $"{Folder}/{name}.making";
            machine.MakeFolder(Folder, Modes.SecretFolder);
            machine.Delete(aside); // of a start that was cut
            machine.Delete(aside + ".pub");
            int code = make(machine.At(aside));
            key = Read(machine, aside);
            machine.Delete(aside);
            machine.Delete(aside + ".pub");
            if (code != 0 || key is null)
            {
                throw new StrataException($"cannot make {name}: the program for it ended with {code}");
            }
        }
        machine.MakeFolder(Folder, Modes.SecretFolder);
        machine.Write(kept, key, Modes.SecretFile);
        machine.Write(place, key, Modes.SecretFile);
    }

    private static byte[]? Read(MachineFolder machine, string path) => machine.TryRead(path, MostBytes) is { Length: > 0 } key ? key : null;
}
