using Strata.Core;
using Strata.Yaml;

namespace Strata.Settings.Words;

/// <summary>
/// What is particular to a machine: who it is, who may log in, which addresses it has. The words of <c>machine:</c> in blueprints and
/// capabilities, and of a file of its own on the machine.
/// </summary>
public sealed record MachineWords
{
    /// <summary>Every word, in the order in which people are told them.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "hostname", "time-zone", "time-servers", "locale", "keymap", "users", "ssh", "network", "firewall", "mounts", "files", "sysctl",
        "run-once",
    ];

    /// <summary>The mapping they were read from: what is merged, and kept in the image.</summary>
    public required YamlMapping Source { get; init; }

    /// <summary>Name of the machine: labels of lower-case letters, digits and dashes, at most 64 characters; null when nobody says
    /// one.</summary>
    public YamlScalar? Hostname { get; init; }

    /// <summary>A name of the time zone database, such as <c>Europe/Berlin</c>.</summary>
    public YamlScalar? TimeZone { get; init; }

    /// <summary>Servers that give the time, by name or address.</summary>
    public IReadOnlyList<YamlScalar> TimeServers { get; init; } = [];

    /// <summary>A locale, such as <c>de_DE.UTF-8</c>.</summary>
    public YamlScalar? Locale { get; init; }

    /// <summary>A keyboard of the console, such as <c>de</c>.</summary>
    public YamlScalar? Keymap { get; init; }

    /// <summary>Who may log in.</summary>
    public IReadOnlyList<UserWords> Users { get; init; } = [];

    /// <summary>The way in over the network; null when nothing is said of it.</summary>
    public SshWords? Ssh { get; init; }

    /// <summary>Interfaces, in the order in which they come up; null when nothing is said: any wired port asks a DHCP server.</summary>
    public IReadOnlyList<InterfaceWords>? Network { get; init; }

    /// <summary>What may come in; null for no firewall.</summary>
    public FirewallWords? Firewall { get; init; }

    /// <summary>File systems, by where they are mounted.</summary>
    public IReadOnlyList<MountWords> Mounts { get; init; } = [];

    /// <summary>Files with their text.</summary>
    public IReadOnlyList<FileWords> Files { get; init; } = [];

    /// <summary>Settings of the kernel, with dots between their parts.</summary>
    public IReadOnlyList<(YamlScalar Name, string Value)> Sysctl { get; init; } = [];

    /// <summary>Commands that run once in the life of a machine.</summary>
    public IReadOnlyList<CommandWords> RunOnce { get; init; } = [];

    /// <summary>No words at all.</summary>
    public static MachineWords None { get; } = new() { Source = new YamlMapping("", 1, 1, []) };

    /// <summary>True when something has to be done at each start, which an init system does.</summary>
    public bool NeedsStart => Network is not null || Mounts.Count + Sysctl.Count + RunOnce.Count > 0 || Keymap is not null;
}

/// <summary>A file system that is mounted at each start (fstab(5)).</summary>
/// <param name="Place">Where: an absolute path.</param>
/// <param name="Path">The same as a path.</param>
/// <param name="From">A device, <c>LABEL=…</c>, <c>UUID=…</c>, or what the kind wants.</param>
/// <param name="Type">Kind of file system; <c>auto</c> finds out.</param>
/// <param name="Options">Options of mount(8).</param>
/// <param name="IsOptional">True when the machine is all right without it.</param>
public sealed record MountWords(
    YamlScalar Place, GuestPath Path, string From, string Type, IReadOnlyList<string> Options, bool IsOptional);

/// <summary>A file with its text.</summary>
/// <param name="Path">Where.</param>
/// <param name="Text">What.</param>
/// <param name="Mode">Permissions.</param>
/// <param name="Owner">A user by name; root when null.</param>
/// <param name="Group">A group by name; that of the owner when null.</param>
public sealed record FileWords(GuestPath Path, string Text, int Mode, YamlScalar? Owner, YamlScalar? Group);

/// <summary>A command that runs once in the life of a machine.</summary>
/// <param name="Name">Its name, that of its stamp: lower-case letters, digits and dashes.</param>
/// <param name="Command">Program and arguments; no shell is involved.</param>
public sealed record CommandWords(YamlScalar Name, IReadOnlyList<string> Command);
