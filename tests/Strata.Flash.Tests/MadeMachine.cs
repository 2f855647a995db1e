using Strata.Flash.Targets;
using Strata.Testing;

namespace Strata.Flash.Tests;

/// <summary>A machine as the kernel would show it in /sys and /proc: links in a class, folders of devices.</summary>
internal sealed class MadeMachine : IDisposable
{
    private readonly TemporaryFolder _root = new();
    private int _minor;

    public MadeMachine()
    {
        Directory.CreateDirectory(_root["sys/class/block"]);
        Mounts("21 1 0:20 / /proc rw - proc proc rw");
        Swaps();
    }

    public TargetCatalog Catalog => new(_root.Path);

    /// <summary>Adds a disk; the bus is part of its place among the devices.</summary>
    public MadeMachine Disk(string name, long bytes, string bus = "pci0000:00/ata1", bool removable = false, string partitions = "")
    {
        string folder = $"sys/devices/{bus}/block/{name}";
        Device(folder, name, bytes);
        File.WriteAllText(_root[$"{folder}/removable"], removable ? "1\n" : "0\n");
        foreach (string partition in partitions.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            Device($"{folder}/{partition}", partition, bytes / 2);
            File.WriteAllText(_root[$"{folder}/{partition}/partition"], "1\n");
        }
        return this;
    }

    /// <summary>Adds a mapping on top of devices.</summary>
    public MadeMachine Mapping(string name, string called, params string[] below)
    {
        Device($"sys/devices/virtual/block/{name}", name, 1 << 30);
        if (called.Length > 0)
        {
            Write(name, "dm/name", called);
        }
        foreach (string device in below)
        {
            Write(device, $"holders/{name}", "");
        }
        return this;
    }

    /// <summary>Writes a file of a device.</summary>
    public MadeMachine Write(string device, string file, string text)
    {
        string path = _root[$"sys/class/block/{device}/{file}"];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text + "\n");
        return this;
    }

    public string NumbersOf(string device) => File.ReadAllText(_root[$"sys/class/block/{device}/dev"]).Trim();

    public MadeMachine Mounts(params string[] lines)
    {
        Directory.CreateDirectory(_root["proc/self"]);
        File.WriteAllText(_root["proc/self/mountinfo"], string.Concat(lines.Select(l => l + "\n")));
        return this;
    }

    public MadeMachine Swaps(params string[] lines)
    {
        File.WriteAllText(
            _root["proc/swaps"], "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n" + string.Concat(lines.Select(l => l + "\n")));
        return this;
    }

    public void Dispose() => _root.Dispose();

    private void Device(string folder, string name, long bytes)
    {
        Directory.CreateDirectory(_root[$"{folder}/holders"]);
        File.WriteAllText(_root[$"{folder}/size"], $"{bytes / 512}\n");
        File.WriteAllText(_root[$"{folder}/ro"], "0\n");
        File.WriteAllText(_root[$"{folder}/dev"], $"8:{_minor++}\n");
        File.WriteAllText(_root[$"{folder}/uevent"], $"MAJOR=8\nDEVNAME={name}\nDEVTYPE=disk\n");
        File.CreateSymbolicLink(_root[$"sys/class/block/{name}"], _root[folder]);
    }
}
