using System.Text;
using Strata.Settings.Words;
using Strata.Yaml;

namespace Strata.Settings.Reading;

/// <summary>Reads <c>network</c>: interfaces by names of one's own.</summary>
internal static class InterfaceReader
{
    private const string AddressExpected = "an address with the length of its network, such as 192.168.7.1/24";

    // bonding.rst of the kernel
    private static readonly string[] s_bondModes =
        ["active-backup", "balance-rr", "balance-xor", "broadcast", "802.3ad", "balance-tlb", "balance-alb"];

    // what makes an interface another kind than a port, by its word
    private static readonly (string Word, InterfaceKind Kind)[] s_kinds =
    [
        ("vlan", InterfaceKind.Vlan), ("bridge", InterfaceKind.Bridge), ("bond", InterfaceKind.Bond), ("wifi", InterfaceKind.Wifi),
        ("wireguard", InterfaceKind.WireGuard),
    ];

    /// <summary>All interfaces, in the order of the file; null when nothing is said of them.</summary>
    public static IReadOnlyList<InterfaceWords>? ReadAll(MappingReader reader)
    {
        if (reader.Value("network") is null)
        {
            return null;
        }
        List<InterfaceWords> interfaces = [];
        foreach ((YamlScalar key, YamlValue value) in Texts.Pairs(reader, "network"))
        {
            if (MappingReader.Of(value, $"interface '{key.Text}'", reader.Faults) is not MappingReader one)
            {
                continue;
            }
            InterfaceWords words = Read(key, one);
            one.Done();
            if (!TextForm.IsInterface(key.Text) || key.Text is "lo" or "all" or "default")
            {
                reader.Faults.Add(
                    key, $"'{key.Text}' is no name of an interface; expected a letter, then letters, digits, '_', '.' and '-', at most 15");
            }
            else if (words.Match is { By: not "name" } && TextForm.IsKernelInterface(key.Text))
            {
                reader.Faults.Add(
                    key, $"'{key.Text}' is a name that the kernel gives itself, perhaps to another interface; "
                    + "expected one such as lan or wan");
            }
            else
            {
                interfaces.Add(words);
            }
        }
        return interfaces;
    }

    private static InterfaceWords Read(YamlScalar key, MappingReader one)
    {
        (string Word, InterfaceKind Kind)[] said = [.. s_kinds.Where(k => one.Value(k.Word) is not null)];
        (string word, InterfaceKind kind) = said is [(string, InterfaceKind) first, ..] ? first : ("", InterfaceKind.Port);
        foreach ((string other, _) in said.Skip(1))
        {
            one.Faults.Add(one.Value(other)!, $"'{key.Text}' has '{word}' and '{other}'; an interface is of one kind");
        }
        InterfaceMatch? match = ReadMatch(one);
        InterfaceWords words = new()
        {
            Name = key,
            Kind = kind,
            Match = match,
            Dhcp = one.Choice("dhcp", [("no", DhcpKind.No), ("v4", DhcpKind.V4), ("v6", DhcpKind.V6), ("both", DhcpKind.V4 | DhcpKind.V6)]),
            Addresses = Texts.Addresses(one, "addresses", hasPrefix: true, AddressExpected),
            Gateways = Texts.Addresses(one, "gateway", hasPrefix: false, "an address such as 192.168.7.254"),
            Routes = ReadRoutes(one),
            Dns = Texts.Addresses(one, "dns", hasPrefix: false, "the address of a name server"),
            Search = ReadSearch(one),
            Mtu = (int?)one.Number("mtu", 68, 65535),
            IsOptional = one.Flag("optional", otherwise: false),
            Forwards = one.Flag("forwarding", otherwise: false),
            Masquerades = one.Flag("masquerade", otherwise: false),
        };
        if (words.Gateways.Count(g => g.IsV6) > 1 || words.Gateways.Count(g => !g.IsV6) > 1)
        {
            one.Faults.Add(one.Value("gateway")!, "'gateway' has two of one version of IP; further ones are 'routes'");
        }
        if (match is not null && words.IsMade)
        {
            one.Faults.Add(one.Value("match")!, $"'{key.Text}' has '{word}', which the machine makes itself; nothing is there to match");
        }
        return kind switch
        {
            InterfaceKind.Vlan => WithVlan(words, one),
            InterfaceKind.Bridge => words with { Below = Texts.OneOrMore(one, "bridge") },
            InterfaceKind.Bond => WithBond(words, one),
            InterfaceKind.Wifi => words with { Wifi = ReadWifi(one) },
            InterfaceKind.WireGuard => words with { WireGuard = ReadWireGuard(one) },
            _ => words,
        };
    }

    private static InterfaceMatch? ReadMatch(MappingReader one)
    {
        if (one.Mapping("match") is not MappingReader match)
        {
            return null;
        }
        (string Key, YamlScalar? Value)[] found =
        [
            ("name", Texts.Formed(match, "name", TextForm.IsInterface, "the name that the kernel gives it, such as eth0")),
            ("mac", Texts.Formed(match, "mac", TextForm.IsMac, "six bytes such as 52:54:00:12:34:56")),
            ("driver", Texts.Formed(match, "driver", IsDriver, "the name of its driver, such as virtio_net")),
        ];
        match.Done();
        if (found.Count(f => f.Value is not null) != 1)
        {
            if (!found.Any(f => match.Value(f.Key) is not null) || found.Count(f => f.Value is not null) > 1)
            {
                match.Faults.Add(one.Value("match")!, "'match' needs one of name, mac and driver");
            }
            return null;
        }
        (string by, YamlScalar? value) = found.First(f => f.Value is not null);
        return new InterfaceMatch(by, by == "mac" ? value!.Text.ToLowerInvariant() : value!.Text);
    }

    private static List<(NetAddress, NetAddress)> ReadRoutes(MappingReader one)
    {
        List<(NetAddress, NetAddress)> routes = [];
        foreach ((YamlScalar key, YamlValue value) in Texts.Pairs(one, "routes"))
        {
            NetAddress? to = Texts.Network(key, "routes", one.Faults);
            if (value is not YamlScalar text)
            {
                one.Faults.Add(value, $"the route to {key.Text} is {value.Kind}; expected the address that leads there");
            }
            else if (Texts.Address(text, key.Text, hasPrefix: false, "the address that leads there", one.Faults) is NetAddress via
                && to is not null)
            {
                if (via.IsV6 != to.IsV6)
                {
                    one.Faults.Add(text, $"{via} does not lead to {to}: one is IPv4, the other IPv6");
                }
                routes.Add((to, via));
            }
        }
        return routes;
    }

    private static List<string> ReadSearch(MappingReader one)
    {
        List<string> domains = [];
        foreach (YamlScalar text in Texts.OneOrMore(one, "search"))
        {
            if (TextForm.IsHostName(text.Text))
            {
                domains.Add(text.Text);
            }
            else
            {
                one.Faults.Add(text, $"'{text.Text}' is no domain; expected such as example.org");
            }
        }
        return domains;
    }

    private static InterfaceWords WithVlan(InterfaceWords words, MappingReader one)
    {
        if (one.Mapping("vlan") is not MappingReader vlan)
        {
            return words;
        }
        YamlScalar? of = vlan.Scalar("of", required: true);
        vlan.Value("id", required: true);
        int id = (int)(vlan.Number("id", 1, 4094) ?? 1);
        vlan.Done();
        return words with { Below = of is null ? [] : [of], VlanId = id };
    }

    private static InterfaceWords WithBond(InterfaceWords words, MappingReader one)
    {
        if (one.Mapping("bond") is not MappingReader bond)
        {
            return words;
        }
        bond.Value("of", required: true);
        words = words with { Below = Texts.OneOrMore(bond, "of"), BondMode = bond.Choice("mode", s_bondModes[0], s_bondModes) };
        bond.Done();
        return words;
    }

    private static WifiWords? ReadWifi(MappingReader one)
    {
        if (one.Mapping("wifi") is not MappingReader wifi)
        {
            return null;
        }
        Secrets.RefuseKeys(wifi, "passphrase-file", "passphrase", "password", "psk");
        YamlScalar? ssid = wifi.Scalar("ssid", required: true);
        if (ssid is not null && (Encoding.UTF8.GetByteCount(ssid.Text) is 0 or > 32 || !Texts.IsLine(ssid.Text)
            || ssid.Text.AsSpan().ContainsAny('"', '\\')))
        {
            wifi.Faults.Add(ssid, "'ssid' needs 1 to 32 bytes without control characters, quotes and backslashes");
            ssid = null;
        }
        string? file = Secrets.FileOf(wifi, "passphrase-file", required: false);
        string? country = Texts.Formed(wifi, "country", IsCountry, "two capital letters such as DE")?.Text;
        wifi.Done();
        return ssid is null ? null : new WifiWords(ssid.Text, file, country);
    }

    private static WireGuardWords? ReadWireGuard(MappingReader one)
    {
        if (one.Mapping("wireguard") is not MappingReader tunnel)
        {
            return null;
        }
        int? port = (int?)tunnel.Number("port", 1, 65535);
        string? file = Secrets.FileOf(tunnel, "private-key", required: true);
        List<WireGuardPeer> peers = [];
        foreach ((YamlScalar key, YamlValue value) in Texts.Pairs(tunnel, "peers"))
        {
            if (MappingReader.Of(value, $"peer '{key.Text}'", tunnel.Faults) is MappingReader peer
                && Texts.IsName(key, "a peer", tunnel.Faults))
            {
                peers.AddRange(ReadPeer(key, peer) is WireGuardPeer read ? [read] : []);
            }
        }
        tunnel.Done();
        return file is null ? null : new WireGuardWords(port, file, peers);
    }

    private static WireGuardPeer? ReadPeer(YamlScalar key, MappingReader peer)
    {
        Secrets.RefuseKeys(peer, "private-key of the interface", "private-key", "preshared-key");
        YamlScalar? publicKey = peer.Scalar("public-key", required: true);
        if (publicKey is not null && !IsKey(publicKey.Text))
        {
            peer.Faults.Add(publicKey, "'public-key' is no key of WireGuard; expected 44 characters of base64, as 'wg pubkey' writes them");
            publicKey = null;
        }
        List<NetAddress> allowed = [];
        peer.Value("allowed", required: true);
        foreach (YamlScalar text in Texts.OneOrMore(peer, "allowed"))
        {
            allowed.AddRange(Texts.Network(text, "allowed", peer.Faults) is NetAddress network ? [network] : []);
        }
        string? endpoint = Texts.Formed(peer, "endpoint", TextForm.IsEndpoint, "a name or address and a port, such as vpn.example.org:51820")?.Text;
        int? keepalive = (int?)peer.Number("keepalive", 1, 65535);
        peer.Done();
        return publicKey is null ? null : new WireGuardPeer(key.Text, publicKey.Text, allowed, endpoint, keepalive);
    }

    private static bool IsKey(string text)
    {
        Span<byte> bytes = stackalloc byte[33];
        return text.Length == 44 && Convert.TryFromBase64String(text, bytes, out int length) && length == 32;
    }

    private static bool IsDriver(string text) => text.Length is > 0 and <= 31 && text[0] is not ('_' or '-')
        && text.AsSpan().All(c => TextForm.IsLowerOrDash(c) || c == '_');

    private static bool IsCountry(string text) => text.Length == 2 && text.AsSpan().All(char.IsAsciiLetterUpper);
}
