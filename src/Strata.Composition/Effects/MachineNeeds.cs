using Strata.Blueprints;
using Strata.Blueprints.Services;
using Strata.Composition.Kernels;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Settings.Rendering;
using Strata.Settings.Words;
using Strata.Yaml;

namespace Strata.Composition.Effects;

/// <summary>
/// Sees that an image has what a machine's words need: a word that nothing in it honours would be dropped in silence, so it is a fault that
/// says what to add.
/// </summary>
internal sealed class MachineNeeds
{
    /// <summary>Lets administrators become root.</summary>
    public const string Sudo = "/usr/bin/sudo";

    /// <summary>A server of SSH.</summary>
    public const string Dropbear = "/usr/sbin/dropbear";

    /// <summary>The other one.</summary>
    public const string OpenSsh = "/usr/sbin/sshd";

    /// <summary>The network of systemd.</summary>
    public const string Networkd = "/usr/lib/systemd/systemd-networkd";

    /// <summary>The clock of systemd.</summary>
    public const string Timesyncd = "/usr/lib/systemd/systemd-timesyncd";

    /// <summary>The other one.</summary>
    public const string Chrony = "/usr/sbin/chronyd";

    private const string Zones = "/usr/share/zoneinfo";
    private const string Locales = "/usr/lib/locale";

    private readonly EffectContext _context;
    private readonly InitSystemKind? _init;
    private readonly List<string> _problems = [];

    private MachineNeeds(EffectContext context) => (_context, _init) = (context, InitOf(context.Blueprint));

    /// <summary>Looks for everything.</summary>
    /// <exception cref="StrataException">Something is missing; all of it is named.</exception>
    public static void Check(EffectContext context, MachineWords words)
    {
        MachineNeeds needs = new(context);
        needs.CheckAccess(words);
        needs.CheckPlace(words);
        needs.CheckNetwork(words);
        if (needs._problems.Count > 0)
        {
            throw new StrataException(
                $"cannot make the machine what 'machine' says:\n  {string.Join("\n  ", needs._problems)}",
                "docs/machines.md says what each word needs.");
        }
    }

    /// <summary>What works, and may not be what was meant; as full sentences.</summary>
    public static IReadOnlyList<string> Warnings(Blueprint blueprint, FileTree tree)
    {
        MachineWords words = blueprint.Machine;
        bool hasSsh = Has(tree, Dropbear) || Has(tree, OpenSsh);
        List<string> warnings = [];
        int port = words.Ssh?.Port ?? SshWords.UsualPort;
        if (words.Firewall is FirewallWords firewall && hasSsh && !firewall.Allow.Any(a => a.Covers("tcp", port)))
        {
            warnings.Add(
                $"the firewall lets nobody in over SSH: nothing below 'allow' covers port {port}, and an SSH server is in the image; "
                + "add 'ssh: {}' there");
        }
        if (words.Ssh is { AllowsPasswords: false, Users: { } allowed } && hasSsh
            && !words.Users.Any(u => u.SshKeys.Count > 0 && allowed.Any(a => a.Text == u.Name.Text)))
        {
            warnings.Add(
                "nobody can come in over SSH yet: none of the users that 'ssh' lets in has 'ssh-keys', and passwords let nobody in");
        }
        return warnings;
    }

    /// <summary>The init system of an edition; null for a container image.</summary>
    public static InitSystemKind? InitOf(Blueprint blueprint) =>
        blueprint.Capabilities.FirstOrDefault(c => c.InitSystem is not null)?.InitSystem!.Kind;

    /// <summary>True when a path is there, or a link leads there.</summary>
    public static bool Has(FileTree tree, string path) => tree.TryResolve(GuestPath.Parse(path), out _);

    private void CheckAccess(MachineWords words)
    {
        foreach (UserWords admin in words.Users.Where(u => u.IsAdmin))
        {
            Need(admin.Name, $"'admin' of user '{admin.Name.Text}'", "package 'sudo' or 'opendoas' whole", Sudo, "/usr/bin/doas");
            if (Has(_context.Tree, Sudo))
            {
                // Debian's /etc/pam.d/sudo includes what the scripts of this one make, and nothing depends on it: every Debian has it
                Need(admin.Name, $"'admin' of user '{admin.Name.Text}'", "package 'libpam-runtime' whole", "/etc/pam.d/common-auth");
            }
        }
        foreach (YamlScalar shell in words.Users.Select(u => u.Shell).OfType<YamlScalar>())
        {
            Need(shell, $"shell {shell.Text}", "the package that has it", shell.Text);
        }
        if (words.Ssh is not null)
        {
            Need(words.Source, "'ssh'", "capability 'ssh'", Dropbear, OpenSsh);
        }
    }

    private void CheckPlace(MachineWords words)
    {
        if (words.TimeZone is YamlScalar zone)
        {
            if (!Has(_context.Tree, Zones))
            {
                Need(zone, $"time zone {zone.Text}", "capability 'time-zones'", $"{Zones}/{zone.Text}");
            }
            else if (!Has(_context.Tree, $"{Zones}/{zone.Text}"))
            {
                string near = NearMiss.Suggestion(zone.Text, NamesBelow(Zones));
                _problems.Add($"{MachineAccounts.Place(zone)}: there is no time zone '{zone.Text}' in {Zones}{near}");
            }
        }
        if (words.Locale is YamlScalar { Text: not ("C" or "POSIX" or "C.UTF-8") } locale)
        {
            // glibc writes the character set small and without dashes
            string folder = locale.Text.Split('.') is [string name, string set]
                ? $"{name}.{set.Replace("-", "", StringComparison.Ordinal).ToLowerInvariant()}" : locale.Text;
            Need(locale, $"locale {locale.Text}", "package 'locales-all'", $"{Locales}/{folder}", Locales + "/locale-archive");
        }
        if (words.Keymap is YamlScalar keymap)
        {
            Need(keymap, $"keymap {keymap.Text}", "package 'kbd' and one with keyboards, such as 'console-data'", "/usr/bin/loadkeys");
            if (_init == InitSystemKind.Systemd)
            {
                const string Program = "/usr/lib/systemd/systemd-vconsole-setup";
                Need(keymap, $"keymap {keymap.Text}", "that program of package 'systemd' and its unit", Program);
            }
        }
        if (words.TimeServers is [YamlScalar server, ..])
        {
            Need(server, "'time-servers'", "package 'chrony' whole, or capability 'timesyncd' under systemd", Chrony, Timesyncd);
        }
    }

    private void CheckNetwork(MachineWords words)
    {
        bool isSystemd = _init == InitSystemKind.Systemd;
        foreach (InterfaceWords one in words.Network ?? [])
        {
            string what = $"interface '{one.Name.Text}'";
            (string? module, string kind) = one.Kind switch
            {
                InterfaceKind.Vlan => ("8021q", "a VLAN"),
                InterfaceKind.Bridge => ("bridge", "a bridge"),
                InterfaceKind.Bond => ("bonding", "a bond"),
                InterfaceKind.WireGuard => ("wireguard", "a tunnel"),
                _ => ((string?)null, ""),
            };
            string capability = one.Kind == InterfaceKind.WireGuard ? "wireguard" : "links";
            if (module is not null && !HasModule(module))
            {
                Missing(one.Name, $"{what}, {kind}", $"capability '{capability}'", $"module {module} of the kernel");
            }
            if (one.Kind == InterfaceKind.WireGuard && !isSystemd)
            {
                Need(one.Name, what, $"capability '{capability}'", "/usr/bin/wg");
            }
            if (one.Kind == InterfaceKind.Wifi && isSystemd)
            {
                _problems.Add(
                    $"{MachineAccounts.Place(one.Name)}: {what} has 'wifi', "
                    + "which init busybox and openrc honour, and systemd does not yet");
            }
            else if (one.Kind == InterfaceKind.Wifi)
            {
                Need(one.Name, $"{what}, a radio,", "package 'wpasupplicant'", "/usr/sbin/wpa_supplicant");
            }
        }
        if (words.Network is not null)
        {
            Need(words.Source, "'network'", "capability 'network'", isSystemd ? Networkd : "/usr/lib/strata/network/dhcp");
        }
        if (NftablesRuleset.Of(words) is not null)
        {
            Need(words.Source, "'firewall' or 'masquerade'", "capability 'firewall'", "/usr/lib/strata/firewall/load",
                "/usr/lib/systemd/system/nftables.service");
        }
    }

    // a module in the image, or part of the kernel itself
    private bool HasModule(string name) =>
        _context is { Kernel: KernelFiles kernel, Modules: KernelModules modules }
        && ((modules.Has(name) && !modules.Names.Contains(name)) || _context.Tree.Entries.Any(e =>
            e.Path.IsAtOrBelow(kernel.ModuleFolder) && e.Path.Name.StartsWith(name + ".ko", StringComparison.Ordinal)));

    private void Need(YamlValue place, string what, string from, params IReadOnlyList<string> anyOf)
    {
        if (!anyOf.Any(p => Has(_context.Tree, p)))
        {
            Missing(place, what, from, string.Join(" or ", anyOf));
        }
    }

    private void Missing(YamlValue place, string what, string from, string missing) =>
        _problems.Add($"{MachineAccounts.Place(place)}: {what} needs {missing}, which is not in the image; add {from}");

    private IEnumerable<string> NamesBelow(string folder)
    {
        GuestPath path = GuestPath.Parse(folder);
        return _context.Tree.Entries.Where(e => e.Node is not DirectoryNode && e.Path != path && e.Path.IsAtOrBelow(path))
            .Select(e => e.Path.ToString()[(folder.Length + 1)..]);
    }
}
