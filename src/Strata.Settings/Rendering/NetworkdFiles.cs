using System.Globalization;
using System.Text;
using Strata.Settings.Words;

namespace Strata.Settings.Rendering;

/// <summary>The network as files of systemd-networkd: systemd.link(5), systemd.netdev(5), systemd.network(5).</summary>
public static class NetworkdFiles
{
    private const string Folder = "/etc/systemd/network/";

    /// <summary>
    /// A link to /dev/null here hides the file of capability <c>network</c> that has any wired port ask for an address
    /// (systemd.network(5)).
    /// </summary>
    public const string HiddenDefault = Folder + "99-wired.network";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<SettingFile> Of(IReadOnlyList<InterfaceWords> network)
    {
        ArgumentNullException.ThrowIfNull(network);
        List<SettingFile> files = [];
        foreach (InterfaceWords one in network)
        {
            string file = $"{Folder}30-{one.Name.Text}";
            if (one.Match is InterfaceMatch match && match != new InterfaceMatch("name", one.Name.Text))
            {
                string by = match.By switch { "name" => "OriginalName", "mac" => "MACAddress", _ => "Driver" };
                files.Add(SettingFile.At(file + ".link", $"[Match]\n{by}={match.Value}\n\n[Link]\nName={one.Name.Text}\n"));
            }
            if (one.IsMade)
            {
                files.Add(SettingFile.At(file + ".netdev", Netdev(one)));
            }
            files.Add(SettingFile.At(file + ".network", Network(one, [.. network.SelectMany(i => i.Below.Where(b => b.Text == one.Name.Text).Select(_ => i))])));
        }
        return files;
    }

    private static string Netdev(InterfaceWords one)
    {
        StringBuilder text = new();
        string kind = one.Kind switch
        {
            InterfaceKind.Vlan => "vlan", InterfaceKind.Bridge => "bridge", InterfaceKind.Bond => "bond", _ => "wireguard",
        };
        text.Append(CultureInfo.InvariantCulture, $"[NetDev]\nName={one.Name.Text}\nKind={kind}\n");
        if (one.Mtu is int mtu)
        {
            text.Append(CultureInfo.InvariantCulture, $"MTUBytes={mtu}\n");
        }
        switch (one.Kind)
        {
            case InterfaceKind.Vlan:
                text.Append(CultureInfo.InvariantCulture, $"\n[VLAN]\nId={one.VlanId}\n");
                break;
            case InterfaceKind.Bond:
                text.Append(CultureInfo.InvariantCulture, $"\n[Bond]\nMode={one.BondMode}\nMIIMonitorSec=100ms\n");
                break;
            case InterfaceKind.WireGuard:
                text.Append(CultureInfo.InvariantCulture, $"\n[WireGuard]\nPrivateKeyFile={one.WireGuard!.PrivateKeyFile}\n");
                if (one.WireGuard.Port is int port)
                {
                    text.Append(CultureInfo.InvariantCulture, $"ListenPort={port}\n");
                }
                foreach (WireGuardPeer peer in one.WireGuard.Peers)
                {
                    AppendPeer(text, peer);
                }
                break;
            default:
                break;
        }
        return text.ToString();
    }

    private static void AppendPeer(StringBuilder text, WireGuardPeer peer)
    {
        text.Append(CultureInfo.InvariantCulture, $"\n[WireGuardPeer]\n# {peer.Name}\nPublicKey={peer.PublicKey}\n");
        if (peer.Allowed.Count > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"AllowedIPs={string.Join(',', peer.Allowed)}\n");
        }
        if (peer.Endpoint is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $"Endpoint={peer.Endpoint}\n");
        }
        if (peer.KeepaliveSeconds is int seconds)
        {
            text.Append(CultureInfo.InvariantCulture, $"PersistentKeepalive={seconds}\n");
        }
    }

    private static string Network(InterfaceWords one, IReadOnlyList<InterfaceWords> above)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture,
            $"[Match]\nName={one.Name.Text}\n\n[Link]\nRequiredForOnline={(one.IsOptional ? "no" : "yes")}\n");
        if (one.Mtu is int mtu && !one.IsMade)
        {
            text.Append(CultureInfo.InvariantCulture, $"MTUBytes={mtu}\n");
        }
        string dhcp = one.Dhcp switch { DhcpKind.No => "no", DhcpKind.V4 => "ipv4", DhcpKind.V6 => "ipv6", _ => "yes" };
        text.Append(CultureInfo.InvariantCulture, $"\n[Network]\nDHCP={dhcp}\n");
        text.Append(CultureInfo.InvariantCulture, $"IPv6AcceptRA={((one.Dhcp & DhcpKind.V6) != 0 ? "yes" : "no")}\n");
        foreach (InterfaceWords upper in above)
        {
            string word = upper.Kind switch { InterfaceKind.Vlan => "VLAN", InterfaceKind.Bridge => "Bridge", _ => "Bond" };
            text.Append(CultureInfo.InvariantCulture, $"{word}={upper.Name.Text}\n");
        }
        Each("Address", one.Addresses);
        Each("Gateway", one.Gateways);
        Each("DNS", one.Dns);
        if (one.Search.Count > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"Domains={string.Join(' ', one.Search)}\n");
        }
        foreach ((NetAddress to, NetAddress via) in one.Routes)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n[Route]\nDestination={to}\nGateway={via}\n");
        }
        foreach (NetAddress behind in NetworkLines.RoutesOfPeers(one))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n[Route]\nDestination={behind}\n{(behind.IsV6 ? "" : "Scope=link\n")}");
        }
        return text.ToString();

        void Each(string word, IEnumerable<NetAddress> addresses)
        {
            foreach (NetAddress address in addresses)
            {
                text.Append(CultureInfo.InvariantCulture, $"{word}={address}\n");
            }
        }
    }
}
