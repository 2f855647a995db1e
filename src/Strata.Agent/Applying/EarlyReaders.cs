using Strata.Agent.Machines;
using Strata.Yaml;

namespace Strata.Agent.Applying;

/// <summary>
/// What systemd and udev have to be told: they read many files before this program can write them. Other init systems start what reads them
/// afterwards.
/// </summary>
/// <param name="machine">The files of the machine.</param>
/// <param name="live">Runs their programs.</param>
internal sealed class EarlyReaders(MachineFolder machine, ILiveMachine live)
{
    private const string Control = "/usr/bin/systemctl";
    private const string Devices = "/usr/bin/udevadm";

    private const string FirewallLoader = "/usr/lib/strata/firewall/load"; // of capability firewall

    private static readonly string[] s_readAtStart = ["keymap", "network", "mounts", "sysctl", "run-once"];

    // each by the file or folder that it reads
    private static readonly (string Path, string Unit)[] s_readers =
    [
        ("/etc/sysctl.d/60-strata.conf", "systemd-sysctl.service"),
        ("/etc/vconsole.conf", "systemd-vconsole-setup.service"),
        ("/etc/systemd/timesyncd.conf.d/50-strata.conf", "systemd-timesyncd.service"),
    ];

    private readonly string _before = Stamp(machine);

    /// <summary>Waits until the drivers that are being loaded have found their disks; at most a minute: some have much to find.</summary>
    public void WaitForDisks()
    {
        if (machine.Has(Devices))
        {
            _ = live.Run(Devices, "settle", "--timeout=60");
        }
    }

    /// <summary>Lets them read anew what has changed since this program began.</summary>
    public void TellOfChanges()
    {
        if (!machine.Has("/run/systemd/system") || !machine.Has(Control) || Stamp(machine) == _before)
        {
            return;
        }
        if (machine.Has(Devices) && machine.Names("/etc/systemd/network").Any(n => n.EndsWith(".link", StringComparison.Ordinal)))
        {
            // names of interfaces are udev's, which has seen them already
            _ = live.Run(Devices, "control", "--reload");
            _ = live.Run(Devices, "trigger", "--action=add", "--subsystem-match=net", "--settle");
        }
        _ = live.Run(Control, "daemon-reload"); // units that are made of fstab
        if (machine.Has("/etc/fstab"))
        {
            _ = live.Run(Control, "--no-block", "start", "local-fs.target");
        }
        foreach ((string path, string unit) in s_readers)
        {
            if (machine.Has(path) && machine.Has("/usr/lib/systemd/system/" + unit))
            {
                _ = live.Run(Control, "--no-block", "try-restart", unit);
            }
        }
    }

    /// <summary>
    /// After words that came when the machine had started already: a firewall among them is loaded at once, what else is read at a start
    /// is told.
    /// </summary>
    /// <param name="words">Names of the words that came.</param>
    public void TellOfLateWords(IReadOnlyList<string> words)
    {
        if (words.Contains("firewall"))
        {
            if (machine.Has(FirewallLoader))
            {
                _ = live.Run(FirewallLoader);
            }
            else if (machine.Has(Control))
            {
                _ = live.Run(Control, "restart", "nftables.service");
            }
        }
        List<string> later = [];
        foreach (string word in s_readAtStart)
        {
            later.AddRange(words.Contains(word) ? [word] : []);
        }
        if (later.Count > 0)
        {
            live.Tell($"from the next start on counts what is read when a machine starts: {string.Join(", ", later)}");
        }
    }

    // what systemd and udev read, by size and content
    private static string Stamp(MachineFolder machine)
    {
        List<string> files = ["/etc/fstab", .. s_readers.Select(r => r.Path)];
        foreach (string name in machine.Names("/etc/systemd/network"))
        {
            files.Add("/etc/systemd/network/" + name);
        }
        return string.Concat(files.Select(f => f + "\n" + machine.ReadText(f) + "\n"));
    }
}
