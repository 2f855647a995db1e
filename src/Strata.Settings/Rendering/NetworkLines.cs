using System.Globalization;
using System.Text;
using Strata.Settings.Words;
using Strata.Yaml;

namespace Strata.Settings.Rendering;

/// <summary>
/// The network as lines of words for a shell script: the name of an interface, what is said of it, and the rest. Each interface begins with
/// <c>kind</c>, and stands behind those that it is made of.
/// </summary>
/// <remarks>
/// Where nothing is said a dash stands. <c>NAME kind port BY VALUE</c> · <c>vlan OF ID</c> · <c>bridge PART…</c> · <c>bond MODE PART…</c> ·
/// <c>wifi BY VALUE</c> · <c>wireguard PORT KEYFILE</c>; then <c>NAME optional|mtu N|address A/N|gateway A|route NET VIA|dhcp v4|v6|dns A|
/// search DOMAIN|peer KEY SECONDS ENDPOINT NETS</c>. Which network a radio joins stands in <see cref="WifiLines"/>.
/// </remarks>
public static class NetworkLines
{
    /// <summary>Where the script finds them.</summary>
    public const string Path = "/etc/strata/network";

    /// <summary>All lines.</summary>
    public static string Of(IReadOnlyList<InterfaceWords> network)
    {
        ArgumentNullException.ThrowIfNull(network);
        StringBuilder text = new("# Made of the word 'network' of the machine; see docs/machines.md.\n");
        foreach (InterfaceWords one in InOrder(network))
        {
            string name = one.Name.Text;
            Line("kind", KindOf(one));
            if (one.IsOptional)
            {
                Line("optional", "");
            }
            if (one.Mtu is int mtu)
            {
                Line("mtu", mtu.ToString(CultureInfo.InvariantCulture));
            }
            foreach (WireGuardPeer peer in one.WireGuard?.Peers ?? [])
            {
                string seconds = peer.KeepaliveSeconds?.ToString(CultureInfo.InvariantCulture) ?? "-";
                string networks = peer.Allowed.Count == 0 ? "-" : string.Join(',', peer.Allowed);
                Line("peer", $"{peer.PublicKey} {seconds} {peer.Endpoint ?? "-"} {networks}");
            }
            Each("address", one.Addresses);
            Each("gateway", one.Gateways);
            foreach ((NetAddress to, NetAddress via) in one.Routes)
            {
                Line("route", $"{to} {via}");
            }
            foreach (NetAddress behind in RoutesOfPeers(one))
            {
                Line("route", $"{behind} -");
            }
            foreach (DhcpKind kind in (DhcpKind[])[DhcpKind.V4, DhcpKind.V6])
            {
                if ((one.Dhcp & kind) != 0)
                {
                    Line("dhcp", kind == DhcpKind.V4 ? "v4" : "v6");
                }
            }
            Each("dns", one.Dns);
            foreach (string domain in one.Search)
            {
                Line("search", domain);
            }

            void Line(string word, string rest) =>
                text.Append(name).Append(' ').Append(word).Append(rest.Length > 0 ? " " : "").Append(rest).Append('\n');

            void Each(string word, IEnumerable<NetAddress> addresses)
            {
                foreach (NetAddress address in addresses)
                {
                    Line(word, address.ToString());
                }
            }
        }
        return text.ToString();
    }

    /// <summary>
    /// Networks behind the peers of a tunnel, for which it is the way; not the whole internet, which is said with a gateway or a route.
    /// </summary>
    internal static IEnumerable<NetAddress> RoutesOfPeers(InterfaceWords one) =>
        (one.WireGuard?.Peers ?? []).SelectMany(p => p.Allowed).Where(a => a.Prefix > 0).Distinct();

    /// <summary>Each behind what it is made of, otherwise as in the file.</summary>
    private static List<InterfaceWords> InOrder(IReadOnlyList<InterfaceWords> network)
    {
        Dictionary<string, InterfaceWords> byName = network.ToDictionary(i => i.Name.Text, StringComparer.Ordinal);
        HashSet<string> done = new(StringComparer.Ordinal);
        List<InterfaceWords> ordered = [];
        while (ordered.Count < network.Count)
        {
            InterfaceWords[] ready = [.. network.Where(i => !done.Contains(i.Name.Text)
                && i.Below.All(b => done.Contains(b.Text) || !byName.ContainsKey(b.Text)))];
            if (ready.Length == 0)
            {
                throw new ArgumentException("interfaces are made of each other", nameof(network)); // the reader refuses it
            }
            done.UnionWith(ready.Select(i => i.Name.Text));
            ordered.AddRange(ready);
        }
        return ordered;
    }

    private static string KindOf(InterfaceWords one)
    {
        string below = string.Concat(one.Below.Select(b => " " + b.Text));
        string match = one.Match is InterfaceMatch found ? $"{found.By} {found.Value}" : $"name {one.Name.Text}";
        return one.Kind switch
        {
            InterfaceKind.Vlan => string.Create(CultureInfo.InvariantCulture, $"vlan{below} {one.VlanId}"),
            InterfaceKind.Bridge => "bridge" + below,
            InterfaceKind.Bond => $"bond {one.BondMode}{below}",
            InterfaceKind.Wifi => "wifi " + match,
            InterfaceKind.WireGuard =>
                $"wireguard {one.WireGuard?.Port?.ToString(CultureInfo.InvariantCulture) ?? "-"} {one.WireGuard?.PrivateKeyFile}",
            _ => "port " + match,
        };
    }
}
