using Strata.Core;
using Strata.Settings.Rendering;
using Strata.Settings.Words;
using Strata.Yaml;

namespace Strata.Settings.Needs;

/// <summary>
/// Sees that an image has what a machine's words need: a word that nothing in it honours would be dropped in silence, so it is a fault that
/// says what to add.
/// </summary>
public sealed class WordNeeds
{
    private const string Zones = "/usr/share/zoneinfo";
    private const string Keymaps = "/usr/share/keymaps";
    private const string Locales = "/usr/lib/locale";

    private readonly ImageFacts _facts;
    private readonly FaultList _faults;

    private WordNeeds(ImageFacts facts, FaultList faults) => (_facts, _faults) = (facts, faults);

    /// <summary>Looks for everything; what is missing is noted where the word stands that needs it.</summary>
    public static void Check(MachineWords words, ImageFacts facts, FaultList faults)
    {
        ArgumentNullException.ThrowIfNull(words);
        ArgumentNullException.ThrowIfNull(facts);
        ArgumentNullException.ThrowIfNull(faults);
        WordNeeds needs = new(facts, faults);
        needs.CheckAccess(words);
        needs.CheckPlace(words);
        needs.CheckNetwork(words);
    }

    private void CheckAccess(MachineWords words)
    {
        foreach (UserWords admin in words.Users.Where(u => u.IsAdmin))
        {
            Need(admin.Name, $"'admin' of user '{admin.Name.Text}'", "capability 'doas', or package 'sudo' whole",
                ImageFacts.Sudo, "/usr/bin/doas");
            if (_facts.Has(ImageFacts.Sudo))
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
            Need(PlaceOf(words, "ssh"), "'ssh'", "capability 'ssh'", ImageFacts.Dropbear, ImageFacts.OpenSsh);
        }
    }

    private void CheckPlace(MachineWords words)
    {
        if (words.TimeZone is YamlScalar zone)
        {
            if (!_facts.Has(Zones))
            {
                Need(zone, $"time zone {zone.Text}", "capability 'time-zones'", $"{Zones}/{zone.Text}");
            }
            else if (!_facts.Has($"{Zones}/{zone.Text}"))
            {
                string near = NearMiss.Suggestion(zone.Text, _facts.NamesBelow(Zones));
                _faults.Add(zone, $"there is no time zone '{zone.Text}' in {Zones}{near}");
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
            Need(keymap, $"keymap {keymap.Text}", "capability 'keymap'", "/usr/bin/loadkeys");
            string[] known = [.. _facts.NamesBelow(Keymaps).Select(KeymapOf).OfType<string>()];
            if (known.Length > 0 && !known.Contains(keymap.Text))
            {
                _faults.Add(keymap, $"there is no keymap '{keymap.Text}' in {Keymaps}{NearMiss.Suggestion(keymap.Text, known)}");
            }
        }
        if (words.TimeServers is [YamlScalar server, ..])
        {
            Need(server, "'time-servers'", "package 'chrony' whole, or capability 'timesyncd' under systemd",
                ImageFacts.Chrony, ImageFacts.Timesyncd);
        }
    }

    private void CheckNetwork(MachineWords words)
    {
        bool isSystemd = _facts.IsSystemd;
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
            if (module is not null && !_facts.HasModule(module))
            {
                Missing(one.Name, $"{what}, {kind}", $"capability '{capability}'", $"module {module} of the kernel");
            }
            if (one.Kind == InterfaceKind.WireGuard && !isSystemd)
            {
                Need(one.Name, what, $"capability '{capability}'", "/usr/bin/wg");
            }
            if (one.Kind == InterfaceKind.Wifi)
            {
                Need(one.Name, $"{what}, a radio,", "capability 'wifi'", "/usr/lib/strata/wifi/join");
            }
        }
        if (words.Network is not null)
        {
            Need(PlaceOf(words, "network"), "'network'", "capability 'network'",
                isSystemd ? ImageFacts.Networkd : "/usr/lib/strata/network/dhcp");
        }
        if (NftablesRuleset.Of(words) is not null)
        {
            Need(PlaceOf(words, "firewall", "network"), "'firewall' or 'masquerade'", "capability 'firewall'",
                "/usr/lib/strata/firewall/load",
                "/usr/lib/systemd/system/nftables.service");
        }
    }

    // loadkeys(1) finds 'de' as i386/qwertz/de.kmap.gz; what it includes bears other names
    private static string? KeymapOf(string path)
    {
        string file = path[(path.LastIndexOf('/') + 1)..];
        int end = file.IndexOf(".kmap", StringComparison.Ordinal);
        return end < 0 ? null : file[..end];
    }

    private void Need(YamlValue place, string what, string from, params IReadOnlyList<string> anyOf)
    {
        if (!anyOf.Any(_facts.Has))
        {
            Missing(place, what, from, string.Join(" or ", anyOf));
        }
    }

    private void Missing(YamlValue place, string what, string from, string missing) =>
        _faults.Add(place, $"{what} needs {missing}, which is not in the image; add {from}");

    // the first of some words that is said
    private static YamlValue PlaceOf(MachineWords words, params IReadOnlyList<string> names) =>
        names.Select(n => words.Source.Items.FirstOrDefault(i => i.Key.Text == n).Key).OfType<YamlScalar>().FirstOrDefault()
            ?? (YamlValue)words.Source;
}
