using System.Text;
using Strata.Agent.Machines;
using Strata.Core;

namespace Strata.Agent.Trials;

/// <summary>
/// Copies of <c>/etc/strata.d</c> by release: a machine that goes back to a release gets the configuration back that belonged to it.
/// </summary>
/// <remarks>
/// The folder belongs to one release at a time, which is written beside the copies. When another one runs, the folder is copied for the
/// first; the other begins with it as it is when it goes forward, and with its own copy when it goes back.
/// </remarks>
/// <param name="machine">The machine's files.</param>
internal sealed class ConfigurationCopies(MachineFolder machine)
{
    private const string Live = Places.Later;
    private const string Copies = "/var/lib/strata/configurations";
    private const string Owner = Copies + "/release"; // whose the folder is
    private const string Returning = "returning "; // before the name: its copy is being put back
    private const int MostName = 512;
    private const int MostFiles = 256;
    private const int MostBytes = 1 << 20;

    private static readonly string[] s_folders = ["", "/health.d"];

    /// <summary>Says which release runs; returns true when its own configuration was put back.</summary>
    /// <param name="name">Name of its kernel image's entry.</param>
    /// <param name="isProven">Whether it has proven good: only such a one is gone back to.</param>
    /// <exception cref="IOException">A file cannot be written. The next start tries again.</exception>
    public bool Enter(string name, bool isProven)
    {
        string owner = machine.TryRead(Owner, MostName) is byte[] text ? Encoding.UTF8.GetString(text).Trim() : "";
        if (owner == Returning + name)
        {
            return PutBack(name); // a power cut came in between
        }
        bool isMixed = owner.StartsWith(Returning, StringComparison.Ordinal); // the same, and now yet another one runs
        if (owner == name)
        {
            if (isProven)
            {
                Save(name);
            }
            return false;
        }
        if (owner.Length > 0 && !isMixed)
        {
            Save(owner);
        }
        if (isProven && owner.Length > 0 && machine.TryGet(CopyOf(name)) is { IsDirectory: true })
        {
            machine.Write(Owner, Returning + name + "\n");
            return PutBack(name);
        }
        machine.Write(Owner, name + "\n");
        return false;
    }

    /// <summary>Copies what the folder has, as the release on trial has proven good with it.</summary>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public void Keep(string name) => Save(name);

    private bool PutBack(string name)
    {
        Same(CopyOf(name), Live);
        machine.Write(Owner, name + "\n");
        return true;
    }

    private void Save(string name)
    {
        machine.MakeFolder(Copies, Modes.SecretFolder);
        machine.MakeFolder(CopyOf(name), Modes.SecretFolder);
        Same(Live, CopyOf(name));
    }

    /// <summary>Makes a folder the same as another, and writes only what differs: files of the image stay those of the image.</summary>
    private void Same(string from, string to)
    {
        foreach (string folder in s_folders)
        {
            HashSet<string> there = new(StringComparer.Ordinal);
            foreach (string name in machine.Names(from + folder))
            {
                string path = $"{folder}/{name}";
                if (machine.TryGet(from + path) is { IsFile: true } facts && facts.Size <= MostBytes && there.Count < MostFiles
                    && machine.TryRead(from + path, MostBytes) is byte[] content && there.Add(name))
                {
                    machine.Write(to + path, content, facts.Permissions);
                }
            }
            foreach (string name in machine.Names(to + folder))
            {
                if (!there.Contains(name) && machine.TryGet($"{to}{folder}/{name}") is { IsFile: true })
                {
                    machine.Delete($"{to}{folder}/{name}");
                }
            }
        }
    }

    private static string CopyOf(string name) => $"{Copies}/{name}";
}
