namespace Strata.Settings.Rendering;

/// <summary>What of an image decides which files words become.</summary>
/// <param name="IsSystemd">True when systemd is process 1.</param>
/// <param name="Has">True when something is at a path, or a link leads there.</param>
/// <param name="HasModule">True when a module is there, or part of the kernel itself.</param>
/// <param name="NamesBelow">Paths of files below a folder, relative to it.</param>
public sealed record ImageFacts(
    bool IsSystemd, Func<string, bool> Has, Func<string, bool> HasModule, Func<string, IEnumerable<string>> NamesBelow)
{
    /// <summary>Lets administrators become root.</summary>
    public const string Sudo = "/usr/bin/sudo";

    /// <summary>A server of SSH.</summary>
    public const string Dropbear = "/usr/sbin/dropbear";

    /// <summary>The other one.</summary>
    public const string OpenSsh = "/usr/sbin/sshd";

    /// <summary>An engine of containers.</summary>
    public const string Podman = "/usr/bin/podman";

    /// <summary>The network of systemd.</summary>
    public const string Networkd = "/usr/lib/systemd/systemd-networkd";

    /// <summary>The clock of systemd.</summary>
    public const string Timesyncd = "/usr/lib/systemd/systemd-timesyncd";

    /// <summary>The other one.</summary>
    public const string Chrony = "/usr/sbin/chronyd";
}
