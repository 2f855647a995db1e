using System.Globalization;
using Strata.Core;
using Strata.Settings.Words;
using Strata.Yaml;

namespace Strata.Settings.Reading;

/// <summary>Reads <c>firewall</c>.</summary>
internal static class FirewallReader
{
    // what needs no port: the service registry of IANA, and what other words of the machine say
    private static readonly Dictionary<string, (string[] Protocols, int[] Ports)> s_known = new(StringComparer.Ordinal)
    {
        ["dhcp"] = (["udp"], [67]),
        ["dns"] = (["tcp", "udp"], [53]),
        ["http"] = (["tcp"], [80]),
        ["https"] = (["tcp"], [443]),
        ["mqtt"] = (["tcp"], [1883]),
        ["ntp"] = (["udp"], [123]),
    };

    /// <summary>Reads it; null when nothing is said.</summary>
    /// <param name="reader">The words.</param>
    /// <param name="ssh">For the port of <c>ssh</c>.</param>
    /// <param name="network">For the ports of <c>wireguard</c>.</param>
    public static FirewallWords? Read(MappingReader reader, SshWords? ssh, IReadOnlyList<InterfaceWords>? network)
    {
        if (reader.Value("firewall") is null || reader.Mapping("firewall") is not MappingReader firewall)
        {
            return null;
        }
        int[] tunnels = [.. (network ?? []).Select(i => i.WireGuard?.Port).OfType<int>()];
        Dictionary<string, (string[] Protocols, int[] Ports)> known = new(s_known, StringComparer.Ordinal)
        {
            ["ssh"] = (["tcp"], [ssh?.Port ?? SshWords.UsualPort]),
            ["wireguard"] = (["udp"], tunnels.Length > 0 ? tunnels : [51820]),
        };
        List<AllowWords> allow = [];
        foreach ((YamlScalar key, YamlValue value) in Texts.Pairs(firewall, "allow"))
        {
            if (MappingReader.Of(value, $"'{key.Text}'", firewall.Faults) is MappingReader one
                && Texts.IsName(key, "what may come in", firewall.Faults))
            {
                allow.AddRange(ReadAllow(key, one, known) is AllowWords read ? [read] : []);
                one.Done();
            }
        }
        firewall.Done();
        return new FirewallWords(allow);
    }

    private static AllowWords? ReadAllow(YamlScalar key, MappingReader one, Dictionary<string, (string[] Protocols, int[] Ports)> known)
    {
        IReadOnlyList<YamlScalar> texts = Texts.OneOrMore(one, "port");
        List<(int, int)> ports = [];
        foreach (YamlScalar text in texts)
        {
            if (PortsOf(text.Text) is (int, int) range)
            {
                ports.Add(range);
            }
            else
            {
                one.Faults.Add(text, $"'port' is '{text.Text}'; expected a number from 1 to 65535, or two such as 8000-8010");
            }
        }
        string protocol = one.Choice("protocol", "", "tcp", "udp", "both", "any");
        List<NetAddress> from = [];
        foreach (YamlScalar text in Texts.OneOrMore(one, "from"))
        {
            from.AddRange(Texts.Network(text, "from", one.Faults) is NetAddress network ? [network] : []);
        }
        IReadOnlyList<YamlScalar> on = Texts.OneOrMore(one, "on");
        foreach (YamlScalar name in on.Where(n => !TextForm.IsInterface(n.Text)))
        {
            one.Faults.Add(name, $"'{name.Text}' is no name of an interface");
        }
        if (protocol == "any")
        {
            if (texts.Count > 0)
            {
                one.Faults.Add(texts[0], "'protocol: any' lets everything in, whatever its port; leave one of them out");
            }
            return new AllowWords(key, [], [], from, on);
        }
        if (texts.Count == 0)
        {
            if (!known.TryGetValue(key.Text, out (string[] Protocols, int[] Ports) service))
            {
                string near = NearMiss.Suggestion(key.Text, known.Keys);
                one.Faults.Add(
                    key, $"'{key.Text}' needs a 'port'{near}; without one are "
                    + string.Join(", ", known.Keys.Sorted()));
                return null;
            }
            return new AllowWords(key, protocol.Length > 0 ? Of(protocol) : service.Protocols, [.. service.Ports.Select(p => (p, p))],
                from, on);
        }
        return new AllowWords(key, protocol.Length > 0 ? Of(protocol) : known.GetValueOrDefault(key.Text).Protocols ?? ["tcp"], ports,
            from, on);

        static string[] Of(string protocol) => protocol == "both" ? ["tcp", "udp"] : [protocol];
    }

    private static (int First, int Last)? PortsOf(string text)
    {
        int dash = text.IndexOf('-', StringComparison.Ordinal);
        int first = Port(dash < 0 ? text : text[..dash]);
        int last = dash < 0 ? first : Port(text[(dash + 1)..]);
        return first > 0 && last >= first ? (first, last) : null;

        static int Port(string number) =>
            int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port is > 0 and <= 65535 ? port : 0;
    }
}
