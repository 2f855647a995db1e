using Strata.Settings.Words;
using Strata.Yaml;

namespace Strata.Settings.Rendering;

/// <summary>Files that tell a program which servers give the time.</summary>
public static class TimeFiles
{
    /// <summary>For systemd-timesyncd (timesyncd.conf(5)).</summary>
    public static SettingFile Timesyncd(MachineWords words) => SettingFile.At(
        "/etc/systemd/timesyncd.conf.d/50-strata.conf", $"[Time]\nNTP={string.Join(' ', Servers(words))}\n");

    /// <summary>For chronyd as Debian configures it (chrony.conf(5), <c>sourcedir</c>).</summary>
    public static SettingFile Chrony(MachineWords words) => SettingFile.At(
        "/etc/chrony/sources.d/strata.sources", string.Concat(Servers(words).Select(s => $"server {s} iburst\n")));

    private static IEnumerable<string> Servers(MachineWords words)
    {
        ArgumentNullException.ThrowIfNull(words);
        return words.TimeServers.Select(s => s.Text);
    }
}
