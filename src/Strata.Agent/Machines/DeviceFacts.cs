using Strata.Settings.Rendering;

namespace Strata.Agent.Machines;

/// <summary>What the image on this machine has, as the build asks the tree of an image.</summary>
internal static class DeviceFacts
{
    private const int MostNames = 5000;

    /// <summary>Asks the files of the machine.</summary>
    public static ImageFacts Of(MachineFolder machine) => new(
        machine.Has("/run/systemd/system"), machine.Has, // sd_booted(3)
        m => HasModule(machine, m), f => NamesBelow(machine, f));

    // a module in the image, or part of the kernel itself; the kernel takes '-' and '_' for one
    private static bool HasModule(MachineFolder machine, string name)
    {
        if (machine.Has("/sys/module/" + name))
        {
            return true;
        }
        string folder = $"/lib/modules/{machine.ReadText("/proc/sys/kernel/osrelease").Trim()}/";
        foreach (string list in (ReadOnlySpan<string>)["modules.dep", "modules.builtin"])
        {
            foreach (string line in machine.ReadText(folder + list).Split('\n'))
            {
                string path = line.Split(':')[0];
                if (path[(path.LastIndexOf('/') + 1)..].Replace('-', '_').StartsWith(name + ".ko", StringComparison.Ordinal))
                {
                    return true;
                }
            }
        }
        return false;
    }

    private static List<string> NamesBelow(MachineFolder machine, string folder)
    {
        List<string> names = [];
        Add("", 0);
        return names;

        void Add(string below, int depth)
        {
            foreach (string name in machine.Names($"{folder}/{below}"))
            {
                if (names.Count >= MostNames || depth > 4)
                {
                    return;
                }
                if (machine.TryGet($"{folder}/{below}{name}") is { IsDirectory: true })
                {
                    Add($"{below}{name}/", depth + 1);
                }
                else
                {
                    names.Add(below + name);
                }
            }
        }
    }
}
