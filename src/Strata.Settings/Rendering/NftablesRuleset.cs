using System.Globalization;
using System.Text;
using Strata.Settings.Words;
using Strata.Yaml;

namespace Strata.Settings.Rendering;

/// <summary>The firewall as one file for nft(8), which the kernel takes whole or not at all.</summary>
/// <remarks>
/// It replaces its own table and no other: what containers bring stays. Forwarding is refused unless an interface says it forwards;
/// addresses are rewritten where one masquerades, with a firewall or without. What an engine of containers leads to a container was
/// sent to a port of the machine, and may pass where that port is allowed; its own rules come besides.
/// </remarks>
public static class NftablesRuleset
{
    /// <summary>Where it lies; Debian's own place.</summary>
    public const string Path = "/etc/nftables.conf";

    // RFC 4890 §4.3 and §4.4: without these IPv6 does not work; of IPv4 what tells of paths and trouble
    private const string Always = """
                ct state vmap { established : accept, related : accept, invalid : drop }
                iifname "lo" accept
                icmp type { echo-request, destination-unreachable, time-exceeded, parameter-problem } accept
                icmpv6 type { echo-request, destination-unreachable, packet-too-big, time-exceeded, parameter-problem } accept
                icmpv6 type { nd-router-advert, nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert } ip6 hoplimit 255 accept
                icmpv6 type { mld-listener-query, mld-listener-report, mld-listener-done, mld2-listener-report } accept

        """;

    /// <summary>The ruleset; null when nothing is said of a firewall and nobody masquerades.</summary>
    /// <param name="words">What is said of the machine.</param>
    /// <param name="hasContainers">True where podman leads what comes to ports of the machine to containers.</param>
    public static string? Of(MachineWords words, bool hasContainers = false)
    {
        ArgumentNullException.ThrowIfNull(words);
        IReadOnlyList<InterfaceWords> network = words.Network ?? [];
        string[] masquerading = [.. network.Where(i => i.Masquerades).Select(i => i.Name.Text)];
        if (words.Firewall is null && masquerading.Length == 0)
        {
            return null;
        }
        StringBuilder text = new();
        // the first line makes sure that there is one to delete
        text.Append("#!/usr/sbin/nft -f\n# Made of the words 'firewall' and 'network' of the machine.\n");
        text.Append("table inet strata\ndelete table inet strata\ntable inet strata {\n");
        if (words.Firewall is FirewallWords firewall)
        {
            text.Append("    chain input {\n        type filter hook input priority filter; policy drop;\n").Append(Always);
            // answers that no connection is known of: they come to the port that a client listens on
            AppendClient(text, network, DhcpKind.V4, "udp sport 67 udp dport 68");
            AppendClient(text, network, DhcpKind.V6, "ip6 saddr fe80::/10 udp sport 547 udp dport 546");
            foreach (AllowWords allow in firewall.Allow)
            {
                AppendAllow(text, allow, isPassedOn: false);
            }
            if (hasContainers)
            {
                text.Append("        iifname \"podman*\" meta l4proto { tcp, udp } th dport 53 accept comment \"names of containers\"\n");
            }
            text.Append("    }\n    chain forward {\n        type filter hook forward priority filter; policy drop;\n");
            text.Append("        ct state vmap { established : accept, related : accept, invalid : drop }\n");
            string[] forwarding = [.. network.Where(i => i.Forwards).Select(i => i.Name.Text)];
            if (forwarding.Length > 0)
            {
                text.Append(CultureInfo.InvariantCulture, $"        iifname {Names(forwarding)} accept\n");
            }
            if (hasContainers)
            {
                text.Append("        iifname \"podman*\" accept\n");
                foreach (AllowWords allow in firewall.Allow)
                {
                    AppendAllow(text, allow, isPassedOn: true);
                }
            }
            text.Append("    }\n");
        }
        if (masquerading.Length > 0)
        {
            text.Append("    chain postrouting {\n        type nat hook postrouting priority srcnat;\n");
            text.Append(CultureInfo.InvariantCulture, $"        oifname {Names(masquerading)} masquerade\n    }}\n");
        }
        return text.Append("}\n").ToString();
    }

    private static void AppendClient(StringBuilder text, IReadOnlyList<InterfaceWords> network, DhcpKind kind, string match)
    {
        string[] clients = [.. network.Where(i => (i.Dhcp & kind) != 0).Select(i => i.Name.Text)];
        if (clients.Length > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"        iifname {Names(clients)} {match} accept\n");
        }
    }

    private static void AppendAllow(StringBuilder text, AllowWords allow, bool isPassedOn)
    {
        string dnat = isPassedOn ? "ct status dnat " : "";
        string on = allow.On.Count == 0 ? "" : $"iifname {Names([.. allow.On.Select(o => o.Text)])} ";
        List<string> sources = [];
        foreach (bool isV6 in (ReadOnlySpan<bool>)[false, true])
        {
            string networks = string.Join(", ", allow.From.Where(f => f.IsV6 == isV6).Select(n => n.ToString()).Distinct());
            if (networks.Length > 0)
            {
                sources.Add($"{(isV6 ? "ip6" : "ip")} saddr {{ {networks} }} ");
            }
        }
        string ports = string.Join(", ", allow.Ports.Select(p => p.First == p.Last ? $"{p.First}" : $"{p.First}-{p.Last}").Distinct());
        foreach (string source in sources.Count == 0 ? [""] : sources)
        {
            if (allow.Protocols.Count == 0)
            {
                text.Append(CultureInfo.InvariantCulture, $"        {on}{source}{dnat}accept comment \"{allow.Name.Text}\"\n");
            }
            foreach (string protocol in allow.Protocols)
            {
                string to = ports.Length == 0 ? $"meta l4proto {protocol}"
                    : isPassedOn ? $"meta l4proto {protocol} ct original proto-dst {{ {ports} }}" : $"{protocol} dport {{ {ports} }}";
                text.Append(CultureInfo.InvariantCulture, $"        {on}{source}{dnat}{to} accept comment \"{allow.Name.Text}\"\n");
            }
        }
    }

    private static string Names(IReadOnlyCollection<string> names) =>
        $"{{ {string.Join(", ", names.Distinct().Select(n => $"\"{n}\""))} }}";
}
