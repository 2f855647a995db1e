using System.Text.Json.Nodes;
using Strata.Settings.Words;

namespace Strata.Images.Seeds;

/// <summary>The word <c>network</c> as cloud-init's <c>network-config</c>, version 2.</summary>
internal static class NetworkConfigText
{
    /// <summary>Writes it; null when nothing is said of a network.</summary>
    /// <param name="network">The word.</param>
    /// <param name="unsaid">Gets what the format has no word for.</param>
    public static string? Of(IReadOnlyList<InterfaceWords>? network, List<string> unsaid)
    {
        if (network is null)
        {
            return null;
        }
        JsonObject all = new() { ["version"] = 2 };
        foreach (InterfaceWords one in network)
        {
            string name = one.Name.Text;
            string? section = one.Kind switch
            {
                InterfaceKind.Port => "ethernets",
                InterfaceKind.Vlan => "vlans",
                InterfaceKind.Bridge => "bridges",
                InterfaceKind.Bond => "bonds",
                _ => null,
            };
            if (section is null)
            {
                unsaid.Add($"network.{name}"); // its secret would have to stand in the file
                continue;
            }
            if (all[section] is not JsonObject interfaces)
            {
                all[section] = interfaces = [];
            }
            interfaces[name] = Interface(one);
            unsaid.AddRange(one.Forwards ? [$"network.{name}.forwarding"] : []);
            unsaid.AddRange(one.Masquerades ? [$"network.{name}.masquerade"] : []);
        }
        return YamlText.Of(all);
    }

    private static JsonObject Interface(InterfaceWords one)
    {
        JsonObject words = [];
        if (one.Match is InterfaceMatch match)
        {
            words["match"] = new JsonObject { [match.By == "mac" ? "macaddress" : match.By] = match.Value };
            words["set-name"] = one.Name.Text;
        }
        if (one.Kind == InterfaceKind.Vlan)
        {
            (words["id"], words["link"]) = (one.VlanId, one.Below[0].Text);
        }
        else if (one.Below.Count > 0)
        {
            words["interfaces"] = List(one.Below.Select(b => b.Text));
        }
        if (one.Kind == InterfaceKind.Bond)
        {
            words["parameters"] = new JsonObject { ["mode"] = one.BondMode };
        }
        words["dhcp4"] = one.Dhcp.HasFlag(DhcpKind.V4);
        words["dhcp6"] = one.Dhcp.HasFlag(DhcpKind.V6);
        if (one.Addresses.Count > 0)
        {
            words["addresses"] = List(one.Addresses.Select(a => a.ToString()));
        }
        JsonNode[] routes =
        [
            .. one.Gateways.Select(g => Route(g.IsV6 ? "::/0" : "0.0.0.0/0", g)), .. one.Routes.Select(r => Route(r.To.ToString(), r.Via)),
        ];
        if (routes.Length > 0)
        {
            words["routes"] = new JsonArray(routes);
        }
        if (one.Dns.Count + one.Search.Count > 0)
        {
            words["nameservers"] = new JsonObject
            {
                ["search"] = List(one.Search), ["addresses"] = List(one.Dns.Select(a => a.ToString())),
            };
        }
        if (one.Mtu is int mtu)
        {
            words["mtu"] = mtu;
        }
        if (one.IsOptional)
        {
            words["optional"] = true;
        }
        return words;
    }

    private static JsonObject Route(string to, NetAddress via) => new() { ["to"] = to, ["via"] = via.ToString() };

    private static JsonArray List(IEnumerable<string> texts) => new([.. texts.Select(t => (JsonNode)t)]);
}
